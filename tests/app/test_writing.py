"""Quotes, signatures and doubts: what the composer decides without a screen."""

import msgspec
import pytest

from missive_desktop.app.presenters.writing import (
    Doubt,
    Written,
    doubts,
    empty,
    exchange_signature,
    join_quote,
    split_quote,
    with_signature,
)
from missive_desktop.domain.draft import Draft
from missive_desktop.domain.message import Address

ANN = Address("Ann", "ann@example.org")
LETTER = Written(1, Address("", "me@x.org"), (ANN,), (), (), "Hello", "Text", "")


def test_the_quoted_history_is_parted_from_what_was_written():
    text = "Yes.\n\n-- \nMe\n\nOn Monday, Ann <ann@example.org> wrote:\n> Shall we?\n>\n> Ann\n"
    own, quote = split_quote(text)
    assert own == "Yes.\n\n-- \nMe"
    assert quote.startswith("On Monday, Ann")
    assert quote.endswith("> Ann")
    assert split_quote(join_quote(own, quote)) == (own, quote)


@pytest.mark.parametrize("text", ["", "Only mine", "> a quote\n\nand my answer under it"])
def test_what_is_no_history_at_the_end_stays(text):
    assert split_quote(text) == (text, "")


def test_a_forwarded_mail_is_history():
    own, quote = split_quote(
        "See below.\n\n---------- Forwarded message ----------\nFrom: Ann\n\nHi"
    )
    assert own == "See below."
    assert quote.startswith("----------")


@pytest.mark.parametrize(
    ("change", "attachments", "expected"),
    [
        ({}, 0, []),
        ({"to": ()}, 0, [Doubt.NO_RECIPIENT]),
        ({"to": (Address("", "a@@x"),)}, 0, [Doubt.WRONG_RECIPIENT]),
        ({"subject": " "}, 0, [Doubt.NO_SUBJECT]),
        ({"text": "the report is attached"}, 0, [Doubt.NO_ATTACHMENT]),
        ({"text": "Anbei die Rechnung"}, 0, [Doubt.NO_ATTACHMENT]),
        ({"text": "資料を添付します"}, 0, [Doubt.NO_ATTACHMENT]),
        ({"text": "the report is attached"}, 1, []),
        ({"text": "we are unattached"}, 0, []),
    ],
)
def test_doubts_before_sending(change, attachments, expected):
    written = Written(**{name: getattr(LETTER, name) for name in LETTER.__slots__} | change)
    assert doubts(written, attachments) == expected


def test_a_signature_goes_under_the_text_once():
    once = with_signature("Hello", "Ann\nHalden")
    assert once == "Hello\n\n-- \nAnn\nHalden"
    assert with_signature(once, "Ann\nHalden") == once
    assert with_signature("Hello", "") == "Hello"


def test_another_account_brings_its_signature():
    text = with_signature("Hello", "Ann")
    assert exchange_signature(text, "Ann", "Ann Lee, Halden") == "Hello\n\n-- \nAnn Lee, Halden"
    assert exchange_signature(text, "Ann", "") == "Hello"
    touched = text + " (on the train)"
    assert exchange_signature(touched, "Ann", "").endswith("(on the train)")


def test_nothing_is_lost_by_dropping_an_empty_draft():
    draft = Draft(account=1, text=with_signature("", "Ann"))
    assert empty(draft, "Ann")
    assert not empty(msgspec.structs.replace(draft, subject="x"), "Ann")
    reply = Draft(account=1, kind="reply", to=(ANN,), subject="Re: x", text="\n\nAnn wrote:\n> x")
    assert empty(reply, "")
    assert not empty(msgspec.structs.replace(reply, text="Yes\n\nAnn wrote:\n> x"), "")
