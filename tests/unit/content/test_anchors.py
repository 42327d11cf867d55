"""The links of safe markup and what is to be read on them."""

import pytest

from missive_desktop.content import anchors, sanitize


def read(html: str) -> list[tuple[str, str]]:
    return [tuple(anchor) for anchor in anchors.of(str(sanitize.sanitize(html).html))]


@pytest.mark.parametrize(
    ("inside", "text"),
    [
        ("Read on", "Read on"),
        ("  Read\n <b>on</b> ", "Read on"),
        ("pay<i>pal</i>.com", "paypal.com"),
        ("a &amp; b &lt;c&gt;", "a & b <c>"),
        ("<img src='cid:x' alt='paypal.com'>", "paypal.com"),
        ("<img src='https://x.org/a.png' alt='paypal.com' width=5 height=5>", "paypal.com"),
        ("<img src='https://x.org/a.png' alt='paypal.com'>", "paypal.com"),
        ("paypal.com<span style='display:none'> evil.example</span>", "paypal.com"),
        ("paypal.com<span style='visibility: hidden'>x<b>y</b></span>!", "paypal.com!"),
        ("paypal.com<span style='font-size:0'> evil.example</span>", "paypal.com"),
        ("paypal.com<span style='opacity:0'> evil.example</span>", "paypal.com"),
        ("paypal.com<b style='color:transparent'>evil.example</b>", "paypal.com"),
        ("paypal<span style='font-size:10px'>.com</span>", "paypal.com"),
        ("a<br>b", "ab"),
        ("", ""),
    ],
)
def test_what_is_read_on_a_link(inside, text):
    assert read(f"<p>x <a href='https://example.org/?a=1&amp;b=2'>{inside}</a> y</p>") == [
        ("https://example.org/?a=1&b=2", text)
    ]


def test_only_links_that_lead_somewhere():
    html = "<a name=x>a</a><a href='javascript:x'>b</a><a href='https://c.org'>c</a><b>d</b>"
    assert read(html) == [("https://c.org", "c")]


def test_brackets_in_attributes_hide_no_link():
    html = "<a class='a>b' id='<a c>' dir='&gt;' href='https://c.org/?>'>c<b class='>x'>d</b></a>"
    assert read(html) == [("https://c.org/?>", "cd")]


def test_what_looks_like_a_link_in_an_attribute_is_none():
    html = "<img alt='<a href=\"https://evil.org\">x</a>'><a href='https://c.org'>c</a>"
    assert [anchor for anchor in read(html) if "evil" in anchor[0]] == []
    assert ("https://c.org", "c") in read(html)


def test_it_is_bounded():
    assert list(anchors.of("<a " * 200_000)) == []
    assert list(anchors.of('<a x="' * 200_000)) == []
    assert list(anchors.of('<a href="x" <' * 100_000)) == []
    many = "<a href='https://c.org'>c</a>" * 5_000
    assert len(read(many)) == anchors.MAX_LINKS
    assert len(read(f"<a href='https://c.org'>{'long ' * 500}</a>")[0][1]) == anchors.MAX_TEXT


def test_places_in_the_mail_are_no_links():
    safe = sanitize.sanitize("<a href='#end'>www.bank.example</a><p id=end>x</p>")
    assert "#mvx-end" in str(safe.html)
    assert list(anchors.of(str(safe.html))) == []
