"""What must hold of a history and of what remains: each rule one pure function that returns words
for whatever broke it. `all_of` is all of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from math import inf

import msgspec
from tests.histories import Event
from tests.row_sums import of_rows

from missive_wire import sums
from missive_wire.chain import Head, Record, verified
from missive_wire.entities import Row

Key = tuple[str, str, str]  # scope, t, id
MAKING = {
    "conversation.created", "comment.added", "task.added", "message.added", "send.requested",
}  # fmt: skip


class Scope(msgspec.Struct, frozen=True):
    """A scope as the server has it in the end."""

    e: str
    head: int
    sum: str
    count: int
    rows: tuple[Row, ...]
    records: tuple[Record, ...] = ()
    trail: Head = Head()
    readers: frozenset[str] = frozenset()  # the clients that may read it


class Line(msgspec.Struct, frozen=True):
    """A row as a client has it: opened."""

    op: str
    seq: int
    v: int
    h: dict[str, object]
    body: str = ""
    trouble: str = ""


class Replica(msgspec.Struct, frozen=True):
    """What a client has in the end: rows, what it shows of them, and its outbox."""

    rows: dict[Key, Line]
    shown: dict[str, object]  # by scope, without what only this person sees
    anew: dict[str, object]  # and all of it, as a new device of the same person shows it
    mine: dict[str, object]  # and as this one does
    pending: dict[int, str]  # number to state


class Remains(msgspec.Struct, frozen=True):
    server: dict[str, Scope]
    clients: dict[str, Replica]
    mails: tuple[str, ...] = ()  # one name of each mail that came to the shared mailbox
    messages: tuple[str, ...] = ()  # and of the mail that each message of the space holds
    sends: tuple[str, ...] = ()  # send requests that the SMTP server accepted, each time
    asked: tuple[tuple[str, str], ...] = ()  # each send request, and how it stands with it
    left: tuple[str, ...] = ()  # send requests that a message of the space tells of


def lost(history: Sequence[Event], remains: Remains) -> list[str]:
    """No acknowledged mutation is lost. What a server that is set back no longer knows is offered
    again, but by who is taken out of the space before they could: it is refused, and `vanished`
    asks that they see so. With a conversation of theirs goes what others did to it."""
    there = effects(remains.server)
    owed: dict[str, Event] = {}  # by mark
    unknown: dict[str, Event] = {}  # those of a server set back, until they are accepted anew
    refused: set[str] = set()
    out: set[tuple[str, str]] = set()  # scope, client
    for e in history:
        if (e.f, e.type) == ("send", "ok") and e.mark:
            owed[e.mark] = e
            unknown.pop(e.mark, None)
            refused.discard(e.mark)
        elif (e.f, e.type, e.act) == ("send", "ok", "seat.taken"):
            out.add((e.scope, e.whom))
        elif (e.f, e.type, e.act) == ("do", "invoke", "seat.given"):
            out.discard((e.scope, e.whom))
        elif e.f == "fault" and "restore" in e.what:
            unknown = dict(owed)
        refused |= {mark for mark, each in unknown.items() if (each.scope, each.who) in out}
    return [
        f"lost: {e.act} {e.mark} of {e.who}, acknowledged as {e.mid}"
        for e in owed.values()
        if e.mark not in there and not {e.mark, e.id} & refused
    ]


def effects(server: dict[str, Scope]) -> set[str]:
    """Return the marks of all that was ever accepted and is there: entities, labels."""
    found: set[str] = set()
    for scope in server.values():
        for row in scope.rows:
            found.add(row.id)
            found |= {str(each) for each in row.h.get("labels", ())}
    return found


def doubled(history: Sequence[Event], remains: Remains) -> list[str]:
    """Each (device, mid) has at most one effect, and is answered the same each time."""
    wrong = []
    told: dict[tuple[str, int], tuple[str, str, str]] = {}
    for e in history:
        if e.f == "fault" and "restore" in e.what:
            told.clear()  # numbers begin anew from what the backup knows
        if e.f != "send" or e.type not in ("ok", "fail") or not e.mid:
            continue
        answer = (e.mark, e.type, e.what)
        if told.setdefault((e.device, e.mid), answer) != answer:
            wrong.append(f"doubled: number {e.mid} of {e.who} was answered otherwise before")
    for name, scope in remains.server.items():
        made = Counter((r.t, r.id) for r in scope.records if r.act in MAKING)
        wrong += [f"doubled: {t} {id_} was made {n} times in {name}"
                  for (t, id_), n in made.items() if n > 1]  # fmt: skip
        set_ = Counter(
            (r.id, str(label))
            for r in scope.records
            if r.act == "conversation.labelled"
            for label in (r.details or {}).get("labels+", ())
        )
        wrong += [f"doubled: {label} was set {n} times" for (_, label), n in set_.items() if n > 1]
    return wrong


def unrecorded(history: Sequence[Event], remains: Remains) -> list[str]:
    """Each accepted mutation has its one record, and the chain holds."""
    wrong = []
    for name, scope in remains.server.items():
        head, broken = verified(Head(), name, scope.records)
        if broken or head != scope.trail:
            wrong.append(f"unrecorded: the chain of {name} breaks at {broken or head.n}")
        changes = Counter((r.t, r.id) for r in scope.records if r.seq)
        wrong += [
            f"unrecorded: {row.t} {row.id} was changed {row.v} times in {name},"
            f" and {changes[row.t, row.id]} records tell of it"
            for row in scope.rows
            if row.t not in ("scope", "ckpt") and changes[row.t, row.id] != row.v
        ]
    return wrong


def disordered(history: Sequence[Event], remains: Remains) -> list[str]:
    """All readers see one order: a place holds one version, and versions only grow along it."""
    wrong = []
    places: dict[tuple[str, str, int], tuple[str, str, int]] = {}
    versions: dict[tuple[str, str, str, str], set[tuple[int, int]]] = {}
    for e in history:
        if e.f != "read":
            continue
        for seq, t, id_, v in e.rows:
            if places.setdefault((e.scope, e.e, seq), (t, id_, v)) != (t, id_, v):
                wrong.append(f"disordered: {e.who} read something else at {seq} of {e.scope}")
            versions.setdefault((e.scope, e.e, t, id_), set()).add((seq, v))
    for (scope, _, t, id_), seen in versions.items():
        along = [v for _, v in sorted(seen)]
        if along != sorted(set(along)):
            wrong.append(f"disordered: versions of {t} {id_} in {scope} do not grow with its place")
    return wrong


def unequal(history: Sequence[Event], remains: Remains) -> list[str]:
    """After healing every replica has the server's rows, opened, and shows what follows of them."""
    wrong = []
    for name, scope in remains.server.items():
        bodies: dict[Key, str] = {}
        for who in sorted(scope.readers):
            replica = remains.clients[who]
            for row in scope.rows:
                line = replica.rows.get((name, row.t, row.id))
                if line is None:
                    continue  # `incomplete` says so
                if (line.op, line.seq, line.v, line.h) != (row.op, row.seq, row.v, row.h):
                    wrong.append(f"unequal: {row.t} {row.id} of {name} is another one at {who}")
                if row.b and (line.trouble or not line.body):
                    wrong.append(f"unequal: {row.t} {row.id} of {name} does not open at {who}")
                if bodies.setdefault((name, row.t, row.id), line.body) != line.body:
                    wrong.append(f"unequal: {row.t} {row.id} says something else at {who}")
        views = {msgspec.json.encode(remains.clients[w].shown.get(name)) for w in scope.readers}
        if len(views) > 1:
            wrong.append(f"unequal: {name} is not shown the same to all")
    wrong += [
        f"unequal: {who} sees something else than on a new device"
        for who, replica in remains.clients.items()
        if replica.mine != replica.anew
    ]
    return wrong


