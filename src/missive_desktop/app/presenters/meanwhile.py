"""What came into a shared conversation while an answer was written: told before it goes out.

Reads the store. Knows no Qt.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Any, NamedTuple

from missive_desktop.domain.message import Flags
from missive_desktop.store import messages, team_mail, team_views
from missive_desktop.store.database import Connection
from missive_desktop.store.team_views import Timeline


class Kind(StrEnum):
    MAIL = "mail"  # somebody outside wrote
    ANSWER = "answer"  # a colleague answered
    COMMENT = "comment"
    TYPING = "typing"  # a colleague writes at this moment


class News(NamedTuple):
    kind: Kind
    who: str


class Seen(NamedTuple):
    """What there was when the writer began."""

    messages: frozenset[int] = frozenset()
    said: frozenset[str] = frozenset()


def seen(conn: Connection, conversation: int) -> Seen | None:
    """Return what is there now; None where nobody else answers."""
    found = team_views.timeline(conn, conversation) if conversation > 0 else None
    if found is None:
        return None
    said = {row.id for row in found.comments} | {row.id for row in found.sends}
    mails = messages.in_conversation(conn, conversation)
    return Seen(frozenset(row.id for row in mails), frozenset(said))


def news(
    conn: Connection, conversation: int, before: Seen, present: Sequence[Sequence[Any]] = ()
) -> list[News]:
    """Return what came since, what matters most first; `present` as WhoIsThere answers."""
    found = team_views.timeline(conn, conversation)
    if found is None:
        return []
    result = [
        News(Kind.ANSWER, _name(found, row.author))
        for row in found.sends
        if row.id not in before.said and row.author != found.me
    ]
    for row in messages.in_conversation(conn, conversation):
        if row.id in before.messages or row.flags & Flags.DRAFT:
            continue
        known = team_mail.get(conn, row.id)
        out = known is not None and known.out
        who = row.sender.name or row.sender.email
        result.append(News(Kind.ANSWER if out else Kind.MAIL, "" if out else who))
    result += [
        News(Kind.COMMENT, _name(found, row.author))
        for row in found.comments
        if row.id not in before.said and row.author != found.me
    ]
    result += [
        News(Kind.TYPING, _name(found, user))
        for scope, conv, user, state in present
        if (scope, conv, state) == (found.scope, found.conv, "typing") and user != found.me
    ]
    return list(dict.fromkeys(result))


def _name(found: Timeline, user: str) -> str:
    return found.people[user].called if user in found.people else ""
