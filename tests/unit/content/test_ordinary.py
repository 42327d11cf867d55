"""What is passed over at once: nothing is found less for it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from missive_desktop.content import loads, ordinary, trackers
from missive_desktop.content.uniqueness import Reader
from missive_desktop.sync.digesting import known_vendors

READER = "ana@halden.example"
TO = (("to", READER),)
HOSTS = (
    "img.shop.example", "click.shop.example", "u1.ct.sendgrid.net", "WWW.Shop.example",
    "sendgrid.net.", "shop.example:8080", "gravatar.com", "shop.list-manage.com",
)  # fmt: skip
PATHS = (
    "/a.png", "/images/header.jpg", "/o/1.gif", "/wf/open?upn=4f9c", "/WF/open?upn=4f9c",
    "/ls/click?upn=4f9c", "/ls/&#99;lick?upn=4f9c", "/ls\\click?upn=4f9c", "/ls/\nclick?upn=4f9c",
    "/&#108;s/click?upn=4f9c", "/?qs=4f9c", "/?mailpoet_router&amp;endpoint=track", "/t/9f2c?x=1",
    "/t/", "", "/", "/track/open.php?u=1&amp;id=2&amp;e=3", "/p/ana%40halden.example/big.jpg",
    "/p/ana&#64;halden.example/big.jpg", "/YW5hQGhhbGRlbi5leGFtcGxl/header.png",
    "/i/616e614068616c64656e2e6578616d706c65.png", "/open/pixel.png", "/a.png?uid=4f9c2b7ae01d4356",
    "/a.png#x", "/x&y.png", "/c/eJwA.png", "/CL0/https:%2F%2Fshop.example/1",
)  # fmt: skip
ATTRIBUTES = (
    ("width", "600"), ("height", "40"), ("width", "1"), ("height", "1"), ("width", "30%"),
    ("style", "display:block"), ("style", "display:none"), ("style", "WIDTH: 1px"),
    ("style", "max-height&#58;0"), ("alt", "a > b"), ("alt", "<img src=https://z.example/o.gif>"),
    ("class", "c0"), ("id", "x"), ("ping", "https://p.example/1"), ("title", "shopping"),
    ("srcset", "https://s.example/track/o 2x"), ("lowsrc", "https://s.example/open.gif"),
    ("src", "https://z.example/open.gif"), ("href", "https://u1.ct.sendgrid.net/ls/click?upn=1"),
)  # fmt: skip
AROUND = (
    "<p>", "</p>", "<!-- ", " -->", "<style>.c0{display:none}</style>", "<div hidden>",
    "</div>", "<title>", "</title>", "\u0130", '<base href="https://b.example/">',
)  # fmt: skip

schemes = st.sampled_from(("https://", "http://", "//", "https:\\\\", "HTTPS://"))
addresses = st.builds(
    lambda *parts: "".join(parts), schemes, st.sampled_from(HOSTS), st.sampled_from(PATHS)
)
tags = st.tuples(
    st.sampled_from((("img", "src"), ("a", "href"), ("IMG", "SRC"), ("A", "HREF"))),
    addresses,
    st.lists(st.sampled_from(ATTRIBUTES), max_size=3),
    st.integers(0, 3),
)
mails = st.lists(st.one_of(tags, st.sampled_from(AROUND)), max_size=6)
Tag = tuple[tuple[str, str], str, list[tuple[str, str]], int]


def written(mail: list[Tag | str], quote: str) -> str:
    """Write a mail with one kind of quotes: the usual ones alone are passed over."""
    out: list[str] = []
    for piece in mail:
        if isinstance(piece, str):
            out.append(piece)
            continue
        (name, key), address, more, place = piece
        pairs = [*more[:place], (key, address), *more[place:]]
        said = "".join(f" {one}={quote}{value}{quote}" for one, value in pairs)
        out.append(f"<{name}{said}>")
    return "".join(out)


def looked_at(html: str, reader: str = READER) -> int:
    low = loads.lowered(html)
    return len(ordinary.tags(low, known_vendors(), Reader([reader])).findall(low))


@given(mails)
def test_the_same_is_found_in_what_is_passed_over(mail: list[Tag | str]) -> None:
    usual, unusual = (written(mail, quote) for quote in "\"'")
    assert trackers.find(usual, TO, known_vendors()) == trackers.find(unusual, TO, known_vendors())


PICTURE = '<img src="https://img.shop.example/4f9c.png" width="300" alt="" style="border:0">'
LINK = '<a href="https://shop.example/t/4f9c?utm_source=nl&amp;x=1" target="_blank">Read</a>'


def test_usual_pictures_and_links_are_passed_over() -> None:
    assert looked_at(f"<p>{PICTURE}{LINK}</p>" * 3) == 0


def test_links_of_a_vendor_leave_pictures_alone() -> None:
    known = '<a href="https://u1.ct.sendgrid.net/ls/click?upn=1">Read</a>'
    assert looked_at(PICTURE + LINK + known) == 2


@pytest.mark.parametrize(
    "tag",
    [
        '<img src="https://img.shop.example/a.png" width="1" height="1">',
        '<img src="https://img.shop.example/a.png">',
        '<img src="https://img.shop.example/a.gif" width="300">',
        '<img src="https://img.shop.example/a.png?x" width="300">',
        '<img src="https://img.shop.example/a.png" width="300" style="max-width:0">',
        '<img src="https://img.shop.example/ana@halden.example.png" width="300">',
        '<img src="https://img.shop.example/a.png" srcset="b.gif 2x" width="300">',
        '<a href="https://shop.example/" ping="https://p.example/">Read</a>',
        '<a href="https://shop.example/ls/click?upn=1">Read</a>',
        "<a href='https://shop.example/'>Read</a>",
    ],
)
def test_anything_else_is_looked_at(tag: str) -> None:
    assert looked_at(tag) == 1
