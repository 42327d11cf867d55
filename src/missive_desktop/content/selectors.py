"""Selectors of a mail, written anew: names in the mail's own space, nothing that reaches outside.

What comes out is of one plain form that every parser reads alike. A selector that reads what a
reader or a form holds (attributes, visited links) is left out, the others beside it stay.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import tinycss2

from missive_desktop.content import naming

MAX_SELECTOR = 3_000
MAX_COMPOUNDS = 12
MAX_DEPTH = 2

# Elements that stand as another one in what is shown.
_STANDS_FOR = {
    "html": ".mv-html",
    "body": ".mv-body",
    "form": ".mv-form",
    "button": ".mv-button",
    "input": ".mv-input",
    "select": ".mv-select",
    "textarea": ".mv-textarea",
    "fieldset": ".mv-fieldset",
    "legend": ".mv-legend",
}
_PSEUDO_WORDS = (
    "hover active focus link any-link first-child last-child only-child first-of-type "
    "last-of-type only-of-type empty enabled disabled checked"
)
_PSEUDO = frozenset(_PSEUDO_WORDS.split())
_COUNTING = frozenset(("nth-child", "nth-last-child", "nth-of-type", "nth-last-of-type"))
_LISTING = frozenset(("not", "is", "where"))
_GENERATED = frozenset(("before", "after", "first-line", "first-letter"))
# Known to browsers, of no use or too curious here: the selector goes, its neighbours stay.
_CURIOUS_WORDS = (
    "visited target focus-within focus-visible read-only read-write required optional valid "
    "invalid in-range out-of-range placeholder-shown autofill default indeterminate has lang dir "
    "matches any"
)
_CURIOUS = frozenset(_CURIOUS_WORDS.split())
_SHOWN_WORDS = "align valign width height border bgcolor dir lang colspan rowspan cellpadding"
_SHOWN = frozenset(_SHOWN_WORDS.split())
_COUNT = re.compile(r"odd|even|[+-]?\d{1,4}|[+-]?\d{0,4}n(?: ?[+-] ?\d{1,4})?", re.IGNORECASE)
_NAME = re.compile(r"[^\W\d][\w-]{0,60}|-[a-z][\w-]{0,60}", re.IGNORECASE)
_VALUE = re.compile(r"[\w .%#:;,/-]{0,100}")
_SIMPLE = re.compile(r"([a-z][a-z0-9]{0,12})?(?:([.#])([\w-]{1,100}))?", re.ASCII)


class _LeftOut(Exception):
    """One selector of a list shall go."""


class _Refused(Exception):
    """No browser would take the rule, or it reaches where it must not."""


def rewritten(text: str) -> str:
    """Return a list of selectors as it may stay, or "" when its rule shall go."""
    return _rewritten(text) if len(text) <= MAX_SELECTOR else ""


@lru_cache(maxsize=4096)
def _rewritten(text: str) -> str:
    simple = _SIMPLE.fullmatch(text)
    if simple and text:
        element, mark, name = simple.groups()
        return _element(element or "") + (mark + naming.name(name) if mark else "")
    try:
        return _list(tinycss2.parse_component_value_list(text, skip_comments=True), 0)
    except (_Refused, RecursionError):
        return ""


def _list(tokens: Sequence[Any], depth: int) -> str:
    parts: list[list[Any]] = [[]]
    for token in tokens:
        if token.type == "literal" and token.value == ",":
            parts.append([])
        else:
            parts[-1].append(token)
    kept: list[str] = []
    for part in parts:
        try:
            kept.append(_complex(part, depth))
        except _LeftOut:
            continue
    return ", ".join(kept)


def _complex(tokens: Sequence[Any], depth: int) -> str:
    """Write one selector: compounds and what stands between them."""
    compounds: list[list[Any]] = [[]]
    between: list[str] = []
    for token in tokens:
        if token.type == "whitespace":
            if compounds[-1]:
                compounds.append([])
                between.append(" ")
        elif token.type == "literal" and token.value in (">", "+", "~"):
            if not compounds[-1]:
                if not between or between[-1] != " ":
                    raise _Refused
                between[-1] = token.value
            else:
                compounds.append([])
                between.append(token.value)
        else:
            compounds[-1].append(token)
    if not compounds[-1] and between and between[-1] == " ":
        compounds.pop()
        between.pop()
    if not all(compounds):
        raise _Refused
    if len(compounds) > MAX_COMPOUNDS:
        raise _LeftOut
    written = [_compound(one, depth) for one in compounds]
    out = written[0]
    for sign, one in zip(between, written[1:], strict=True):
        if "::" in out:
            raise _Refused
        out += (" " if sign == " " else f" {sign} ") + one
    return out


def _compound(tokens: Sequence[Any], depth: int) -> str:
    out: list[str] = []
    position = 0
    while position < len(tokens):
        token = tokens[position]
        after = tokens[position + 1] if position + 1 < len(tokens) else None
        if out and out[-1].startswith("::"):
            raise _Refused
        if token.type == "ident" and not out:
            out.append(_element(token.value))
        elif token.type == "hash":
            out.append("#" + naming.name(token.value))
        elif token.type == "[] block":
            out.append(_attribute(token.content))
        elif token.type == "literal" and token.value == "*" and not out:
            out.append("*")
        elif token.type == "literal" and token.value == "." and after is not None:
            if after.type != "ident":
                raise _Refused
            out.append("." + naming.name(after.value))
            position += 1
        elif token.type == "literal" and token.value == ":" and after is not None:
            if after.type == "literal" and after.value == ":":
                after = tokens[position + 2] if position + 2 < len(tokens) else None
                position += 1
                out.append(_generated(after))
            else:
                out.append(_pseudo(after, depth))
            position += 1
        else:
            raise _Refused
        position += 1
    return "".join(out)


def _element(name: str) -> str:
    lowered = name.lower()
    if lowered in _STANDS_FOR:
        return _STANDS_FOR[lowered]
    if lowered and not _NAME.fullmatch(lowered):
        raise _LeftOut
    return lowered


def _generated(token: Any) -> str:
    if token is None or token.type != "ident" or token.lower_value not in _GENERATED:
        raise _Refused
    return f"::{token.lower_value}"


def _pseudo(token: Any, depth: int) -> str:
    if token.type == "ident":
        name = token.lower_value
        if name in _PSEUDO:
            return f":{name}"
        if name in _GENERATED:
            return f"::{name}"
        if name == "root":
            return ".mv-html"
        raise _LeftOut if name in _CURIOUS else _Refused
    if token.type != "function":
        raise _Refused
    name = token.lower_name
    if name in _COUNTING:
        count = " ".join(tinycss2.serialize(token.arguments).split()).lower()
        if not _COUNT.fullmatch(count):
            raise _LeftOut
        return f":{name}({count})"
    if name in _LISTING and depth < MAX_DEPTH:
        inner = _list(token.arguments, depth + 1)
        if not inner or "::" in inner:
            raise _LeftOut
        return f":{name}({inner})"
    raise _LeftOut if name in _CURIOUS | _LISTING else _Refused


def _attribute(content: Sequence[Any]) -> str:
    """Write an attribute selector of the harmless kind."""
    tokens = [token for token in content if token.type != "whitespace"]
    if not tokens or tokens[0].type != "ident":
        raise _Refused
    name = tokens[0].lower_value
    named = name in ("class", "id")
    if not named and name not in _SHOWN:
        raise _LeftOut
    if len(tokens) == 1:
        return f"[{name}]"
    if len(tokens) > 4 or len(tokens) < 3 or tokens[1].type != "literal":
        raise _Refused
    sign = tokens[1].value
    if sign not in ("=", "~=", "|=", "^=", "$=", "*=") or tokens[2].type not in ("ident", "string"):
        raise _Refused
    value = tokens[2].value
    if named:
        value = _named(sign, value)
    if not value or not _VALUE.fullmatch(value):
        raise _LeftOut
    flag = " i" if len(tokens) == 4 and tokens[3].value in ("i", "I") else ""
    return f'[{name}{sign}"{value}"{flag}]'


def _named(sign: str, value: str) -> str:
    """Return what a class or id, as it stands in the mail's own space, is compared with."""
    if sign == "=":
        return naming.names(value)
    if len(value.split()) != 1:
        raise _LeftOut
    if sign in ("$=", "*="):
        return naming.plain(value.strip())
    return naming.name(value.strip())
