"""The few CSS properties that paint a drawing, with references into its own file only."""

from __future__ import annotations

import re

import tinycss2
from tinycss2 import serializer

from missive_desktop.content.values import ENDLESS_NUMBER

MAX_SHEET = 64 * 1024
MAX_RULES = 300

_PROPERTY_WORDS = (
    "fill fill-opacity fill-rule stroke stroke-width stroke-linecap stroke-linejoin "
    "stroke-miterlimit stroke-dasharray stroke-dashoffset stroke-opacity opacity color "
    "stop-color stop-opacity clip-path clip-rule mask marker marker-start marker-mid "
    "marker-end display visibility font-family font-size font-weight font-style "
    "letter-spacing word-spacing text-anchor text-decoration dominant-baseline "
    "alignment-baseline baseline-shift writing-mode text-orientation paint-order "
    "vector-effect shape-rendering text-rendering isolation mix-blend-mode mask-type transform"
)
_PROPERTIES = frozenset(_PROPERTY_WORDS.split())
_REFERENCE = re.compile(r"url\(\s*['\"]?(#[\w.:-]{1,100})['\"]?\s*\)")
_PLAIN = re.compile(
    r"(?:[\w\s.,%#+/-]|'[\w\s.-]*'|\"[\w\s.-]*\"|url\(#[\w.:-]{1,100}\)"
    r"|(?:rgba?|hsla?|translate|rotate|scale|matrix|skewX|skewY)\([\w\s.,%/+-]*\))*"
)
_SELECTOR = re.compile(r"[\w\s.#>*,+~-]{1,500}")
_TINY = re.compile(r"(?<![\d.])(?:0?\.0\d*|\d+e-\d+)")


def is_property(name: str) -> bool:
    return name in _PROPERTIES


def value(name: str, text: str) -> str:
    """Return the value of a property as it may stay, or ""."""
    written = " ".join(_REFERENCE.sub(r"url(\1)", text).split())
    if len(written) > 400 or not _PLAIN.fullmatch(written):
        return ""
    if name.startswith("stroke-dash") and _TINY.search(written):
        return ""  # millions of dashes
    return written


def attribute(text: str) -> str:
    """Filter a style attribute."""
    if len(text) > 4_000:
        return ""
    try:
        nodes = tinycss2.parse_declaration_list(text, skip_comments=True, skip_whitespace=True)
        return _declarations(nodes)
    except RecursionError:
        return ""


def sheet(text: str) -> str:
    """Filter a style sheet."""
    out: list[str] = []
    try:
        nodes = tinycss2.parse_stylesheet(
            ENDLESS_NUMBER.sub("0", text[:MAX_SHEET]), skip_comments=True, skip_whitespace=True
        )
        for node in nodes[:MAX_RULES]:
            if node.type != "qualified-rule":
                continue
            selector = " ".join(serializer.serialize(node.prelude).split())
            body = _declarations(
                tinycss2.parse_declaration_list(
                    node.content, skip_comments=True, skip_whitespace=True
                )
            )
            if body and _SELECTOR.fullmatch(selector):
                out.append(f"{selector} {{ {body} }}")
    except RecursionError:
        return ""
    return "\n".join(out)


def _declarations(nodes: list[tinycss2.ast.Node]) -> str:
    out: list[str] = []
    for node in nodes:
        if node.type == "declaration" and node.lower_name in _PROPERTIES:
            written = value(node.lower_name, serializer.serialize(node.value))
            if written:
                out.append(f"{node.lower_name}: {written}")
    return "; ".join(out)
