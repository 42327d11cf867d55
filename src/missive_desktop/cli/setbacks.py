"""What an administrator is told of restores, and of what was found wrong with the trail. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from missive_desktop.cli.naming import Names

When = Callable[[int], str]

_SAID = (
    "On {at} the server was set back to a backup of {made}: it says so in the trail that it signs,"
    " and began anew everywhere."
)
_ASK = (
    " Nothing from before the backup is missing here. But a server that takes entries away could"
    " say the same: ask whoever runs it whether they restored it then. If so, an owner or admin"
    " accepts it: missive-desktop audit verify --accept. If not, do not trust it; keep what `audit"
    " export` writes."
)
_ACCEPTED = " {who} accepted it on {on}."
_NO_RESTORE = (
    " No restore explains it. Ask whoever runs the server what happened, and keep what `audit"
    " export` writes."
)


def told(
    before: Sequence[Sequence[Any]], restores: Sequence[dict[str, Any]], names: Names, when: When
) -> tuple[list[str], bool]:
    """Return what is to be said, and whether anything of it is still to be looked into.

    `before`, `restores`: as `VerifyTrail` answers.
    """
    lines, wrong = [], False
    for restore in restores:
        found = [row for row in before if row[4] == restore["epoch"]]
        line = _SAID.format(at=when(restore["at"]), made=when(restore["made"]))
        if restore["by"]:
            who = names.person(restore["by"])
            line += _ACCEPTED.format(who=who, on=when(restore["on"]))
        elif found:
            wrong, line = True, line + _ASK
        lines.append(line)
        lines += [f"  From then: {_line(row, names, when)}" for row in found]
    for row in before:
        if not row[4]:
            wrong = True
            lines.append(_line(row, names, when) + _NO_RESTORE)
    return lines, wrong


def _line(row: Sequence[Any], names: Names, when: When) -> str:
    at, _, scope, words, _ = row
    where = f", {names.scope(scope)}" if scope else ""
    return f"On {when(at)}{where}: {words}"
