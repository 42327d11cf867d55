"""Follows the trail of one team: what the server signed, and the records that lead to it.

From the first checkpoint on upwards, so that nothing can change behind it; downwards as far as is
kept, and all the way when somebody asks. What cannot be so is kept as evidence and said once; then
the chain is followed from what is signed now, for the trail shall go on being read.
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import partial
from typing import NamedTuple

import msgspec

from missive_desktop.domain.changes import Changes
from missive_desktop.store import team_rows, team_scopes, team_trail, teams
from missive_desktop.store.clock import now_ms
from missive_desktop.store.database import Connection
from missive_desktop.store.team_scopes import ScopeRow
from missive_desktop.store.team_trail import Chain, EvidenceRow
from missive_desktop.store.teams import TeamRow
from missive_desktop.team import checkpoints, comparing, setback
from missive_desktop.team.applying import TeamBooks
from missive_desktop.team.calls import Calls
from missive_desktop.team.checkpoints import Finding, Signed
from missive_desktop.team.setback import Restore
from missive_desktop.team.witness import Claim
from missive_wire import limits, routes
from missive_wire.chain import START, Head, Record, verified, verified_back
from missive_wire.entities import Header, Type
from missive_wire.ids import org_scope, space_scope
from missive_wire.routes import AuditPage, AuditRequest, Info

DAY = 86_400_000
_ASKED_FOR = 30 * DAY  # what was asked for stays so long
_ENDLESS = 1 << 53
_BACK = 40  # pages of one scope in a row, downwards
_SPARE = frozenset({Type.PERSONAL.value})  # verified like the others, and not kept

_BROKEN = "Entry {} of the trail is not the one that was there: it does not fit to the others."
_MISSING = "The team's server does not show the trail that it signed: entry {} is missing."
_NOT_SIGNED = "The entries of the trail are others than those that the server signed, at {}."


class Whole(NamedTuple):
    """What came of verifying all chains: entries by scope, what is wrong, which restores they tell
    of, and of the numbers that evidence speaks of the hashes."""

    counts: dict[str, int]
    findings: tuple[Finding, ...]
    restores: tuple[Restore, ...] = ()
    hashes: Mapping[str, Mapping[int, str]] = {}
    deleted: tuple[str, ...] = ()  # scopes of spaces that are no more


class Trail:
    """For one team; one thread at a time gets in."""

    def __init__(self, books: TeamBooks, calls: Calls, device: str) -> None:
        self._books, self._calls, self._device = books, calls, device
        self._lock = threading.Lock()

    def check(self, *, back: bool = True) -> bool:
        """Take the newest checkpoint, follow all chains of ours to it; False: there is more soon,
        for scopes are only just being read. Not `back`: the past can wait."""
        with self._lock:
            signed = self._newest()
            if signed is None:
                return True
            scopes, begun = self._begun()
            for scope in scopes:
                end = checkpoints.head(signed, scope.scope)
                if end is not None:
                    self._follow(scope, end)
                    if back:
                        self._look_back(scope, self._since())
                    self._books.witness.followed(scope.scope, Claim(end.n, signed.at, end.h))
            if back:
                comparing.compare(self._books, [row.scope for row in scopes])
            self._forget_old()
            return begun

    def look(self, scope_name: str, conv: str = "") -> None:
        """Read what came since the last checkpoint, and with `conv` what is old about it."""
        with self._lock, self._books.reading() as conn:
            scope = team_scopes.get(conn, self._books.team, scope_name)
            chain = team_trail.chain(conn, self._books.team, scope_name)
            if scope is None:
                return
            if chain is not None:
                self._ahead(scope, chain)
            if conv and (chain is None or chain.lo.n > 0):
                self._old(scope, conv, chain)

    def look_back(self, since: int) -> None:
        """Read all chains of ours back to a time; it is kept for a while."""
        self.check()
        with self._lock:
            for scope in self._scopes():
                self._look_back(scope, since, kept=now_ms() + _ASKED_FOR, pages=1 << 30)

    def verify(self, *, deleted: bool = False) -> Whole:
        """Read all chains of ours from their beginning to what was signed last; with `deleted`
        those of deleted spaces, too, which admins may read."""
        self.check()
        with self._lock:
            team, signed = self._known()
            whole = Whole({}, ())
            if team is None or signed is None:
                return whole
            for scope in self._scopes():
                end = checkpoints.head(signed, scope.scope)
                if end is not None:
                    whole = self._verified(whole, scope.scope, scope.e, end)
            for name in whole.deleted if deleted else ():
                end = checkpoints.head(signed, name)
                if end is not None:
                    whole = self._verified(whole, name, "", end)
            self._keep(whole.findings, {})
            return whole

    def of_deleted(self, scope: str) -> tuple[list[Record], str]:
        """Read the trail of a deleted space whole; say what is wrong with it, or ""."""
        self.check()
        with self._lock:
            signed = self._known()[1]
            end = checkpoints.head(signed, scope) if signed else None
            records = [each for page in self.pages(scope, _ENDLESS) for each in page]
        at, wrong = verified(Head(0, START), scope, records)
        if wrong:
            return records, _BROKEN.format(wrong)
        if end is not None and at.n < end.n:
            return records, _MISSING.format(at.n + 1)
        if end is not None and records[end.n - 1].h != end.h:
            return records, _NOT_SIGNED.format(end.n)
        return records, ""

    def pages(self, scope: str, upto: int) -> Iterator[Sequence[Record]]:
        """Return the records of a scope from the server, page by page."""
        after = 0
        while after < upto:
            page = self._page(scope, after=after)
            found = [each for each in page.records if each.n <= upto]
            yield found
            if not found:
                return
            after = found[-1].n

    # -- checkpoints

    def _known(self) -> tuple[TeamRow | None, Signed | None]:
        with self._books.reading() as conn:
            team = teams.get(conn, self._books.team)
            text = team_trail.checkpoint(conn, self._books.team)
        return team, checkpoints.read(msgspec.json.decode(text)) if text else None

    def _newest(self) -> Signed | None:
        """Judge the checkpoint that came last; return the last one that was taken."""
        team, before = self._known()
        if team is None:
            return None
        header = self._shown(team)
        if header is None or (before is not None and header.get("sig") == before.sig):
            return before
        key = team.server_key or self._first_key()
        findings = checkpoints.judged(team.org, key, before, header)
        if any(each.kind == "signature" for each in findings):
            info = self._calls.get(routes.INFO, Info, token=False)
            if info.key != key:
                findings = [checkpoints.other_key()]
            self._keep(findings, {"shown": header, "before": before, "key": info.key.hex()})
            return before
        text = msgspec.json.encode(header).decode()
        anew = {each.scope for each in findings if each.kind in ("shorter", "other")}
        now = checkpoints.read(header)

        def work(conn: Connection, changes: Changes) -> None:
            team_trail.set_checkpoint(conn, team.id, text)
            for scope in anew:
                end = checkpoints.head(now, scope) if now else None
                team_trail.begin_anew(conn, team.id, scope, end or Head())

        for each in findings:
            here = self._held(each.scope) if each.scope in anew else []
            self._keep([each], {"shown": header, "before": before, "here": here})
        self._books.writer.run(work, durable=True)
        return now

    def _shown(self, team: TeamRow) -> Header | None:
        with self._books.reading() as conn:
            scope = team_scopes.get(conn, team.id, org_scope(team.org))
            row = team_rows.get(conn, scope.id, Type.CHECKPOINT, team.org) if scope else None
        return row.h if row is not None and row.there else None

    def _first_key(self) -> bytes:
        """Ask for the server's key, where nobody told of it: from now on it is this one."""
        key = self._calls.get(routes.INFO, Info, token=False).key
        team = self._books.team
        self._books.writer.run(lambda conn, _: teams.set_server_key(conn, team, key), durable=True)
        return key

    # -- chains

    def _follow(self, scope: ScopeRow, end: Head) -> None:
        """Go up to what was signed."""
        with self._books.reading() as conn:
            chain = team_trail.chain(conn, self._books.team, scope.scope)
            passed = team_trail.record(conn, self._books.team, scope.scope, end.n)
        if chain is None:
            self._begin(scope, end)
        elif end.n < chain.hi.n:
            if passed is not None and passed.h != end.h:
                self._wrong(scope, end, _NOT_SIGNED.format(end.n), [passed])
        elif end.n == chain.hi.n and end.h != chain.hi.h:
            self._wrong(scope, end, _NOT_SIGNED.format(end.n), [])
        else:
            self._climb(scope, chain, end)

    def _climb(self, scope: ScopeRow, chain: Chain, end: Head) -> None:
        while chain.hi.n < end.n:
            page = self._page(scope.scope, after=chain.hi.n)
            found = [each for each in page.records if each.n <= end.n]
            hi, wrong = verified(chain.hi, scope.scope, found)
            if wrong or not found:
                words = _BROKEN.format(wrong) if wrong else _MISSING.format(chain.hi.n + 1)
                self._wrong(scope, end, words, found)
                return
            if hi.n == end.n and hi.h != end.h:
                self._wrong(scope, end, _NOT_SIGNED.format(end.n), found)
                return
            chain = Chain(chain.lo, hi)
            self._take(scope, chain, found)

    def _ahead(self, scope: ScopeRow, chain: Chain) -> None:
        """Take what is not signed yet; the next checkpoint will show whether it stays."""
        while True:
            page = self._page(scope.scope, after=chain.hi.n)
            hi, wrong = verified(chain.hi, scope.scope, page.records)
            if wrong or not page.records:
                return
            chain = Chain(chain.lo, hi)
            self._take(scope, chain, page.records)

    def _look_back(self, scope: ScopeRow, since: int, kept: int = 0, pages: int = _BACK) -> None:
        """Go down to a time, a few pages at once."""
        for _ in range(pages):
            with self._books.reading() as conn:
                chain = team_trail.chain(conn, self._books.team, scope.scope)
            if chain is None or chain.lo.n == 0:
                return
            page = self._page(scope.scope, before=chain.lo.n + 1)
            lo, wrong, held = verified_back(chain.lo, scope.scope, page.records)
            if wrong or not held:
                words = _BROKEN.format(wrong) if wrong else _MISSING.format(chain.lo.n)
                self._keep([Finding("chain", scope.scope, words)], {"records": page.records})
                return
            self._take(scope, Chain(lo, chain.hi), held, kept=kept)
            if held[-1].at < since:
                return

    def _old(self, scope: ScopeRow, conv: str, chain: Chain | None) -> None:
        """Read what is said of one conversation, however old: the chain to it is not."""
        page = self._page(scope.scope, target=conv)
        old = [each for each in page.records if chain is None or each.n <= chain.lo.n]
        kept = now_ms() + _ASKED_FOR
        self._books.writer.run(partial(self._write, scope, old, None, False, kept))

    def _verified(self, whole: Whole, scope: str, epoch: str, end: Head) -> Whole:
        at, wrong = Head(0, START), 0
        wanted = self._spoken_of(scope)
        hashes: dict[int, str] = {}
        restores: list[Restore] = []
        deleted = list(whole.deleted)
        for found in self.pages(scope, end.n):
            at, wrong = verified(at, scope, found)
            if wrong:
                break
            hashes |= {each.n: each.h.hex() for each in found if each.n in wanted}
            if scope[:1] == "o":
                restores += setback.announced(found)
                deleted += [space_scope(each.id) for each in found if each.act == "space.deleted"]
        findings = list(whole.findings)
        if wrong:
            findings.append(Finding("chain", scope, _BROKEN.format(wrong)))
        elif at.n < end.n:
            findings.append(Finding("missing", scope, _MISSING.format(at.n + 1)))
        elif at.h != end.h:
            findings.append(Finding("chain", scope, _NOT_SIGNED.format(end.n)))
        return Whole(
            whole.counts | {scope: at.n},
            tuple(findings),
            (*whole.restores, *setback.begun(restores, epoch)),
            {**whole.hashes, scope: hashes},
            tuple(deleted),
        )

    def _spoken_of(self, scope: str) -> set[int]:
        """Return the numbers of the entries that evidence says were otherwise."""
        with self._books.reading() as conn:
            kept = team_trail.evidence(conn, self._books.team)
        return {
            each.n for row in kept if row.scope == scope for each in setback.held(row.shown, scope)
        }

    def _page(self, scope: str, after: int = 0, before: int = 0, target: str = "") -> AuditPage:
        request = AuditRequest(self._device, scope, after, before, target, limits.PAGE_ROWS)
        return self._calls.post(routes.AUDIT, request, AuditPage)

    # -- the store

    def _scopes(self) -> list[ScopeRow]:
        return self._begun()[0]

    def _begun(self) -> tuple[list[ScopeRow], bool]:
        """Return the scopes that can be followed, and whether these are all there are."""
        with self._books.reading() as conn:
            known = team_scopes.all_(conn, self._books.team)
        begun = [row for row in known if row.e]
        return begun, len(begun) == len(known)

    def _since(self) -> int:
        with self._books.reading() as conn:
            team = teams.get(conn, self._books.team)
        days = team.settings.depth_days if team else 0
        return now_ms() - days * DAY if days else 0

    def _begin(self, scope: ScopeRow, end: Head) -> None:
        team = self._books.team
        self._books.writer.run(
            lambda conn, _: team_trail.set_chain(conn, team, scope.scope, Chain(end, end))
        )

    def _take(
        self, scope: ScopeRow, chain: Chain, records: Collection[Record], kept: int = 0
    ) -> None:
        self._books.writer.run(partial(self._write, scope, records, chain, True, kept))

    def _write(
        self,
        scope: ScopeRow,
        records: Collection[Record],
        chain: Chain | None,
        proven: bool,
        kept: int,
        conn: Connection,
        changes: Changes,
    ) -> None:
        if team_scopes.by_id(conn, scope.id) is None:
            return
        told = [each for each in records if each.t not in _SPARE]
        convs = _conversations(conn, scope.id, told)
        team = self._books.team
        team_trail.add(conn, team, scope.scope, told, convs, proven=proven, kept=kept)
        if chain is not None:
            team_trail.set_chain(conn, team, scope.scope, chain)
        if told:
            changes.teams.add(scope.scope)

    def _forget_old(self) -> None:
        since, team = self._since(), self._books.team
        if since:
            self._books.writer.run(
                lambda conn, _: team_trail.forget_old(conn, team, since, now_ms())
            )

    def _wrong(self, scope: ScopeRow, end: Head, words: str, shown: Sequence[Record]) -> None:
        """Keep what was found, with what was here before; go on from what is signed now."""
        team, here = self._books.team, self._held(scope.scope)
        self._keep([Finding("chain", scope.scope, words)], {"shown": shown, "here": here})
        self._books.writer.run(
            lambda conn, _: team_trail.begin_anew(conn, team, scope.scope, end), durable=True
        )

    def _held(self, scope: str) -> list[Record]:
        """Return the newest of what is known of a chain."""
        with self._books.reading() as conn:
            chain = team_trail.chain(conn, self._books.team, scope)
            above = chain.hi.n - limits.PAGE_ROWS if chain else 0
            return team_trail.records(conn, self._books.team, scope, above, limits.PAGE_ROWS)

    def _keep(self, findings: Sequence[Finding], shown: dict[str, object]) -> None:
        if not findings:
            return
        team, at = self._books.team, now_ms()
        text = msgspec.json.encode(shown).decode()

        def work(conn: Connection, changes: Changes) -> None:
            for each in findings:
                row = EvidenceRow(at, each.kind, each.scope, each.words, text)
                team_trail.add_evidence(conn, team, row, changes)

        self._books.writer.run(work, durable=True)


def _conversations(
    conn: Connection, scope_id: int, records: Collection[Record]
) -> dict[tuple[str, str], str]:
    """Return of which conversation the entities are that records are about."""
    found: dict[tuple[str, str], str] = {}
    for each in records:
        conv = each.id if each.t == Type.CONVERSATION else (each.details or {}).get("conv")
        if isinstance(conv, str) and conv:
            found[each.t, each.id] = conv
    missing = {(each.t, each.id) for each in records if each.t} - found.keys()
    for key, row in team_rows.many(conn, scope_id, missing).items():
        conv = row.h.get("conv")
        if isinstance(conv, str) and conv:
            found[key] = conv
    return found