def incomplete(history: Sequence[Event], remains: Remains) -> list[str]:
    """A granted scope becomes complete, and holds nothing else."""
    wrong = []
    for name, scope in remains.server.items():
        kept = [(row.op, row.t, row.id, row.v) for row in scope.rows]
        if (sums.as_text(of_rows(scope.rows)), len(kept)) != (scope.sum, scope.count):
            wrong.append(f"incomplete: the server's own sum of {name} is wrong")
        there = {(name, row.t, row.id) for row in scope.rows}
        for who in sorted(scope.readers):
            have = {key for key in remains.clients[who].rows if key[0] == name}
            if there - have:
                wrong.append(f"incomplete: {who} misses {len(there - have)} rows of {name}")
            if have - there:
                wrong.append(f"incomplete: {who} has {len(have - there)} rows too many of {name}")
    return wrong


def leaked(history: Sequence[Event], remains: Remains) -> list[str]:
    """Nothing of a scope reaches who was taken out of it, and nothing of it stays there.

    A removal counts from the moment it was answered to the moment the server was asked for what
    undoes it, and that is only what the server then put behind it: the two may be on their way at
    once, and be offered again together after a restore. Rows that were in the line before, and lie
    before it in the order, are none of it, nor are files that were asked for before.
    """
    wrong = []
    out: dict[tuple[str, str], int] = {}  # (scope, client) → place of the removal
    back: dict[tuple[str, str], float] = {}  # → of the last seat that the server was asked for
    asked: dict[tuple[str, str], bool] = {}  # (client, id of what has the file) → in time
    for e, given in zip(history, _places(history), strict=True):
        seat, reader = (e.scope, e.whom), (e.scope, e.who)
        gone = out.get(reader, 0)
        since = gone if gone > back.get(reader, 0) else 0
        if e.f == "fault" and "restore" in e.what:
            out.clear()  # it may be undone by that, until it is offered again
            back.clear()
        elif (e.f, e.type, e.act) == ("send", "ok", "seat.taken"):
            out[seat] = max(out.get(seat, 0), e.seq)
        elif (e.f, e.type, e.act) == ("send", "invoke", "seat.given"):
            back[seat] = max(back.get(seat, 0), given)
        elif e.f == "read" and since:
            late = [row for row in e.rows if row[0] >= since]
            if late:
                wrong.append(f"leaked: {e.who} read {len(late)} rows of {e.scope} after removal")
        elif e.f == "file" and e.type == "invoke":
            asked[e.who, e.id] = not since
        elif e.f == "file" and since and not asked.get((e.who, e.id)):
            wrong.append(f"leaked: {e.who} read a file of {e.scope} after removal")
    for name, scope in remains.server.items():
        for who, replica in remains.clients.items():
            kept = any(key[0] == name for key in replica.rows) or name in replica.mine
            if who not in scope.readers and kept:
                wrong.append(f"leaked: {who} still holds rows of {name}")
    return wrong


