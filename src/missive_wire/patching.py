"""How a patch changes a header: the same on the server and in what a client shows meanwhile.

A field that is named replaces, null removes it. `"labels+"` adds to a list and `"labels-"` takes
away, so that two people who label at once both have their way.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from missive_wire.entities import Header


def patched(h: Header, delta: Header) -> Header:
    """Return the header after the patch; neither is changed. What is taken away goes first."""
    result = dict(h)
    for name, value in delta.items():
        if name[-1:] in ("+", "-"):
            continue
        if value is None:
            result.pop(name, None)
        else:
            result[name] = value
    for name in {field(each): None for each in delta if each[-1:] in ("+", "-")}:
        gone = set(_texts(delta.get(f"{name}-")))
        kept = [each for each in _texts(result.get(name)) if each not in gone]
        result[name] = list(dict.fromkeys([*kept, *_texts(delta.get(f"{name}+"))]))
    return result


def field(name: str) -> str:
    """Return the field that a name in a patch is about."""
    return name[:-1] if name[-1:] in ("+", "-") else name


def fields(delta: Header) -> frozenset[str]:
    """Return the fields that a patch changes."""
    return frozenset(field(name) for name in delta)


def _texts(value: Any) -> Iterable[str]:
    """What is no list of texts counts as empty: `headers` refuses it before it gets here."""
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []
