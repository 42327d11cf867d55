"""What of a mail reports without being an image with a size: styles, hints, media, hiding."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from missive_desktop import resources
from missive_desktop.content import trackers, vendors

TABLE = vendors.table(resources.path("trackers.toml").read_text("utf-8"))
MD5 = hashlib.md5(b"ann@example.org", usedforsecurity=False).hexdigest()
TOKEN = "4f9c2b7ae01d43568b7f21c09ad3e655"
PIXEL = '<img src="https://a.example/b.png"'


def found(html, *headers):
    return [(one.kind, one.how) for one in trackers.find(html, headers, TABLE)]


@pytest.mark.parametrize(
    ("html", "how"),
    [
        (f'{PIXEL} width="1" height="1">', "size"),
        (f'{PIXEL} style="width:1px;height:1px">', "size"),
        (f'{PIXEL} style="WIDTH: 0.05em; HEIGHT: .05rem">', "size"),
        (f'{PIXEL} style="width:1pt;height:1pt !important">', "size"),
        (f'{PIXEL} width="600" style="max-width:1px;max-height:1px">', "size"),
        (f'{PIXEL} width="0">', "size"),
        ('<img src="https://a.example/b.png?x=1" width="600" height="1">', "size"),
        (f"{PIXEL} hidden>", "hidden"),
        (f'{PIXEL} style="display: none">', "hidden"),
        (f'{PIXEL} style="visibility:hidden">', "hidden"),
        (f'{PIXEL} style="opacity:0">', "hidden"),
        (f'{PIXEL} style="position:absolute;left:-9999px">', "hidden"),
        (f'{PIXEL} style="clip:rect(0,0,0,0)">', "hidden"),
        (f'{PIXEL} style="display&#58;none">', "hidden"),
        (f'<div style="display:none"><p>{PIXEL}></p></div>', "hidden"),
        (f'<td style="font-size:0;max-height:0">{PIXEL}></td>', "hidden"),
        (f"<style>.x{{display:none}}</style>{PIXEL} class='a x'>", "style"),
        (f"<style>p{{}} img#t{{width:1px;height:1px}}</style>{PIXEL} id=t>", "style"),
        (f'<img src="https://a.example/i/{TOKEN}">', "unique"),
        (f'<picture><source srcset="https://a.example/o/{TOKEN} 2x"></picture>', "unique"),
        ('<base href="https://t.example/"><img src="o.gif" width=1>', "size"),
        (f'<input type="image" src="https://a.example/o/{TOKEN}">', "unique"),
    ],
)
def test_pixels(html, how):
    assert found(html) == [("pixel", how)]


@pytest.mark.parametrize(
    ("html", "how"),
    [
        (f'<body background="https://a.example/o/{TOKEN}">', "style"),
        (f'<td style="background:url(https://a.example/o/{TOKEN})">', "style"),
        (f"<style>li{{list-style-image:url('https://a.example/o/{TOKEN}')}}</style>", "style"),
        ("<style>@import 'https://a.example/a.css';</style>", "style"),
        ("<style>@\\69mport url(https://a.example/a.css);</style>", "style"),
        ("<style>p:hover{background:url(https://a.example/a.png)}</style>", "style"),
        ("<style>@media print{p{background:url(//a.example/a.png)}}</style>", "style"),
        ("<style>p{cursor:url(https://a.example/a.png),auto}</style>", "style"),
        ("<style>@font-face{font-family:x;src:url(https://a.example/a.woff2)}</style>", "font"),
        ('<link rel="stylesheet" href="https://a.example/a.css">', "style"),
        ('<link rel="preconnect" href="https://a.example/">', "hint"),
        ('<link rel="dns-prefetch" href="//a.example">', "hint"),
        ('<link rel="prefetch" href="https://a.example/x">', "hint"),
        ('<meta http-equiv="refresh" content="0;url=https://a.example/x">', "hint"),
        ('<audio autoplay src="https://a.example/a"></audio>', "media"),
        ('<video src="https://a.example/a?x=1"></video>', "media"),
        ('<video><track src="https://a.example/a.vtt"></video>', "media"),
        ('<iframe src="https://a.example/"></iframe>', "media"),
        ('<object data="https://a.example/"></object>', "media"),
        ('<embed src="https://a.example/">', "media"),
    ],
)
def test_beacons(html, how):
    assert found(html) == [("beacon", how)]


@pytest.mark.parametrize(
    "html",
    [
        '<body background="https://shop.example/img/wood.png">',
        '<td style="background:url(https://shop.example/img/wood.png)">x</td>',
        "<style>ul{list-style-image:url(https://shop.example/img/dot.png)}</style>",
        "<style>@import url('https://fonts.googleapis.com/css?family=Lato');</style>",
        '<link rel="preconnect" href="https://fonts.gstatic.com" crossorigin>',
        "<style>@font-face{src:url(https://cdn.shop.example/fonts/a.woff2)}</style>",
        '<video controls src="https://cdn.shop.example/a.mp4" poster="https://x.example/a.jpg">',
        '<img src="https://shop.example/line.png" width="600" height="1">',
        '<img src="https://a.example/b.jpg" class="m" width="320" style="display:none">',
        '<!-- <img src="https://t.example/1" width="1" height="1"> -->',
        "<style>/* url(https://t.example/open) */ p{color:red}</style>",
        '<textarea><img src="https://t.example/1" width="1"></textarea>',
        '<link rel="canonical" href="https://shop.example/mail/1">',
        '<p title="https://t.example/open">x</p>',
    ],
)
def test_what_is_only_content(html):
    assert found(html) == []


def test_a_ping_reports_the_click():
    html = '<a href="https://shop.example/" ping="https://t.example/c">x</a>'
    assert found(html) == [("link", "hint")]


@pytest.mark.parametrize(
    "written",
    ["ann@example.org", "ann%40example.org", "YW5uQGV4YW1wbGUub3Jn", MD5,
     "616e6e406578616d706c652e6f7267", "f4c5e3e7d8a87b5a2b7f4f4b2e6d8c3a"],
)  # fmt: skip
def test_the_readers_own_address(written):
    html = f'<img src="https://shop.example/img/{written}/hero.png" width="600" height="200">'
    expected = [] if written.startswith("f4c5") else [("pixel", "unique")]
    assert found(html, ("to", "Ann <Ann@Example.org>")) == expected
    assert found(html, ("to", "ben@example.net")) == []


@pytest.mark.parametrize(
    "name", ["disposition-notification-to", "return-receipt-to", "x-confirm-reading-to"]
)
def test_each_request_for_a_receipt(name):
    assert found("", (name, "Ann <ann@example.org>")) == [("receipt", "header")]


PIECES = st.sampled_from(
    ["<img", " src=", "//a.example/", "'", '"', ">", "<style>", "url(", "</style>", "<!--", "-->",
     "@import", "<div style=", "display:none", "<a href=", "http:", "\\", "&#", "İ", "\0", "{", "}",
     "<base href=", "[", "@", "?", "width=1", "<iframe srcdoc=", "/", " ", TOKEN]
)  # fmt: skip


@given(st.lists(PIECES, max_size=40))
def test_nothing_raises_and_the_same_is_found_again(pieces):
    html = "".join(pieces)
    first = trackers.find(html, (), TABLE)
    assert first == trackers.find(html, (), TABLE)
    assert len(first) <= trackers.MAX_FOUND


@pytest.mark.parametrize("bracket", ["(", "&#40;", "&lpar;"])
def test_a_style_that_writes_its_bracket_as_an_entity_is_read(bracket):
    style = f"background:url{bracket}https://a.example/track/open/1)"
    assert found(f'<td style="{style}">') == [("beacon", "style")]
