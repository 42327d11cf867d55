"""What a link is found to be: where it leads, what is said about it, what is refused."""

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from missive_desktop import resources
from missive_desktop.content import link_rules, links, trackers
from missive_desktop.content.links import Context, LinkNote, examine, key, notes
from missive_desktop.content.web_address import read

RULES = link_rules.rules(resources.path("links.toml").read_text(encoding="utf-8"))
VENDORS = trackers.table(resources.path("trackers.toml").read_text(encoding="utf-8"))
KNOWN = Context(RULES, VENDORS)


def codes(href: str, text: str = "", context: Context = KNOWN) -> list[str]:
    found = examine(href, text, context)
    return [caution.code for caution in found.warnings]


@pytest.mark.parametrize(
    ("href", "host", "domain"),
    [
        ("https://www.shop.co.uk/x", "www.shop.co.uk", "shop.co.uk"),
        ("https://ann.github.io/", "ann.github.io", "ann.github.io"),
        ("https://a.b.c.example.org/", "a.b.c.example.org", "example.org"),
        ("https://xn--bcher-kva.com/", "bücher.com", "bücher.com"),
        ("https://日本語.jp/", "日本語.jp", "日本語.jp"),
        ("https://пример.рф/", "пример.рф", "пример.рф"),
        ("https://www.münchen.de/", "www.münchen.de", "münchen.de"),
        ("https://раураl.com/", "xn--l-7sba6dbr.com", "xn--l-7sba6dbr.com"),
        ("https://аррӏе.com/", "xn--80ak6aa92e.com", "xn--80ak6aa92e.com"),
        ("https://xn--zzzzzzzz.com/", "xn--zzzzzzzz.com", "xn--zzzzzzzz.com"),
        ("http://0x7f.1/", "127.0.0.1", "127.0.0.1"),
        ("www.example.org/x", "www.example.org", "example.org"),
        ("//example.org/x", "example.org", "example.org"),
        ("mailto:Ann@Example.org", "Ann@Example.org", "example.org"),
        ("tel:+49 30 123", "+49 30 123", "+49 30 123"),
    ],
)
def test_where_it_leads(href, host, domain):
    found = examine(href, "", KNOWN)
    assert (found.host, found.domain) == (host, domain)
    assert not found.refused


@pytest.mark.parametrize(
    ("href", "expected"),
    [
        ("https://www.example.org/", []),
        ("https://8.8.8.8/", ["number"]),
        ("https://134744072/", ["number"]),
        ("http://0x8.8.8.8/", ["number"]),
        ("http://0010.8.8.8/", ["number"]),
        ("http://[2001:4860:4860::8888]/", ["number"]),
        ("http://192.168.1.1/", ["inside"]),
        ("http://10.1/", ["inside"]),
        ("http://2130706433/", ["inside"]),
        ("http://[::ffff:10.0.0.1]/", ["inside"]),
        ("http://[fe80::1]/", ["inside"]),
        ("http://localhost:8080/", ["inside", "port"]),
        ("http://router/", ["inside"]),
        ("http://nas.local/", ["inside"]),
        ("https://paypal.com@evil.example/", ["user"]),
        ("https://me:secret@example.org/", ["user"]),
        ("https://example.org:8443/", ["port"]),
        ("https://аррӏе.com/", ["mixed", "alike"]),
        ("https://раураl.com/", ["mixed", "alike"]),
        ("https://paypa1.com/", ["alike"]),
        ("https://PAYPAI.com/", ["alike"]),
        ("https://rnicrosoft.com/", ["alike"]),
        ("https://g00gle.com/", ["alike"]),
        ("https://arnazon.de/", ["alike"]),
        ("https://paypal.com.evil.example/", ["alike"]),
        ("https://www.paypal.com.account.evil.example/", ["alike"]),
        ("https://paypal-com.evil.example/", ["alike"]),
        ("https://faceboook.com/", ["alike"]),
        ("https://netfiix.com/", ["alike"]),
        ("https://www.paypal.com/", []),
        ("https://paypal.de/", []),
        ("https://www.microsoftonline.com/", []),
        ("https://pay.google.com/", []),
        ("https://example.org/%E2%80%AEgpj.exe", ["hidden", "file"]),
        ("https://example.org/\u202egpj", ["hidden"]),
        ("http://example.org/login", ["open"]),
        ("http://example.org/account/reset?token=1", ["open"]),
        ("http://example.org/news", []),
        ("http://example.org/download/share/1", []),
        ("http://login.example.org/", ["open"]),
        ("http://example.org/sign-in.php", ["open"]),
        ("https://example.org/setup.exe", ["file"]),
        ("https://example.org/a.PS1?x=1", ["file"]),
        ("https://example.org/a.pdf%2eexe", ["file"]),
        ("https://example.org/a.iso%20", ["file"]),
        ("https://example.org/a.pdf", []),
        ("https://example.org/?f=a.exe", []),
        ("https://example.com", []),
        ("https://bit.ly/x", ["short"]),
        ("https://t.co/x", ["short"]),
        ("https://www.tinyurl.com/x", ["short"]),
        ("https://" + "a." * 8 + "example.org/", ["long"]),
        ("https://" + "sub" * 20 + ".example.org/", ["long"]),
        ("tel:*%2306%23", ["code"]),
        ("tel:+4930123", []),
        ("mailto:a%0Ab@example.org", ["hidden"]),
    ],
)
def test_what_speaks_against_it(href, expected):
    assert codes(href) == expected


