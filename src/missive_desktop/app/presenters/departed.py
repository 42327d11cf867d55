"""Why a shared conversation that one reads is not in the list any more. Pure."""

from __future__ import annotations

from typing import NamedTuple

from missive_desktop.app.presenters.shown import Header
from missive_desktop.app.presenters.talk import Told
from missive_desktop.content.page_talk import Event

_TAKES = frozenset({"closed", "reopened", "assigned", "moved", "archive", "trash", "warning"})
STAYS = "It stays here until you go on."


class Stand(NamedTuple):
    """How it stood when it was opened; `events`: how often it had been given, closed or moved."""

    events: int = 0
    closed: bool = False
    assignees: tuple[str, ...] = ()
    in_trash: bool = False
    in_spam: bool = False


def stand(told: Told, header: Header | None) -> Stand:
    if header is None or header.space is None:
        return Stand()
    having = tuple(each.name for each in header.space.assignees)
    return Stand(len(_events(told)), header.space.closed, having, header.in_trash, header.in_spam)


def why_gone(told: Told, header: Header | None, before: Stand) -> str:
    """Say who took it out of the list, or what became of it; "" where nobody did."""
    if header is None or header.space is None:
        return ""
    events = _events(told)
    if len(events) > before.events:
        event = events[-1]
        return f"{event.words.format(*event.names)}. {STAYS}"
    now = stand(told, header)
    if now.in_trash and not before.in_trash:
        return f"This was moved to the trash. {STAYS}"
    if now.in_spam and not before.in_spam:
        return f"This was marked as spam. {STAYS}"
    if now.closed != before.closed:
        return f"This was {'closed' if now.closed else 'reopened'}. {STAYS}"
    if now.assignees != before.assignees:
        having = " and ".join(now.assignees)
        verb = "have" if len(now.assignees) > 1 else "has"
        return f"{having or 'Nobody'} {verb} this now. {STAYS}"
    return ""


def _events(told: Told) -> list[Event]:
    found = (item for _, item in told.items)
    return [
        item
        for item in found
        if isinstance(item, Event) and item.icon in _TAKES and item.refused is None
    ]
