from pathlib import Path

from tests.factories import ANN, BEN, NOON, Mailbox, digest, mailbox

from missive_desktop.domain.folder import Role
from missive_desktop.domain.message import Address, Flags
from missive_desktop.store import senders
from missive_desktop.store.senders import Left, Standing

DAY = 86_400


def come(
    box: Mailbox, uid: int, date: int, folder: int = 0, *, received: int = 0, seen: bool = True,
    **given: object,
) -> int:  # fmt: skip
    arrival = box.arrival(
        uid, digest(date=date, **given), flags=Flags.SEEN if seen else 0, received=received
    )
    return box.add([arrival], folder=folder)[0]


def test_the_first_mail_of_an_address(tmp_path: Path) -> None:
    with mailbox(tmp_path) as box:
        first = come(box, 1, NOON)
        second = come(box, 2, NOON + 60)
        later = come(box, 3, NOON + 2 * DAY)
        assert senders.standing(box.reader, "ann@example.org", first) == Standing()
        quick = senders.standing(box.reader, "ANN@example.org", second)
        assert quick == Standing(False, False, False)
        assert senders.standing(box.reader, ANN.email, later) == Standing(False, True, False)


def test_what_a_sender_says_of_the_time_makes_no_acquaintance(tmp_path: Path) -> None:
    with mailbox(tmp_path) as box:
        come(box, 1, NOON - 9 * DAY, received=NOON, list_id="dev.lists.example")
        second = come(box, 2, NOON + DAY - 1, received=NOON + 60)
        assert senders.standing(box.reader, ANN.email, second) == Standing(False, False, False)
        assert not senders.knows_list(box.reader, "dev.lists.example", second)


def test_what_was_not_read_or_thrown_away_makes_no_acquaintance(tmp_path: Path) -> None:
    with mailbox(tmp_path) as box:
        come(box, 1, NOON, seen=False)
        come(box, 1, NOON, box.folder("Trash", Role.TRASH))
        later = come(box, 3, NOON + 2 * DAY)
        assert senders.standing(box.reader, ANN.email, later) == Standing(False, False, False)


def test_mail_in_spam_makes_no_acquaintance(tmp_path: Path) -> None:
    with mailbox(tmp_path) as box:
        spam = box.folder("Junk", Role.SPAM)
        come(box, 1, NOON, spam)
        later = come(box, 1, NOON + 2 * DAY)
        assert senders.standing(box.reader, ANN.email, later) == Standing(False, False, False)
        assert senders.roles(box.reader, later) == {Role.INBOX}


def test_who_was_written_to_is_known(tmp_path: Path) -> None:
    with mailbox(tmp_path) as box:
        sent = box.folder("Sent", Role.SENT)
        come(box, 1, NOON, sent, sender=BEN, to=(ANN,))
        answer = come(box, 1, NOON + 60)
        assert senders.standing(box.reader, ANN.email, answer) == Standing(True, False, False)
        assert senders.has_written(box.reader, "Ann@Example.Org")
        assert not senders.has_written(box.reader, "who@example.org")
        assert senders.people(box.reader, []) == [ANN]


def test_colleagues_are_known(tmp_path: Path) -> None:
    with mailbox(tmp_path) as box:
        chiara = Address("Chiara", "chiara@halden.example")
        come(box, 1, NOON, sender=chiara)
        come(box, 2, NOON, sender=Address("X", "x@haldenaexample"))
        assert senders.people(box.reader, ["halden.example"]) == [chiara]


def test_lists_are_known_from_the_day_before(tmp_path: Path) -> None:
    with mailbox(tmp_path) as box:
        come(box, 1, NOON, list_id="dev.lists.example")
        soon = come(box, 2, NOON + 60, list_id="dev.lists.example")
        later = come(box, 3, NOON + 2 * DAY)
        assert not senders.knows_list(box.reader, "dev.lists.example", soon)
        assert senders.knows_list(box.reader, "dev.lists.example", later)
        assert not senders.knows_list(box.reader, "", later)


def test_a_mailing_that_was_left(tmp_path: Path) -> None:
    with mailbox(tmp_path) as box:
        name = senders.mailing("", "News@Shop.example")
        assert senders.left_on(box.reader, name) is None
        for way, now in (("mailed", NOON), ("posted", NOON + 1)):
            box.writer.run(
                lambda conn, changes, way=way, now=now: senders.note_left(
                    conn, name, way, now, 7, changes
                )
            )
        assert senders.left_on(box.reader, "news@shop.example") == Left("posted", NOON + 1)
        assert box.published[-1].messages == {7}