@pytest.mark.parametrize(
    ("href", "text", "misleads"),
    [
        ("https://evil.example/", "www.paypal.com", True),
        ("https://evil.example/", "https://www.paypal.com/signin", True),
        ("https://evil.example/", "Sign in to paypal.com", True),
        ("https://evil.example/", "p\u200bay\u200bpal.com", True),
        ("https://evil.example/", "service@paypal.com", True),
        ("https://evil.example/?u=paypal.com", "paypal.com", True),
        ("https://bit.ly/x", "paypal.com", True),
        ("https://8.8.8.8/", "paypal.com", True),
        ("https://paypal.com.evil.example/", "paypal.com", True),
        ("https://evil.example/", "gnp.\u202emoc.lapyap", True),
        ("https://www.google.com/url?q=https%3A%2F%2Fevil.example%2F", "google.com", True),
        ("mailto:eve@evil.example", "ann@example.org", True),
        ("https://shop.com/a", "shop.com", False),
        ("https://mail.shop.com/a", "www.shop.com", False),
        ("https://evil.example/", "evil.example (paypal.com)", True),
        ("https://shop.example/", "shop.example (our.example)", False),
        ("https://evil.example/", "Sign in", False),
        ("https://youtu.be/x", "youtube.com/watch", False),
        ("https://amzn.to/x", "amazon.com", False),
        ("https://www.google.com/url?q=https%3A%2F%2Fshop.com%2F", "shop.com", False),
        ("https://u1.ct.sendgrid.net/ls/click?upn=a", "shop.com", False),
        ("https://e.safelinks.protection.outlook.com/?url=https:%2F%2Fshop.com", "shop.com", False),
        ("https://xn--bcher-kva.com/", "bücher.com", False),
        ("https://www.google.com/url?q=https%3A%2F%2Fevil.example%2F",
         "https://www.google.com/url?q=https%3A%2F%2Fevil.example%2F", False),
        ("mailto:ann@example.org", "Ann@Example.org", False),
        ("mailto:ann@example.org", "Write to us", False),
    ],
)  # fmt: skip
def test_a_text_that_names_another_place(href, text, misleads):
    assert ("text" in codes(href, text)) == misleads


