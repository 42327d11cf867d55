"""A server that lies: all that it can do with rows and bytes is seen, and said in plain words.

What one device has seen, it remembers. Where a device sees something for the first time, only what
is signed counts; what is withheld from it, it cannot know (the README says so).
"""

import io

import msgspec
import pytest
from tests.people import Person, founded, somebody

from missive_desktop.domain.team import Intent
from missive_desktop.team import entering, granting, organizing
from missive_desktop.team.keys import (
    approval,
    blobs,
    certificates,
    directory,
    invitation,
    primitives,
    ring,
    scope_keys,
    sealing,
    signing,
)
from missive_desktop.team.keys.device import new_device
from missive_desktop.team.keys.roster import Shown
from missive_desktop.team.keys.trouble import BadLink, Tampered
from missive_wire.entities import Row
from missive_wire.headers import seat_id
from missive_wire.ids import new_id, org_scope, space_scope


class Office:
    """Ana (owner) and Ben in a space, both with all keys; Eve was removed. Copies of old rows."""

    def __init__(self) -> None:
        self.team, self.ana = founded()
        self.space = self.team.space(self.ana)
        self.scope = space_scope(self.space)
        self.org = org_scope(self.team.org)
        self.ben = self.team.member(self.ana, "member", [self.space])
        self.eve = self.team.member(self.ana, "admin", [self.space])
        for each in (self.ana, self.ben, self.eve):
            self.team.keys(each)
        self.old = dict(self.team.rows)
        team, ana = self.team, self.ana
        plan = organizing.remove_member(team.roster(ana), ana.me, team.keys(ana), self.eve.user)
        team.send(plan)
        for each in (self.ana, self.ben):
            team.keys(each)

    def problems(self, person: Person | None = None) -> dict[str, str]:
        """Return what a person is told, by subject."""
        return {each.subject: each.kind for each in self.team.roster(person).problems}

    def put(self, scope: str, t: str, name: str, **header: object) -> None:
        self.team.rows.pop((scope, t, name), None)
        self.team.send([Intent("put", scope, t, name, "", header)])


@pytest.fixture
def office() -> Office:
    return Office()


# -- people and devices


def test_all_is_well_before(office: Office) -> None:
    for person in (office.ana, office.ben, None):
        assert office.problems(person) == {}
        assert set(office.team.roster(person).members) == {office.ana.user, office.ben.user}
    assert office.team.ring(office.ben, office.scope).keys.keys() == {1, 2}
    assert office.team.ring(office.eve, office.scope).keys.keys() == {1}


def test_a_removed_member_is_not_brought_back(office: Office) -> None:
    for place, row in office.old.items():
        if row.t in ("member", "device", "seat"):
            office.team.rows[place] = row
    roster = office.team.roster(office.ben)
    assert office.eve.user not in roster.members
    assert office.eve.me.device.id not in [each.id for each in roster.readers(office.scope)]
    assert office.problems(office.ben)[f"member {office.eve.user}"] == "older"


def test_nor_is_the_whole_directory_rolled_back(office: Office) -> None:
    grants = [place for place in office.team.rows if place not in office.old]
    office.team.rows = dict(office.old)
    assert grants
    assert office.eve.user not in office.team.roster(office.ben).members
    found = office.team.ring(office.ben, office.scope)
    assert found.newest == 2


def test_a_newcomer_who_is_shown_the_removed_one_gives_them_no_key(office: Office) -> None:
    dan = office.team.member(office.ana, "member", [office.space])
    dan.certs = {}
    for place, row in office.old.items():
        if row.t in ("member", "device", "seat"):
            office.team.rows[place] = row
    roster = office.team.roster(dan)
    assert office.eve.user in roster.members
    key = office.team.ring(dan, office.scope).current
    assert key is not None
    records = office.team.records(office.scope)
    assert granting.missing(roster, dan.me, key, records) == []


