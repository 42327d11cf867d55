"""Any history of a team: who comes for the first time sees what those who were there saw."""

import random

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.people import Person, founded

from missive_desktop.team import granting, organizing
from missive_wire.ids import space_scope

STEPS = st.lists(
    st.tuples(
        st.sampled_from(["invite", "invite", "role", "seat", "unseat", "remove", "leave"]),
        st.integers(0, 1 << 16),
    ),
    min_size=3, max_size=14,
)  # fmt: skip


class History:
    """A team to which things happen, and what ought to be true of it."""

    def __init__(self) -> None:
        self.team, owner = founded()
        self.space = self.team.space(owner)
        self.people: dict[str, Person] = {owner.user: owner}
        self.roles = {owner.user: "owner"}
        self.seats = {owner.user}
        self.gone: list[Person] = []

    def admin(self, pick: random.Random, over: str = "") -> Person | None:
        """Return somebody who may act, over somebody else if named."""
        wanted = {"owner"} if self.roles.get(over) == "owner" else {"owner", "admin"}
        able = [u for u, role in self.roles.items() if role in wanted and u != over]
        return self.people[pick.choice(able)] if able else None

    def do(self, step: str, pick: random.Random) -> None:
        user = pick.choice(sorted(self.people))
        by = self.admin(pick, "" if step == "invite" else user)
        person, team = self.people[user], self.team
        scope = space_scope(self.space)
        if by is None:
            return
        roster, keys = team.roster(by), team.keys(by)
        if step == "invite":
            owner = self.roles[by.user] == "owner"
            role = pick.choice(["owner" if owner else "admin", "admin", "member", "viewer"])
            spaces = [self.space] if scope in keys and pick.random() < 0.5 else []
            came = team.member(by, role, spaces)
            self.people[came.user], self.roles[came.user] = came, role
            self.seats |= {came.user} if spaces else set()
        elif step == "role":
            role = pick.choice(["admin", "member", "guest"])
            team.send(organizing.change_role(roster, by.me, user, role))
            self.roles[user] = role
        elif step == "seat" and scope in keys and user not in self.seats:
            team.send(organizing.give_seat(roster, by.me, keys[scope], user))
            self.seats.add(user)
        elif step == "unseat" and user in self.seats and user != by.user:
            team.send(organizing.take_seat(roster, by.me, keys.get(scope), self.space, user))
            self.seats.discard(user)
        elif step == "remove":
            team.send(organizing.remove_member(roster, by.me, keys, user))
            self.out(person)
        elif step == "leave" and self.roles[user] not in ("owner", "admin"):
            team.send(organizing.leave(team.roster(person), person.me))
            self.out(person)

    def out(self, person: Person) -> None:
        self.gone.append(self.people.pop(person.user))
        self.roles.pop(person.user)
        self.seats.discard(person.user)

    def check(self, reader: Person | None) -> None:
        roster = self.team.roster(reader)
        assert {u: m.role for u, m in roster.members.items()} == self.roles
        assert set(roster.users(space_scope(self.space))) == self.seats
        assert roster.problems == ()
        for person in self.gone:
            author = roster.author(person.me.device.id)
            assert author is not None
            assert author.user == person.user


@settings(max_examples=25, deadline=None)
@given(STEPS)
def test_the_directory_is_what_was_done(steps: list[tuple[str, int]]) -> None:
    history = History()
    for step, seed in steps:
        history.do(step, random.Random(seed))
        history.check(None)
    for person in history.people.values():
        history.check(person)


@settings(max_examples=20, deadline=None)
@given(STEPS, st.integers(0, 1 << 16))
def test_whatever_old_rows_come_back_nobody_does(steps: list[tuple[str, int]], seed: int) -> None:
    history, pick = History(), random.Random(seed)
    witness = history.people[next(iter(history.people))]
    past = []
    for step, number in steps:
        past.append(dict(history.team.rows))
        history.do(step, random.Random(number))
        history.team.roster(witness)
    now = history.team.rows
    for old in past:
        history.team.rows = {**now, **{p: r for p, r in old.items() if pick.random() < 0.7}}
        roster = history.team.roster(witness)
        assert set(roster.members) <= set(history.roles)
        assert all(history.roles[u] == m.role for u, m in roster.members.items())
        lost = {person.me.device.id for person in history.gone}
        assert not lost & {each.id for each in roster.readers(space_scope(history.space))}


@settings(max_examples=15, deadline=None)
@given(STEPS)
def test_who_reads_a_space_has_all_its_keys_in_the_end(steps: list[tuple[str, int]]) -> None:
    history = History()
    team, scope = history.team, space_scope(history.space)
    for step, seed in steps:
        history.do(step, random.Random(seed))
    able = [history.people[user] for user in history.seats]
    keyed = [person for person in able if team.ring(person, scope).current is not None]
    if not keyed:
        return
    newest = max(keyed, key=lambda each: team.ring(each, scope).newest)
    key = team.ring(newest, scope).current
    assert key is not None
    later, grants = granting.begin(team.roster(newest), newest.me, scope, key)
    team.send(grants)
    team.send(granting.missing(team.roster(newest), newest.me, later, team.records(scope)))
    for person in able:
        found = team.ring(person, scope)
        assert set(found.keys) == set(range(1, key.epoch + 2))
        assert found.problems == ()
    for person in history.gone:
        assert key.epoch + 1 not in team.ring(person, scope).keys