def test_hosts_that_the_mail_itself_makes_known_are_imitated_too():
    beside = ["https://www.halden-bikes.com/x", "tel:1", "http://10.0.0.1/"]
    known = links.context(RULES, VENDORS, ["claire@atelier-velo.com"], beside)
    assert known.senders == {"atelier-velo.com"}
    assert known.beside == {"halden-bikes.com"}
    assert codes("https://atelier-ve1o.com/", context=known) == ["alike"]
    assert codes("https://atelier-veio.com/", context=known) == ["alike"]
    assert codes("https://ha1den-bikes.com/", context=known) == ["alike"]
    assert codes("https://halder-bikes.com/", context=known) == []
    assert codes("https://www.atelier-velo.com/", context=known) == []
    assert codes("https://unlike.com/", context=known) == []


@pytest.mark.parametrize(
    "href",
    [
        "javascript:alert(1)", "JaVaScRiPt:alert(1)", "java\nscript:alert(1)", " javascript:x",
        "data:text/html,x",
        "vbscript:x", "file:///etc/passwd", "file://host/share", "smb://host/share",
        "\\\\host\\share", "/\\host/x",
        "C:\\Windows\\x.exe", "c:/x", "ms-appinstaller:?source=x", "search-ms:query=x",
        "view-source:https://x.org",
        "ftp://example.org/x", "ldap://x", "ssh://x", "odd:thing", "missive://mail/page/x",
        "act:open?message=1",
        "blob:https://x", "about:blank", "cid:part1", "mid:x", "chrome://settings",
        "steam://run/1", "tel:", "tel:abc",
        "", "#top", "/relative", "relative.html", "?x=1", "https://", "http://[::1",
        "https://exa mple.org/",
        "https://" + "a" * 20_000 + ".org/", "x" * 50_000, "\x00", "https://\ud800.org/",
    ],
)  # fmt: skip
def test_what_is_not_opened(href):
    found = examine(href, "", KNOWN)
    assert found.refused
    assert found.target == ""
    assert not found.doubtful


@pytest.mark.parametrize(
    ("href", "target"),
    [
        ("mailto:a@b.org", "mailto:a@b.org"),
        ("MAILTO:a@b.org?SUBJECT=x", "mailto:a@b.org?SUBJECT=x"),
        ("mailto:a@b.org?subject=a%20b&body=c&cc=d@e.org&to=f@g.org", None),
        ("mailto:a@b.org?attach=/etc/passwd", "mailto:a@b.org"),
        ("mailto:a@b.org?attachment=x&subject=y", "mailto:a@b.org?subject=y"),
        ("mailto:a@b.org?%61ttach=x&bcc=z@z.org&from=me&in-reply-to=x", "mailto:a@b.org"),
        ("mailto:a@b.org?subject=x&amp;body=y", "mailto:a@b.org?subject=x&body=y"),
        ("mailto:?to=a@b.org", "mailto:?to=a@b.org"),
        ("mailto:", "mailto:"),
        ("sms:+491234?body=x", "sms:+491234?body=x"),
        ("xmpp:ann@example.org", "xmpp:ann@example.org"),
    ],
)
def test_links_that_are_no_pages(href, target):
    found = examine(href, "", KNOWN)
    assert found.target == (href if target is None else target)
    assert found.kind in ("mail", "other")


def test_through_whom_it_goes_around_whom_and_without_what():
    found = examine("https://u1.ct.sendgrid.net/ls/click?upn=x", "", KNOWN)
    assert (found.through, found.skipped, found.cut) == ("SendGrid", (), ())
    inner = "https://shop.com/?id=1&utm_id=2&mc_eid=3"
    found = examine(f"https://www.google.com/url?q={quote(inner, safe='')}", "", KNOWN)
    assert found.target == "https://shop.com/?id=1"
    assert (found.through, found.skipped, found.cut) == ("", ("Google",), ("utm_id", "mc_eid"))


def test_a_redirector_that_keeps_its_target_to_itself_is_named_but_excuses_nothing():
    href = "https://www.google.com/url?q=opaque"
    assert examine(href, "", KNOWN).through == "Google"
    assert codes(href, "paypal.com") == ["text"]
    assert examine("https://www.google.com/search?q=x", "", KNOWN).through == ""
    assert examine("https://u1.ct.sendgrid.net/ls/click?upn=x", "", KNOWN).through == "SendGrid"


