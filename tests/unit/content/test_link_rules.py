"""The table itself: what is written in it is what was meant."""

import tomllib

from missive_desktop import resources
from missive_desktop.content import link_rules
from missive_desktop.content.redirectors import _FORMS

TEXT = resources.path("links.toml").read_text(encoding="utf-8")
RULES = link_rules.rules(TEXT)


def test_hosts_are_written_as_they_are_looked_up():
    hosts = [
        *RULES.reporting_at,
        *RULES.redirectors,
        *RULES.shorteners,
        *RULES.imitated,
        *RULES.owners,
    ]
    for host in hosts:
        assert host == host.lower().strip(".")
        assert "/" not in host
        assert host.count("*") == host.endswith(".*")


def test_every_redirector_says_where_its_target_stands():
    for rules in RULES.redirectors.values():
        for rule in rules:
            assert rule.name
            assert rule.parameters or rule.form
            assert rule.form == "" or rule.form in _FORMS
            assert all(path.startswith("/") for path in rule.paths)


def test_nothing_is_written_twice():
    given = tomllib.loads(TEXT)
    for names in (
        given["cut"]["general"], given["kept"]["words"], given["shorteners"]["hosts"],
        given["imitated"]["hosts"], given["leaving"]["pages"], given["files"]["dangerous"],
    ):  # fmt: skip
        assert sorted({each for each in names if names.count(each) > 1}) == []


def test_what_is_left_alone_is_no_mark():
    assert [name for name in RULES.reporting.whole if RULES.signed.has(name)] == []
    assert RULES.kept_words.isdisjoint(RULES.kept_segments)


def test_where_a_table_may_know_a_host():
    assert link_rules.spots("www.google.co.uk") == (
        "www.google.co.uk",
        "google.co.uk",
        "co.uk",
        "google.*",
    )
    assert link_rules.spots("localhost") == ("localhost",)
    assert link_rules.spots("127.0.0.1")[0] == "127.0.0.1"


def test_owners_of_several_hosts():
    assert link_rules.owners_alike("www.youtube.com", "youtu.be", RULES)
    assert link_rules.owners_alike("a.example.org", "b.example.org", RULES)
    assert not link_rules.owners_alike("example.org", "example.com", RULES)
