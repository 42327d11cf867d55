"""Which parts of a plain text want letters of one width."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from missive_desktop.content import monospace, plaintext

PATCH = (
    "diff --git a/x b/x\nindex 1..2\n--- a/x\n+++ b/x\n@@ -1,3 +1,4 @@\n def f():\n-    pass\n"
    "+    return 1\n\n+new"
)


@pytest.mark.parametrize(
    "text",
    [
        "  start   12:05   100 %\n  bridge  12:41    71 %\n  harbour 13:20    38 %",
        "Name   | Qty\n-------+-----\nTea    |   3\nCake   |  12",
        "+----+---+\n| a  | b |\n+----+---+",
        "┌───┐\n│ a │\n└───┘",
        "Item\tPrice\nTea\t3\nCake\t12",
        PATCH,
    ],
)
def test_tables_and_patches_keep_their_width(text):
    assert monospace.may_need(text)
    assert monospace.blocks(f"Hello,\n\n{text}\n\nBye") == [
        ("Hello,\n", False), (text, True), ("Bye", False)
    ]  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        "just prose\nand more\n\nbye",
        "Hi  there.  Two spaces.\nAfter  each  word.\nReally.  I do.",
        "Dear Ann,    and   Bo\nhello",
        "- one\n- two\n- three",
        "-- \nAnn",
        "A | B\nis a choice",
        "+ one more\n+ and another",
    ],
)
def test_prose_stays_prose(text):
    assert all(not block.fixed for block in monospace.blocks(text))


def test_they_are_shown_so():
    shown = str(plaintext.to_html(f"See:\n\n{PATCH}\n"))
    assert '<div class="mv-fixed">diff --git' in shown
    assert "<div>See:" in shown


@given(st.text(alphabet="ab |+-\n\t@ ", max_size=200))
def test_nothing_is_lost(text):
    joined = "\n".join(block.text for block in monospace.blocks(text))
    assert joined.split() == text.split()
