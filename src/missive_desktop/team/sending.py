"""Takes what is pending to the server, batch by batch, and writes down what it answered.

Before a number goes out it is on the disk, and the answers are before they are acknowledged.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Sequence
from functools import partial

import msgspec

from missive_desktop.domain.changes import Changes
from missive_desktop.domain.team import NoticeKind, PendingState, Trouble
from missive_desktop.store import team_blobs, team_notices, team_pending, team_scopes, teams
from missive_desktop.store.clock import now_ms
from missive_desktop.store.database import Connection
from missive_desktop.store.team_pending import Pending
from missive_desktop.store.team_scopes import ScopeRow
from missive_desktop.team import applying, outbox, submitting
from missive_desktop.team.applying import TeamBooks
from missive_desktop.team.aside import KEPT
from missive_desktop.team.calls import Calls, Gap
from missive_desktop.team.outbox import Answered
from missive_wire import limits, routes
from missive_wire.entities import Row, Type
from missive_wire.mutation import MutateAnswer, MutateRequest, Mutation

_NOW_AND_THEN = 3600.0  # seconds
_RESTORED = (
    "The team's server went back to an earlier state. What you did since is being sent again."
)
_NOT_THERE = "What you did where you no longer have access cannot be sent again."


class Sending:
    """The way out of one team; for one thread at a time."""

    def __init__(
        self, books: TeamBooks, calls: Calls, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._books, self._calls, self._clock = books, calls, clock
        self._forget_at = 0.0

    def push(self) -> bool:
        """Send what is next; False when nothing is left that can be sent now."""
        with self._books.reading() as conn:
            team = teams.get(conn, self._books.team)
            waiting = team_pending.open_(conn, self._books.team)
            chosen = outbox.batch(
                waiting, partial(self._held, conn, _scopes(conn, self._books), {})
            )
        if team is None or not chosen:
            self._forget_settled()
            return False
        sent = self._books.writer.run(partial(self._number, [p.id for p in chosen]), durable=True)
        if not sent:
            return False
        muts = tuple(map(_mutation, sent))
        try:
            answer = self._post(team.device, muts, team.ack)
        except Gap as gap:
            self._books.writer.run(partial(self._rewind, gap.last_mid), durable=True)
            return True
        self._take(sent, answer)
        return True

    def compare(self) -> None:
        """Ask which numbers the server knows: it may have gone back to a backup."""
        with self._books.reading() as conn:
            team = teams.get(conn, self._books.team)
        if team is None or not team.last_mid:
            return
        answer = self._post(team.device, (), team.ack)
        if answer.last_mid != team.last_mid:
            self._books.writer.run(partial(self._rewind, answer.last_mid), durable=True)

    def _forget_settled(self) -> None:
        """Forget, now and then, what no backup will ask for again."""
        if self._clock() < self._forget_at:
            return
        self._forget_at = self._clock() + _NOW_AND_THEN
        before = now_ms() - KEPT
        team = self._books.team

        def work(conn: Connection, _: Changes) -> None:
            team_pending.forget_done(conn, team, before)
            team_blobs.forget_kept(conn, team, before)

        self._books.writer.run(work)

    def _post(self, device: str, muts: tuple[Mutation, ...], ack: int) -> MutateAnswer:
        request = MutateRequest(device, limits.SCHEMA, muts, ack)
        return self._calls.post(routes.MUTATE, request, MutateAnswer)

    def _held(
        self,
        conn: Connection,
        scopes: dict[str, ScopeRow],
        seals: dict[str, bool],
        each: Pending,
    ) -> bool:
        if each.t == Type.GRANT:
            return False
        scope = scopes.get(each.scope)
        if each.body and scope is not None and scope.rekey:
            return True
        if each.body:
            if each.scope not in seals:  # to seal costs as much as all the rest
                tried = self._books.opener.seal(each.scope, each.t, each.entity, 0, "")
                seals[each.scope] = tried is not None
            if not seals[each.scope]:
                return True
        blob = each.h.get("blob")
        return isinstance(blob, str) and bool(blob) and team_blobs.goes_up(conn, each.team, blob)

    def _number(self, ids: Collection[int], conn: Connection, changes: Changes) -> list[Pending]:
        """Number what is still to be sent of these; the disk has it before the server."""
        team = teams.get(conn, self._books.team)
        rows = [row for each in ids if (row := team_pending.get(conn, each)) is not None]
        rows = [r for r in rows if r.state in (PendingState.WAITING, PendingState.SENT)]
        if team is None or not rows:
            return []
        numbered = outbox.numbered(rows, team.last_mid, self._seal)
        if not numbered:
            return []
        team_pending.save(conn, numbered, changes)
        last = max(each.mid for each in numbered)
        team_pending.set_numbers(conn, team.id, max(team.last_mid, last), team.ack)
        return numbered

    def _seal(self, each: Pending) -> tuple[int, bytes] | None:
        if not each.body:
            return 0, b""
        return self._books.opener.seal(each.scope, each.t, each.entity, each.bv, each.body)

    def _open(self, scope: str, row: Row) -> str | None:
        if not row.b:
            return ""
        found = self._books.opener.open(scope, row)
        return None if isinstance(found, Trouble) else found.body

    def _take(self, sent: Sequence[Pending], answer: MutateAnswer) -> None:
        results = {result.mid: result for result in answer.results}
        became = outbox.answered(sent, results, now_ms(), self._open)
        self._books.writer.run(partial(self._write, became, max(results, default=0)), durable=True)

    def _write(self, became: Answered, ack: int, conn: Connection, changes: Changes) -> None:
        team = teams.get(conn, self._books.team)
        if team is None:
            return
        rows = [self._landed(conn, each) for each in self._awaited(conn, became.rows)]
        team_pending.save(conn, rows, changes)
        team_pending.set_numbers(conn, team.id, team.last_mid, max(team.ack, ack))
        for name in became.rekey:
            scope = team_scopes.get(conn, team.id, name)
            if scope is not None:
                team_scopes.save(conn, msgspec.structs.replace(scope, rekey=True))
        changed = {each.key for each in rows if not _accepted(each)}
        submitting.show_keys(conn, team.id, changed, self._books.projection, changes)

    def _awaited(self, conn: Connection, rows: Sequence[Pending]) -> list[Pending]:
        """Return those whose answer still matters. A space may have been taken away meanwhile,
        with what was under way in it refused: what the server took after all is so no more."""
        now = {each.id: team_pending.get(conn, each.id) for each in rows}
        kept = []
        for each in rows:
            there = now[each.id]
            if there is not None and there.state is PendingState.SENT:
                kept.append(each)
            elif (
                there is not None
                and there.state is PendingState.DENIED
                and each.state in (PendingState.OK, PendingState.DONE)
            ):
                kept.append(outbox.emptied(each, there.why))
        return kept

    def _landed(self, conn: Connection, each: Pending) -> Pending:
        """What was accepted may have come back with the rows before the answer did."""
        if each.state is PendingState.OK and applying.is_here(conn, each.seqs, self._books.team):
            return msgspec.structs.replace(each, state=PendingState.DONE)
        return each

    def _rewind(self, last_mid: int, conn: Connection, changes: Changes) -> None:
        """Go on from the number that the server knows; offer again what it lost."""
        team = teams.get(conn, self._books.team)
        if team is None:
            return
        lost = team_pending.settled(conn, team.id, last_mid, now_ms() - KEPT)
        sent = [
            each
            for each in team_pending.open_(conn, team.id)
            if each.state is PendingState.SENT and each.mid > last_mid
        ]
        again = outbox.rewound([*lost, *sent], last_mid)
        team_pending.save(conn, again, changes)
        for each in again:
            if blob := each.h.get("blob"):
                team_blobs.send_again(conn, team.id, each.scope, str(blob))
        team_pending.set_numbers(conn, team.id, last_mid, min(team.ack, last_mid))
        if lost:
            kind = NoticeKind.RESTORED
            gone = any(each.state is PendingState.DENIED for each in again)
            words = f"{_RESTORED} {_NOT_THERE}" if gone else _RESTORED
            team_notices.add(conn, team.id, kind, "", words, now_ms(), changes)
        keys = {each.key for each in again if each.state is not PendingState.DENIED}
        submitting.show_keys(conn, team.id, keys, self._books.projection, changes)


def _accepted(each: Pending) -> bool:
    """Tell whether nothing shown changes by an answer: its rows do that, or access has ended."""
    return each.state is PendingState.OK or outbox.is_emptied(each)


def _mutation(each: Pending) -> Mutation:
    return Mutation(
        each.mid, each.op, each.scope, each.t, each.entity, each.act, each.h,  # type: ignore[arg-type]
        each.k, each.sealed, each.bv if each.sealed else 0, each.pre, each.fence,
    )  # fmt: skip


def _scopes(conn: Connection, books: TeamBooks) -> dict[str, ScopeRow]:
    return {row.scope: row for row in team_scopes.all_(conn, books.team)}
