"""Coming into an organization over the network: founding, joining, approval, recovery.

What is brought along is planned in `entering`; here it is exchanged with the server. The private
keys are the caller's to keep before anything is sent: an answer may be lost, a key must not be.
"""

from __future__ import annotations

import platform
from collections.abc import Iterable
from typing import NamedTuple

from missive_desktop.errors import Offline, PeerBroken, Refused
from missive_desktop.team import entering, login
from missive_desktop.team.calls import Busy, Calls, Problems
from missive_desktop.team.entering import Told
from missive_desktop.team.keys import approval, directory, identity, ring, root
from missive_desktop.team.keys.device import DeviceKeys, DevicePublic, new_device
from missive_desktop.team.keys.invitation import Invitation
from missive_desktop.team.keys.ring import Ring
from missive_desktop.team.keys.root import Root
from missive_desktop.team.keys.roster import Roster, Shown, shown
from missive_desktop.team.keys.scope_keys import ScopeKey
from missive_desktop.team.keys.signing import Me
from missive_desktop.team.keys.trouble import Tampered
from missive_wire import accounts as wire
from missive_wire import limits, routes
from missive_wire.accounts import DeviceInfo, LoginAnswer
from missive_wire.entities import Row, Type
from missive_wire.feed import Backfill, BackfillRequest, PullAnswer, PullRequest
from missive_wire.ids import new_id, org_scope, space_scope
from missive_wire.mutation import MutateAnswer, MutateRequest, Mutation


class Wish(NamedTuple):
    """Who wants to come in, with a password of their own."""

    email: str
    name: str
    password: str


class Prepared(NamedTuple):
    """What is asked of the server to come in; with it mutations up to `last_mid` are done."""

    request: wire.FoundRequest | wire.JoinRequest
    keys: tuple[ScopeKey, ...]
    last_mid: int


class Taken(NamedTuple):
    keys: tuple[ScopeKey, ...]
    last_mid: int


class Opened(NamedTuple):
    """An invitation that was looked at: the directory as signed, and the organization's keys."""

    invitation: Invitation
    roster: Roster
    ring: Ring
    told: Told = Told()

    @property
    def role(self) -> str:
        return self.roster.invites[self.invitation.invite].role

    @property
    def server(self) -> bytes:
        """The key that the server's trail is signed with, as who invited knows it; or b""."""
        return self.roster.invites[self.invitation.invite].server

    @property
    def seats(self) -> tuple[tuple[str, str], ...]:
        return self.roster.invites[self.invitation.invite].seats


def newcomer(org: str) -> Me:
    """Return a new person on a new device."""
    return Me(org, identity.new_identity(new_id()), new_device(new_id()))


def this_device() -> dict[str, object]:
    """Return what this machine is called, as it stands sealed in the directory."""
    return {"name": platform.node() or "Computer", "platform": platform.system()}


def founding(
    calls: Calls, setup: str, wish: Wish, me: Me, new_root: Root, name: str = ""
) -> Prepared:
    """Prepare to make an organization, with the token that the server's admin made."""
    email = login.checked_address(wish.email)
    secret = login.derived(calls, email, login.checked_password(wish.password, email))
    plan = entering.found(new_root, me, (email, wish.name), this_device(), name)
    muts = entering.mutations(plan, me.org, plan.keys, me.device)
    request = wire.FoundRequest(
        setup.strip(), me.org, me.user, email, secret, new_root.public.sign,
        login.public(me.device), muts,
    )  # fmt: skip
    return Prepared(request, plan.keys, len(muts))


def look(calls: Calls, invitation: Invitation) -> Opened:
    """Ask for what an invitation is for, and check all of it."""
    request = wire.InvitationRequest(invitation.org, invitation.invite, invitation.auth)
    try:
        rows = calls.post(wire.INVITATION, request, wire.InvitationAnswer, token=False).rows
    except Problems as problem:
        if problem.code == "gone":
            problem.advice = "Ask who invited you for a new one."
        raise
    roster, found_keys = entering.invited(invitation, rows)
    told = entering.told(invitation, roster, found_keys, rows)
    return Opened(invitation, roster, found_keys, told)


