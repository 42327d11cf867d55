"""Comments, events and mail on its way between the cards: what others wrote stays text."""

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from missive_desktop.content.page_talk import (
    Comment,
    Event,
    Going,
    Mark,
    Refusal,
    plain,
    written,
)
from missive_desktop.domain.message import Address

ANA = Address("Ana Ribeiro", "ana@halden.example")
OURS = {
    "section",
    "div",
    "span",
    "bdi",
    "time",
    "svg",
    "path",
    "details",
    "summary",
    "a",
    "br",
    "p",
}
HOSTILE = (
    "<script>alert(1)</script>",
    "<img src=https://spy.example/p.gif>",
    '"><a href="act:send-undo?send=1">Undo</a>',
    "</div></section><style>*{display:none}</style>",
    '<div class="later"></div>',
    "javascript:alert(1) data:text/html,x act:comment-delete?comment=1",
    "&lt;b&gt; &#60;b&#62;",
    "\u202egnp.exe\u2066 \u2067turned",
    "a\x00b\x1b[31m\u2028c",
)


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.classes: list[str] = []
        self.links: list[str] = []
        self.text = ""

    def handle_starttag(self, tag, attrs):
        given_ = dict(attrs)
        self.tags.add(tag)
        self.classes.append(given_.get("class", ""))
        assert not any(name.startswith("on") or name in ("src", "style") for name in given_)
        if tag == "a":
            self.links.append(given_["href"])

    def handle_data(self, data):
        self.text += data


def read(html: str) -> _Tags:
    parser = _Tags()
    parser.feed(html)
    return parser


def comment(text: str, **more) -> Comment:
    return Comment("c1", ANA, "10:43", text, **more)


def test_a_comment_says_who_when_and_that_only_the_team_sees_it():
    found = read(written([comment("The scan says 8 boxes.\nOpen a claim?")]))
    assert "Ana Ribeiro" in found.text
    assert "10:43" in found.text
    assert "only your team sees this" in found.text
    assert "The scan says 8 boxes." in found.text
    assert not found.links


def test_only_the_first_comment_of_a_row_carries_the_lock():
    one = comment("One")
    line = Event("assigned", "{0} assigned this to {1}", ("Ana", "Ben"), "10:42")
    html = written([one, one, line, one])
    assert html.count('class="lock"') == 2


@pytest.mark.parametrize("text", HOSTILE)
def test_what_others_write_brings_no_markup(text):
    evil = Address(text, text)
    items = [
        Comment("c1", evil, "10:43", text, (Mark(0, len(text), True),), refused=Refusal(text, 3)),
        Comment("c2", evil, "10:43", text),
        Event("assigned", "{0} assigned this to {1}", (text, text), "10:42", Refusal(text, 4)),
        Going("s1", evil, text, "10:44", text, "failed", text),
    ]
    found = read(written(items))
    assert found.tags <= OURS
    assert "later" not in found.classes
    assert set(found.links) <= {
        "act:pending-again?pending=3", "act:pending-drop?pending=3",
        "act:pending-again?pending=4", "act:pending-drop?pending=4",
        "act:send-resolve?send=s1&how=retry", "act:send-resolve?send=s1&how=delete",
        "https://spy.example/p.gif",
    }  # fmt: skip
    assert not set(found.text) & set("\u202e\u2066\u2067\x00\x1b\u2028")


@given(st.text(max_size=80), st.lists(st.tuples(st.integers(-5, 90), st.integers(-5, 90))))
def test_any_text_with_any_marks_is_shown_whole_and_once(text, places):
    found = read(written([comment(text, marks=tuple(Mark(a, b) for a, b in places if a >= 0))]))
    assert found.tags <= OURS
    assert "".join(plain(text).split()) in "".join(found.text.split())


def test_links_go_where_they_say():
    found = read(
        written([comment("See https://velo.example/claim?id=9, or mail ben@halden.example")])
    )
    assert found.links == ["https://velo.example/claim?id=9", "mailto:ben@halden.example"]


def test_mentions_are_marked_and_the_readers_own_more():
    html = written([comment("@Ben and @Ana", marks=(Mark(0, 4), Mark(9, 13, True)))])
    assert '<bdi class="mention">@Ben</bdi> and <bdi class="mention me">@Ana</bdi>' in html


def test_names_with_braces_stay_names():
    event = Event("assigned", "{0} assigned this to {1}", ("{1}", "Ben"), "10:42")
    assert "{1} assigned this to Ben · 10:42" in read(written([event])).text


def test_one_can_change_what_is_ones_own_once_it_is_there():
    acts = ["act:comment-edit?comment=c1", "act:comment-delete?comment=c1"]
    assert read(written([comment("x", mine=True)])).links == acts
    assert not read(written([comment("x", mine=True, sending=True)])).links


def test_what_is_on_its_way_says_so():
    found = read(written([comment("x", sending=True)]))
    assert "sending…" in found.text
    assert "comment pending" in found.classes


@pytest.mark.parametrize(
    ("state", "links"),
    [
        ("waiting", ["act:send-undo?send=s1"]),
        ("sending", []),
        ("failed", ["act:send-resolve?send=s1&how=retry", "act:send-resolve?send=s1&how=delete"]),
        (
            "uncertain",
            [f"act:send-resolve?send=s1&how={how}" for how in ("sent", "retry", "cancel")],
        ),
    ],
)
def test_mail_on_its_way_offers_what_can_be_done(state, links):
    going = Going("s1", ANA, "Claire", "10:44", "Hello Claire", state, undo=True)
    assert read(written([going])).links == links
