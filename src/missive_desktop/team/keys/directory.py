"""From the rows that the server shows, and what is remembered, to the roster: a pure fold.

What is remembered outlives the rows: a server that goes back, or brings back who was removed, loses
against the newer certificate and is reported. What it withholds from somebody who comes for the
first time they cannot know; what nobody signed, it cannot add.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import NamedTuple

from missive_desktop.team.keys import approval, certificates
from missive_desktop.team.keys.certificates import Certificate
from missive_desktop.team.keys.identity import owns
from missive_desktop.team.keys.roster import (
    Device,
    Invited,
    Member,
    Problem,
    Roster,
    Seat,
    Shown,
)
from missive_desktop.team.keys.sealing import Author
from missive_desktop.team.keys.statements import (
    DeviceStatement,
    InviteStatement,
    MemberStatement,
    RemovedStatement,
    RevokedStatement,
    SeatStatement,
)
from missive_desktop.team.keys.trust import TAKES_AWAY, Trust
from missive_wire.entities import Type
from missive_wire.headers import seat_id
from missive_wire.ids import org_scope, space_scope

SIGNED = frozenset({Type.MEMBER, Type.DEVICE, Type.INVITE, Type.SEAT})  # types with a `cert`
_SIGN = 32  # of a device's public half; behind it stands the proof
_NAMES = {"member": "a member", "device": "a device", "invite": "an invitation", "seat": "a place"}


class _Read(NamedTuple):
    shown: Shown
    certificate: Certificate | None


def fold(
    org: str,
    fingerprint: bytes,
    rows: Iterable[Shown],
    remembered: Iterable[str] = (),
    told: Iterable[str] = (),
) -> Roster:
    """Return who is who, by what is signed under the root of this fingerprint.

    `remembered`: what an earlier roster said is to be kept, and what came with a handover. `told`:
    statements that others passed on with new keys; they count as if the server showed them.
    """
    texts, passed = list(remembered), frozenset(told)
    read = [
        _Read(each, certificates.read(str(each.h.get("cert", ""))))
        for each in rows
        if each.t in SIGNED
    ]
    known = [found for text in texts if (found := certificates.read(text)) is not None]
    passed_on = (found for text in passed if (found := certificates.read(text)) is not None)
    shown_now = (r.certificate for r in read if r.certificate)
    trust = Trust(org, fingerprint, (*shown_now, *passed_on), known)
    standing = {
        subject: found
        for subject in trust.subjects()
        if (found := trust.newest(subject)) is not None
    }
    problems = [problem for each in read if (problem := _problem(each, trust, standing))]
    hidden = {_subject(each.shown) for each in read if _ends_unsigned(each)}
    gone = dict(filter(None, map(approval.taken_out, texts)))
    for subject, version in gone.items():
        back = standing.get(subject)
        if back is not None and back.statement.v < version:
            hidden.add(subject)
            words = "The server shows somebody who was taken out before."
            problems.append(Problem("older", subject, words))
    known.sort(key=lambda each: each.statement.v)
    kept = {each.statement.subject: each.text for each in known}
    kept |= {subject: each.text for subject, each in standing.items()}
    kept |= approval.kept_gone(gone.items())
    roster = _assembled(trust, standing, hidden)
    return replace(roster, kept=kept, problems=tuple(problems), told=passed)


def _assembled(trust: Trust, standing: dict[str, Certificate], hidden: set[str]) -> Roster:
    members: dict[str, Member] = {}
    devices: dict[str, Device] = {}
    seats: dict[tuple[str, str], Seat] = {}
    invites: dict[str, Invited] = {}
    former: dict[str, Author] = {}
    for subject, certificate in standing.items():
        match certificate.statement:
            case MemberStatement() as s:
                former |= _former(s, s.identity)
                if subject not in hidden:
                    members[s.user] = Member(s.user, s.identity, s.role, s.v, s.n, s.invite or "")
            case RemovedStatement() as s:
                former |= _former(s, _identity(trust, s.user))
            case DeviceStatement() as s:
                former[s.device] = Author(s.user, s.device, s.sign)
                if subject not in hidden:
                    devices[s.device] = Device(s.device, s.user, s.sign, s.box, s.v)
            case RevokedStatement() as s:
                owned = {s.device: s.sign + s.proof}
                former |= _owned(s.org, s.user, owned, _identity(trust, s.user))
            case SeatStatement() as s:
                if subject not in hidden:
                    seats[s.space, s.user] = Seat(s.space, s.user, s.kind, s.role, s.v, s.n)
            case InviteStatement() as s:
                if subject not in hidden and not trust.used_by(s.invite):
                    invites[s.invite] = Invited(
                        s.invite, s.sign, s.box, s.role, s.seats, s.until, s.v, s.n, s.server
                    )
    devices = {each.id: each for each in devices.values() if each.user in members}
    return Roster(
        trust.org, trust.root, members, devices,
        {place: seat for place, seat in seats.items() if seat.user in members},
        invites, {d: author for d, author in former.items() if d not in devices},
        max((each.statement.n for each in standing.values()), default=0),
        standing,
    )  # fmt: skip


def _former(statement: MemberStatement | RemovedStatement, by: bytes) -> dict[str, Author]:
    return _owned(statement.org, statement.user, statement.former, by)


def _owned(org: str, user: str, owned: Mapping[str, bytes], by: bytes) -> dict[str, Author]:
    """Return the devices that the identity `by` signed for: an admin can make up none, and so write
    nothing in another's name."""
    return {
        device: Author(user, device, each[:_SIGN])
        for device, each in owned.items()
        if by and owns(by, org, user, device, each[:_SIGN], each[_SIGN:])
    }


