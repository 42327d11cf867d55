"""What is known about addresses of links, read from its table once and asked often.

Which parameters only report, which addresses are left alone, who only leads on, what frauds
imitate.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from missive_desktop.content import domains


class Names(NamedTuple):
    """Names in lower case, whole or (written with `*`) by their beginning."""

    whole: frozenset[str]
    beginnings: tuple[str, ...]

    def has(self, name: str) -> bool:
        return name in self.whole or name.startswith(self.beginnings)


class Redirector(NamedTuple):
    """Somebody who only leads on. `form` says how the target is written; "" is a parameter."""

    name: str
    paths: tuple[str, ...]
    parameters: tuple[str, ...]
    form: str
    app: bool = False  # leads into an app, and to the target only those who do not have it


class Rules(NamedTuple):
    """The whole table."""

    reporting: Names
    reporting_at: Mapping[str, Names]
    kept_words: frozenset[str]
    kept_segments: frozenset[str]  # these count as a whole segment only
    verbs: frozenset[str]
    kept_labels: frozenset[str]
    typed: frozenset[str]  # words of addresses where secrets are typed
    signed: Names
    signed_at: Mapping[str, Names]
    redirectors: Mapping[str, tuple[Redirector, ...]]
    leaving: frozenset[str]  # last parts of paths that many sites lead on from
    shorteners: frozenset[str]
    imitated: tuple[str, ...]
    owners: Mapping[str, int]
    dangerous: frozenset[str]


_NO_NAMES = Names(frozenset(), ())
NONE = Rules(
    _NO_NAMES, {}, frozenset(), frozenset(), frozenset(), frozenset(), frozenset(), _NO_NAMES, {},
    {}, frozenset(), frozenset(), (), {}, frozenset(),
)  # fmt: skip


def rules(text: str) -> Rules:
    """Read the table from TOML."""
    given = tomllib.loads(text)
    cut, kept = given["cut"], given["kept"]
    weak = frozenset(kept["weak"])
    return Rules(
        reporting=_names(cut["general"]),
        reporting_at={host: _names(names) for host, names in cut["hosts"].items()},
        kept_words=frozenset(kept["words"]) - weak,
        kept_segments=weak,
        verbs=frozenset(kept["verbs"]),
        kept_labels=frozenset(kept["hosts"]),
        typed=frozenset(kept["typed"]),
        signed=_names(kept["signed"]),
        signed_at={host: _names(names) for host, names in kept["signed_hosts"].items()},
        redirectors=_redirectors(given["redirector"]),
        leaving=frozenset(given["leaving"]["pages"]),
        shorteners=frozenset(given["shorteners"]["hosts"]),
        imitated=tuple(given["imitated"]["hosts"]),
        owners={host: at for at, group in enumerate(given["same"]["groups"]) for host in group},
        dangerous=frozenset(given["files"]["dangerous"]),
    )


def _redirectors(entries: Iterable[Mapping[str, Any]]) -> dict[str, tuple[Redirector, ...]]:
    found: dict[str, tuple[Redirector, ...]] = {}
    for entry in entries:
        one = Redirector(
            entry["name"],
            tuple(entry.get("path", ())),
            tuple(name.lower() for name in entry.get("in", ())),
            entry.get("as", ""),
            entry.get("app", False),
        )
        for host in entry["hosts"]:
            found[host] = (*found.get(host, ()), one)
    return found


def _names(names: Iterable[str]) -> Names:
    lowered = [name.lower() for name in names]
    return Names(
        frozenset(name for name in lowered if not name.endswith("*")),
        tuple(name.removesuffix("*") for name in lowered if name.endswith("*")),
    )


@lru_cache(maxsize=4096)
def spots(host: str) -> tuple[str, ...]:
    """Return the keys under which a table may know a host, nearest first: itself, what is above
    it, and `name.*` for its name under any public suffix."""
    labels = host.split(".")[-12:]
    above = [".".join(labels[at:]) for at in range(max(1, len(labels) - 1))]
    owner = domains.registrable(host)
    name = owner.partition(".")[0]
    return (*above, f"{name}.*") if name != owner else tuple(above)


def owners_alike(one: str, other: str, known: Rules) -> bool:
    """Whether two hosts belong to one owner, by their registrable part or by the table."""
    if domains.same_owner(one, other):
        return True
    group = known.owners.get(domains.registrable(one))
    return group is not None and group == known.owners.get(domains.registrable(other))
