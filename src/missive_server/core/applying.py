"""A batch decided: each call in turn, each mutation exactly once, in the order of its device.

A call that fails leaves its neighbours alone. A mutation that is refused counts as answered too:
otherwise the outbox that sent it would be blocked for ever.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import msgspec

from missive_server.core.deciding import decide, role_in
from missive_server.core.state import State
from missive_server.core.values import Answer, Call, Caller, Known, Outcome, Snapshot
from missive_wire import limits
from missive_wire.codec import encode
from missive_wire.mutation import Mutation, Result


def apply(snapshot: Snapshot, calls: Sequence[Call], now: int, seed: bytes) -> Outcome:
    """Decide a batch. `seed`: 32 random bytes, for the salts of the trail; not kept."""
    state = State(snapshot, now, seed)
    for call in calls:
        state.outcome.answers.append(_answer(state, call))
    state.publish()
    return state.outcome


def digest(mutation: Mutation) -> bytes:
    """Return by what a repeated mutation is known to be the same."""
    return hashlib.sha256(encode(mutation)).digest()


def refused(state: State, caller: Caller) -> str:
    """Return the code for a caller who may not ask at all, or ""."""
    if caller.server:
        return ""
    if not caller.joining:
        if caller.session not in state.snapshot.sessions or state.end(caller):
            return "unauthorized"
        if not state.member(caller.org, caller.user):
            return "unauthorized"
    device = state.device(caller.device)
    if device is None or device.user != caller.user or device.org != caller.org:
        return "unauthorized"
    return "" if device.state == "approved" else "forbidden"


def _answer(state: State, call: Call) -> Answer:
    caller = call.caller
    refusal = refused(state, caller)
    if refusal:
        return Answer(refusal=refusal)
    if caller.server:
        return Answer(results=tuple(decide(state, caller, each) for each in call.muts))
    last = state.last_mid(caller.device)
    first = call.muts[0].mid if call.muts else last + 1
    in_order = all(each.mid == first + place for place, each in enumerate(call.muts))
    if not in_order or first > last + 1 or first < 1:
        return Answer(last_mid=last, refusal="gap")
    if len(call.muts) > limits.MUTATIONS:
        return Answer(last_mid=last, refusal="too_large")
    results = tuple(_once(state, caller, each) for each in call.muts)
    last = state.last_mid(caller.device)
    if call.ack:
        acked = max(state.outcome.acks.get(caller.device, 0), min(call.ack, last))
        state.outcome.acks[caller.device] = acked
    return Answer(last_mid=last, results=results)


def _once(state: State, caller: Caller, mutation: Mutation) -> Result:
    if mutation.mid <= state.last_mid(caller.device):
        return _repeated(state, caller, mutation)
    result = decide(state, caller, mutation)
    state.outcome.mids[caller.device] = mutation.mid
    kept = result if result.cur is None else msgspec.structs.replace(result, cur=None)
    state.outcome.known[caller.device, mutation.mid] = Known(digest(mutation), kept)
    return result


def _repeated(state: State, caller: Caller, mutation: Mutation) -> Result:
    """Give the same answer again; the row that is there now with it, if it may still be read."""
    known = state.known(caller.device, mutation.mid)
    if known is None:
        return Result(mutation.mid, "ok", why="answered before")
    if known.digest != digest(mutation):
        return Result(mutation.mid, "invalid", why="another mutation had this number")
    result = known.result
    if result.st == "conflict" and role_in(state, caller, mutation.scope):
        row = state.row((mutation.scope, mutation.t, mutation.id))
        result = msgspec.structs.replace(result, cur=row)
    return result
