"""A team in a small world of values: one database, two nodes with cached grants, a bus and frames
that are lost, clients that stand somewhere in the feed and hold an outbox.

The server decides by `missive_server.core`, the clients by `missive_desktop.team.feed`. What is
modelled here is only what lies between. `Ways` are the places at which a mutant goes wrong.
"""

from __future__ import annotations

import copy
from collections import deque
from dataclasses import dataclass, field

import msgspec
from tests.ledger import Ledger, Person, joins, key, organization, seat, space

from missive_desktop.store.team_rows import Known
from missive_desktop.store.team_scopes import ScopeRow
from missive_desktop.team import feed
from missive_desktop.team.feed import Verdict
from missive_server.core.applying import apply
from missive_wire.entities import Row
from missive_wire.feed import Backfill, Page
from missive_wire.headers import seat_id
from missive_wire.sums import as_text

NOWHERE = ScopeRow(
    1, 1, "", e="", hi=0, lo=0, done=False, until=0, head=0, floor=0, sum="", count=0, acl=0,
    key=0, rekey=False, resyncs=0, account=0,
)  # fmt: skip


@dataclass(frozen=True)
class Ways:
    """How things are done; a mutant does one of them wrong."""

    apply = staticmethod(apply)
    judge_change = staticmethod(feed.judge_change)
    judge_page = staticmethod(feed.judge_page)

    def may_send(self, granted: int, acl: int) -> bool:
        """Say whether grants of that age are new enough for a frame."""
        return granted >= acl

    def commit(self, world: World, outcome) -> None:
        world.write(outcome)

    def keeps(self, arrived: bool) -> bool:
        """Say whether a mutation stays in the outbox: until its answer arrived."""
        return not arrived

    def offers_again(self) -> bool:
        """Say whether what was acknowledged is offered to a server that was restored."""
        return True


@dataclass
class Client:
    person: Person
    node: int
    outbox: deque = field(default_factory=deque)  # mutations that have no answer yet
    answered: list = field(default_factory=list)  # and those that have, one after the other
    ok: set = field(default_factory=set)  # the numbers of those that were accepted
    shown: set = field(default_factory=set)  # what was refused and shown to the person
    made: set = field(default_factory=set)  # markers of all that was ever done here
    inbox: deque = field(default_factory=deque)  # frames on their way
    stands: ScopeRow = NOWHERE
    rows: dict = field(default_factory=dict)
    mid: int = 0

    def known(self):
        return {k: Known(r.op, r.seq, r.v, r.bv, "") for k, r in self.rows.items()}

    def forget(self):
        self.stands, self.rows = NOWHERE, {}

    def take(self, rows):
        """Return the sum once the rows are in; they are."""
        fresh = feed.news(rows, self.known())
        held = feed.counted(self.stands, fresh, self.known())
        self.rows |= {(row.t, row.id): row for row in fresh}
        return held

    def frame(self, change, ways):
        verdict = ways.judge_change(self.stands, change)
        if verdict is Verdict.APPLY:
            self.stands = feed.after_page(self.stands, change, self.take(change.rows))


class Refused(Exception):
    """The server says no: what is asked for is not to be read by this person."""


