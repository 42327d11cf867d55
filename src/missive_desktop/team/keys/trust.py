"""From certificates to the roster: pure, and the same for everybody who has the same certificates.

A statement counts if its signer could make it then, and nothing newer took that away:
- The root may state everything; an identity its own devices; a device of an owner or admin who is
  in the directory, if not revoked, but not on its user's own membership; an invitation the one
  member, and the seats, that it was for.
- Somebody demoted or removed: what they signed counts if whoever did it vouched for it (`keeps`).
- For each subject the highest version that counts does; of two that are the same, what we knew
  already, else what takes away.
To judge a statement on somebody, only what was stated about them before is used (`below`), so that
nobody's statement holds itself up, and two who remove each other cannot go round in circles.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from missive_desktop.team.keys import certificates, primitives
from missive_desktop.team.keys.certificates import Certificate
from missive_desktop.team.keys.root import RootPublic
from missive_desktop.team.keys.roster import ADMINS
from missive_desktop.team.keys.statements import (
    DeviceStatement,
    InviteStatement,
    MemberStatement,
    RemovedStatement,
    RevokedStatement,
    SeatStatement,
    UnseatedStatement,
    WithdrawnStatement,
)

Below = frozenset[tuple[str, int]]  # (subject, version): only what is older counts
TAKES_AWAY = (RemovedStatement, RevokedStatement, UnseatedStatement, WithdrawnStatement)
_NEWEST = 1 << 62
_DEEP, _MOST = 100, 200_000  # what is deeper or larger was built to tire us out


class Trust:
    """All certificates at hand, judged against one root."""

    def __init__(
        self,
        org: str,
        fingerprint: bytes,
        pool: Iterable[Certificate],
        remembered: Iterable[Certificate] = (),
    ) -> None:
        self.org = org
        self._fingerprint = fingerprint
        self._pool: dict[str, dict[bytes, Certificate]] = {}
        self._uses: dict[str, list[tuple[str, Certificate]]] = {}  # by invitation
        self._judged: dict[bytes, list[tuple[frozenset[str], Below, bool]]] = {}
        self._asked: list[set[str]] = [set()]
        self._work = 0
        self._kept: set[bytes] = set()
        self._pinned: dict[str, str] = {}
        self._floor: dict[str, int] = {}  # what was seen of a subject: older never counts again
        for each in remembered:
            self._add(each)
            self._kept.add(each.digest)
            subject = each.statement.subject
            self._floor[subject] = max(each.statement.v, self._floor.get(subject, 0))
            statement = each.statement
            if isinstance(statement, MemberStatement | RemovedStatement) and statement.invite:
                self._pinned[statement.invite] = statement.user
        for each in pool:
            self._add(each)
        self.root = self._find_root()

    def used_by(self, invite: str, below: Below = frozenset()) -> set[str]:
        """Return whom an invitation let in: whom we know of already, else whom an admin has
        confirmed, else whom it signed for. More than one is one too many, and none counts."""
        if invite in self._pinned:
            return {self._pinned[invite]}
        uses = self._uses.get(invite, [])
        confirmed = {
            user for user, each in uses if each.signer.kind != "invite" and self.counts(each, below)
        }
        return confirmed or {
            user
            for user, each in uses
            if each.signer.kind == "invite" and self._signed_by_invite(each, invite)
        }

    def _signed_by_invite(self, certificate: Certificate, invite: str) -> bool:
        made = (each.statement for each in self._pool.get(f"invite {invite}", {}).values())
        return any(
            isinstance(each, InviteStatement) and certificates.proven(certificate, each.sign)
            for each in made
        )

    def subjects(self) -> list[str]:
        return sorted(self._pool)

    def standing(self, subject: str, below: Below = frozenset()) -> Certificate | None:
        """Return the newest statement on a subject that counts."""
        self._asked[-1].add(subject)
        limit = min(_limits(below, subject), default=_NEWEST)
        for each in self._ranked(subject):
            if each.statement.v < limit and self.counts(each, below):
                return each
        return None

    def newest(self, subject: str) -> Certificate | None:
        """Return what counts of a subject now: nothing older than what was seen of it."""
        found = self.standing(subject)
        if found is None or found.statement.v < self._floor.get(subject, 0):
            return None
        return found

    def counts(self, certificate: Certificate, below: Below = frozenset()) -> bool:
        """Say whether a statement counts.

        An answer is kept with the subjects that were asked about on the way: it holds wherever
        `below` says the same of those.
        """
        answers = self._judged.setdefault(certificate.digest, [])
        for asked, limits, answer in answers:
            if limits == _about(below, asked):
                self._asked[-1] |= asked
                return answer
        self._asked.append(set())
        self._work += 1
        fair = len(below) < _DEEP and self._work < _MOST
        counts = fair and self._judge(certificate, below)
        asked = frozenset(self._asked.pop())
        if all(v > certificate.statement.v for v in _limits(below, certificate.statement.subject)):
            asked -= {certificate.statement.subject}
        self._asked[-1] |= asked
        answers.append((asked, _about(below, asked), counts))
        return counts

    # -- one statement

    def _judge(self, certificate: Certificate, below: Below) -> bool:
        statement, signer = certificate.statement, certificate.signer
        if statement.org != self.org:
            return False
        inner = _narrowed(below, statement.subject, statement.v)
        match signer.kind:
            case "root":
                return self.root is not None and certificates.proven(certificate, self.root.sign)
            case "identity":
                # Devices do not hold up the membership that they rest on: it says who may, first.
                about_devices = isinstance(statement, DeviceStatement | RevokedStatement)
                return self._by_identity(certificate, below if about_devices else inner)
            case "device":
                return self._by_device(certificate, inner)
            case "invite":
                return self._by_invitation(certificate, inner)

    def _by_identity(self, certificate: Certificate, below: Below) -> bool:
        """One's own devices, and what one gives up."""
        statement, user = certificate.statement, certificate.signer.user
        if not isinstance(
            statement, DeviceStatement | RevokedStatement | RemovedStatement | UnseatedStatement
        ):
            return False
        member = self.standing(f"member {user}", below)
        if statement.user != user or member is None:
            return False
        if not isinstance(member.statement, MemberStatement):
            return False
        if isinstance(statement, RemovedStatement) and member.statement.role in ADMINS:
            return False  # another one takes them out, and vouches for what they signed
        return certificates.proven(certificate, member.statement.identity)

    def _by_device(self, certificate: Certificate, below: Below) -> bool:
        signer, statement = certificate.signer, certificate.statement
        member = self.standing(f"member {signer.user}", below)
        if member is None:
            return False
        if certificate.digest in self._vouched(member, below):
            return True
        device = self.standing(f"device {signer.id}", below)
        if not isinstance(member.statement, MemberStatement) or device is None:
            return False
        if not self._allowed(member.statement.role, certificate, below):
            return False
        if isinstance(device.statement, RevokedStatement):
            return device.statement.user == signer.user and certificate.digest in self._vouched(
                device, below
            )
        return (
            isinstance(device.statement, DeviceStatement)
            and device.statement.user == signer.user
            and statement.rank >= member.statement.since
            and certificates.proven(certificate, device.statement.sign)
        )

    def _by_invitation(self, certificate: Certificate, below: Below) -> bool:
        statement, invite = certificate.statement, certificate.signer.id
        if not isinstance(statement, MemberStatement | SeatStatement):
            return False
        made = self.standing(f"invite {invite}", below)
        if made is None or not isinstance(made.statement, InviteStatement):
            return False
        if self.used_by(invite, below) != {statement.user}:
            return False
        if not certificates.proven(certificate, made.statement.sign):
            return False
        if isinstance(statement, SeatStatement):
            return (statement.space, statement.kind) in made.statement.seats and not statement.role
        fresh = (statement.v, statement.keeps, statement.former) == (1, b"", {})
        return fresh and statement.role == made.statement.role and statement.invite == invite

    def _allowed(self, role: str, certificate: Certificate, below: Below) -> bool:
        """Say whether somebody of this role may state it. Owners are for owners to make."""
        statement = certificate.statement
        if isinstance(statement, DeviceStatement) or role not in ADMINS:
            return False
        about_self = getattr(statement, "user", "") == certificate.signer.user
        if about_self and isinstance(statement, MemberStatement | RemovedStatement):
            return False
        if isinstance(statement, MemberStatement) and not self._same_person(statement, below):
            return False
        if role == "owner":
            return True
        if isinstance(statement, MemberStatement | InviteStatement) and statement.role == "owner":
            return False
        if isinstance(statement, MemberStatement | RemovedStatement | RevokedStatement):
            before = self.standing(f"member {statement.user}", below)
            owner = before is not None and getattr(before.statement, "role", "") == "owner"
            return not owner or (
                isinstance(statement, RevokedStatement)
                and certificate.signer.user == statement.user
            )
        return True

    def _same_person(self, statement: MemberStatement, below: Below) -> bool:
        """Say whether a statement of an owner or admin leaves it at who somebody is: another
        identity, or devices that were theirs, they cannot give them. Only the root can."""
        before = self.standing(statement.subject, below)
        if before is None:
            return True
        old = before.statement
        if not isinstance(old, MemberStatement):
            return False
        return (statement.identity, statement.former) == (old.identity, old.former)

    def _vouched(self, certificate: Certificate, below: Below) -> frozenset[bytes]:
        """Return what a statement that takes power away leaves standing. Who goes on their own
        vouches for nothing; what somebody vouched for before that still stands."""
        statement = certificate.statement
        if certificate.signer.kind == "identity" and isinstance(statement, RemovedStatement):
            inner = _narrowed(below, statement.subject, statement.v)
            before = self.standing(statement.subject, inner)
            return self._vouched(before, inner) if before else frozenset()
        if certificate.signer.kind == "invite":
            return frozenset()
        return certificates.unpacked(getattr(statement, "keeps", b""))

    # -- the pool

    def _add(self, certificate: Certificate) -> None:
        """Take a certificate, and those that it brings along to prove its signer."""
        mine = self._pool.setdefault(certificate.statement.subject, {})
        if certificate.digest in mine:
            return
        mine[certificate.digest] = certificate
        statement = certificate.statement
        if isinstance(statement, MemberStatement | RemovedStatement) and statement.invite:
            self._uses.setdefault(statement.invite, []).append((statement.user, certificate))
        for text in filter(None, certificate.via.split("~")):
            brought = certificates.read(text)
            if brought is not None:
                self._add(brought)

    def _ranked(self, subject: str) -> list[Certificate]:
        found = list(self._pool.get(subject, {}).values())
        if len(found) < 2:  # as with nearly all
            return found
        return sorted(
            found,
            key=lambda each: (
                -each.statement.v,
                each.digest not in self._kept,
                not isinstance(each.statement, TAKES_AWAY),
                each.digest,
            ),
        )

    def _find_root(self) -> RootPublic | None:
        """Find the root's public halves: any may bring them, only the right ones fit the link."""
        for named in self._pool.values():
            for each in named.values():
                keys = getattr(each.statement, "root", None)
                if keys is None or each.signer.kind != "root":
                    continue
                root = RootPublic(self.org, *keys)
                if primitives.equal(root.fingerprint, self._fingerprint):
                    return root
        return None


def _about(below: Below, subjects: Collection[str]) -> Below:
    return frozenset(each for each in below if each[0] in subjects) if below else below


def _limits(below: Below, subject: str) -> list[int]:
    return [v for about, v in below if about == subject] if below else []


def _narrowed(below: Below, subject: str, version: int) -> Below:
    others = frozenset(each for each in below if each[0] != subject)
    known = min((v for about, v in below if about == subject), default=version)
    return others | {(subject, min(known, version))}
