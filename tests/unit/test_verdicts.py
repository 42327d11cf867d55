"""The rules find what they are there to find: one violation planted in a good history each."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from tests import histories, verdicts
from tests.histories import Diary, Event
from tests.row_sums import of_rows
from tests.verdicts import Line, Remains, Replica, Scope

from missive_wire import sums
from missive_wire.chain import Head, Record, appended
from missive_wire.entities import Row

SPACE, OTHER = "s:one", "s:two"
ROWS = (
    Row("put", 4, "conv", "c1", 2, {"labels": ["l1"]}, 1, b"sealed", 1),
    Row("put", 3, "comment", "m1", 1, {"conv": "c1"}, 1, b"sealed", 1),
    Row("del", 5, "seat", "ben", 2),
)
SHOWN = {SPACE: ["c1"], OTHER: []}


def records(*changes: tuple[str, str, str, int], **labels: str) -> tuple[tuple[Record, ...], Head]:
    head, made = Head(), []
    for act, t, id_, seq in changes:
        details = {"labels+": [labels["label"]]} if act == "conversation.labelled" else None
        plain = Record(0, 1, "u", "d", act, b"", b"", t, id_, seq, details=details)
        made.append(appended(head, SPACE, plain, b"salt"))
        head = Head(made[-1].n, made[-1].h)
    return tuple(made), head


CHANGES = (
    ("conversation.created", "conv", "c1", 1), ("seat.given", "seat", "ben", 2),
    ("comment.added", "comment", "m1", 3), ("conversation.labelled", "conv", "c1", 4),
    ("seat.taken", "seat", "ben", 5),
)  # fmt: skip


def scope(rows: tuple[Row, ...] = ROWS, changes: tuple = CHANGES) -> Scope:
    told, head = records(*changes, label="l1")
    return Scope("e1", 5, sums.as_text(of_rows(rows)), len(rows), rows, told, head,
                 frozenset({"ana", "cid"}))  # fmt: skip


def replica(**changed: object) -> Replica:
    rows = {
        (SPACE, r.t, r.id): Line(r.op, r.seq, r.v, dict(r.h), "opened" if r.b else "") for r in ROWS
    }
    return msgspec.structs.replace(Replica(rows, SHOWN, SHOWN, SHOWN, {1: "done"}), **changed)


GONE = Replica({}, {}, {}, {}, {})
HISTORY = [
    Event(1, "ana", "ok", "do", SPACE, "comment", "m1", "comment.added", "m1", pending=1),
    Event(2, "ana", "info", "send", SPACE, mark="m1", device="d", mid=3),
    Event(3, "ana", "ok", "send", SPACE, mark="m1", device="d", mid=3, what="ok"),
    Event(4, "ana", "ok", "send", SPACE, mark="m1", device="d", mid=3, what="ok"),
    Event(5, "cid", "ok", "send", SPACE, mark="l1", device="e", mid=3, what="ok"),
    Event(6, "ben", "info", "read", SPACE, e="e1", rows=((3, "comment", "m1", 1),)),
    Event(7, "ana", "ok", "send", SPACE, act="seat.taken", device="d", mid=4, seq=5, whom="ben",
          what="ok"),
    Event(8, "ben", "info", "read", SPACE, e="e1", rows=((4, "conv", "c1", 2),)),
    Event(9, "cid", "info", "read", SPACE, e="e1",
          rows=((1, "conv", "c1", 1), (4, "conv", "c1", 2))),
]  # fmt: skip
REMAINS = Remains(
    {SPACE: scope()},
    {"ana": replica(), "ben": GONE, "cid": replica()},
    ("mail",),
    ("mail",),
    ("s",),
)


def test_a_good_history_breaks_no_rule() -> None:
    assert verdicts.all_of(HISTORY, REMAINS) == []


def server(**changed: object) -> Remains:
    found = msgspec.structs.replace(REMAINS.server[SPACE], **changed)
    return msgspec.structs.replace(REMAINS, server={SPACE: found})


def client(who: str, found: Replica) -> Remains:
    return msgspec.structs.replace(REMAINS, clients=REMAINS.clients | {who: found})


def other_rows(key: tuple[str, str, str], **changed: object) -> dict:
    rows = replica().rows
    return rows | {key: msgspec.structs.replace(rows[key], **changed)}


COMMENT = (SPACE, "comment", "m1")
without_comment = tuple(row for row in ROWS if row.id != "m1")
twice, twice_head = records(*CHANGES, ("comment.added", "comment", "m1", 6), label="l1")
set_twice, set_head = records(*CHANGES, ("conversation.labelled", "conv", "c1", 6), label="l1")
fewer, fewer_head = records(*CHANGES[:2], *CHANGES[3:], label="l1")
taking = Event(7, "ana", "invoke", "send", SPACE, act="seat.taken", device="d", mid=4, whom="ben")
taken = msgspec.structs.replace(taking, type="ok", what="ok", seq=5)
asked = Event(9, "ana", "invoke", "do", SPACE, act="seat.given", whom="ben")
giving = Event(10, "ana", "invoke", "send", SPACE, act="seat.given", device="d", mid=5, whom="ben")
given = msgspec.structs.replace(giving, type="ok", what="ok", seq=6)
before = msgspec.structs.replace(given, mid=2, seq=2)
denied = msgspec.structs.replace(giving, type="fail", what="denied")
unheard = msgspec.structs.replace(giving, type="info", what="Offline")
seen = Event(11, "ben", "info", "read", SPACE, e="e1", rows=((6, "conv", "c2", 1),))
file = Event(12, "ben", "ok", "file", SPACE)
restored = Event(10, "nemesis", "info", "fault", what="restore")

PLANTED: list[tuple[str, Callable, list[Event], Remains]] = [
    ("an acknowledged one is not there", verdicts.lost, [],
     server(rows=without_comment)),
    ("a label went with a later write", verdicts.lost, [],
     server(rows=(msgspec.structs.replace(ROWS[0], h={}), *ROWS[1:]))),
    ("a repeated number is answered otherwise", verdicts.doubled,
     [Event(10, "ana", "fail", "send", SPACE, mark="m1", device="d", mid=3, what="denied")],
     REMAINS),
    ("a number was used for two", verdicts.doubled,
     [Event(10, "ana", "ok", "send", SPACE, mark="m2", device="d", mid=3, what="ok")], REMAINS),
    ("made twice", verdicts.doubled, [], server(records=twice, trail=twice_head)),
    ("set twice", verdicts.doubled, [], server(records=set_twice, trail=set_head)),
    ("a record is missing", verdicts.unrecorded, [], server(records=fewer, trail=fewer_head)),
    ("a record too many", verdicts.unrecorded, [], server(records=twice, trail=twice_head)),
    ("a record was changed", verdicts.unrecorded, [],
     server(records=(msgspec.structs.replace(REMAINS.server[SPACE].records[0], by="x"),
                     *REMAINS.server[SPACE].records[1:]))),
    ("the end of the chain was cut off", verdicts.unrecorded, [],
     server(records=REMAINS.server[SPACE].records[:-1])),
    ("two read different things at one place", verdicts.disordered,
     [Event(10, "ana", "info", "read", SPACE, e="e1", rows=((4, "conv", "c9", 1),))], REMAINS),
    ("a version falls along the order", verdicts.disordered,
     [Event(10, "ana", "info", "read", SPACE, e="e1", rows=((9, "conv", "c1", 1),))], REMAINS),
    ("an old row", verdicts.unequal, [], client("cid", replica(rows=other_rows(COMMENT, v=9)))),
    ("another header", verdicts.unequal, [],
     client("cid", replica(rows=other_rows(COMMENT, h={"conv": "c2"})))),
    ("a body that does not open", verdicts.unequal, [],
     client("cid", replica(rows=other_rows(COMMENT, body="", trouble="key")))),
    ("another body", verdicts.unequal, [],
     client("cid", replica(rows=other_rows(COMMENT, body="other")))),
    ("shown otherwise than to others", verdicts.unequal, [],
     client("cid", replica(shown={SPACE: []}))),
    ("shown otherwise than anew", verdicts.unequal, [], client("cid", replica(mine={SPACE: []}))),
    ("a row is missing", verdicts.incomplete, [],
     client("cid", replica(rows={k: v for k, v in replica().rows.items() if k != COMMENT}))),
    ("a row too many", verdicts.incomplete, [],
     client("cid", replica(rows=replica().rows | {(SPACE, "conv", "c9"): Line("put", 1, 1, {})}))),
    ("the server counts wrong", verdicts.incomplete, [], server(count=7)),
    ("a row after removal", verdicts.leaked, [seen], REMAINS),
    ("a file after removal", verdicts.leaked, [file], REMAINS),
    ("a row after a seat was asked for here alone", verdicts.leaked, [asked, seen], REMAINS),
    ("a row after a seat was given before the removal", verdicts.leaked,
     [msgspec.structs.replace(giving, mid=2), before, seen], REMAINS),
    ("a row after a seat was refused", verdicts.leaked, [giving, seen, denied], REMAINS),
    ("a row after another removal", verdicts.leaked,
     [giving, given, msgspec.structs.replace(taken, mid=6, seq=7),
      msgspec.structs.replace(seen, rows=((8, "conv", "c2", 1),))], REMAINS),
    ("a row after removal was offered again", verdicts.leaked,
     [giving, given, restored, taking, taken, seen], REMAINS),
    ("rows that stay after removal", verdicts.leaked, [], client("ben", replica())),
    ("gone from the outbox", verdicts.vanished,
     [Event(10, "cid", "ok", "do", SPACE, "comment", "m7", "comment.added", "m7", pending=7)],
     REMAINS),
    ("settled, and not there", verdicts.vanished,
     [Event(10, "cid", "ok", "do", SPACE, "comment", "m7", "comment.added", "m7", pending=1)],
     REMAINS),
    ("two messages for a mail", verdicts.mailed, [],
     msgspec.structs.replace(REMAINS, messages=("mail", "mail"))),
    ("a mail without a message", verdicts.mailed, [],
     msgspec.structs.replace(REMAINS, messages=())),
    ("a message out of nothing", verdicts.mailed, [],
     msgspec.structs.replace(REMAINS, messages=("mail", "other"))),
    ("sent twice", verdicts.sent, [], msgspec.structs.replace(REMAINS, sends=("s", "s"))),
    ("never decided on", verdicts.sent, [],
     msgspec.structs.replace(REMAINS, asked=(("new", "sending"),))),
    ("said to have failed, and sent", verdicts.sent, [],
     msgspec.structs.replace(REMAINS, sends=("s",), asked=(("s", "failed"),))),
    ("said to be sent, and not sent", verdicts.sent, [],
     msgspec.structs.replace(REMAINS, sends=(), left=("s",), asked=(("s", "sent"),))),
    ("sent, and no message tells of it", verdicts.sent, [],
     msgspec.structs.replace(REMAINS, sends=("s",), asked=(("s", "sent"),))),
]  # fmt: skip


@pytest.mark.parametrize(
    ("rule", "more", "remains"), [p[1:] for p in PLANTED], ids=[p[0] for p in PLANTED]
)
def test_a_planted_violation_is_found(rule: Callable, more: list[Event], remains: Remains) -> None:
    found = rule([*HISTORY, *more], remains)
    assert found
    assert all(words.startswith(f"{rule.__name__}: ") for words in found)


FINE: list[tuple[str, list[Event], Remains]] = [
    ("read again after a seat was given again", [asked, giving, given, seen], REMAINS),
    ("read again before it is known that it was given", [giving, seen, given], REMAINS),
    ("read again, and it is never known whether it was given", [giving, unheard, seen], REMAINS),
    ("taken and given again on their way at once", [giving, taken, given, seen], REMAINS),
    ("both offered again to a server set back",
     [giving, given, restored, taking, giving, taken, given, seen], REMAINS),
    ("read again since a backup knows the seat", [restored, seen], REMAINS),
    ("refused, and shown",
     [Event(10, "cid", "ok", "do", SPACE, "comment", "m7", "comment.added", "m7", pending=7)],
     client("cid", replica(pending={7: "denied"}))),
    ("still waiting",
     [Event(10, "cid", "ok", "do", SPACE, "comment", "m7", "comment.added", "m7", pending=7)],
     client("cid", replica(pending={7: "waiting"}))),
    ("begun, and killed before it was kept",
     [Event(10, "cid", "invoke", "do", SPACE, "comment", "m7", "comment.added", "m7")], REMAINS),
    ("another epoch has another order",
     [Event(10, "ana", "info", "read", SPACE, e="e2", rows=((4, "conv", "c9", 1),))], REMAINS),
    ("numbers begin anew at what a backup knows",
     [restored, Event(11, "ana", "ok", "send", SPACE, mark="l1", device="d", mid=3, what="ok")],
     REMAINS),
    ("nobody can tell whether it was sent", [],
     msgspec.structs.replace(REMAINS, sends=("s",), asked=(("s", "uncertain"),))),
]  # fmt: skip


@pytest.mark.parametrize(("more", "remains"), [f[1:] for f in FINE], ids=[f[0] for f in FINE])
def test_what_is_allowed_is_not_held_against_it(more: list[Event], remains: Remains) -> None:
    assert verdicts.all_of([*HISTORY, *more], remains) == []


def test_a_file_that_was_asked_for_before_a_removal_may_still_come() -> None:
    asked = msgspec.structs.replace(file, at=0, type="invoke")
    assert verdicts.leaked([asked, *HISTORY, file], REMAINS) == []
    assert verdicts.leaked([*HISTORY, asked, file], REMAINS) != []


def test_a_diary_outlives_its_writer_and_a_torn_line(tmp_path: Path) -> None:
    diary = Diary(tmp_path / "ana", "ana")
    diary.note("ok", "do", mark="m1", pending=3)
    diary.note("info", "read", scope=SPACE, rows=[(1, "conv", "c1", 1)])
    diary.close()
    with (tmp_path / "ana").open("ab") as file:
        file.write(b'{"at": 12, "who"')
    first, second = histories.read([tmp_path / "ana"])
    assert (first.who, first.mark, first.pending) == ("ana", "m1", 3)
    assert second.rows == ((1, "conv", "c1", 1),)
    assert first.at < second.at


def test_what_who_was_taken_out_had_done_is_not_owed_by_a_server_that_was_set_back() -> None:
    sent = Event(1, "ben", "ok", "send", SPACE, mark="m9", device="d", mid=9, what="ok")
    on_it = Event(2, "ana", "ok", "send", SPACE, "conv", "m9", "conversation.labelled", "l9")
    assert len(verdicts.lost([sent, on_it, *HISTORY], REMAINS)) == 2
    assert verdicts.lost([sent, on_it, *HISTORY, restored], REMAINS) == []
    assert verdicts.lost([sent, restored, *HISTORY], REMAINS) == []
    later = msgspec.structs.replace(sent, at=99)  # accepted anew, so owed anew
    assert verdicts.lost([sent, *HISTORY, restored, later], REMAINS) != []


def test_what_who_was_taken_out_had_done_is_refused_and_shown() -> None:
    done = Event(1, "ana", "ok", "do", SPACE, mark="m9", pending=7)
    assert verdicts.vanished([done], REMAINS) != []
    shown = msgspec.structs.replace(
        REMAINS, clients=REMAINS.clients | {"ana": replica(pending={7: "denied"})}
    )
    assert verdicts.vanished([done], shown) == []