def test_a_newcomer_is_told_of_the_removal_with_the_keys(office: Office) -> None:
    dan = office.team.member(office.ana, "member", [office.space])
    dan.certs = {}
    for place, row in office.old.items():
        if row.t in ("member", "device", "seat"):
            office.team.rows[place] = row
    records = office.team.records(office.scope)
    roster = office.team.roster(dan, told=granting.told(records))
    assert office.eve.user not in roster.members
    assert f"member {office.eve.user}" in roster.kept
    key = office.team.ring(dan, office.scope).current
    assert key is not None
    assert granting.missing(roster, dan.me, key, records) == []
    stripped = [(name, {k: v for k, v in h.items() if k != "gone"}) for name, h in records]
    assert ring.collected(roster, office.scope, stripped, dan.me.device).problems


def test_nobody_is_given_keys_where_the_server_keeps_one_of_the_records(office: Office) -> None:
    """With it could have come why somebody has none."""
    dan = office.team.member(office.ana, "member", [office.space])
    dan.certs = {}
    for place, row in office.old.items():
        if row.t in ("member", "device", "seat"):
            office.team.rows[place] = row
    team, scope = office.team, office.scope
    key, grants = granting.begin(team.roster(office.ana), office.ana.me, scope,
                                 team.keys(office.ana)[scope])  # fmt: skip
    team.send(grants)
    records = [each for each in team.records(scope) if each[0] != scope_keys.grant_id(scope, 2)]
    known = [(name, {k: v for k, v in h.items() if k != "gone"}) for name, h in records]
    roster = team.roster(dan, told=granting.told(known))
    assert office.eve.user in roster.members
    assert granting.missing(roster, dan.me, key, records) == []


def test_nor_does_a_further_device_that_was_told(office: Office) -> None:
    further = new_device(new_id()).public
    identity, root = office.ana.me.identity, office.team.root.public
    told = office.team.roster(office.ana).gone()
    handed = approval.handover(root, identity, further, 9, tuple(told)).remembered()
    old = [Shown(p[0], row.t, row.id, row.op, row.h) for p, row in office.old.items()]
    roster = directory.fold(office.team.org, root.fingerprint, old, handed.values())
    assert office.eve.user not in roster.members
    assert [each.kind for each in roster.problems] == ["older"]
    again = directory.fold(office.team.org, root.fingerprint, old, roster.kept.values())
    assert office.eve.user not in again.members


def test_a_planted_device_is_none(office: Office) -> None:
    planted = new_device(new_id())
    fake = signing.Me(
        office.team.org, somebody(office.team.org, office.ben.user).me.identity, planted
    )
    statement = signing.device(office.team.org, office.ben.user, planted.public)
    cert = signing.by_identity(office.team.roster(), fake, statement)
    office.put(office.org, "device", planted.id, user=office.ben.user, cert=cert)
    assert planted.id not in office.team.roster().devices
    assert office.problems() == {f"device {planted.id}": "unsigned"}


def test_a_device_in_anothers_place_is_none(office: Office) -> None:
    row = office.team.rows[office.org, "device", office.ben.me.device.id]
    office.put(office.org, "device", office.ana.me.device.id, **row.h)
    assert set(office.problems(office.ben).values()) == {"place"}
    assert office.ana.me.device.id in office.team.roster(office.ben).devices


def test_a_planted_member_is_none(office: Office) -> None:
    other, mallory = founded()
    for place, row in other.rows.items():
        if row.t in ("member", "device"):
            office.put(office.org, row.t, place[2], **row.h)
    roster = office.team.roster()
    assert mallory.user not in roster.members
    assert set(office.problems().values()) == {"unsigned"}


def test_a_planted_seat_is_none(office: Office) -> None:
    dan = office.team.member(office.ana, "member")
    assert office.problems(office.ben) == {}
    statement = signing.seat(office.team.org, office.space, dan.user, "active", "")
    for sign, signer in ((signing.by_device, dan), (signing.by_device, office.eve)):
        cert = sign(office.team.roster(), signer.me, statement)
        name = seat_id(office.space, dan.user)
        office.put(office.scope, "seat", name, user=dan.user, kind="active", cert=cert)
        assert (office.space, dan.user) not in office.team.roster(office.ben).seats
        assert set(office.problems(office.ben).values()) == {"unsigned"}


def test_a_seat_of_another_space_is_none(office: Office) -> None:
    other = office.team.space(office.ana)
    row = office.team.rows[office.scope, "seat", seat_id(office.space, office.ben.user)]
    office.put(space_scope(other), "seat", seat_id(other, office.ben.user), **row.h)
    assert (other, office.ben.user) not in office.team.roster().seats
    assert set(office.problems().values()) == {"place"}


