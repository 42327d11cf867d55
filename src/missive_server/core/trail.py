"""Records of the audit trail: of accepted mutations, and of reads and logins that are noted."""

from __future__ import annotations

from missive_server.core.values import Caller, ScopeState
from missive_wire.chain import Record, appended
from missive_wire.entities import Header
from missive_wire.mutation import Mutation

# Long, of no use to people, and bound by signatures of their own.
_BULKY = {"keys", "cert", "sig", "back", "confirm", "auth", "welcome"}


def of_mutation(caller: Caller, mutation: Mutation, seq: int, at: int) -> Record:
    details = {name: value for name, value in mutation.h.items() if name not in _BULKY}
    return noted(caller, mutation.act, at, mutation.t, mutation.id, details or None, seq)


def noted(
    caller: Caller,
    act: str,
    at: int,
    t: str = "",
    target: str = "",
    details: Header | None = None,
    seq: int = 0,
) -> Record:
    """Return a record that is not in the chain yet."""
    return Record(
        n=0,
        at=at,
        by=caller.user,
        device=caller.device,
        act=act,
        h=b"",
        d=b"",
        t=t,
        id=target,
        seq=seq,
        details=details,
    )


def recorded(state: ScopeState, record: Record, salt: bytes) -> Record:
    """Chain a record to the scope's trail, whose head moves; `salt` is 16 random bytes."""
    chained = appended(state.head, state.id, record, salt)
    state.audit_n, state.audit_h = chained.n, chained.h
    return chained
