"""Whose images are loaded: the narrowest rule decides."""

from __future__ import annotations

import pytest
from tests.factories import mailbox

from missive_desktop.store import image_rules, settings
from missive_desktop.store.image_rules import Rule


@pytest.fixture
def box(tmp_path):
    with mailbox(tmp_path) as box:
        yield box


def put(box, scope, value, allow):
    box.writer.run(lambda conn, _: image_rules.put(conn, scope, value, allow))


def decide(box, email):
    return image_rules.decision(box.reader, email)


def test_without_a_rule_the_reader_is_asked(box):
    assert decide(box, "ann@example.org") == decide(box, "") == decide(box, "nonsense") == "ask"
    assert not image_rules.any_allowed(box.reader)


def test_the_narrowest_rule_decides(box):
    put(box, "domain", "example.org", True)
    assert decide(box, "Ann@News.Example.ORG") == decide(box, "ann@example.org") == "allow"
    assert decide(box, "ann@notexample.org") == decide(box, "ann@example.org.evil") == "ask"
    put(box, "domain", "news.example.org", False)
    assert decide(box, "ann@a.news.example.org") == "never"
    put(box, "sender", "ANN@news.example.org", True)
    assert decide(box, "ann@news.example.org") == "allow"
    assert decide(box, "eve@news.example.org") == "never"
    put(box, "sender", "ann@news.example.org", False)
    assert decide(box, "ann@news.example.org") == "never"
    put(box, "sender", "ann@news.example.org", None)
    put(box, "domain", "news.example.org", None)
    assert decide(box, "ann@news.example.org") == "allow"
    assert image_rules.all_(box.reader) == [Rule("domain", "example.org", True)]
    assert image_rules.any_allowed(box.reader)


def test_an_address_is_no_domain(box):
    put(box, "sender", "example.org", True)
    assert decide(box, "ann@example.org") == "ask"
    put(box, "domain", "ann@example.org", True)
    assert decide(box, "ann@example.org") == "ask"


def test_domains_are_known_in_both_spellings(box):
    put(box, "domain", "bücher.example", True)
    assert decide(box, "ann@xn--bcher-kva.example") == "allow"
    assert decide(box, "ann@BÜCHER.example.") == "allow"
    put(box, "sender", "eve@xn--bcher-kva.example", False)
    assert decide(box, "eve@bücher.example") == "never"


def test_the_setting_goes_before_all_rules(box):
    put(box, "sender", "ann@example.org", True)
    box.writer.run(lambda conn, _: settings.put(conn, image_rules.SETTING, "never"))
    assert decide(box, "ann@example.org") == "never"