def test_who_is_taken_away_without_a_signature_gets_no_more_keys_and_it_is_said(
    office: Office,
) -> None:
    place = (office.org, "member", office.ben.user)
    office.team.rows[place] = Row("del", 99, "member", office.ben.user, 9, {})
    roster = office.team.roster(office.ana)
    assert office.ben.user not in roster.members
    assert office.problems(office.ana) == {f"member {office.ben.user}": "unsigned"}


def test_an_invitation_counts_once(office: Office) -> None:
    link = office.team.invite(office.ana, "member", [office.space])
    row = office.team.rows[office.org, "invite", link.invite]
    dan = office.team.join(link)
    for person in (office.ben, office.ana):
        assert dan.user in office.team.roster(person).members
    office.team.rows[office.org, "invite", link.invite] = row
    twice = somebody(office.team.org)
    roster = directory.fold(
        office.team.org, link.root,
        [s for s in office.team.shown() if dan.user not in (s.id, s.h.get("user"))],
    )  # fmt: skip
    key = scope_keys.new_key(office.org, 3)
    office.team.send(entering.join(link, roster, key, twice.me, ("x@y.example", "X"), {}))
    for person in (office.ben, office.ana):
        members = office.team.roster(person).members
        assert twice.user not in members
        assert "twice" in office.problems(person).values()
    assert dan.user in office.team.roster(office.ben).members
    # Who sees both for the first time believes neither, until an admin has confirmed the first.
    assert not {dan.user, twice.user} & set(office.team.roster().members)
    roster = office.team.roster(office.ana)
    office.team.send(organizing.confirm_member(roster, office.ana.me, dan.user))
    assert dan.user in office.team.roster().members
    assert twice.user not in office.team.roster().members


def test_an_invitation_gives_no_more_than_it_says(office: Office) -> None:
    link = office.team.invite(office.ana, "viewer")
    dan = somebody(office.team.org)
    roster = office.team.roster()
    for role, v in (("owner", 1), ("viewer", 2)):
        statement = signing.member(office.team.org, dan.user, dan.me.identity.public, role)
        statement = msgspec.structs.replace(statement, invite=link.invite)
        cert = signing.by_invitation(roster, link, statement)
        if v == 2:
            made = certificates.read(cert)
            assert made is not None
            forged = msgspec.structs.replace(made.statement, v=v)
            cert = certificates.certified(forged, made.signer, link.device().sign, made.via)
        office.put(office.org, "member", dan.user, user=dan.user, role=role, cert=cert)
        assert dan.user not in office.team.roster().members
    seat = signing.by_invitation(
        roster, link, signing.seat(office.team.org, office.space, dan.user, "active", "")
    )
    name = seat_id(office.space, dan.user)
    office.put(office.scope, "seat", name, user=dan.user, kind="active", cert=seat)
    assert (office.space, dan.user) not in office.team.roster().seats


def test_a_newcomer_is_not_led_into_another_organization(office: Office) -> None:
    link = office.team.invite(office.ana)
    other, _ = founded()
    rows = [row for (scope, _, _), row in other.rows.items() if scope.startswith("o:")]
    with pytest.raises(Tampered, match="another organization"):
        entering.invited(link, rows)


def test_an_invitation_that_was_withdrawn_is_refused(office: Office) -> None:
    link = office.team.invite(office.ana)
    team, ana = office.team, office.ana
    team.send(organizing.withdraw(team.roster(ana), ana.me, team.keys(ana), link.invite))
    rows = [row for (scope, _, _), row in team.rows.items() if scope == office.org]
    with pytest.raises(BadLink, match="counts no more"):
        entering.invited(link, rows)
    assert invitation.parsed(invitation.link(link)) == link


# -- keys


def test_a_planted_grant_gives_no_key(office: Office) -> None:
    planted = scope_keys.new_key(office.scope, 3)
    mallory = new_device(new_id())
    readers = office.team.roster().readers(office.scope)
    for by in (mallory, type(mallory)(office.ana.me.device.id, mallory.sign, mallory.box)):
        header = scope_keys.granted(planted, readers, by, 9)
        office.put(office.scope, "grant", scope_keys.grant_id(office.scope, 3), **header)
        found = office.team.ring(office.ben, office.scope)
        assert found.newest == 2
        assert planted not in found.keys.values()
    assert [each.kind for each in found.problems] == ["key"]
    assert "nobody of you has made" in found.problems[0].words


