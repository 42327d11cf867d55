"""One mutation: is it sense, may this caller do it, does it fit what is there? Then it is done."""

from __future__ import annotations

from typing import NamedTuple

from missive_server.core import effects, structure
from missive_server.core.state import State
from missive_server.core.trail import of_mutation
from missive_server.core.values import Caller, new_scope
from missive_wire import headers, limits, rules
from missive_wire.entities import Header, Row, Type
from missive_wire.ids import is_id, split_scope
from missive_wire.mutation import Mutation, Result, Status
from missive_wire.patching import patched

_KEPT = ("conv", "user")  # of a header, when the entity is deleted
NAMES_BLOBS = (Type.MESSAGE, Type.SEND, Type.COMMENT)


class _No(NamedTuple):
    """Why not. `cur` goes along where the caller needs the row to try again."""

    st: Status
    why: str = ""
    cur: Row | None = None


def decide(state: State, caller: Caller, mutation: Mutation) -> Result:
    no = _shape(mutation)
    if no is None:
        row = state.row((mutation.scope, mutation.t, mutation.id))
        live = row if row is not None and row.op == "put" else None
        no = _permission(state, caller, mutation, live) or _fit(state, caller, mutation, row, live)
        if no is None:
            header = _header(mutation, live)
            no = _content(state, caller, mutation, header, row)
            if no is None:
                return _done(state, caller, mutation, header, row)
    return Result(mutation.mid, no.st, why=no.why, cur=no.cur)


def role_in(state: State, caller: Caller, scope: str) -> str:
    """Return the role that a caller has in a scope; "" is: may not read it."""
    found = state.scope(scope)
    if found is None or found.org != caller.org:
        return ""
    role = state.member(caller.org, caller.user)
    access = state.access(scope, caller.user)
    if not role or access is None:
        return ""
    if scope[0] == "u":
        return "owner" if scope[2:] == caller.user else ""
    return rules.effective(role, access.role)


def _shape(mutation: Mutation) -> _No | None:
    try:
        split_scope(mutation.scope)
    except ValueError:
        return _No("invalid", "no such scope")
    if not is_id(mutation.id):
        return _No("invalid", "no such id")
    if not headers.belongs(mutation.t, mutation.scope):
        return _No("invalid", "no such type here")
    if len(mutation.b) > limits.BODY:
        return _No("invalid", "too large")
    if bool(mutation.b) != bool(mutation.bv) or bool(mutation.b) != bool(mutation.k):
        return _No("invalid", "a body has a key and a version")
    why = rules.sensible(mutation) or (
        headers.wrong_patch(mutation.h) if mutation.op == "patch" else ""
    )
    return _No("invalid", why) if why else None


def _permission(state: State, caller: Caller, mutation: Mutation, live: Row | None) -> _No | None:
    found = state.scope(mutation.scope)
    if found is None:
        if not structure.founds(caller, mutation):
            return _No("denied", "not for you")
        state.begin(new_scope(mutation.scope, caller.org, state.fresh_epoch(), 0))
    elif found.org != caller.org:  # whatever an invitation promised there
        return _No("denied", "not for you")
    if caller.server:
        return None
    if caller.joining and structure.comes_in(caller, mutation):
        return None
    role = role_in(state, caller, mutation.scope)
    if mutation.t == Type.SEAT:
        role = structure.role_for_seats(state, caller, mutation.scope, role)
    if not role:
        return _No("denied", "not for you")
    why = rules.allowed(role, mutation, live, caller.user)
    return _No("denied", why) if why else None


def _fit(
    state: State, caller: Caller, mutation: Mutation, row: Row | None, live: Row | None
) -> _No | None:
    if mutation.fence:
        lease = state.snapshot.leases.get(mutation.scope)
        if lease != (caller.device, mutation.fence):
            return _No("stale")
    if live is None and mutation.op != "put":
        return _No("gone", cur=row)
    if live is not None and rules.makes(mutation):
        return _No("conflict", "it is there already", row)
    if live is None and mutation.op == "put" and not caller.joining:
        most = limits.MOST.get(mutation.t)
        if most is not None and state.count(mutation.scope, mutation.t) >= most:
            return _No("denied", "too many of them")
    if live is not None and not rules.follows(mutation, live):
        return _No("conflict", cur=row)
    for name, value in (mutation.pre or {}).items():
        if name == "v":
            holds = value == (row.v if row else 0)
        else:
            holds = (value or None) == ((live.h.get(name) if live else None) or None)
        if not holds:
            return _No("conflict", cur=row)
    return _body(state, mutation, row)


