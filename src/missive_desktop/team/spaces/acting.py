"""Acts on conversations of spaces: read as they stand, changed as `acts` says, kept and shown.

In the caller's transaction, which is to be durable. What the role does not allow is refused here
in words; what the server refuses later comes back through the outbox.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import NamedTuple

from missive_desktop.domain.act import Act, Deed
from missive_desktop.domain.changes import Changes
from missive_desktop.domain.spaces import Place
from missive_desktop.domain.team import Intent
from missive_desktop.errors import Refused, UsageError
from missive_desktop.store import (
    folders,
    team_conversations,
    team_mail,
    team_spaces,
    team_talk,
)
from missive_desktop.store.database import Connection
from missive_desktop.store.team_spaces import SpaceRow
from missive_desktop.team import submitting
from missive_desktop.team.projecting import Projection
from missive_desktop.team.spaces import acts
from missive_desktop.team.spaces.acts import Subject
from missive_wire import rules


class Desk(NamedTuple):
    """Where acts are done: a transaction, and what shows what they change."""

    conn: Connection
    projection: Projection
    changes: Changes
    now: int  # milliseconds


class Done(NamedTuple):
    """What was done to the conversations of one team, and what takes it back."""

    team: int
    intents: tuple[Intent, ...]
    undo: tuple[Intent, ...]


class Meant(NamedTuple):
    """A conversation that an act is about, with its space; `mails`: only these of it (at)."""

    space: SpaceRow
    subject: Subject
    mails: tuple[int, ...] = ()
    ahead: int = 0  # of the server's clock before ours: by its clock all is written down


def of_spaces(conn: Connection, conversations: Iterable[int]) -> list[Meant]:
    """Return those of the conversations that are of spaces, as they stand."""
    result = []
    for conversation in dict.fromkeys(conversations):
        found = team_conversations.find_by_id(conn, conversation)
        if found is not None:
            result.append(meant(conn, *found))
    return result


def meant(conn: Connection, account: int, conv: str) -> Meant:
    """Return a conversation of a space as it stands."""
    found = team_spaces.with_team(conn, account)
    if found is None:
        raise UsageError("This is no shared inbox any more.")
    space, team = found
    facts = team_conversations.facts(conn, account, [conv], team.user)
    if not facts:
        raise UsageError("There is no such conversation.")
    one = facts[0]
    newest = max((mail.at for mail in one.mails), default=0)
    known = Subject(
        space.scope, conv, one.header, one.personal, team.user, newest, one.commented
    )  # fmt: skip
    return Meant(space, known, ahead=team.ahead)


def role(conn: Connection, space: SpaceRow, me: str) -> str:
    """Return one's role in a space; "" while it is not known."""
    seat = team_spaces.seats(conn, space.scope).get(me)
    person = team_spaces.people(conn, space.team).get(me)
    return rules.effective(person.role if person else "", seat.role if seat else "")


def refuse(conn: Connection, space: SpaceRow, me: str, intents: Iterable[Intent]) -> None:
    """Raise Refused where the role does not allow what is meant."""
    mine = role(conn, space, me)
    if not mine:
        return
    for intent in intents:
        if not rules.may(mine, intent.act):
            raise Refused(
                f"Your role in {space.name or 'this space'} does not allow this.",
                "Ask an administrator of the team.",
            )


def do(desk: Desk, wanted: Sequence[Meant], what: Callable[[Meant], list[Intent]]) -> list[Done]:
    """Do something to each of the conversations; return what was done, by team."""
    by_team: dict[int, tuple[list[Intent], list[Intent]]] = {}
    for one in wanted:
        intents = what(one)
        refuse(desk.conn, one.space, one.subject.me, intents)
        done, undo = by_team.setdefault(one.space.team, ([], []))
        done += intents
        undo[:0] = acts.undone(one.subject, intents)
    return [submit(desk, team, done, undo) for team, (done, undo) in by_team.items() if done]


def submit(desk: Desk, team: int, intents: Sequence[Intent], undo: Sequence[Intent] = ()) -> Done:
    """Keep changes for the server and show them at once."""
    submitting.submit(desk.conn, team, intents, desk.now, desk.projection, desk.changes)
    return Done(team, tuple(intents), tuple(undo))


# -- acts that mail knows too