def test_an_epoch_that_a_member_makes_up_is_no_work_for_ever(office: Office) -> None:
    far = scope_keys.new_key(office.scope, 1 << 50)
    readers = office.team.roster().readers(office.scope)
    header = scope_keys.granted(far, readers, office.ben.me.device, 9)
    office.put(office.scope, "grant", scope_keys.grant_id(office.scope, 1 << 50), **header)
    assert {1, 2} <= office.team.ring(office.ana, office.scope).keys.keys()
    header = scope_keys.granted(
        scope_keys.new_key(office.scope, 1 << 70), readers, office.ben.me.device, 9
    )
    assert scope_keys.read(office.scope, header) is None  # no store counts so far


def test_who_was_removed_makes_no_new_key(office: Office) -> None:
    planted = scope_keys.new_key(office.scope, 3)
    readers = office.team.roster().readers(office.scope)
    header = scope_keys.granted(planted, readers, office.eve.me.device, 99)
    office.put(office.scope, "grant", scope_keys.grant_id(office.scope, 3), **header)
    found = office.team.ring(office.ben, office.scope)
    assert (found.newest, found.keys.keys()) == (2, {1, 2})


@pytest.mark.parametrize("field", ["epoch", "n", "back", "confirm", "by", "sig"])
def test_no_field_of_a_grant_can_be_changed(office: Office, field: str) -> None:
    name = scope_keys.grant_id(office.scope, 2)
    row = office.team.rows[office.scope, "grant", name]
    other = office.team.rows[office.scope, "grant", scope_keys.grant_id(office.scope, 1)]
    changed = {**row.h, field: other.h.get(field)}
    if field == "by":
        changed["by"] = office.ben.me.device.id
    if field == "n":
        changed["n"] = row.h["n"] + 1
    office.put(office.scope, "grant", name, **changed)
    fresh = Person(office.ben.me, dict(office.ben.certs))
    found = office.team.ring(fresh, office.scope)
    assert 2 not in found.keys
    assert found.problems


def test_a_grant_of_another_scope_does_not_count(office: Office) -> None:
    other = space_scope(office.team.space(office.ana))
    row = office.team.rows[office.scope, "grant", scope_keys.grant_id(office.scope, 2)]
    office.put(other, "grant", scope_keys.grant_id(other, 2), **row.h)
    assert office.team.ring(office.ana, other).newest == 1


def test_the_key_of_an_epoch_is_never_replaced(office: Office) -> None:
    """A member who helps the server puts another key under an epoch that is known."""
    planted = scope_keys.new_key(office.scope, 2)
    readers = office.team.roster().readers(office.scope)
    header = scope_keys.granted(planted, readers, office.ana.me.device, 9)
    office.put(office.scope, "grant", scope_keys.grant_id(office.scope, 2), **header)
    before = office.ben.keys[office.scope, 2]
    found = office.team.ring(office.ben, office.scope)
    assert found.keys[2] == before
    assert "another key for an epoch" in found.problems[0].words


def test_a_back_chain_to_a_foreign_key_is_seen(office: Office) -> None:
    foreign = scope_keys.new_key(office.scope, 2)
    key = scope_keys.new_key(office.scope, 3)
    readers = office.team.roster().readers(office.scope)
    header = scope_keys.granted(key, readers, office.ana.me.device, 9, foreign)
    office.put(office.scope, "grant", scope_keys.grant_id(office.scope, 3), **header)
    found = office.team.ring(office.ben, office.scope)
    assert found.keys[2] != foreign
    assert "somebody else's key" in found.problems[0].words
    fresh = Person(office.ben.me, dict(office.ben.certs))
    assert office.team.ring(fresh, office.scope).keys[2] == office.ben.keys[office.scope, 2]


