"""What rows of spaces show beside their mail: labels, assignees, comments, who is there. No Qt."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping, Sequence

from missive_desktop.app.presenters.colours import label_colour
from missive_desktop.app.presenters.place import space_color, space_place
from missive_desktop.app.presenters.rows import Chip, Row, Shared
from missive_desktop.domain.message import Address
from missive_desktop.store import team_spaces, team_views, teams
from missive_desktop.store.conversations import ConversationRow
from missive_desktop.store.database import Connection
from missive_desktop.store.team_spaces import Person, SpaceRow
from missive_desktop.store.team_views import RowExtras
from missive_wire.ids import org_scope

Writers = Mapping[int, tuple[str, ...]]  # by conversation: users, the last one at the end
Looking = Mapping[int, tuple[tuple[str, str], ...]]  # by conversation: users, each with its state


class TeamRows:
    """Keeps what all rows of a space have in common."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn
        self._looking: Looking = {}
        self.spaces: dict[int, SpaceRow] = {}
        self._people: dict[str, Person] = {}
        self._me: frozenset[str] = frozenset()  # users that one is
        self._stamp: object = None

    def read(self) -> None:
        self.spaces = {row.account: row for row in team_spaces.mine(self._conn)}
        known = teams.all_(self._conn)
        self._me = frozenset(team.user for team in known)
        self._people = {}
        for team in known:
            self._people |= team_spaces.people(self._conn, team.id)
        orgs = (org_scope(team.org) for team in known)
        scopes = (*orgs, *(row.scope for row in self.spaces.values()))
        named = team_spaces.labels(self._conn, scopes)
        self._stamp = (
            tuple(self.spaces.values()),
            tuple(self._people.values()),
            tuple(named.values()),
        )

    def renamed(self) -> bool:
        """Say whether spaces, people or labels are called otherwise now."""
        before = self._stamp
        self.read()
        return self._stamp != before

    def own(self, account: int, own: frozenset[str]) -> frozenset[str]:
        """Return whose mail is one's own: what colleagues write from a space is theirs."""
        space = self.spaces.get(account)
        mine = {self.person(user).email.lower() for user in self._me}
        return (own - {space.address.lower()}) | mine if space is not None else own

    def ours(self, account: int, own: frozenset[str]) -> frozenset[str]:
        """Return who does not stand for a conversation: of a space, nobody of the team."""
        if account not in self.spaces:
            return own
        return own | {each.email.lower() for each in self._people.values()}

    def writers(self, conversations: Collection[int]) -> Writers:
        """Return who wrote from a space's address, by conversation."""
        return team_views.writers(self._conn, conversations) if self.spaces else {}

    def people(
        self, account: int, people: Sequence[Address], writers: Sequence[str]
    ) -> list[Address]:
        """Return who takes part: for the space's address those who wrote from it."""
        space = self.spaces.get(account)
        if space is None:
            return list(people)
        address = space.address.lower()
        behind = [
            self.person(user)
            if user in self._people
            else Address(space_place(space).title, address)
            for user in writers or ("",)
        ]
        found = []
        for each in people:
            found += behind if each.email.lower() == address else [each]
        return found

    def looked_at(self, looking: Looking) -> Collection[int]:
        """Keep who looks at what; return the conversations that are shown otherwise now."""
        before, self._looking = self._looking, looking
        return {
            item for item in {*before, *looking} if before.get(item, ()) != looking.get(item, ())
        }

    def dressed(
        self, rows: Mapping[int, Row], spaces: Mapping[int, ConversationRow], *, mixed: bool
    ) -> dict[int, Row]:
        """Return the rows of spaces with what belongs to them; `mixed`: of several spaces."""
        if not spaces:
            return {}
        extras = team_views.extras(self._conn, list(spaces))
        return {
            item: self._dress(rows[item], self.spaces[spaces[item].account], found, mixed)
            for item, found in extras.items()
        }

    def _dress(self, row: Row, space: SpaceRow, found: RowExtras, mixed: bool) -> Row:
        name = space_place(space).title
        chips = [Chip(name, space_color(space), square=True)] if mixed else []
        chips += [Chip(each.name, label_colour(each.colour, each.name)) for each in found.labels]
        looking = self._looking.get(row.id, ())
        shared = Shared(
            assignees=tuple(self.person(each.id) for each in found.assignees),
            comments=found.comments,
            unread_comments=found.unread_comments,
            snoozed=found.snoozed // 1000,
            pending=found.pending,
            trouble=found.trouble,
            closed=found.state == "closed",
            here=tuple(self.person(user) for user, _ in looking),
            typing=any(state == "typing" for _, state in looking),
        )
        snippet = row.snippet
        if found.said:
            snippet = f"{found.said_by}: {found.said}" if found.said_by else found.said
        return dataclasses.replace(
            row,
            chips=tuple(chips),
            shared=shared,
            snippet=snippet,
            unread=row.unread or found.unread_comments > 0,
        )

    def person(self, user: str) -> Address:
        known = self._people.get(user)
        return Address(known.called, known.email) if known else Address("?", user)
