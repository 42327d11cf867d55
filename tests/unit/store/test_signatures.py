from pathlib import Path

import msgspec
from tests.factories import NOON, Mailbox, mailbox, settings

from missive_desktop.domain.account import Endpoint, Security
from missive_desktop.domain.signature import Signature
from missive_desktop.store import accounts, signatures
from missive_desktop.store.signatures import Found

GOOD = Signature("a.example", "s", "pass", "", ("from",), NOON)
BAD = Signature("a.example", "s", "fail", "changed", ("from",), NOON)
OPEN = Signature("a.example", "s", "unreachable", "offline", (), NOON)


def put(box: Mailbox, message: int, *found: Signature, now: int = NOON) -> None:
    box.writer.run(
        lambda conn, changes: signatures.put(conn, message, Found(found, "reject"), now, changes)
    )


def test_what_was_found_is_kept_and_goes_with_its_message(tmp_path: Path) -> None:
    with mailbox(tmp_path) as box:
        (message,) = box.add([box.arrival(1)])
        assert signatures.get(box.reader, message) is None
        put(box, message, GOOD, BAD)
        assert signatures.get(box.reader, message) == Found((GOOD, BAD), "reject")
        assert message in box.published[-1].messages
        put(box, message + 1, GOOD)
        assert signatures.get(box.reader, message + 1) is None
        box.writer.run(lambda conn, changes: accounts.remove(conn, box.account, changes))
        assert signatures.get(box.reader, message) is None


def test_what_is_still_to_be_done(tmp_path: Path) -> None:
    with mailbox(tmp_path) as box:
        first, second, third = box.add([box.arrival(1), box.arrival(2), box.arrival(3)])
        assert signatures.untried(box.reader, 0, 2) == [third, second]
        assert signatures.untried(box.reader, second, 9) == [third, second]
        put(box, third, GOOD)
        put(box, second, OPEN)
        assert signatures.untried(box.reader, 0, 9) == [first]
        assert signatures.waiting(box.reader, 0, 3, NOON, 9) == []
        assert signatures.waiting(box.reader, 0, 3, NOON + 1, 9) == [second]
        put(box, second, OPEN)
        assert signatures.waiting(box.reader, 0, 3, NOON + 1, 9) == [second]
        put(box, second, OPEN)
        assert signatures.waiting(box.reader, 0, 3, NOON + 1, 9) == []
        put(box, second, GOOD)
        assert signatures.waiting(box.reader, 0, 9, NOON + 1, 9) == []


def test_imported_mail_is_left_alone(tmp_path: Path) -> None:
    with mailbox(tmp_path) as box:
        box.add([box.arrival(1)])
        nowhere = Endpoint("", 0, Security.TLS)
        local = msgspec.structs.replace(settings(), imap=nowhere)
        box.writer.run(
            lambda conn, changes: accounts.update_settings(conn, box.account, local, changes)
        )
        assert signatures.untried(box.reader, 0, 9) == []


def test_whether_signatures_survive(tmp_path: Path) -> None:
    with mailbox(tmp_path) as box:
        messages = box.add([box.arrival(number) for number in range(1, 9)])
        assert signatures.survive(box.reader, box.account)
        for message in messages[:2]:
            put(box, message, BAD)
        assert signatures.survive(box.reader, box.account)
        for message in messages[2:5]:
            put(box, message, BAD)
        assert not signatures.survive(box.reader, box.account)
        for message in messages[3:]:
            put(box, message, GOOD, BAD)
        assert signatures.survive(box.reader, box.account)


def test_whether_a_provider_says_what_it_finds(tmp_path: Path) -> None:
    with mailbox(tmp_path) as box:
        messages = box.add([box.arrival(number) for number in range(1, 12)])

        def said(message: int, attested: int) -> None:
            found = Found((), "", attested)
            box.writer.run(
                lambda conn, changes: signatures.put(conn, message, found, NOON, changes)
            )

        for message in messages[:4]:
            said(message, 1)
        assert not signatures.attests(box.reader, box.account)  # too few
        for message in messages[4:8]:
            said(message, -1)
        assert not signatures.attests(box.reader, box.account)
        said(messages[8], 1)
        assert signatures.attests(box.reader, box.account)
        said(messages[9], 0)
        assert signatures.attests(box.reader, box.account)
        said(messages[10], 0)
        assert not signatures.attests(box.reader, box.account)