def _body(state: State, mutation: Mutation, row: Row | None) -> _No | None:
    if not mutation.b:
        return None
    scope = state.scope(mutation.scope)
    if scope is None or scope.rekey or mutation.k != scope.key_epoch:
        return _No("rekey")
    if mutation.bv != (row.bv if row else 0) + 1:
        return _No("conflict", cur=row)
    return None


def _header(mutation: Mutation, live: Row | None) -> Header:
    if mutation.op == "put" or live is None:
        return mutation.h
    if mutation.op == "patch":
        return patched(live.h, mutation.h)
    if mutation.op == "del":
        return {name: live.h[name] for name in _KEPT if name in live.h} | mutation.h
    return live.h


def _content(
    state: State, caller: Caller, mutation: Mutation, header: Header, row: Row | None
) -> _No | None:
    if mutation.op in ("put", "patch"):
        why = headers.wrong(mutation.t, header)
    else:
        why = headers.wrong("", mutation.h)
    if not why and mutation.t in NAMES_BLOBS and mutation.op != "del":
        blob = mutation.h.get("blob")
        if blob and (mutation.scope, blob) not in state.snapshot.blobs:
            why = "no such blob"
    if why:
        return _No("invalid", why)
    found = structure.refused(state, caller, mutation, header, row)
    return _No(*found, cur=row if found[0] == "conflict" else None) if found else None


def _done(
    state: State, caller: Caller, mutation: Mutation, header: Header, row: Row | None
) -> Result:
    if mutation.op == "note":
        state.record(mutation.scope, of_mutation(caller, mutation, 0, state.now(mutation.scope)))
        return Result(mutation.mid, "ok", v=row.v if row else 0)
    before = _places(state) if mutation.t in effects.TYPES else {}
    placed = state.put(mutation.scope, _row(caller, mutation, header, row))
    seqs = {mutation.scope: placed.seq}
    if mutation.t in effects.TYPES:
        effects.follow(state, caller, mutation, placed)
        now = _places(state)
        seqs = {name: seq for name, seq in now.items() if seq != before.get(name, 0)}
    _blobs(state, mutation, placed, row)
    if mutation.t != Type.CHECKPOINT:
        state.record(mutation.scope, of_mutation(caller, mutation, placed.seq, placed.at))
    return Result(mutation.mid, "ok", v=placed.v, seqs=seqs)


def _places(state: State) -> dict[str, int]:
    """Return where each scope is that the batch knows."""
    known = state.snapshot.scopes | state.outcome.scopes
    return {name: scope.seq for name, scope in known.items()}


def _row(caller: Caller, mutation: Mutation, header: Header, row: Row | None) -> Row:
    """Return the entity as it is from now on; `put` gives it its place and time."""
    live = row is not None and row.op == "put"
    keeps = live and mutation.op != "del" and not mutation.b
    return Row(
        op="del" if mutation.op == "del" else "put",
        seq=0,
        t=mutation.t,
        id=mutation.id,
        v=(row.v if row else 0) + 1,
        h=header,
        k=row.k if row and keeps else mutation.k,
        b=row.b if row and keeps else mutation.b,
        bv=mutation.bv or (row.bv if row else 0),
        own=row.own if row and (live or mutation.op == "del") else caller.user,
        by=caller.user,
    )


def _blobs(state: State, mutation: Mutation, placed: Row, row: Row | None) -> None:
    """Tell the store what blob an entity names, where that changed."""
    was = row.h.get("blob", "") if row and row.op == "put" else ""
    now = placed.h.get("blob", "") if placed.op == "put" else ""
    if was != now and mutation.t in NAMES_BLOBS:
        state.outcome.blobs[mutation.scope, mutation.t, mutation.id] = now
