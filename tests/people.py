"""A team in memory for tests of keys: people with their devices, and the rows as a server has them.

The rows are kept as the server keeps them; nothing is checked, so that a test may let it lie.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import msgspec

from missive_desktop.domain.team import Intent
from missive_desktop.team import entering, organizing
from missive_desktop.team.keys import directory, ring
from missive_desktop.team.keys.device import new_device
from missive_desktop.team.keys.identity import new_identity
from missive_desktop.team.keys.invitation import Invitation
from missive_desktop.team.keys.ring import Ring
from missive_desktop.team.keys.root import Root, new_root
from missive_desktop.team.keys.roster import Roster, Shown
from missive_desktop.team.keys.scope_keys import ScopeKey
from missive_desktop.team.keys.signing import Me
from missive_desktop.team.organizing import Plan
from missive_wire import headers, rules
from missive_wire.entities import Header, Row
from missive_wire.headers import Role
from missive_wire.ids import new_id, org_scope, space_scope, user_scope
from missive_wire.mutation import Mutation
from missive_wire.patching import patched

Rows = dict[tuple[str, str, str], Row]


@dataclass
class Person:
    """Somebody on one device, with what that device remembers."""

    me: Me
    certs: dict[str, str] = field(default_factory=dict)
    keys: dict[tuple[str, int], ScopeKey] = field(default_factory=dict)

    @property
    def user(self) -> str:
        return self.me.user


@dataclass
class Team:
    """An organization with its server."""

    root: Root
    rows: Rows = field(default_factory=dict)
    url: str = "https://team.example"

    @property
    def org(self) -> str:
        return self.root.org

    def send(self, plan: Plan | Iterable[Intent]) -> None:
        """Apply intents as the server does: a deleted row keeps `user` and what the deletion says;
        who is removed loses seats and devices at once."""
        for intent in plan.intents if isinstance(plan, Plan) else plan:
            if intent.act:
                sensible(intent)
            place = (intent.scope, intent.t, intent.id)
            old = self.rows.get(place)
            h = intent.h if old is None or intent.op == "put" else patched(old.h, intent.h)
            if intent.op == "del" and old is not None:
                h = {k: v for k, v in old.h.items() if k == "user"} | intent.h
            op = "del" if intent.op == "del" else "put"
            self.rows[place] = Row(
                op, len(self.rows), intent.t, intent.id, old.v + 1 if old else 1, h
            )
            if (intent.t, intent.op) == ("member", "del"):
                self._bury(intent.id)

    def _bury(self, user: str) -> None:
        for place, row in self.rows.items():
            if row.t in ("seat", "device") and row.h.get("user") == user:
                self.rows[place] = Row("del", row.seq, row.t, row.id, row.v + 1, {"user": user})

    def shown(self) -> list[Shown]:
        return [Shown(place[0], row.t, row.id, row.op, row.h) for place, row in self.rows.items()]

    def records(self, scope: str) -> list[tuple[str, Header]]:
        return [
            (row.id, row.h)
            for (where, t, _), row in self.rows.items()
            if where == scope and t == "grant" and row.op == "put"
        ]

    def roster(self, person: Person | None = None, *, told: Iterable[str] = ()) -> Roster:
        """Read the directory; a person remembers what they saw. `told`: what came with keys."""
        known = person.certs.values() if person else ()
        found = directory.fold(self.org, self.root.public.fingerprint, self.shown(), known, told)
        if person:
            person.certs = dict(found.kept)
        return found

    def ring(self, person: Person, scope: str) -> Ring:
        known = {epoch: key for (s, epoch), key in person.keys.items() if s == scope}
        found = ring.collected(
            self.roster(person), scope, self.records(scope), person.me.device, known
        )
        person.keys |= {(scope, epoch): key for epoch, key in found.keys.items()}
        return found

    def keys(self, person: Person) -> dict[str, ScopeKey]:
        """Return the newest key of each scope that somebody reads."""
        found = {
            scope: self.ring(person, scope).current
            for scope in scopes_of(self.roster(person), person.user)
        }
        return {scope: key for scope, key in found.items() if key is not None}

    # -- what people do

    def space(self, by: Person) -> str:
        space = new_id()
        self.send(
            organizing.make_space(
                self.roster(by), by.me, self.keys(by), space, "inbox", {"name": "Support"}
            )
        )
        return space

    def invite(self, by: Person, role: Role = "member", spaces: Iterable[str] = ()) -> Invitation:
        made = organizing.invite(
            self.roster(by), by.me, self.keys(by), self.url, role,
            [(space, "active") for space in spaces], ("new@team.example", "New"), 0,
        )  # fmt: skip
        self.send(made.plan)
        return made.invitation

    def join(self, invitation: Invitation, user: str = "") -> Person:
        person = somebody(self.org, user)
        org_rows = [r for (s, _, _), r in self.rows.items() if s == org_scope(self.org)]
        roster, keys = entering.invited(invitation, org_rows)
        assert keys.current
        spaces = [space for space, _ in roster.invites[invitation.invite].seats]
        plan = entering.join(invitation, roster, keys.current, person.me, ("a@b.example", "A"), {})
        self.send(plan)
        place = (org_scope(self.org), "invite", invitation.invite)
        self.rows[place] = replace_row(self.rows[place], op="del", h={})
        for space in spaces:
            _, handed = entering.hand_on(
                self.roster(person), person.me, space_scope(space),
                self.records(space_scope(space)), invitation.device(),
            )  # fmt: skip
            self.send(handed)
        return person

    def member(self, by: Person, role: Role = "member", spaces: Iterable[str] = ()) -> Person:
        return self.join(self.invite(by, role, spaces))

    def further(self, person: Person) -> Person:
        """Give somebody a second device, as if it had been approved on the first."""
        return Person(Me(self.org, person.me.identity, new_device(new_id())))


def sensible(intent: Intent) -> None:
    """Hold an intent against the rules of the wire."""
    mutation = Mutation(
        1, intent.op, intent.scope, intent.t, intent.id, intent.act, intent.h,
        int(bool(intent.body)), b"sealed" if intent.body else b"", int(bool(intent.body)),
    )  # fmt: skip
    assert rules.sensible(mutation) == "", intent.act
    assert headers.belongs(intent.t, intent.scope)
    if intent.op == "put":
        assert headers.wrong(intent.t, intent.h) == "", intent.act


def replace_row(row: Row, **changes: object) -> Row:
    return msgspec.structs.replace(row, **changes)


def somebody(org: str, user: str = "") -> Person:
    return Person(Me(org, new_identity(user or new_id()), new_device(new_id())))


def founded() -> tuple[Team, Person]:
    """Return a new organization and its owner."""
    root = new_root(new_id())
    owner = somebody(root.org)
    team = Team(root)
    team.send(entering.found(root, owner.me, ("ana@team.example", "Ana"), {"name": "laptop"}))
    return team, owner


def scopes_of(roster: Roster, user: str) -> list[str]:
    """Return all scopes that somebody reads."""
    spaces = [space_scope(space) for space, who in roster.seats if who == user]
    return [org_scope(roster.org), user_scope(user), *sorted(spaces)]
