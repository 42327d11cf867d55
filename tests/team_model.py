"""A sync server in memory, as plain as the rules allow, and clients of it with stores of their own.

What the network does is the test's choice: requests lost on the way there or back, frames that are
dropped, doubled or overtake each other, a restart from a backup.
"""

from __future__ import annotations

import copy
import itertools
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
from tests.factories import KEY
from tests.row_sums import of_rows

from missive_desktop.domain.changes import Changes
from missive_desktop.domain.team import Entity, Intent, TeamSettings, Trouble
from missive_desktop.errors import Offline
from missive_desktop.profile import Profile
from missive_desktop.store import database, team_pending, team_rows, team_scopes, teams
from missive_desktop.store.writer import Writer
from missive_desktop.team import applying, submitting
from missive_desktop.team.applying import TeamBooks
from missive_desktop.team.calls import Gap, Problems
from missive_desktop.team.history import History
from missive_desktop.team.opening import Opened
from missive_desktop.team.reading import Reading
from missive_desktop.team.sending import Sending
from missive_wire import codec, routes, sums
from missive_wire.entities import Row
from missive_wire.feed import Backfill, BackfillRequest, Page, PullAnswer, PullRequest
from missive_wire.frames import Change
from missive_wire.ids import derived_id
from missive_wire.mutation import MutateAnswer, MutateRequest, Mutation, Result
from missive_wire.patching import patched

ORG = derived_id("00000000-0000-0000-0000-000000000001", "org")
SCOPES = (f"s:{derived_id(ORG, 'one')}", f"s:{derived_id(ORG, 'two')}")
_PAGE = 3


@dataclass
class Scope:
    e: str = "e1"
    seq: int = 0
    floor: int = 0
    key: int = 1
    rekey: bool = False
    rows: dict[tuple[str, str], Row] = field(default_factory=dict)

    @property
    def sum(self) -> str:
        return sums.as_text(of_rows(self.rows.values()))

    def put(self, row: Row) -> Row:
        self.seq += 1
        placed = msgspec.structs.replace(row, seq=self.seq)
        self.rows[row.t, row.id] = placed
        return placed

    def above(self, seq: int) -> list[Row]:
        return sorted((r for r in self.rows.values() if r.seq > seq), key=lambda r: r.seq)

    def below(self, seq: int) -> list[Row]:
        return sorted((r for r in self.rows.values() if r.seq < seq), key=lambda r: -r.seq)


@dataclass
class State:
    scopes: dict[str, Scope] = field(default_factory=lambda: {name: Scope() for name in SCOPES})
    last: dict[str, int] = field(default_factory=dict)
    results: dict[tuple[str, int], Result] = field(default_factory=dict)
    sent: dict[tuple[str, int], bytes] = field(default_factory=dict)
    applied: list[tuple[str, int, str]] = field(default_factory=list)  # device, mid, what was done