def act(desk: Desk, wish: Act) -> tuple[Act, list[Done]]:
    """Do what concerns spaces of an act; return what is left of it for mail."""
    conversations, messages = [], []
    of_space: list[Meant] = []
    for conversation in wish.conversations:
        found = of_spaces(desk.conn, [conversation])
        of_space += found
        if not found:
            conversations.append(conversation)
    for message in wish.messages:
        row = team_mail.get(desk.conn, message)
        if row is None:
            messages.append(message)
        else:
            of_space.append(meant(desk.conn, row.account, row.conv)._replace(mails=(row.at,)))
    left = Act(wish.kind, tuple(messages), tuple(conversations), wish.source, wish.target)
    if not of_space:
        return left, []
    return left, do(desk, _merged(of_space), _meaning(desk, wish))


def _merged(given: Iterable[Meant]) -> list[Meant]:
    """Let several mails of a conversation be one act on it."""
    result: dict[tuple[str, str], Meant] = {}
    for one in given:
        key = one.subject.scope, one.subject.conv
        known = result.get(key)
        result[key] = one._replace(mails=known.mails + one.mails) if known else one
    return list(result.values())


def _meaning(desk: Desk, wish: Act) -> Callable[[Meant], list[Intent]]:
    """Return what a deed means to a conversation that is shared."""
    now = desk.now
    simple: dict[Deed, Callable[[Meant], list[Intent]]] = {
        Deed.READ: lambda one: acts.read(one.subject, max(one.mails, default=0)),
        Deed.UNREAD: lambda one: acts.unread(one.subject, min(one.mails, default=0)),
        Deed.STAR: lambda one: acts.star(one.subject, True),
        Deed.UNSTAR: lambda one: acts.star(one.subject, False),
        Deed.ARCHIVE: lambda one: acts.archive(one.subject, now + one.ahead),
        Deed.TRASH: lambda one: acts.trash(one.subject),
        Deed.SPAM: lambda one: acts.spam(one.subject),
        Deed.NOT_SPAM: lambda one: acts.not_spam(one.subject, now + one.ahead),
        Deed.DELETE: lambda one: deletion(desk.conn, one),
    }
    if wish.kind in simple:
        return simple[wish.kind]
    if wish.kind is Deed.COPY:
        raise UsageError("Mail of a shared inbox cannot be copied.")
    row = folders.get(desk.conn, wish.target)
    account, name = (row.account, row.name) if row else (0, "")
    return lambda one: _moved(
        one, name if account == one.space.account else "", now + one.ahead
    )  # fmt: skip


def _moved(one: Meant, place: str, now: int) -> list[Intent]:
    """To move it to a place of its space is to do what leads there."""
    subject = one.subject
    match place:
        case Place.TEAM:
            return [*acts.return_to_team(subject, now), *acts.unarchive(subject)]
        case Place.MINE:
            return [*_opened(subject, now), *acts.assign(subject, [subject.me], (), now)]
        case Place.CLOSED:
            return acts.close(subject, now)
        case Place.ARCHIVE:
            return acts.archive(subject, now)
        case Place.TRASH:
            return acts.trash(subject)
        case Place.SPAM:
            return acts.spam(subject)
    raise UsageError("It cannot be moved there.")


def _opened(subject: Subject, now: int) -> list[Intent]:
    return acts.reopen(subject, now) if subject.header.state in ("trash", "spam") else []


SETTLED = frozenset({"sent", "cancelled", "failed", "uncertain"})  # states of mail to be sent
_DELETED = {"msg": "message", "comment": "comment", "task": "task"}


def deletion(conn: Connection, one: Meant) -> list[Intent]:
    """Delete a conversation for good: its mail, what was said, and one's own state of it."""
    subject = one.subject
    intents = [
        Intent("del", subject.scope, t, id_, f"{_DELETED[t]}.deleted")
        for t, id_ in team_conversations.contents(conn, one.space.account, subject.conv)
    ]
    intents += [
        Intent("del", subject.scope, "send", row.id, "send.deleted")
        for row in team_talk.sends(conn, one.space.account, subject.conv)
        if row.state in SETTLED
    ]
    intents.append(Intent("del", subject.scope, "conv", subject.conv, "conversation.deleted"))
    return [*intents, *acts.forgotten(subject)]


def revert(desk: Desk, team: int, intents: Collection[Intent]) -> list[Done]:
    """Take back what an earlier act did."""
    return [submit(desk, team, tuple(intents))] if intents else []