def test_a_box_of_another_epoch_does_not_open_as_this_one(office: Office) -> None:
    old, new = (office.ben.keys[office.scope, epoch] for epoch in (1, 2))
    mixed = scope_keys.ScopeKey(office.scope, 2, old.key)
    header = scope_keys.granted(old, [office.ben.me.device.public], office.ana.me.device, 9)
    grant = scope_keys.read(office.scope, {**header, "epoch": 2})
    assert grant is not None
    assert mixed.confirm not in (old.confirm, new.confirm)
    with pytest.raises(Tampered):
        scope_keys.opened(grant, office.ben.me.device)


# -- bodies and blobs


def sealed(office: Office, who: Person, t: str = "comment", bv: int = 1) -> tuple[Row, bytes]:
    key = office.ben.keys[office.scope, 2]
    name = new_id()
    place = sealing.Place(office.team.org, office.scope, t, name, 2, bv)
    body = sealing.seal(key, who.me.device, place, b"text")
    return Row("put", 1, t, name, 1, {}, k=2, b=body, bv=bv), body


def opened(office: Office, row: Row) -> sealing.Opened:
    roster = office.team.roster(office.ben)
    key = office.ben.keys.get((office.scope, row.k))
    place = sealing.place_of(office.team.org, office.scope, row)
    return sealing.open_(key, roster.author, place, row.b)


def test_bodies_cannot_be_swapped_or_moved(office: Office) -> None:
    one, _ = sealed(office, office.ana)
    other, _ = sealed(office, office.ana)
    assert opened(office, one).author.user == office.ana.user
    for lie in (
        msgspec.structs.replace(one, b=other.b),
        msgspec.structs.replace(one, id=other.id),
        msgspec.structs.replace(one, t="task"),
        msgspec.structs.replace(one, bv=2),
        msgspec.structs.replace(one, k=1),
        msgspec.structs.replace(one, b=one.b[:-1]),
    ):
        with pytest.raises(Tampered):
            opened(office, lie)


def test_what_somebody_wrote_before_they_went_is_still_theirs(office: Office) -> None:
    row, _ = sealed(office, office.eve)
    assert opened(office, row).author.user == office.eve.user


def test_blobs_are_what_was_put_there_or_nothing(office: Office) -> None:
    target = io.BytesIO()
    made = blobs.seal_file(key := blobs.new_key(), io.BytesIO(b"x" * 200_000), target)
    whole = target.getvalue()
    piece = blobs.CHUNK + 17
    for lie in (
        whole[:-1], whole[: 25 + piece], whole[:25] + whole[25 + piece :],
        whole[:25] + whole[25 + piece : 25 + 2 * piece] + whole[25 : 25 + piece], whole + whole,
    ):  # fmt: skip
        with pytest.raises(Tampered, match="changed, or a piece is missing"):
            blobs.open_file(key, io.BytesIO(lie), io.BytesIO(), made.hash)


def test_what_is_said_is_plain_and_holds_no_secrets(office: Office) -> None:
    test = ring.collected(
        office.team.roster(), office.scope, [("x", {"epoch": 1})], office.ben.me.device
    )
    assert test.problems
    for problem in (*test.problems, *office.team.roster(office.ben).problems):
        assert problem.words.endswith(".")
        assert "b'" not in problem.words


def test_random_headers_never_raise(office: Office) -> None:
    for header in ({}, {"epoch": "x"}, {"epoch": 1, "keys": {"a": "é"}}, {"epoch": 1, "keys": 3}):
        assert scope_keys.read(office.scope, header) is None


@pytest.mark.parametrize(
    "statement",
    [
        b'{"s":"seat"}',
        b'{"s":"device","former":' + b"[" * 5500,
        b'{"s":"member","former":' + b"[" * 5500,
    ],
)
def test_certificates_that_are_none_stop_nobody(statement: bytes) -> None:
    team, ana = founded()
    space = team.space(ana)
    parts = (statement, b'["root","x"]', b"s" * 64)
    cert = ".".join(primitives.text(part) for part in parts)
    seat = Shown(f"s:{space}", "seat", new_id(), "put", {"user": ana.user, "cert": cert})
    device = Shown(f"o:{team.org}", "device", new_id(), "put", {"user": ana.user, "cert": cert})
    found = directory.fold(team.org, team.root.public.fingerprint, [*team.shown(), seat, device])
    assert set(found.members) == {ana.user}
    assert len(found.problems) == 2