class ModelServer:
    """Orders, keeps, answers; `frames` are those that were pushed, by client."""

    def __init__(self) -> None:
        self.state = State()
        self.frames: dict[str, list[Change]] = {}
        self.clock = 1_000
        self._epochs = itertools.count(2)

    # --- writing -----------------------------------------------------------------------------

    def mutate(self, request: MutateRequest) -> MutateAnswer:
        state, device = self.state, request.device
        last = state.last.get(device, 0)
        if request.muts and request.muts[0].mid > last + 1:
            raise Gap(last)
        results = []
        for mutation in request.muts:
            if mutation.mid > last:
                last = state.last[device] = mutation.mid
                state.results[device, mutation.mid] = self._decide(device, mutation)
                state.sent[device, mutation.mid] = codec.encode(mutation)
            assert state.sent[device, mutation.mid] == codec.encode(mutation)  # the very same
            results.append(state.results[device, mutation.mid])
        return MutateAnswer(last, tuple(results))

    def _decide(self, device: str, m: Mutation) -> Result:
        scope = self.state.scopes[m.scope]
        row = scope.rows.get((m.t, m.id))
        live = row if row is not None and row.op == "put" else None
        if m.act == "denied":
            return Result(m.mid, "denied", why="not for you")
        if live is None and m.op != "put":
            return Result(m.mid, "gone", cur=row)
        if live is not None and m.op == "put":
            return Result(m.mid, "conflict", cur=row)
        for name, value in (m.pre or {}).items():
            if (live.h.get(name) if live else None) != value:
                return Result(m.mid, "conflict", cur=row)
        if m.b and (scope.rekey or m.k != scope.key):
            return Result(m.mid, "rekey")
        if m.b and m.bv != (row.bv if row else 0) + 1:
            return Result(m.mid, "conflict", cur=row)
        return self._apply(device, m, row, live)

    def _apply(self, device: str, m: Mutation, row: Row | None, live: Row | None) -> Result:
        scope = self.state.scopes[m.scope]
        self.clock += 1
        header = m.h if live is None else patched(live.h, m.h)
        body, bv, k = m.b, m.bv or (row.bv if row else 0), m.k
        if m.op == "patch" and not m.b and row is not None:
            body, k = row.b, row.k
        if m.op == "del":
            header, body = {}, b""
        placed = scope.put(
            Row(
                "del" if m.op == "del" else "put", 0, m.t, m.id, (row.v if row else 0) + 1,
                header, k, body, bv, own=device, by=device, at=self.clock,
            )
        )  # fmt: skip
        self.state.applied.append((device, m.mid, str(m.h.get("mark", ""))))
        frame = Change(
            m.scope, scope.e, placed.seq - 1, placed.seq, 1, (placed,), scope.sum,
            len(scope.rows), scope.key, scope.rekey,
        )  # fmt: skip
        for queue in self.frames.values():
            queue.append(frame)
        return Result(m.mid, "ok", v=placed.v, seqs={m.scope: placed.seq})

    # --- reading -----------------------------------------------------------------------------

    def pull(self, request: PullRequest) -> PullAnswer:
        pages = {}
        for name, (e, seq) in request.cur.items():
            scope = self.state.scopes.get(name)
            if scope is None or (e, seq) == (scope.e, scope.seq):
                continue
            if e != scope.e or seq < scope.floor or seq > scope.seq:
                pages[name] = self._page(scope, scope.seq, scope.seq, (), reset=True)
                continue
            rows = scope.above(seq)[:_PAGE]
            to = rows[-1].seq if len(scope.above(seq)) > _PAGE else scope.seq
            pages[name] = self._page(scope, seq, to, tuple(rows))
        return PullAnswer(self.clock, tuple(self.state.scopes), pages)

    def _page(
        self, scope: Scope, prev: int, to: int, rows: tuple[Row, ...], *, reset: bool = False
    ) -> Page:
        return Page(
            scope.e, prev, to, scope.seq, 1, rows, to < scope.seq, reset, scope.floor, scope.sum,
            len(scope.rows), scope.key, scope.rekey,
        )  # fmt: skip

    def backfill(self, request: BackfillRequest) -> Backfill:
        scope = self.state.scopes.get(request.scope)
        if scope is None:
            raise Problems("missing", "")
        if request.e and request.e != scope.e:
            raise Problems("reset", "")
        rows = [
            row
            for row in scope.below(request.below or scope.seq + 1)
            if (not request.types or row.t in request.types)
            and (not request.conv or row.h.get("conv") == request.conv)
        ]
        taken = tuple(rows[:_PAGE])
        done = len(rows) <= _PAGE
        lo = 0 if done else taken[-1].seq
        return Backfill(
            scope.e, lo, scope.seq, 1, taken, done, scope.key, scope.rekey, scope.sum,
            len(scope.rows), scope.floor,
        )  # fmt: skip

    # --- what befalls it ---------------------------------------------------------------------

    def backup(self) -> State:
        return copy.deepcopy(self.state)

    def restore(self, backup: State) -> None:
        self.state = copy.deepcopy(backup)
        e = f"e{next(self._epochs)}"
        for scope in self.state.scopes.values():
            scope.e = e

    def compact(self) -> None:
        """Forget what was deleted."""
        for scope in self.state.scopes.values():
            scope.rows = {key: row for key, row in scope.rows.items() if row.op == "put"}
            scope.floor = scope.seq

    def demand_key(self, name: str) -> None:
        self.state.scopes[name].rekey = True

    def rotate(self, name: str) -> None:
        """Begin a new key epoch, as a grant would."""
        scope = self.state.scopes[name]
        scope.rekey, scope.key = False, scope.key + 1
        placed = scope.put(Row("put", 0, "grant", derived_id(ORG, f"{name}{scope.key}"), 1, {}))
        for queue in self.frames.values():
            queue.append(
                Change(name, scope.e, placed.seq - 1, placed.seq, 1, (placed,), scope.sum,
                       len(scope.rows), scope.key)
            )  # fmt: skip