def joining(calls: Calls, opened: Opened, wish: Wish, me: Me) -> Prepared:
    """Prepare to come in by an invitation."""
    email = login.checked_address(wish.email)
    secret = login.derived(calls, email, login.checked_password(wish.password, email))
    key = opened.ring.current
    if key is None:
        raise Refused("The keys of this invitation are out of date. Ask for a new one.")
    invitation = opened.invitation
    person = (email, wish.name)
    plan = entering.join(invitation, opened.roster, key, me, person, this_device())
    muts = entering.mutations(plan, me.org, [key], me.device)
    request = wire.JoinRequest(
        me.org, invitation.invite, invitation.auth, me.user, email, secret,
        login.public(me.device), muts,
    )  # fmt: skip
    return Prepared(request, (*opened.ring.keys.values(), *plan.keys), len(muts))


def enter(calls: Calls, prepared: Prepared, wish: Wish, me: Me) -> LoginAnswer:
    """Ask to be let in. Where the answer is lost, to sign in tells whether one is in."""
    request = prepared.request
    path = wire.FOUND if isinstance(request, wire.FoundRequest) else wire.JOIN
    try:
        answer = calls.post(path, request, LoginAnswer, token=False)
    except Busy:
        raise
    except Offline:
        answer = login.sign_in(calls, request.email, wish.password, me.device)
    if answer.st != "in" or (answer.user, answer.org) != (me.user, me.org):
        raise Refused("The team's server did not answer as it should.")
    return answer


def take_keys(calls: Calls, opened: Opened, me: Me, spaces: Iterable[str], last: int) -> Taken:
    """Open the keys of the promised spaces with those of the link, and hand them to this device.

    To be done once after `enter`, before anything else is sent from this device.
    """
    keys: list[ScopeKey] = []
    muts: list[Mutation] = []
    directory_rows = rows_of(calls, me, org_scope(me.org), (Type.MEMBER, Type.DEVICE, Type.INVITE))
    remembered = opened.roster.kept.values()
    for scope in map(space_scope, spaces):
        try:
            rows = rows_of(calls, me, scope, (Type.SEAT, Type.GRANT))
        except Problems as problem:
            if problem.code not in ("missing", "forbidden"):
                raise
            continue  # it was deleted since it was promised
        signed = [*_shown(org_scope(me.org), directory_rows), *_shown(scope, rows)]
        roster = directory.fold(me.org, opened.invitation.root, signed, remembered)
        records = entering.grant_records(rows)
        found_keys, plan = entering.hand_on(roster, me, scope, records, opened.invitation.device())
        keys += found_keys.keys.values()
        muts += entering.mutations(plan, me.org, keys, me.device, last + len(muts) + 1)
    _send(calls, me, muts)
    return Taken(tuple(keys), last + len(muts))


def _send(calls: Calls, me: Me, muts: list[Mutation]) -> set[str]:
    """Do what comes before there is an outbox. A key that was not taken comes from others: return
    the scopes where that is so."""
    refused: set[str] = set()
    for at in range(0, len(muts), limits.MUTATIONS):
        part = tuple(muts[at : at + limits.MUTATIONS])
        request = MutateRequest(me.device.id, limits.SCHEMA, part)
        results = calls.post(routes.MUTATE, request, MutateAnswer).results
        if len(results) != len(part):
            raise PeerBroken("The team's server did not answer as it should.")
        for mutation, result in zip(part, results, strict=True):
            if result.st != "ok" and mutation.t != Type.GRANT:
                raise Refused(f"The team's server did not take this device: {result.why}.")
            if result.st != "ok" and mutation.act == "grant.rotated":
                refused.add(mutation.scope)
    return refused