@dataclass
class World:
    ways: Ways = field(default_factory=Ways)
    ledger: Ledger = field(default_factory=Ledger)
    clients: list = field(default_factory=list)
    grants: list = field(default_factory=lambda: [{}, {}])  # of each node: acl, users
    bus: list = field(default_factory=lambda: [deque(), deque()])  # to each node
    readers: dict = field(default_factory=dict)  # (epoch, seq): who could read when it was written
    burnt: int = 0  # key epochs up to this one are known to somebody who was removed
    backup: tuple | None = None
    epochs: int = 1

    def __post_init__(self):
        ana = organization(self.ledger)
        self.scope = space(ana)
        people = [ana, *(joins(self.ledger, ana.org, seats=(self.scope[2:],)) for _ in range(2))]
        self.clients = [Client(p, n % 2) for n, p in enumerate(people)]
        for client in self.clients:
            client.mid = client.person.next_mid() - 1
        self.conv = self.ledger.name()
        self.do(self.clients[0], "conversation.created", "put", "conv", self.conv)
        self.send([self.clients[0]])
        for node in (0, 1):
            self.refresh(node)

    @property
    def state(self):
        return self.ledger.scopes[self.scope]

    def may_read(self, client):
        return (self.scope, client.person.user) in self.ledger.access

    def server_rows(self):
        return {k[1:]: row for k, row in self.ledger.rows.items() if k[0] == self.scope}

    # Writing

    def do(self, client, act, op, t, id, marker="", **more):  # noqa: A002
        client.mid += 1
        wanted = {"op": op, "scope": self.scope, "t": t, "id": id, "act": act} | more
        [mutation] = client.person.call(wanted, mid=client.mid).muts
        client.outbox.append(mutation)
        if marker:
            client.made.add(marker)

    def label(self, client):
        name = self.ledger.name()
        self.do(client, "conversation.labelled", "patch", "conv", self.conv, name,
                h={"labels+": [name]})  # fmt: skip

    def comment(self, client, name=""):
        name = name or self.ledger.name()
        self.do(client, "comment.added", "put", "comment", name, name, h={"conv": self.conv},
                k=self.state.key_epoch, b=b"sealed", bv=1)  # fmt: skip

    def rotate(self, client):
        wanted = key(client.person, self.scope)
        self.do(client, wanted["act"], "put", "grant", wanted["id"], h=wanted["h"])

    def seats(self, client, *, given):
        user, place = client.person.user, self.scope[2:]
        if given:
            self.do(self.clients[0], "seat.given", "put", "seat", seat_id(place, user),
                    h=seat(place, user)["h"])  # fmt: skip
        else:
            self.do(self.clients[0], "seat.taken", "del", "seat", seat_id(place, user),
                    h={"user": user})  # fmt: skip

    def send(self, clients, *, arrives=True, returns=True, again=0):
        """Let clients send what waits, in one batch; `again`: and some that were answered."""
        calls = []
        for client in clients:
            before = client.answered[-again:] if again else []
            muts = (*before, *client.outbox)
            calls.append(msgspec.structs.replace(client.person.call(mid=1), muts=muts))
        if not arrives:
            for client, call in zip(clients, calls, strict=True):
                self._answered(client, call, None)
            return
        outcome = self.ledger.decide(calls, deciding=self.ways.apply)
        self.ways.commit(self, outcome)
        for client, call, answer in zip(clients, calls, outcome.answers, strict=True):
            self._answered(client, call, answer if returns else None)

    def write(self, outcome):
        """Commit, and tell both nodes."""
        before = msgspec.structs.replace(self.state) if self.scope in self.ledger.scopes else None
        self.ledger.write(outcome)
        if before is None or self.scope not in outcome.scopes:
            return
        readers = {user for where, user in self.ledger.access if where == self.scope}
        self.readers[self.state.epoch, self.state.seq] = readers
        for key_, row in outcome.rows.items():
            assert key_[0] != self.scope or not row.b or row.k > self.burnt, "sealed for who left"
        for each in outcome.published:
            if each.change.scope == self.scope:
                if each.lost:
                    now = self.state
                    self.burnt = now.key_epoch if now.rekey else before.key_epoch
                for queue in self.bus:
                    queue.append(each)

    def _answered(self, client, call, answer):
        if answer is None:
            if not self.ways.keeps(arrived=False):
                client.outbox.clear()
            return
        if answer.refusal == "gap":
            self._offer_again(client, answer.last_mid)
        if answer.refusal:
            return
        for mutation, result in zip(call.muts, answer.results, strict=True):
            if client.outbox and client.outbox[0].mid == mutation.mid:
                client.answered.append(client.outbox.popleft())
            client.ok.discard(mutation.mid)
            if result.st == "ok":
                client.ok.add(mutation.mid)
            elif result.st == "rekey":
                self.comment(client, mutation.id)
            else:
                client.shown.add(_marker(mutation))

    def _offer_again(self, client, last):
        """The server knows less than it did: what it accepted since is done once more."""
        since = [m for m in client.answered if m.mid > last and m.mid in client.ok]
        waiting = [*(since if self.ways.offers_again() else ()), *client.outbox]
        client.answered = [m for m in client.answered if m.mid <= last]
        client.ok = {mid for mid in client.ok if mid <= last}
        client.outbox = deque(
            msgspec.structs.replace(each, mid=last + 1 + n) for n, each in enumerate(waiting)
        )
        client.mid = last + len(waiting)

    # Telling

    def refresh(self, node):
        """Let a node read who may read, as of now."""
        users = {user for scope, user in self.ledger.access if scope == self.scope}
        self.grants[node] = (self.state.acl, users)

    def deliver(self, node, *, lost=False):
        """Let a node get what was committed and send it on."""
        if not self.bus[node]:
            return
        published = self.bus[node].popleft()
        if lost:
            return
        change = published.change
        if not self.ways.may_send(self.grants[node][0], change.acl):
            self.refresh(node)
        for client in self.clients:
            if client.node == node and client.person.user in self.grants[node][1]:
                could = self.readers.get((change.e, change.to), set())
                allowed = client.person.user in could or self.may_read(client)  # or again
                assert allowed, "sent to somebody who was removed"
                client.inbox.append(change)

    # Reading

    def page(self, client, most=500):
        if not self.may_read(client):
            raise Refused
        state, at = self.state, client.stands
        fits = at.e == state.epoch and at.hi <= state.seq
        rows = sorted((r for r in self.server_rows().values() if r.seq > at.hi), key=_seq)
        shown = tuple(rows[:most]) if fits else ()
        more = len(rows) > len(shown) > 0
        return Page(
            state.epoch, at.hi if fits else 0, shown[-1].seq if more else state.seq, state.seq,
            state.acl, shown, more, not fits, 0, as_text(state.sum), state.count,
            state.key_epoch, state.rekey,
        )  # fmt: skip

    def history(self, client, most=500):
        if not self.may_read(client):
            raise Refused
        state, at = self.state, client.stands
        below = at.lo + 1 if at.e else state.seq + 1
        rows = sorted((r for r in self.server_rows().values() if r.seq < below), key=_seq)
        shown = tuple(reversed(rows[-most:]))
        done = len(shown) == len(rows)
        lo = 1 if done else shown[-1].seq
        return Backfill(state.epoch, lo, state.seq, state.acl, shown, done, state.key_epoch,
                        state.rekey, as_text(state.sum), state.count)  # fmt: skip

    def pull(self, client, most=500):
        """Let a client ask for what it misses."""
        try:
            if not client.stands.e or not client.stands.done:
                self._read_history(client, most)
            if client.stands.e:
                self._read_page(client, most)
        except Refused:
            client.forget()

    def _read_history(self, client, most):
        page = self.history(client, most)
        first = not client.stands.e
        if not first and page.e != client.stands.e:
            client.forget()
            return
        held = client.take(page.rows)
        client.stands = feed.after_history(client.stands, page, held, first=first)

    def _read_page(self, client, most):
        asked = (client.stands.e, client.stands.hi)
        page = self.page(client, most)
        verdict = self.ways.judge_page(client.stands, page, asked)
        if verdict is Verdict.RESET:
            client.forget()
        elif verdict is Verdict.APPLY:
            client.stands = feed.after_page(client.stands, page, client.take(page.rows))

    # Faults

    def back_up(self):
        self.backup = (copy.deepcopy(self._kept()), self.burnt)

    def restore(self):
        """Put the backup back, with another epoch in every scope. Nodes start anew."""
        if self.backup is None:
            return
        kept, self.burnt = copy.deepcopy(self.backup[0]), self.backup[1]
        for name, value in kept.items():
            setattr(self.ledger, name, value)
        self.epochs += 1
        for state in self.ledger.scopes.values():
            state.epoch = f"e{self.epochs}"
        for node in (0, 1):
            self.bus[node].clear()
            self.refresh(node)

    def _kept(self):
        return {k: v for k, v in vars(self.ledger).items() if k not in ("batches", "names")}

    # What must hold

    def check(self):
        """What holds at every moment."""
        server = self.server_rows()
        for client in self.clients:
            at = client.stands
            if at.e != self.state.epoch:
                continue
            for name, row in server.items():
                if at.lo < row.seq <= at.hi:
                    assert client.rows.get(name) == row, "a row is missing"
            for name, row in client.rows.items():
                now: Row = server[name]
                assert now == row or now.seq > at.hi, "an old row"
        markers = [_marker_of(r) for r in self.ledger.audit.get(self.scope, ())]
        done = [marker for marker in markers if marker]
        assert len(done) == len(set(done)), "done twice"
        patches = [r for r in self.ledger.audit[self.scope] if r.act == "conversation.labelled"]
        assert server["conv", self.conv].v == 1 + len(patches), "done without a record"

    def heal(self):
        """Let everything arrive, and see that nothing is lost and all are equal."""
        for _ in range(4):
            for client in self.clients:
                self.send([client], again=1)
                if self.state.rekey:
                    self.rotate(self.clients[0])
                    self.send([self.clients[0]])
                self.send([client])
        for client in self.clients:
            client.inbox.clear()
            for _ in range(4):
                self.pull(client)
        self.check()
        present = {_marker_of(r) for r in self.ledger.audit[self.scope]}
        for client in self.clients:
            self._check_healed(client, present)

    def _check_healed(self, client, present):
        if self.may_read(client):
            assert client.stands.e == self.state.epoch, "not of this epoch"
            assert client.stands.done, "history is missing"
            assert client.rows == self.server_rows(), "not equal"
            assert client.stands.sum == as_text(self.state.sum), "not the same sum"
        else:
            assert client.rows == {}, "kept after it was taken away"
        queued = {_marker(each) for each in client.outbox}
        assert client.made <= present | client.shown | queued, "a change vanished"


def _seq(row):
    return row.seq


def _marker(mutation):
    return mutation.h["labels+"][0] if "labels+" in mutation.h else mutation.id


def _marker_of(record):
    if record.act == "conversation.labelled":
        return record.details["labels+"][0]
    return record.id if record.act == "comment.added" else ""