class Unsealed:
    """Opens and seals without a key; `epochs` says which one is written with."""

    def __init__(self) -> None:
        self.epochs: dict[str, int] = dict.fromkeys(SCOPES, 1)
        self._nonces = itertools.cycle(range(1, 50))

    def open(self, scope: str, row: Row) -> Opened | Trouble:
        if row.k > self.epochs.get(scope, 1):
            return Trouble.KEY
        return Opened(row.b.decode().strip(), "")

    def author(self, device: str) -> str:
        return device

    def seal(self, scope: str, t: str, id_: str, bv: int, body: str) -> tuple[int, bytes] | None:
        return self.epochs[scope], f"{body}{next(self._nonces) * ' '}".encode()


class Nothing:
    """Prepares nothing beforehand."""

    def prepare(self, rows: Any) -> None: ...
    def close(self) -> None: ...


class Seen:
    """A projection that keeps what it was shown last."""

    def __init__(self) -> None:
        self.entities: dict[tuple[str, str, str], Entity] = {}

    def early(self) -> Any:
        return Nothing()

    def prepare(self, scope: Any, entities: Sequence[Entity], early: Any = ()) -> Any:
        return {(scope.scope, each.t, each.id): each for each in entities}

    def project(self, conn: Any, scope: Any, prepared: Any, changes: Changes) -> None:
        self.entities |= prepared

    def forget(self, conn: Any, scope: Any, changes: Changes) -> None:
        self.entities = {k: e for k, e in self.entities.items() if k[0] != scope.scope}

    def there(self) -> dict[tuple[str, str, str], tuple[dict[str, Any], str]]:
        return {k: (e.h, e.body) for k, e in self.entities.items() if not e.gone}


class Wire:
    """`team.calls.Calls` of a client: `lose` says what befalls the next requests."""

    def __init__(self, server: ModelServer) -> None:
        self.server = server
        self.lose: list[str] = []  # "there": never arrives; "back": the answer is lost

    def post(self, path: str, value: Any, shape: Any, **_: Any) -> Any:
        fate = self.lose.pop(0) if self.lose else ""
        if fate == "there":
            raise Offline("lost")
        sent = codec.decode(codec.encode(value), type(value))
        does = {
            routes.MUTATE: self.server.mutate,
            routes.PULL: self.server.pull,
            routes.BACKFILL: self.server.backfill,
        }
        answer = does[path](sent)
        if fate == "back":
            raise Offline("lost")
        return codec.decode(codec.encode(answer), shape)


