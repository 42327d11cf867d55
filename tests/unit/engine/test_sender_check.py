from pathlib import Path

import msgspec
from tests.factories import NOON, Mailbox, mailbox, settings

from missive_desktop.content import digest as digests
from missive_desktop.content import rendered
from missive_desktop.domain.account import Endpoint, Security
from missive_desktop.domain.folder import Role
from missive_desktop.domain.sender import Verdict
from missive_desktop.domain.signature import Signature
from missive_desktop.engine import sender_check
from missive_desktop.store import accounts, messages, signatures

RESULTS = (
    "Authentication-Results: mx.example.org; dkim=pass header.d=shop.example;"
    " dmarc=pass header.from=shop.example\n"
    "DKIM-Signature: v=1; d=shop.example; s=k; b=x\n"
)


def come(box: Mailbox, uid: int, text: str, date: int, folder: int = 0) -> int:
    raw = f"Date: {_date(date)}\nMessage-ID: <{uid}.{date}@x>\n{text}\n\nHello\n".encode()
    return box.add([box.arrival(uid, digests.digest(raw), raw=raw)], folder=folder)[0]


def _date(seconds: int) -> str:
    from email.utils import formatdate

    return formatdate(seconds)


def judge(box: Mailbox, message: int) -> Verdict:
    row = messages.get(box.reader, message)
    assert row is not None
    shown = rendered.render(messages.raw(box.reader, box.store, message))
    return sender_check.verdict(box.reader, row, shown)


def attest(box: Mailbox, said: int, count: int = 6) -> None:
    """Let mail have come before, of which the provider said what it found, or not."""
    found = signatures.Found((), "", said)
    for number in range(count):
        message = come(box, 500 + number, f"From: x{number}@x.example", NOON - 9_999 + number)
        box.writer.run(
            lambda conn, changes, message=message: signatures.put(
                conn, message, found, NOON, changes
            )
        )


def test_the_tick_comes_with_acquaintance(tmp_path: Path) -> None:
    with mailbox(tmp_path) as box:
        attest(box, 1)
        mail = RESULTS + "From: Shop <info@shop.example>\nTo: ben@example.org"
        first = come(box, 1, mail, NOON)
        assert judge(box, first).level == "unknown"
        sent = box.folder("Sent", Role.SENT)
        own = come(
            box, 1, "From: Ben <ben@example.org>\nTo: Shop <info@shop.example>", NOON + 9, sent
        )
        assert judge(box, own).title == "You sent this"
        second = come(box, 2, mail, NOON + 60)
        assert judge(box, second).level == "genuine"


def test_a_provider_that_says_nothing_has_no_name_to_borrow(tmp_path: Path) -> None:
    """Whoever writes into a mail what the reader's provider would say gets no tick by it."""
    forged = RESULTS.replace("pass", "fail (p=reject)")
    with mailbox(tmp_path) as box:
        attest(box, 0)
        sent = box.folder("Sent", Role.SENT)
        come(box, 1, "From: Ben <ben@example.org>\nTo: Shop <info@shop.example>", NOON, sent)
        message = come(box, 2, RESULTS + "From: Shop <info@shop.example>", NOON + 60)
        assert judge(box, message).level == "plain"
        against = come(box, 3, forged + "From: Shop <info@shop.example>", NOON + 61)
        assert judge(box, against).level == "forged"


def test_people_are_compared_with_those_in_the_store(tmp_path: Path) -> None:
    with mailbox(tmp_path) as box:
        sent = box.folder("Sent", Role.SENT)
        come(box, 1, "From: ben@example.org\nTo: Ann Archer <ann@archer.example>", NOON, sent)
        alike = come(box, 1, "From: Ann Archer <ann@arcner.example>", NOON + 9)
        verdict = judge(box, alike)
        assert verdict.level == "doubtful"
        assert {one.code for one in verdict.warnings} >= {"lookalike", "known-name"}
        # Who is known later is compared at once.
        other = come(box, 2, "From: Cid Cobbler <x@gmail.com>", NOON + 10)
        assert judge(box, other).level == "unknown"
        come(box, 2, "From: ben@example.org\nTo: Cid Cobbler <cid@cobbler.example>", NOON, sent)
        assert judge(box, other).level == "doubtful"


def test_own_signatures_are_taken_in(tmp_path: Path) -> None:
    with mailbox(tmp_path) as box:
        message = come(box, 1, "From: Shop <info@shop.example>", NOON)
        own = signatures.Found(
            (Signature("shop.example", "k", "fail", "changed", ("from",), NOON),), ""
        )
        box.writer.run(lambda conn, changes: signatures.put(conn, message, own, NOON, changes))
        assert judge(box, message).level == "forged"


def test_whom_an_account_trusts() -> None:
    own = sender_check.trust_of(settings("ana@halden.example"))
    assert own.ids == ("halden.example",)
    gmail = msgspec.structs.replace(
        settings("ana@halden.example"), imap=Endpoint("imap.gmail.com", 993, Security.TLS)
    )
    assert sender_check.trust_of(gmail).ids == ("mx.google.com",)
    assert {"google.com", "halden.example"} <= sender_check.trust_of(gmail).hosts
    exchange = msgspec.structs.replace(settings("ana@halden.example"), provider="office365")
    assert sender_check.trust_of(exchange).nameless
    posteo = msgspec.structs.replace(
        settings("ana@posteo.net"), imap=Endpoint("posteo.de", 993, Security.TLS)
    )
    assert "posteo.de" in sender_check.trust_of(posteo).ids
    local = msgspec.structs.replace(
        settings("On this computer"), imap=Endpoint("", 0, Security.TLS)
    )
    assert sender_check.trust_of(local).ids == ()


def test_an_account_that_is_gone(tmp_path: Path) -> None:
    with mailbox(tmp_path) as box:
        message = come(box, 1, RESULTS + "From: Shop <info@shop.example>", NOON)
        row = messages.get(box.reader, message)
        assert row is not None
        shown = rendered.render(messages.raw(box.reader, box.store, message))
        box.writer.run(lambda conn, changes: accounts.remove(conn, box.account, changes))
        assert sender_check.verdict(box.reader, row, shown).level == "unknown"
