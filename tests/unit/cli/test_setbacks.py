"""What an administrator reads of restores and of a trail that lost entries."""

from __future__ import annotations

from typing import Any

from missive_desktop.cli import setbacks

RESTORE = {"epoch": "e2", "at": 9, "made": 5, "by": "", "on": 0}
LOST = [9, "shorter", "s:x", "The trail became shorter.", "e2"]
ODD = [9, "chain", "s:x", "Entry 3 is another.", ""]


class Called:
    def person(self, user: str) -> str:
        return user.title()

    def scope(self, scope: str) -> str:
        return "Support"


def told(before: list[Any], *restores: dict[str, Any]) -> tuple[str, bool]:
    lines, wrong = setbacks.told(before, restores, Called(), str)  # type: ignore[arg-type]
    return "\n".join(lines), wrong


def test_a_restore_is_named_as_what_may_be_behind_it_and_what_to_do() -> None:
    words, wrong = told([LOST], RESTORE)
    assert wrong
    assert "On 9 the server was set back to a backup of 5" in words
    assert "audit verify --accept" in words
    assert "Support: The trail became shorter." in words


def test_one_that_was_accepted_is_no_fault() -> None:
    words, wrong = told([LOST], RESTORE | {"by": "ana", "on": 11})
    assert not wrong
    assert "Ana accepted it on 11." in words


def test_one_that_took_nothing_that_was_known_here_is_only_said() -> None:
    words, wrong = told([], RESTORE)
    assert not wrong
    assert "--accept" not in words


def test_what_no_restore_explains_stays_a_fault() -> None:
    words, wrong = told([LOST, ODD], RESTORE | {"by": "ana", "on": 11})
    assert wrong
    assert "No restore explains it." in words
    assert told([ODD])[1]
    assert told([]) == ("", False)
