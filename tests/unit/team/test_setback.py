"""A restore explains what followed the backup, and nothing else; and only admins accept one."""

from __future__ import annotations

import msgspec
import pytest

from missive_desktop.store.team_rows import EntityRow
from missive_desktop.team import setback
from missive_desktop.team.checkpoints import Signed
from missive_desktop.team.setback import Held, Restore
from missive_wire.chain import Head, Record, appended
from missive_wire.ids import new_id

HOUR = 3_600_000
MADE, AT = 100 * HOUR, 103 * HOUR
RESTORE = Restore("e2", AT, MADE)
OLD = Held(1, MADE - HOUR, "aa")
YOUNG = Held(2, MADE + HOUR, "bb")


def test_what_is_younger_than_the_backup_may_be_gone() -> None:
    assert setback.behind([RESTORE], [OLD, YOUNG], {1: "aa"}) == RESTORE
    assert setback.behind([RESTORE], [OLD, YOUNG], {1: "aa", 2: "cc"}) == RESTORE
    assert setback.behind([RESTORE], [YOUNG], {}) == RESTORE


@pytest.mark.parametrize("now", [{}, {1: "cc"}, {2: "bb"}])
def test_what_is_older_must_be_as_it_was(now: dict[int, str]) -> None:
    assert setback.behind([RESTORE], [OLD, YOUNG], now) is None


def test_what_was_known_since_is_not_its_doing() -> None:
    assert setback.behind([RESTORE], [Held(9, AT + HOUR, "dd")], {}) is None
    later = Restore("e3", AT + 2 * HOUR, AT)
    assert setback.behind([RESTORE, later], [Held(9, AT + HOUR, "dd")], {}) == later


def test_without_a_restore_or_what_was_before_nothing_is_explained() -> None:
    assert setback.behind([], [YOUNG], {}) is None
    assert setback.behind([RESTORE], [], {}) is None


def record(act: str, by: str = "", **details: object) -> Record:
    return appended(Head(), "o:x", Record(0, AT, by, "", act, b"", b"", details=details), b"s")


def test_only_the_server_announces_one_and_the_last_begins_the_epoch_that_is() -> None:
    said = record("organization.restored", epoch="e2", made=MADE)
    assert setback.announced([said, record("member.left")]) == [RESTORE]
    assert setback.announced([record("organization.restored", "ana", epoch="e2", made=1)]) == []
    assert setback.announced([record("organization.restored", epoch=7, made="then")]) == []
    assert setback.begun([RESTORE], "e2") == [RESTORE]
    assert setback.begun([RESTORE], "e1") == []
    assert setback.begun([RESTORE, Restore("e3", AT, MADE)], "e9") == [RESTORE]


def test_evidence_says_what_was_known_before() -> None:
    before = Signed(7, {"s:x": (3, "ff")}, "sig")
    here = [record("conversation.closed")]
    shown = msgspec.json.encode({"shown": {"any": 1}, "before": before, "here": here}).decode()
    kept = Held(1, AT, here[0].h.hex())
    assert setback.held(shown, "s:x") == [kept, Held(3, 7, "ff")]
    assert setback.held(shown, "s:y") == [kept]
    assert setback.held("{}", "s:x") == setback.held("[1]", "s:x") == []


def test_the_checkpoint_of_the_backup_may_be_shown_again_and_no_other() -> None:
    def shown(before: int, again: int) -> str:
        told = {"before": Signed(before, {}, "a"), "shown": Signed(again, {}, "b")}
        return msgspec.json.encode(told | {"here": []}).decode()

    assert setback.behind_older([RESTORE], shown(MADE + HOUR, MADE - HOUR)) == RESTORE
    assert setback.behind_older([RESTORE], shown(MADE + 2 * HOUR, MADE + HOUR)) is None
    assert setback.behind_older([RESTORE], shown(AT + HOUR, MADE - HOUR)) is None
    assert setback.behind_older([], shown(MADE + HOUR, MADE - HOUR)) is None
    assert setback.behind_older([RESTORE], '{"shown": []}') is None


def accepting(restore: Restore, device: str = "a", **more: str) -> EntityRow:
    said = setback.acceptance(new_id(), restore)
    row = EntityRow(said.t, said.id, "put", 1, 1, body=said.body, signed=device, at=5)
    return msgspec.structs.replace(row, **more)


def test_an_acceptance_is_of_one_restore_and_by_an_admin() -> None:
    people = {"a": "ana", "b": "ben"}

    def accepted(*rows: EntityRow) -> dict[Restore, setback.Accepted]:
        return setback.accepted(rows, lambda device: people.get(device, ""), {"ana"}.__contains__)

    assert accepted(accepting(RESTORE)) == {RESTORE: setback.Accepted("ana", 5)}
    assert accepted(accepting(RESTORE, "b"), accepting(RESTORE, "stranger")) == {}
    assert accepted(accepting(RESTORE, op="del"), accepting(RESTORE, trouble="tampered")) == {}
    assert accepted(accepting(RESTORE, body='{"at": "then"}')) == {}
    assert RESTORE._replace(at=AT + 1) not in accepted(accepting(RESTORE))
