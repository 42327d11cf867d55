"""The table of vendors: whose address this is, and what it learns.

A pattern is a path that starts like this ("/wf/open"), `*` standing for anything; before its first
slash may stand the host it belongs to ("click.*/open"). Knows nothing of mail.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

_SHORT = 4  # characters of a path that says little: "/c/", "/o/", "/"
_ODD = frozenset("&\\#\t\n\r\f\v ")
_PLAIN = re.compile(
    r"[^?]*\.(?:png|jpe?g|webp|svg|avif|ico)(?:\?(?:(?:v|ver|w|h|q|s|width|height)=[\w.]{0,20}&?)*)?",
    re.IGNORECASE,
)


class Pattern(NamedTuple):
    """A pattern taken apart at its stars; `host` is empty where any will do.

    A `loose` one is so short that ordinary pictures and links begin alike.
    """

    host: tuple[str, ...]
    path: tuple[str, ...]
    loose: bool


class Vendor(NamedTuple):
    """Who it is. `open` says that it was read, `click` that a link was followed."""

    name: str
    learns: str
    open: tuple[Pattern, ...]
    click: tuple[Pattern, ...]


class _Starts(NamedTuple):
    """How the patterns with one first segment begin, in lower case, and all that these begin with.

    A path that is written with entities may go on as a pattern does from any place.
    """

    whole: tuple[str, ...]
    heads: frozenset[str]


class Table:
    """The vendors, ready to be asked by host and by what gives them away on any host."""

    def __init__(
        self, vendors: Iterable[tuple[Vendor, Sequence[str], Sequence[str]]], version: int
    ) -> None:
        """Take vendors, each with its hosts and its `distinct` patterns."""
        self.version = version
        self.vendors: dict[str, Vendor] = {}
        self.hosts: dict[str, Vendor] = {}
        self._distinct: dict[str, list[tuple[Pattern, Vendor]]] = {}
        self._starts: dict[str, _Starts] = {}
        self._asked: dict[str, Vendor | None] = {}
        for vendor, hosts, distinct in vendors:
            self.vendors[vendor.name] = vendor
            self.hosts.update(dict.fromkeys(hosts, vendor))
            for written in distinct:
                made = pattern(written)
                self._distinct.setdefault(_first(made.path[0]), []).append((made, vendor))
        for first, patterns in self._distinct.items():
            before = self._starts.get(first.lower(), _Starts((), frozenset()))
            low = {made.path[0].lower() for made, _ in patterns}
            heads = {start[:end] for start in low for end in range(len(start) + 1)}
            self._starts[first.lower()] = _Starts((*before.whole, *low), before.heads | heads)

    def at(self, host: str) -> Vendor | None:
        """Return whose host this is, itself or one above it."""
        try:
            return self._asked[host]
        except KeyError:
            pass
        found, name = None, host
        while found is None and "." in name:
            found = self.hosts.get(name)
            name = name.partition(".")[2]
        if len(self._asked) > 10_000:  # hosts of hostile mail: no end to them
            self._asked.clear()
        self._asked[host] = found
        return found

    def is_known(self, host: str, first: str) -> bool:
        """Whether anybody may be behind a host or the first segment of a path: quick."""
        return first in self._distinct or self.at(host) is not None

    def may_know(self, places: Sequence[tuple[str, str, str, str]]) -> bool:
        """Whether anybody may be behind one of many addresses, as written but in lower case.

        Each is anything, a host, a path with all that follows up to the first character that may
        stand for another, and its first segment. Most are decided by the host and the segment.
        """
        if any(self.at(host.rstrip(".")) is not None for host in {place[1] for place in places}):
            return True
        for _, _, path, first in places:
            starts = self._starts.get(first)
            if starts is not None and (
                path.startswith(starts.whole) or (path[-1] in _ODD and path[:-1] in starts.heads)
            ):
                return True
        return False

    def counter(self, host: str, path: str) -> Vendor | None:
        """Return who counts openings at an address; `path` is all that follows the host."""
        vendor = self.at(host)
        if vendor is not None:
            for made in vendor.open:
                if fits(made, host, path) and not (made.loose and _PLAIN.fullmatch(path)):
                    return vendor
        return self._given_away(host, path)

    def redirector(self, host: str, path: str) -> Vendor | None:
        """Return who counts the click before a link leads on."""
        vendor = self.at(host)
        if vendor is not None:
            for made in vendor.click:
                loose = made.loose and _is_name(path[len(made.path[0]) :])
                if not loose and fits(made, host, path):
                    return vendor
            return None
        return self._given_away(host, path)

    def _given_away(self, host: str, path: str) -> Vendor | None:
        """Return who is given away by the path alone, behind the host of a sender."""
        for made, vendor in self._distinct.get(_first(path), ()):
            if fits(made, host, path):
                return vendor
        return None

    def learns(self, vendor: str) -> str:
        """Say in plain words what a vendor would learn; nothing when it is not known."""
        known = self.vendors.get(vendor)
        return known.learns if known is not None else ""


EMPTY = Table((), 0)


def table(text: str) -> Table:
    """Read the table from TOML."""
    read: Mapping[str, Any] = tomllib.loads(text)
    words: Mapping[str, str] = read.get("learns", {})
    return Table(
        (
            (
                Vendor(
                    entry["name"],
                    words.get(entry.get("learns", ""), ""),
                    tuple(map(pattern, entry.get("open", ()))),
                    tuple(map(pattern, entry.get("click", ()))),
                ),
                entry.get("hosts", ()),
                entry.get("distinct", ()),
            )
            for entry in read["vendor"]
        ),
        read.get("version", 1),
    )


def pattern(text: str) -> Pattern:
    """Take a written pattern apart."""
    host, slash, rest = text.partition("/")
    parts = tuple((slash + rest).split("*"))
    loose = len(parts) == 1 and len(parts[0]) <= _SHORT
    return Pattern(tuple(host.split("*")) if host else (), parts, loose)


def fits(made: Pattern, host: str, path: str) -> bool:
    """Whether an address, its path with all that follows, is of a pattern."""
    if not path.startswith(made.path[0]):
        return False
    position = len(made.path[0])
    for part in made.path[1:]:
        position = path.find(part, position)
        if position < 0:
            return False
        position += len(part)
    return not made.host or _is_host(made.host, host)


def _is_host(wanted: tuple[str, ...], host: str) -> bool:
    """Whether a host is the wanted one or below it; a star may stand for any of its ends."""
    if len(wanted) == 1:
        return host == wanted[0] or host.endswith("." + wanted[0])
    name = host
    while name:
        if name.startswith(wanted[0]) and _follow(wanted, name):
            return True
        name = name.partition(".")[2]
    return False


def _follow(wanted: tuple[str, ...], name: str) -> bool:
    position = 0
    for part in wanted[:-1]:
        position = name.find(part, position)
        if position < 0:
            return False
        position += len(part)
    return name.endswith(wanted[-1], position)


def _is_name(rest: str) -> bool:
    """Whether what follows a short folder is a name that people read, or nothing: no token."""
    return not rest or (rest.islower() and rest.replace("-", "").replace("/", "").isalpha())


def _first(path: str) -> str:
    """Return the first segment of a path."""
    return path[1:].partition("/")[0].partition("?")[0]