def test_an_unwrapped_target_is_examined_like_any_other():
    wrapped = "https://www.google.com/url?q=http%3A%2F%2F10.0.0.1%2Fa.exe"
    assert codes(wrapped) == ["inside", "file"]


def test_only_grave_ones_are_asked_about():
    assert not examine("https://bit.ly/x", "", KNOWN).doubtful
    assert not examine("https://example.org:8443/", "", KNOWN).doubtful
    assert examine("https://8.8.8.8/", "", KNOWN).doubtful


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("HTTPS://Example.org", "https://example.org/"),
        ("https://example.org:443/a", "https://example.org/a"),
        ("https://example.org/a/../ü b?q=é|", "https://example.org/%C3%BC%20b?q=%C3%A9%7C"),
        ("https://example.org/%7e%41", "https://example.org/~A"),
        ("https://bücher.example/", "https://xn--bcher-kva.example/"),
        ("https:\\\\example.org\\a", "https://example.org/a"),
        ("http://0x7f.1/", "http://127.0.0.1/"),
        ("https://example.org/a/./b/..", "https://example.org/a/"),
        ("mailto:a@b.org?subject=ä", "mailto:a@b.org?subject=%C3%A4"),
        ("https://example.org/%zz", "https://example.org/%25zz"),
    ],
)
def test_a_link_is_known_again_as_a_browser_says_it(written, said):
    assert key(written) == key(said)


def test_links_that_differ_are_told_apart():
    addresses = [
        "https://a.org/x",
        "https://a.org/x?y",
        "http://a.org/x",
        "https://a.org:8/x",
        "https://b@a.org/x",
    ]
    assert len({key(each) for each in addresses}) == len(addresses)


def test_notes_are_kept_of_texts_that_name_another_place():
    html = (
        '<a href="https://evil.example/?a=1&amp;b=2" rel="x"><b>www.pay</b>pal.com</a>'
        '<a href="https://shop.com/">shop.com</a><a href="https://shop.com/2">Read</a>'
        '<a href="https://x.example/"><img src="x" alt="paypal.com"></a>'
        '<a href="mailto:eve@x.example">ann@example.org</a>'
        '<a href="mailto:ann@example.org?subject=x">ann@example.org</a>'
    )
    assert notes(html) == (
        LinkNote("https://evil.example/?a=1&b=2", "www.paypal.com"),
        LinkNote("https://x.example/", "paypal.com"),
        LinkNote("mailto:eve@x.example", "ann@example.org"),
    )


PIECES = st.sampled_from(
    [*"/\\@:?#&=%.[]1a ü\n\u202e\ud800", "https://", "http:", "//", "%2f", "utm_id=1", "url=", "q=",
     "www.google.com/url?q=", "paypal.com", "xn--", "аррӏе", "mailto:", "tel:", "login", "bit.ly",
     "javascript:", ".."]
)  # fmt: skip


@given(st.lists(PIECES, max_size=14).map("".join), st.lists(PIECES, max_size=5).map("".join))
def test_no_link_makes_it_fail_and_what_comes_out_is_stable(href, text):
    found = examine(href, text, KNOWN)
    assert bool(found.refused) == (found.target == "")
    assert key(href) is not None
    if found.kind != "web":
        return
    again = examine(found.target, "", KNOWN)
    target = read(found.target)
    assert target is not None
    if len(found.skipped) < 5:
        assert again.target == found.target
        assert again.cut == ()
    assert again.domain == found.domain
    own = [one for one in found.warnings if one.code != "text"]
    assert list(again.warnings) == own


@given(st.text(max_size=500), st.text(max_size=100))
def test_no_text_at_all_makes_it_fail(href, text):
    examine(href, text, KNOWN)
    examine(f"https://{href}", text, KNOWN)
    key(href)


@given(st.text(max_size=500))
def test_no_markup_makes_notes_fail(html):
    notes(f'<a href="https://{html}">{html}.com</a>')
    notes(html)
