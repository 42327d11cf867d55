"""What was done to a shared conversation, as lines of its timeline. Pure.

A record says what a field became; what changed comes from the record before it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, NamedTuple

from missive_desktop.content.page_talk import Event, Refusal

YOU = "You"


class EventRow(NamedTuple):
    """`details`: the header fields that were set, where one may read them."""

    at: int  # milliseconds
    actor: str
    act: str
    details: Mapping[str, Any]
    waiting: bool = False  # for the team's server


class Names(NamedTuple):
    """How users and labels are called here."""

    me: str
    people: Mapping[str, str]
    labels: Mapping[str, str]
    time_text: Callable[[int], str]  # of unix seconds

    def of(self, user: str) -> str:
        return YOU if user == self.me else self.people.get(user, "Somebody")

    def all_of(self, users: Collection[str]) -> str:
        found = ["you" if user == self.me else self.of(user) for user in users]
        return _listed(found)


class _Before(NamedTuple):
    assignees: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    state: str = "open"


# An icon and the words of acts that need no more than who did it.
_PLAIN = {
    "conversation.closed": ("closed", "{0} closed this"),
    "conversation.reopened": ("reopened", "{0} reopened this"),
    "conversation.archived": ("archive", "{0} archived this for the team"),
    "conversation.returned": ("moved", "{0} put this back into the team inbox"),
    "conversation.renamed": ("info", "{0} renamed this"),
    "conversation.trashed": ("trash", "{0} moved this to the trash"),
    "conversation.restored": ("moved", "{0} took this out of the trash"),
    "conversation.spam": ("warning", "{0} marked this as spam"),
    "conversation.unspam": ("moved", "{0} marked this as no spam"),
    "conversation.moved": ("moved", "{0} moved this to another inbox"),
    "conversation.deleted": ("trash", "{0} deleted this for good"),
    "task.added": ("task", "{0} added a task"),
    "task.closed": ("task", "{0} finished a task"),
    "task.reopened": ("task", "{0} reopened a task"),
    "task.deleted": ("trash", "{0} deleted a task"),
    "send.cancelled": ("mail", "{0} took back a mail"),
    "send.settled": ("mail", "{0} noted that a mail was sent"),
    "message.deleted": ("trash", "{0} deleted a mail"),
    "comment.added": ("lock", "{0} commented"),
    "comment.edited": ("lock", "{0} changed a comment"),
    "comment.deleted": ("trash", "{0} deleted a comment"),
}
_UNSEEN = frozenset({"comment.added", "comment.edited"})  # what was said stands there itself


def lines(rows: Iterable[EventRow], names: Names) -> list[tuple[int, Event]]:
    """Return the lines with their times (ms), without what mail and comments tell themselves."""
    before = _Before()
    result = []
    for row in rows:
        event = None if row.act in _UNSEEN else _line(row, before, names)
        if event is not None:
            result.append((row.at, event._replace(waiting=row.waiting)))
        if row.act.startswith("conversation."):  # tasks have assignees, too
            before = _after(before, row.details)
    return result


def refused(row: EventRow, why: str, pending: int, before: EventRow, names: Names) -> Event:
    """Return the line of a change that was not taken; `before`: how it stood when it was made."""
    was = _after(_Before(), before.details)
    event = _line(row, was, names) or Event("info", "{0} changed this", (names.of(row.actor),), "")
    return event._replace(refused=Refusal(why, pending))


def _line(row: EventRow, before: _Before, names: Names) -> Event | None:
    who = names.of(row.actor)
    time = names.time_text(row.at // 1000)
    if row.act in _PLAIN:
        icon, words = _PLAIN[row.act]
        return Event(icon, words, (who,), time)
    if row.act in ("conversation.assigned", "conversation.unassigned"):
        return _assigned(row, before, names, time)
    if row.act in ("conversation.labelled", "conversation.unlabelled"):
        return _labelled(row, before, names, time)
    state = row.details.get("st", before.state)
    if row.act == "conversation.replied" and state == "closed" != before.state:
        return Event("closed", "{0} closed this with the answer", (who,), time)
    if row.act == "conversation.received" and state == "open" and before.state == "closed":
        return Event("reopened", "Reopened, because mail came in", (), time)
    return None


def _assigned(row: EventRow, before: _Before, names: Names, time: str) -> Event:
    who = names.of(row.actor)
    if "assignees" not in row.details:
        return Event("assigned", "{0} assigned this", (who,), time)
    now = _users(row.details["assignees"])
    new = [user for user in now if user not in before.assignees]
    gone = [user for user in before.assignees if user not in now]
    if new == [row.actor]:
        return Event("assigned", "{0} took this over", (who,), time)
    if new:
        return Event("assigned", "{0} assigned this to {1}", (who, names.all_of(new)), time)
    if gone == [row.actor]:
        return Event("assigned", "{0} gave this back", (who,), time)
    if gone:
        return Event("assigned", "{0} took this from {1}", (who, names.all_of(gone)), time)
    return Event("assigned", "{0} assigned this", (who,), time)


def _labelled(row: EventRow, before: _Before, names: Names, time: str) -> Event | None:
    now = _labels(before.labels, row.details)
    known = names.labels
    added = [known[each] for each in now if each not in before.labels and each in known]
    gone = [known[each] for each in before.labels if each not in now and each in known]
    who = names.of(row.actor)
    if added:
        return Event("label", "{0} labelled this {1}", (who, _listed(added)), time)
    if gone:
        return Event("label", "{0} took off the label {1}", (who, _listed(gone)), time)
    return None


def _after(before: _Before, details: Mapping[str, Any]) -> _Before:
    assignees = _users(details.get("assignees", before.assignees))
    state = details.get("st", before.state)
    known = state if isinstance(state, str) else before.state
    return _Before(assignees, _labels(before.labels, details), known)


def _labels(before: tuple[str, ...], details: Mapping[str, Any]) -> tuple[str, ...]:
    """Labels are set whole, or put on and taken off one by one."""
    now = _users(details.get("labels", before))
    more, less = _users(details.get("labels+", ())), _users(details.get("labels-", ()))
    return tuple(each for each in dict.fromkeys((*now, *more)) if each not in less)


def _users(value: Any) -> tuple[str, ...]:
    return tuple(each for each in value if isinstance(each, str)) if _is_list(value) else ()


def _is_list(value: Any) -> bool:
    return isinstance(value, list | tuple)


def _listed(names: Collection[str]) -> str:
    *others, last = names or ("nobody",)
    return f"{', '.join(others)} and {last}" if others else last
