"""Media queries of a mail: those about its width and about the dark stay.

The reader chooses light or dark for each mail, whatever the desktop has: so a question for the
dark is put to a custom property that the page sets on the mail's box.
"""

from __future__ import annotations

import re

PROPERTY = "--mv-scheme"

_FEATURE = re.compile(
    r"\(\s*(?:(?:min-|max-)?(?:device-)?(?:width|height|aspect-ratio)|orientation)\s*"
    r"(?::\s*[\w.%/ ]{1,20})?\s*\)|\(\s*[\w.]{0,12}\s*[<>]=?\s*(?:width|height)\s*"
    r"(?:[<>]=?\s*[\w.]{1,12}\s*)?\)|\(\s*(?:width|height)\s*[<>]=?\s*[\w.]{1,12}\s*\)",
    re.ASCII,
)
_SCHEME = re.compile(r"\(\s*prefers-color-scheme\s*:\s*(dark|light)\s*\)")
_CONTAINER = re.compile(rf"\s*style\(\s*{PROPERTY}\s*:\s*(dark|light)\s*\)\s*")
_TYPES = frozenset(("all", "screen"))
MAX_QUERY = 300


def wrapped(query: str, css: str) -> str:
    """Put rules into a media query, as it may stand; "" when they can never apply here."""
    if len(query) > MAX_QUERY:
        return ""
    plain: list[str] = []
    schemed: dict[str, list[str]] = {}
    for part in query.lower().split(","):
        conditions, scheme = _part(part)
        if conditions is None:
            continue
        (schemed.setdefault(scheme, []) if scheme else plain).append(" and ".join(conditions))
    out: list[str] = []
    if plain:
        out.append(_media(plain, css))
    for scheme, parts in schemed.items():
        inner = _media(parts, css)
        out.append(f"@container style({PROPERTY}: {scheme}) {{ {inner} }}")
    return "\n".join(out)


def container(condition: str, css: str) -> str:
    """Put rules into the one container query that there is: our own, from an earlier pass."""
    found = _CONTAINER.fullmatch(condition)
    if found is None:
        return ""
    return f"@container style({PROPERTY}: {found[1]}) {{ {css} }}"


def asks_dark(query: str) -> bool:
    """Whether a query is about the dark."""
    lowered = query.lower()
    return any(
        found is not None and found[1] == "dark"
        for found in (_SCHEME.search(lowered), _CONTAINER.fullmatch(lowered))
    )


def _media(parts: list[str], css: str) -> str:
    if "" in parts:  # one of them always holds
        return css
    return f"@media {', '.join(parts)} {{ {css} }}"


def _part(text: str) -> tuple[list[str] | None, str]:
    """Return the conditions of one query and the scheme it asks for; no conditions: drop it."""
    words = text.strip()
    if words.startswith("only "):
        words = words[5:].strip()
    conditions: list[str] = []
    scheme = ""
    for number, piece in enumerate(re.split(r"\s+and\s+", words)):
        piece = piece.strip()
        asked = _SCHEME.fullmatch(piece)
        if asked:
            if scheme and scheme != asked[1]:
                return None, ""
            scheme = asked[1]
        elif _FEATURE.fullmatch(piece):
            conditions.append(" ".join(piece.split()))
        elif number or piece not in _TYPES:
            return None, ""
    return conditions, scheme