def _shown(scope: str, rows: Iterable[Row]) -> list[Shown]:
    return [shown(scope, row) for row in rows]


def rows_of(calls: Calls, me: Me, scope: str, types: tuple[str, ...]) -> list[Row]:
    """Return all rows of some types."""
    found: list[Row] = []
    below = 0
    while True:
        request = BackfillRequest(
            me.device.id, limits.SCHEMA, scope, below=below, max=limits.PAGE_ROWS, types=types
        )
        page = calls.post(routes.BACKFILL, request, Backfill)
        found += page.rows
        if page.done or not page.rows or page.lo >= below > 0:
            return found
        below = page.lo


# -- a further device


def waiting(calls: Calls, code: str, user: str) -> DevicePublic:
    """Return the device that the code belongs to, of those that wait for approval."""
    pending = [each for each in login.devices(calls) if each.state == "pending"]
    if not pending:
        raise Refused(
            "No device of yours waits for approval.", "Sign in on the new device, then try again."
        )
    found = [each for each in map(device_public, pending) if _fits(code, user, each)]
    if not found:
        approval.check(code, user, device_public(pending[0]))
    return found[0]


def _fits(code: str, user: str, device: DevicePublic) -> bool:
    try:
        approval.check(code, user, device)
    except Tampered:
        return False
    return True


def device_public(info: DeviceInfo) -> DevicePublic:
    return DevicePublic(info.id, info.sign, info.box)


# -- the recovery key


class Recovered(NamedTuple):
    """`fingerprint`: of the root, which the typed key proves."""

    me: Me
    fingerprint: bytes
    keys: tuple[ScopeKey, ...]
    last_mid: int


def recover(calls: Calls, org: str, user: str, device: DeviceKeys, typed: str) -> Recovered:
    """Approve this device by the recovery key: a new identity, and new keys for all it reads."""
    key = root.read_back(org, typed)
    if login.me(calls).root != key.public.sign:
        raise Refused("This is the recovery key of another organization.")
    message = wire.recovery_message(org, user, device.id)
    proof = key.sign.sign(wire.RECOVERY_LABEL, message)
    calls.post(wire.RECOVER, wire.Recover(proof), wire.Done)
    me = Me(org, identity.new_identity(user), device)
    roster, rings = _seen_by_root(calls, key, me)
    current = [each.current for each in rings if each.current is not None]
    plan = entering.recover(key, roster, me, current, this_device())
    cert = str(plan.intents[0].h["cert"])
    calls.post(wire.RECOVER, wire.Recover(proof, cert), wire.Done)
    rest = plan._replace(intents=plan.intents[1:])
    muts = entering.mutations(rest, org, current, device)
    refused = _send(calls, me, list(muts))
    before = [each for some in rings for each in some.keys.values()]
    made = [each for each in plan.keys if each.scope not in refused]
    return Recovered(me, key.public.fingerprint, (*before, *made), len(muts))


def _seen_by_root(calls: Calls, key: Root, me: Me) -> tuple[Roster, list[Ring]]:
    """Read the directory, and open with the root what is granted to it in all that one reads."""
    asked = PullRequest(me.device.id, limits.SCHEMA)
    scopes = calls.post(routes.PULL, asked, PullAnswer).all
    types = (Type.MEMBER, Type.DEVICE, Type.INVITE, Type.SEAT, Type.GRANT)
    rows = {scope: rows_of(calls, me, scope, types) for scope in scopes}
    signed = [each for scope, some in rows.items() for each in _shown(scope, some)]
    roster = directory.fold(key.org, key.public.fingerprint, signed)
    if me.user not in roster.members:
        raise Refused("You are not a member of this organization any more.")
    device = entering.root_device(key)
    return roster, [
        ring.collected(roster, scope, entering.grant_records(some), device)
        for scope, some in rows.items()
    ]
