"""What a person is told of while they look elsewhere: new mail, and what colleagues call them to.

The engine names it (`Changes.arrived` and `called`): nothing old, nothing that one did oneself,
nothing of what one only observes. Decided here is what is left to say of it a moment later; what
comes together is told together. Knows no Qt.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Collection, Sequence
from typing import NamedTuple, Protocol

from missive_desktop.app.presenters.place import space_place
from missive_desktop.app.presenters.rows import display_name
from missive_desktop.domain.changes import Changes
from missive_desktop.domain.folder import Role
from missive_desktop.domain.message import Flags
from missive_desktop.store import (
    accounts,
    conversations,
    folders,
    messages,
    placements,
    settings,
    team_conversations,
    team_lists,
    team_spaces,
    team_talk,
    teams,
)
from missive_desktop.store.database import Connection
from missive_desktop.store.messages import MessageRow
from missive_desktop.team.spaces import semantics
from missive_desktop.team.spaces.semantics import Activity, Call

ON, ON_USUALLY = "window.notifications", True
# Whether who wrote is named, and about what. Systems keep on disk what they show, and show it on
# locked screens.
NAMES, NAMES_USUALLY = "window.notifications.names", False


class Happening(NamedTuple):
    """One conversation in which something happened. Without a call it is new mail."""

    conversation: int
    at: int  # ms
    who: str
    subject: str
    place: str  # the shared inbox, or the address
    call: Call | None = None
    mails: int = 0
    shared: bool = False  # mail of a team


class News(NamedTuple):
    """What is said at once: of one conversation, else how much happened, and where."""

    one: Happening | None
    newest: int  # conversation
    mails: int
    calls: int
    places: tuple[tuple[str, int], ...]


class NotifyingView(Protocol):
    def gather(self) -> None:
        """Have `tell` called in a moment."""

    def say(self, news: News, *, names: bool) -> None: ...

    def sees(self, conversation: int) -> bool:
        """Say whether the person looks at the conversation now."""


class NotifyingPresenter:
    """Gathers what happens, and has it told."""

    def __init__(self, conn: Connection, view: NotifyingView) -> None:
        self._conn = conn
        self._view = view
        self._gathered = Changes()
        self.on = False
        self._names = False

    def load(self) -> None:
        """Read what the person chose."""
        self.on = bool(settings.get(self._conn, ON, ON_USUALLY))
        self._names = bool(settings.get(self._conn, NAMES, NAMES_USUALLY))
        self._gathered = Changes()

    def changed(self, changes: Changes) -> None:
        if changes.arrived or changes.called:
            self._gathered.arrived |= changes.arrived
            self._gathered.called |= changes.called
            self._view.gather()

    def tell(self) -> None:
        gathered, self._gathered = self._gathered, Changes()
        found = happenings(self._conn, gathered.arrived, gathered.called)
        said = news([each for each in found if not self._view.sees(each.conversation)])
        if said is not None:
            self._view.say(said, names=self._names)


def news(found: Sequence[Happening]) -> News | None:
    """Decide what is said of all that happened within a moment."""
    if not found:
        return None
    places: Counter[str] = Counter()
    for each in found:
        places[each.place] += 1 if each.call else each.mails
    return News(
        one=found[0] if len(found) == 1 else None,
        newest=max(found, key=lambda each: each.at).conversation,
        mails=sum(each.mails for each in found if each.call is None),
        calls=sum(each.call is not None for each in found),
        places=tuple(places.most_common()),
    )


def happenings(
    conn: Connection, arrived: Collection[int], called: Collection[int]
) -> list[Happening]:
    """Read what of it still is news: not what was read, moved or deleted meanwhile."""
    found = {each: told for each in called if (told := _call(conn, each)) is not None}
    for conversation, rows in _new_mail(conn, arrived).items():
        found.setdefault(conversation, _mail(conn, rows))
    return [found[each] for each in sorted(found)]


def _new_mail(conn: Connection, arrived: Collection[int]) -> dict[int, list[MessageRow]]:
    """Return mail that waits to be read, by conversation, but none of one's own."""
    known = accounts.all_(conn)
    own = {row.settings.address.lower() for row in known}
    inboxes = {row.id for row in folders.by_role(conn, Role.INBOX)}
    placed = placements.of_messages(conn, arrived)
    there = {each.message for each in placed if each.folder in inboxes}
    spaces = {row.id for row in known if row.settings.kind == "space"}  # unread where it waits
    found: dict[int, list[MessageRow]] = {}
    for row in messages.rows(conn, sorted(arrived)).values():
        waits = not row.flags & Flags.SEEN and (row.id in there or row.account in spaces)
        if waits and row.sender.email.lower() not in own:
            found.setdefault(row.conversation, []).append(row)
    return found


def _mail(conn: Connection, rows: Sequence[MessageRow]) -> Happening:
    newest = max(rows, key=lambda row: row.id)
    space = team_spaces.of_account(conn, newest.account)
    account = accounts.get(conn, newest.account)
    place = space_place(space).title if space else account.settings.address if account else ""
    return Happening(
        newest.conversation,
        newest.date * 1000,
        display_name(newest.sender),
        _subject(conn, newest.conversation),
        place,
        mails=len(rows),
        shared=space is not None,
    )


def _call(conn: Connection, conversation: int) -> Happening | None:
    """Return how others call the person to a conversation; None where they have seen to it."""
    space = team_lists.space_of(conn, conversation)
    found = team_conversations.find_by_id(conn, conversation)
    team = teams.get(conn, space.team) if space else None
    if found is None or space is None or team is None:
        return None
    (facts,) = team_conversations.facts(conn, *found[:1], found[1:], team.user)
    activity = Activity(facts.received, facts.commented, facts.mentioned)
    now = round(time.time() * 1000)
    standing = semantics.standing(facts.header, facts.personal, activity, team.user, now)
    at, call = semantics.newest_call(facts.header, activity, standing, team.user, facts.by)
    if at <= facts.personal.read:
        return None
    if call is Call.ANSWERED:
        newest = max((mail.at, mail.message) for mail in facts.mails if not mail.out)[1]
        return _mail(conn, list(messages.rows(conn, [newest]).values()))
    user = facts.by
    if call is not Call.ASSIGNED:
        said = [each for each in team_talk.comments(conn, *found) if each.author != team.user]
        user = max(said, key=lambda each: each.at).author
    person = team_spaces.people(conn, team.id).get(user)
    who, place = person.called if person else "", space_place(space).title
    return Happening(conversation, at, who, _subject(conn, conversation), place, call)


def _subject(conn: Connection, conversation: int) -> str:
    row = conversations.rows(conn, [conversation]).get(conversation)
    return row.subject if row else ""