def _identity(trust: Trust, user: str) -> bytes:
    """Return somebody's identity, or the last one that they had."""
    found = trust.standing(f"member {user}")
    while found is not None and not isinstance(found.statement, MemberStatement):
        below = frozenset({(found.statement.subject, found.statement.v)})
        found = trust.standing(found.statement.subject, below)
    return getattr(found.statement, "identity", b"") if found is not None else b""


def _subject(shown: Shown) -> str:
    if shown.t == Type.SEAT:
        return f"seat {shown.scope[2:]} {shown.h.get('user', '')}"
    return f"{shown.t} {shown.id}"


def _problem(read: _Read, trust: Trust, standing: dict[str, Certificate]) -> Problem | None:
    """Say what is wrong with a row, if anything is."""
    shown, certificate = read
    what = _NAMES[shown.t]
    if _ends_unsigned(read):
        return _unsigned_end(shown, what, standing)
    if certificate is None:
        return Problem(
            "unreadable", _subject(shown), f"The server shows {what} without a certificate."
        )
    statement = certificate.statement
    if not _in_place(trust.org, shown, certificate):
        return Problem(
            "place", _subject(shown), f"The server shows {what} in the place of another one."
        )
    best = standing.get(statement.subject)
    if best is not None and best.digest == certificate.digest:
        return _header_problem(shown, certificate, what)
    if best is not None and best.statement.v >= statement.v:
        words = f"The server shows an older state of {what} than it did before."
        return Problem("older", statement.subject, words)
    invite = getattr(statement, "invite", None)
    if certificate.signer.kind == "invite" and invite:
        used = trust.used_by(invite)
        if used and used != {getattr(statement, "user", "")}:
            return Problem("twice", statement.subject, "An invitation was used a second time.")
    words = f"The server shows {what} that nobody who may has signed for."
    return Problem("unsigned", statement.subject, words)


def _ends_unsigned(read: _Read) -> bool:
    """The server may keep from us what it likes: we give no keys to whom it no longer shows."""
    ends = read.certificate is not None and isinstance(read.certificate.statement, TAKES_AWAY)
    return read.shown.op in ("del", "era") and not ends


def _unsigned_end(shown: Shown, what: str, standing: dict[str, Certificate]) -> Problem | None:
    """A used invitation ends by itself, seats and devices with their member; all else ends with
    somebody's signature."""
    best = standing.get(_subject(shown))
    if shown.t == Type.INVITE or best is None:
        return None
    member = standing.get(f"member {getattr(best.statement, 'user', '')}")
    if member is not None and isinstance(member.statement, RemovedStatement):
        return None
    words = f"The server took away {what}, and nobody signed for it."
    return Problem("unsigned", _subject(shown), words)


def _in_place(org: str, shown: Shown, certificate: Certificate) -> bool:
    """Say whether the row is where its statement belongs."""
    kind, _, of = certificate.statement.subject.partition(" ")
    if kind != shown.t:
        return False
    if kind == "seat":
        space, _, user = of.partition(" ")
        if not (space and user):
            return False
        return shown.scope == space_scope(space) and shown.id == seat_id(space, user)
    return shown.scope == org_scope(org) and shown.id == of


def _header_problem(shown: Shown, certificate: Certificate, what: str) -> Problem | None:
    """The server goes by the plain header: it must not say more than was signed."""
    if shown.op != "put":
        return None
    statement = certificate.statement
    for name in ("user", "role", "kind", "until"):
        signed = getattr(statement, name, None)
        if name in shown.h and signed is not None and shown.h[name] != signed:
            words = f"The server shows another {name} for {what} than was signed."
            return Problem("other", statement.subject, words)
    return None
