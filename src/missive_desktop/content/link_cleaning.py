"""Addresses without what only reports who came from which mail; every other byte stays.

What signs in, resets, pays, shares, unsubscribes or is signed is left wholly alone: there a mark
may be what the link works by.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import unquote, unquote_plus

from missive_desktop.content.link_rules import Names, Rules, spots
from missive_desktop.content.web_address import WebAddress

MAX_PARTS = 500
MAX_SLUG = 4  # words: a longer segment is the title of a page, whatever words stand in it

_ENDINGS = ("html", "htm", "php", "aspx", "asp", "jsp", "do")
_WORDS = re.compile(r"[^\W_]+")
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")
_TOKEN = re.compile(r"=eyJ[\w-]{8,}\.[\w-]{4,}\.")  # a JSON Web Token (RFC 7519), whatever its name
# Some servers part parameters by semicolons: what follows one is not ours to cut.
_SECOND = re.compile(r";[^=&;]*=")


class Cleaned(NamedTuple):
    """An address and the names of what was cut from it."""

    address: WebAddress
    cut: tuple[str, ...]


def clean(address: WebAddress, known: Rules) -> Cleaned:
    """Cut what only reports."""
    if address.query is None and not address.fragment:
        return Cleaned(address, ())
    tables = [
        known.reporting_at[spot] for spot in spots(address.host) if spot in known.reporting_at
    ]
    query, cut = _without(address.query or "", (known.reporting, *tables))
    fragment, cut_behind = _fragment(address.fragment or "", known)
    names = cut + cut_behind
    if not names or is_left_alone(address, known):
        return Cleaned(address, ())
    if cut:
        address = address._replace(query=query)
    if cut_behind:
        address = address._replace(fragment=fragment)
    return Cleaned(address, names)


def is_left_alone(address: WebAddress, known: Rules) -> bool:
    """Whether nothing in this address may be touched."""
    return does_something(address, known) or _is_signed(address, known)


def does_something(address: WebAddress, known: Rules) -> bool:
    """Whether an address looks like one that signs in, resets, confirms, pays, unsubscribes."""
    if not known.kept_labels.isdisjoint(address.host.split(".")[:-1]):
        return True
    if any(_acts(segment, known) for segment in address.path.split("/")[:60] if segment):
        return True
    for part in _parts(address.query):
        name, value = _name(part), part.partition("=")[2]
        if name in known.verbs and _acts(unquote_plus(value), known):
            return True
        if _acts(name, known) if not value else not known.kept_words.isdisjoint(words(name)):
            return True
    route = address.fragment or ""
    if not route.startswith(("/", "!/")):
        return _acts(route, known)
    return any(_acts(segment, known) for segment in route.partition("?")[0].split("/")[:60])


def asks_for_secrets(address: WebAddress, known: Rules) -> bool:
    """Whether people are likely to type a password or a card's number there."""
    if not known.typed.isdisjoint(address.host.split(".")[:-1]):
        return True
    segments = address.path.split("/")[:60]
    return any(not known.typed.isdisjoint((*(w := words(s)), "".join(w))) for s in segments if s)


@lru_cache(maxsize=4096)
def words(segment: str) -> tuple[str, ...]:
    """Return the words of a part of a path, none for the title of a page."""
    found = _WORDS.findall(_HUMP.sub(" ", unquote(segment[:300])).lower())
    if len(found) > 1 and found[-1] in _ENDINGS:
        found.pop()
    return tuple(found) if len(found) <= MAX_SLUG else ()


def _acts(segment: str, known: Rules) -> bool:
    found = words(segment)
    joined = "".join(found)
    return (
        joined in known.kept_words
        or joined in known.kept_segments
        or any(word in known.kept_words for word in found)
    )


def _is_signed(address: WebAddress, known: Rules) -> bool:
    tables = [known.signed_at[spot] for spot in spots(address.host) if spot in known.signed_at]
    tables.append(known.signed)
    return any(
        _TOKEN.search(part) is not None or any(table.has(_name(part)) for table in tables)
        for part in _parts(address.query)
    )


def _without(text: str, tables: tuple[Names, ...]) -> tuple[str | None, tuple[str, ...]]:
    """Return parameters without those that only report (None for none at all) and their names."""
    kept: list[str] = []
    cut: list[str] = []
    parts = text.split("&")
    for part in parts:
        name = _name(part)
        reports = name and len(parts) <= MAX_PARTS and any(table.has(name) for table in tables)
        if reports and not _SECOND.search(part.removeprefix("amp;")):
            cut.append(unquote(part.removeprefix("amp;").partition("=")[0]))
        else:
            kept.append(part)
    if not cut:
        return text, ()
    return ("&".join(kept) if kept else None), tuple(dict.fromkeys(cut))


def _fragment(text: str, known: Rules) -> tuple[str | None, tuple[str, ...]]:
    """Cut in a fragment that is, or ends in, parameters: `#utm_source=x`, `#/page?utm_source=x`."""
    if "=" not in text:
        return text, ()
    place, asked, query = text.partition("?")
    if not asked:
        return _without(text, (known.reporting,))
    kept, cut = _without(query, (known.reporting,))
    if not cut:
        return text, ()
    whole = place if kept is None else f"{place}?{kept}"
    return whole or None, cut


def _parts(query: str | None) -> list[str]:
    return query.split("&")[:MAX_PARTS] if query else []


def _name(part: str) -> str:
    """Return the name of a parameter; `&amp;` written where `&` was meant leaves its rest."""
    name = part.partition("=")[0].removeprefix("amp;").lower()
    return unquote(name).lower() if "%" in name else name
