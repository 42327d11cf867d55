"""The table of vendors: well made, and asked the right way."""

import re
import tomllib

import pytest
from publicsuffixlist import PublicSuffixList

from missive_desktop import resources
from missive_desktop.content import trackers, vendors

TEXT = resources.path("trackers.toml").read_text("utf-8")
WRITTEN = tomllib.loads(TEXT)
ENTRIES = WRITTEN["vendor"]
TABLE = vendors.table(TEXT)
HOST = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}")


def patterns(entry):
    return [one for key in ("open", "click", "distinct") for one in entry.get(key, ())]


def found(html):
    return [(one.vendor, one.kind) for one in trackers.find(html, (), TABLE)]


def test_there_are_many_vendors_each_once():
    names = [entry["name"] for entry in ENTRIES]
    assert len(names) >= 250
    assert len(names) == len({name.casefold() for name in names})
    assert all(name == name.strip() and name for name in names)


def test_hosts_are_in_lower_case_each_once_and_no_public_suffix():
    hosts = [host for entry in ENTRIES for host in entry["hosts"]]
    assert [host for host in hosts if not HOST.fullmatch(host)] == []
    assert len(hosts) == len(set(hosts))
    suffixes = PublicSuffixList()
    assert [host for host in hosts if suffixes.privatesuffix(host) is None] == []


def test_an_entry_holds_what_is_known_and_nothing_else():
    keys = {"name", "hosts", "open", "click", "distinct", "learns"}
    for entry in ENTRIES:
        assert set(entry) <= keys, entry["name"]
        assert entry["hosts"], entry["name"]
        assert patterns(entry), entry["name"]
        assert entry["learns"] in WRITTEN["learns"], entry["name"]
        assert TABLE.learns(entry["name"])
    assert set(WRITTEN["learns"]) == {entry["learns"] for entry in ENTRIES}


def test_every_pattern_can_be_met():
    for entry in ENTRIES:
        for key in ("open", "click", "distinct"):
            assert len(entry.get(key, ())) == len(set(entry.get(key, ()))), entry["name"]
        for written in patterns(entry):
            host, slash, _ = written.partition("/")
            assert slash, (entry["name"], written)
            assert set(written).isdisjoint(" $^|"), (entry["name"], written)
            if host and "*" not in host:
                own = [one for one in entry["hosts"] if host == one or host.endswith("." + one)]
                assert own, (entry["name"], written)
        for written in entry.get("distinct", ()):
            first = written.partition("/")[2].partition("/")[0].partition("?")[0]
            assert "*" not in first, (entry["name"], written)
            assert len(written.replace("*", "")) >= 5, (entry["name"], written)


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry["name"])
def test_a_vendors_own_site_and_logo_are_no_trackers(entry):
    for host in entry["hosts"]:
        for path in ("/images/logo.png", "/logo.svg", "/static/img/hero.jpg?v=2"):
            assert found(f'<img src="https://www.{host}{path}">') == []
        for path in ("/", "/about", "/pricing", "/en/products", "/blog/how-mail-is-opened"):
            assert found(f'<a href="https://www.{host}{path}">Read</a>') == []


@pytest.mark.parametrize(
    ("written", "host", "path", "fits"),
    [
        ("/o/", "a.example.com", "/o/x", True),
        ("/o/", "a.example.com", "/x/o/", False),
        ("/a/*/open", "a.example.com", "/a/1/2/open", True),
        ("/a/*/open", "a.example.com", "/a/open", False),
        ("t.example.com/", "t.example.com", "/x", True),
        ("t.example.com/", "u.t.example.com", "/x", True),
        ("t.example.com/", "not.example.com", "/x", False),
        ("click.*/?qs=", "click.mail.shop.example", "/?qs=1", True),
        ("click.*/?qs=", "noclick.shop.example", "/?qs=1", False),
        ("link0*.com/", "mail.link003.com", "/", True),
        ("/?na=open", "blog.example", "/?na=open&x=1", True),
    ],
)
def test_patterns(written, host, path, fits):
    assert vendors.fits(vendors.pattern(written), host, path) is fits


def test_the_nearest_host_counts_and_distinct_paths_count_anywhere():
    table = vendors.table(
        'version = 7\n[learns]\nboth = "all"\n'
        '[[vendor]]\nname = "A"\nhosts = ["a.example"]\nopen = ["/o/"]\nlearns = "both"\n'
        '[[vendor]]\nname = "B"\nhosts = ["b.a.example"]\nclick = ["/c/"]\ndistinct = ["/b/eJ"]\n'
    )
    assert table.version == 7
    assert (table.learns("A"), table.learns("B"), table.learns("C")) == ("all", "", "")
    name = table.at("x.b.a.example")
    assert name is table.vendors["B"]
    assert table.at("example") is None
    assert table.counter("a.example", "/o/1") is table.vendors["A"]
    assert table.counter("b.a.example", "/o/1") is None
    assert table.counter("mail.shop.example", "/b/eJ1") is table.vendors["B"]
    assert table.redirector("b.a.example", "/c/4f9c2b") is table.vendors["B"]
    assert table.redirector("b.a.example", "/c/company") is None
    assert table.redirector("a.example", "/b/eJ1") is None


@pytest.mark.parametrize(
    ("url", "vendor"),
    [
        ("https://mailstat.us/tr/t/q7f3k2/1/d.png", "Boomerang"),
        ("https://xpostmail.com/q7f3k29x", "DidTheyReadIt"),
        ("https://m.shop.example/mtracking.gif?d=q7f3k29x", "Mautic"),
        ("https://news.shop.example/sendy/t/q7f3k29x/a1", "Sendy"),
        ("https://receipts.canarymail.io/track/q7f3k29x.png", "Canary Mail"),
        ("https://link.getmailspring.com/open/q7f3k29x", "Mailspring"),
        ("https://secure2.convio.net/club/site/PixelServer?j=q7f3k29x", "Blackbaud Luminate"),
        ("https://eu1.cleverreach.com/trck/eimage/q7f3k29x", "CleverReach"),
        ("https://club.wildapricot.org/EmailTracker/EmailTracker.ashx?e=7", "Wild Apricot"),
        ("https://stripe.rs-stripe.com/stripe/image?cs_email=q7", "PowerInbox"),
        ("https://medium.com/_/stat?event=email.opened&id=q7", "Medium"),
    ],
)
def test_whose_pixel_it_is(url, vendor):
    assert found(f'<p>Hello</p><img src="{url}" width="1" height="1">') == [(vendor, "pixel")]
