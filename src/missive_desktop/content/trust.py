"""Whose word counts: what the reader's own provider found out about a mail (RFC 8601 5 and 7.1).

Anybody can write an Authentication-Results field into a mail. One counts if the provider names
itself in it, it is the topmost, and no foreign server wrote a Received field above it. Where a
provider writes a field for each method, those that follow at once, in the same name, count for what
is still open.
"""

from __future__ import annotations

from typing import NamedTuple

from missive_desktop.content import domains
from missive_desktop.domain.sender import Facts, Method, Trace

_CORE = frozenset({"arc", "compauth", "dkim", "dmarc", "spf"})
# Ends of names that no one can own: machines behind the provider's door.
_INSIDE = frozenset(
    {"arpa", "corp", "home", "intern", "internal", "intra", "invalid", "lan", "local"}
    | {"localdomain", "localhost", "private"}
)


class Trust(NamedTuple):
    """The reader's provider, by the names that it gives itself."""

    ids: tuple[str, ...] = ()  # authserv-ids, or what they end in
    hosts: frozenset[str] = frozenset()  # registrable domains of its machines
    nameless: bool = False  # it leaves the authserv-id out, as Exchange does
    proven: bool = True  # it is known to write such fields; else only words against a mail count


NOBODY = Trust()


def results(facts: Facts, trust: Trust) -> tuple[Method, ...]:
    """Return what the provider found out, the topmost word on each thing."""
    taken: dict[str, list[Method]] = {}
    for trace in believed(facts, trust):
        known = frozenset(taken)
        for method in trace.methods:
            if method.result == "pass" and not trust.proven:
                continue
            if method.name not in known:  # of one field, all: a mail may carry many signatures
                taken.setdefault(method.name, []).append(method)
    return tuple(method for methods in taken.values() for method in methods)


def believed(facts: Facts, trust: Trust) -> tuple[Trace, ...]:
    """Return the fields that the provider wrote, as far as that can be told."""
    if not trust.ids and not trust.nameless:
        return ()
    above = _above_strangers(facts.trace, trust)
    found: list[Trace] = []
    for trace in above:
        if trace.kind == "received" and found:
            break
        if trace.kind == "results" and _is_by(trace.host, trust):
            several = len(_CORE.intersection(method.name for method in trace.methods)) > 1
            if found and (several or trace.host != found[0].host):
                break  # it writes a field for each, in one name: this one is not its own
            found.append(trace)
            if several:
                break  # it says all in one field: what follows is not its own
    return tuple(found) or _sealed(above, trust)


def _above_strangers(trace: tuple[Trace, ...], trust: Trust) -> list[Trace]:
    """Return the fields above the first Received that another's server wrote."""
    found: list[Trace] = []
    for one in trace:
        if one.kind == "received" and _is_foreign(one.host, trust):
            break
        found.append(one)
    return found


def _is_foreign(host: str, trust: Trust) -> bool:
    if "." not in host or domains.is_ip(host) or host.rpartition(".")[2] in _INSIDE:
        return False
    return domains.registrable(host) not in trust.hosts and not _ends_in(host, trust.ids)


def _is_by(authserv: str, trust: Trust) -> bool:
    return _ends_in(authserv, trust.ids) if authserv else trust.nameless


def _ends_in(host: str, names: tuple[str, ...]) -> bool:
    return any(host == name or host.endswith(f".{name}") for name in names)


def _sealed(above: list[Trace], trust: Trust) -> tuple[Trace, ...]:
    """Some providers write what they found only into the seal that they put on a mail (ARC)."""
    for trace in above:
        if trace.kind == "sealed" and _is_by(trace.host, trust):
            owner = domains.registrable(trace.sealer)
            if owner in trust.hosts or _ends_in(owner, trust.ids):
                return (trace,)
    return ()