class Client:
    """A device: everything of a running team but its threads."""

    def __init__(self, directory: Path, server: ModelServer, device: str) -> None:
        self.server, self.device = server, device
        self.store = database.create_or_open(Profile(directory), KEY)
        self.seen, self.opener, self.wire = Seen(), Unsealed(), Wire(server)
        self.restored = False
        self.clock = time.monotonic
        self._open()
        self.team = self.writer.run(self._join)
        self._build()
        server.frames.setdefault(device, [])

    def _open(self) -> None:
        self.writer = Writer(self.store, lambda _: None)

    def _join(self, conn: Any, changes: Changes) -> int:
        known = teams.by_org(conn, ORG)
        if known is not None:
            return known.id
        settings = TeamSettings(depth_days=0)
        team = teams.insert(
            conn, "http://localhost", ORG, self.device, self.device, "", "", settings, changes
        )
        for name in SCOPES:
            team_scopes.ensure(conn, team, name, changes)
        return team

    def _build(self) -> None:
        self.books = TeamBooks(self.store, self.writer, self.team, self.seen, self.opener)
        wire: Any = self.wire
        self.reading = Reading(self.books, wire, self.device, self, lambda: self.clock())
        self.history = History(
            self.books, wire, self.device, self.learned, self.was_reset,
            self.reading.verify, self.reading.begun,
        )  # fmt: skip
        self.sending = Sending(self.books, wire)

    def restart(self) -> None:
        """Die and come again: what was committed is there."""
        self.history.close()
        self.writer.close()
        self._open()
        self._build()
        self.restored = True

    def close(self) -> None:
        self.history.close()
        self.writer.close()

    # --- the listener ------------------------------------------------------------------------

    def heard(self, server_ms: int) -> None: ...
    def began(self, scope: str) -> None: ...
    def freed(self, scope: str) -> None: ...
    def revoked(self, scope: str) -> None: ...
    def present(self, frame: Any) -> None: ...

    def was_reset(self, scope: str) -> None:
        self.restored = True

    def learned(self, scope: str, types: frozenset[str]) -> None:
        if "grant" in types:
            self.opener.epochs[scope] = self.server.state.scopes[scope].key
            applying.reopen(self.books, scope)  # what came before its key

    # --- what it does ------------------------------------------------------------------------

    def submit(self, *intents: Intent) -> list[int]:
        return self.writer.run(
            lambda conn, changes: submitting.submit(
                conn, self.team, intents, 1, self.seen, changes
            ),
            durable=True,
        )

    def push(self) -> bool:
        if self.restored:
            self.sending.compare()
            self.restored = False
        return self.sending.push()

    def settle(self) -> None:
        """Do all there is to do, over a network that works."""
        self.wire.lose.clear()
        for _ in range(50):
            while self.push():
                pass
            self.reading.pull()
            while self.history.step():
                pass
            with self.books.reading() as conn:
                rows = team_scopes.all_(conn, self.team)
                busy = [
                    p for p in team_pending.open_(conn, self.team)
                    if p.state.value in ("waiting", "sent", "ok")
                ]  # fmt: skip
            if not busy and all(row.done and row.hi == row.head for row in rows):
                self.reading.pull()
                return
        raise AssertionError("it does not come to rest")

    def rows(self, name: str) -> dict[tuple[str, str], tuple[Any, ...]]:
        with self.books.reading() as conn:
            scope = team_scopes.get(conn, self.team, name)
            assert scope is not None
            keys = conn.execute("SELECT t, id FROM team_rows WHERE scope_id = ?", (scope.id,))
            found = team_rows.many(conn, scope.id, keys.fetchall())
        return {key: (r.op, r.v, r.h, r.body, r.seq) for key, r in found.items()}

    def pending(self) -> list[team_pending.Pending]:
        with self.books.reading() as conn:
            return team_pending.open_(conn, self.team)

    def settled(self) -> list[team_pending.Pending]:
        with self.books.reading() as conn:
            return team_pending.settled(conn, self.team, 0, 0)

    def all_pending(self) -> dict[int, str]:
        with self.books.reading() as conn:
            return dict(conn.execute("SELECT id, state FROM team_pending").fetchall())


@contextmanager
def clients(directory: Path, server: ModelServer, count: int) -> Iterator[list[Client]]:
    made: list[Client] = []
    try:
        for number in range(count):
            device = derived_id(ORG, f"device {number}")
            made.append(Client(directory / str(number), server, device))
        yield made
    finally:
        for client in made:
            client.close()


def server_rows(server: ModelServer, name: str) -> dict[tuple[str, str], tuple[Any, ...]]:
    scope = server.state.scopes[name]
    return {key: (r.op, r.v, r.h, r.b.decode().strip(), r.seq) for key, r in scope.rows.items()}