def _places(history: Sequence[Event]) -> list[float]:
    """Return for each event the place that its mutation got in the end from the server as it was
    until it was set back: 0 if it was refused, and infinity if nobody knows."""
    found: list[float] = []
    later: dict[tuple[str, int], float] = {}
    for e in reversed(history):
        if e.f == "fault" and "restore" in e.what:
            later.clear()
        elif e.f == "send" and e.type in ("ok", "fail"):
            later[e.device, e.mid] = e.seq if e.type == "ok" else 0
        found.append(later.get((e.device, e.mid), inf))
    return found[::-1]


def vanished(history: Sequence[Event], remains: Remains) -> list[str]:
    """What was done is accepted, or refused and shown, or still waits: never simply gone."""
    there = effects(remains.server)
    return [
        f"vanished: {e.act} {e.mark} of {e.who}"
        for e in history
        if (e.f, e.type) == ("do", "ok")
        and e.mark
        and e.mark not in there
        and remains.clients[e.who].pending.get(e.pending, "done") in ("done", "ok")
    ]


def mailed(history: Sequence[Event], remains: Remains) -> list[str]:
    """One mail is one message."""
    wrong = [f"mailed: {n} messages for the mail {mail}"
             for mail, n in Counter(remains.messages).items() if n > 1]  # fmt: skip
    wrong += [f"mailed: no message for {mail}"
              for mail in sorted(set(remains.mails) - set(remains.messages))]  # fmt: skip
    wrong += [f"mailed: a message for {mail}, which never came"
              for mail in sorted(set(remains.messages) - set(remains.mails))]  # fmt: skip
    return wrong


_TIMES = {"sent": {1}, "failed": {0}, "cancelled": {0}, "uncertain": {0, 1}}


def sent(history: Sequence[Event], remains: Remains) -> list[str]:
    """A send request is taken by the SMTP server at most once, and what is said of it is so."""
    taken, left = Counter(remains.sends), Counter(remains.left)
    wrong = [f"sent: {send} was sent {n} times" for send, n in taken.items() if n > 1]
    for send, state in remains.asked:
        if taken[send] not in _TIMES.get(state, set()):
            wrong.append(f"sent: {send} is said to be {state}, and was sent {taken[send]} times")
        if left[send] != (state == "sent"):
            wrong.append(f"sent: {left[send]} messages tell of {send}, which is {state}")
    return wrong


Rule = Callable[[Sequence[Event], Remains], list[str]]
RULES: tuple[Rule, ...] = (
    lost, doubled, unrecorded, disordered, unequal, incomplete, leaked, vanished, mailed, sent,
)  # fmt: skip


def all_of(history: Iterable[Event], remains: Remains) -> list[str]:
    events = list(history)
    return [words for rule in RULES for words in rule(events, remains)]
