"""CSS of a mail, property by property: what is left can colour and place, and never load.

An allow-list of properties and functions; no url(), no import, nothing that leaves the mail's
own box. Ordinary style attributes take a quick path that reads the same as tinycss2 would.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any, NamedTuple

import tinycss2
from tinycss2 import serializer

MAX_STYLE = 4_000  # characters of one style attribute
MAX_SHEET = 96 * 1024
MAX_RULES = 2_000
MAX_VALUE = 600
_ENDLESS_NUMBER = re.compile("[0-9]{1000,}")  # Python refuses to read a number of 4300 digits

_PROPERTIES_WORDS = (
    "azimuth background background-attachment background-clip background-color "
    "background-image background-origin background-position background-repeat "
    "background-size border border-bottom border-bottom-color border-bottom-left-radius "
    "border-bottom-right-radius border-bottom-style border-bottom-width border-collapse "
    "border-color border-left border-left-color border-left-style border-left-width "
    "border-radius border-right border-right-color border-right-style border-right-width "
    "border-spacing border-style border-top border-top-color border-top-left-radius "
    "border-top-right-radius border-top-style border-top-width border-width bottom "
    "box-shadow box-sizing break-after break-before break-inside caption-side clear clip "
    "color column-count column-gap column-width columns content counter-increment "
    "counter-reset cursor direction display empty-cells align-content align-items "
    "align-self flex flex-basis flex-direction flex-flow flex-grow flex-shrink flex-wrap "
    "float font font-family font-feature-settings font-kerning font-size font-stretch "
    "font-style font-variant font-weight gap grid-template-columns height hyphens "
    "justify-content left letter-spacing line-height list-style list-style-position "
    "list-style-type margin margin-bottom margin-left margin-right margin-top max-height "
    "max-width min-height min-width object-fit object-position opacity order orphans "
    "outline outline-color outline-offset outline-style outline-width overflow "
    "overflow-wrap overflow-x overflow-y padding padding-bottom padding-left padding-right "
    "padding-top page-break-after page-break-before page-break-inside position quotes right "
    "row-gap tab-size table-layout text-align text-align-last text-decoration "
    "text-decoration-color text-decoration-line text-decoration-style text-indent "
    "text-overflow text-shadow text-transform text-underline-offset top transform "
    "transform-origin unicode-bidi vertical-align visibility white-space widows width "
    "word-break word-spacing word-wrap writing-mode z-index"
)
_PROPERTIES = frozenset(_PROPERTIES_WORDS.split())
_FUNCTIONS_WORDS = (
    "rgb rgba hsl hsla calc min max clamp linear-gradient radial-gradient "
    "repeating-linear-gradient repeating-radial-gradient rotate scale scalex scaley skew "
    "translate translatex translatey rect counter repeat minmax"
)
_FUNCTIONS = frozenset(_FUNCTIONS_WORDS.split())
_LOADING = frozenset(("url", "src", "image", "image-set", "-webkit-image-set", "cross-fade"))
_POSITIONS = frozenset(("static", "relative", "absolute", "initial", "inherit", "unset"))
_REMOTE = re.compile(r"\s*(?:https?:)?//", re.IGNORECASE)

_QUICK_VALUE = r"(?:(?:rgba?|hsla?)\([\d\s.,%/]*\)|[\w\s#%.,!+-]|'[\w\s.,-]*')*+"
_QUICK = re.compile(rf"(?:\s*[a-zA-Z-]+\s*:{_QUICK_VALUE}(?:;|\Z)|\s*;)*+\s*", re.ASCII)
_BAD_SELECTOR = re.compile(r":host|::|\bslotted\b|:root|:target|:visited|\\|<|@", re.IGNORECASE)
_PSEUDO = re.compile(r"::(?=before\b|after\b|first-line\b|first-letter\b)", re.IGNORECASE)
_MEDIA = re.compile(r"[\w\s(),:.%/<>=-]{0,300}", re.ASCII)
_UNKEPT_MEDIA = re.compile(r"prefers-|\bprint\b|-ms-|moz|webkit", re.IGNORECASE)


class Filtered(NamedTuple):
    """What is left of some CSS, and how many remote files it asked for."""

    css: str
    blocked: int


def attribute(text: str) -> Filtered:
    """Filter the value of a style attribute."""
    return _attribute(text) if len(text) <= MAX_STYLE else Filtered("", 0)


def is_quick(text: str) -> bool:
    """Whether a style attribute is of the ordinary kind that costs next to nothing."""
    return len(text) <= MAX_STYLE and _QUICK.fullmatch(text) is not None


@lru_cache(maxsize=4096)
def _attribute(text: str) -> Filtered:
    if _QUICK.fullmatch(text):
        return Filtered(_quick(text), 0)
    try:
        nodes = tinycss2.parse_declaration_list(text, skip_comments=True, skip_whitespace=True)
        return _declarations(nodes)
    except RecursionError:  # a few hundred brackets in each other: no mail means that
        return Filtered("", 0)


def sheet(text: str, media: str = "") -> Filtered:
    """Filter a style sheet; `media` is what its element says."""
    text = text[:MAX_SHEET].replace("<!--", " ").replace("-->", " ")
    text = _ENDLESS_NUMBER.sub("0", text)
    try:
        nodes = tinycss2.parse_stylesheet(text, skip_comments=True, skip_whitespace=True)
        rules = _rules(nodes, 0)
    except RecursionError:
        return Filtered("", 0)
    wanted = media.strip().lower()
    if rules.css and wanted not in ("", "all", "screen"):
        if not _MEDIA.fullmatch(wanted) or _UNKEPT_MEDIA.search(wanted) or "<" in wanted:
            return Filtered("", rules.blocked)
        return Filtered(f"@media {wanted} {{ {rules.css} }}", rules.blocked)
    return rules


def _quick(text: str) -> str:
    out: list[str] = []
    for declaration in text.split(";"):
        name, colon, value = declaration.partition(":")
        name = name.strip().lower()
        value = " ".join(value.split())
        if not colon or not value or name not in _PROPERTIES or len(value) > MAX_VALUE:
            continue
        head, mark, tail = value.partition("!")
        if mark:
            if tail.strip().lower() != "important" or not head.strip():
                continue
            value = f"{head.strip()} !important"
        if _is_allowed(name, head):
            out.append(f"{name}: {value}")
    return "; ".join(out)


def _declarations(nodes: Iterable[Any]) -> Filtered:
    out: list[str] = []
    blocked = 0
    for node in nodes:
        if node.type != "declaration" or node.lower_name not in _PROPERTIES:
            if node.type == "declaration":
                blocked += _remote_in(node.value, 0)
            continue
        kept, asked = _without_loads(node.value)
        blocked += asked
        value = " ".join(serializer.serialize(kept).split())
        if not value or "<" in value or len(value) > MAX_VALUE or not _is_plain(kept, 0):
            continue
        if not _is_allowed(node.lower_name, value):
            continue
        out.append(f"{node.lower_name}: {value}" + (" !important" if node.important else ""))
    return Filtered("; ".join(out), blocked)


def _is_allowed(name: str, value: str) -> bool:
    if name == "position":
        return value.strip().lower() in _POSITIONS
    return True


def _without_loads(value: Iterable[Any]) -> tuple[list[Any], int]:
    """Drop what would load from the top level of a value: the colour beside it may stay."""
    kept: list[Any] = []
    blocked = 0
    for token in value:
        if token.type == "url" or (token.type == "function" and token.lower_name in _LOADING):
            blocked += _remote_in([token], 0)
        else:
            kept.append(token)
    return kept, blocked


def _remote_in(value: Iterable[Any], depth: int) -> int:
    count = 0
    for token in value:
        if token.type == "url" or token.type == "string":
            count += bool(_REMOTE.match(token.value))
        elif token.type == "function" and depth < 5:
            count += _remote_in(token.arguments, depth + 1)
    return count


def _is_plain(value: Iterable[Any], depth: int) -> bool:
    """Whether a value is made of numbers, words, colours and harmless functions alone."""
    if depth > 5:
        return False
    for token in value:
        if token.type in ("error", "url", "at-keyword", "{} block", "[] block", "unicode-range"):
            return False
        if token.type == "function" and (
            token.lower_name not in _FUNCTIONS or not _is_plain(token.arguments, depth + 1)
        ):
            return False
        if token.type == "() block" and not _is_plain(token.content, depth + 1):
            return False
        if token.type == "string" and ("<" in token.value or "\n" in token.value):
            return False
        if token.type in ("ident", "hash") and not token.value.replace("-", "a").isalnum():
            return False
    return True


def _rules(nodes: Iterable[Any], depth: int) -> Filtered:
    out: list[str] = []
    blocked = 0
    for count, node in enumerate(nodes):
        if count >= MAX_RULES:
            break
        if node.type == "qualified-rule":
            selector = _selector(node.prelude)
            body = _declarations(
                tinycss2.parse_declaration_list(
                    node.content, skip_comments=True, skip_whitespace=True
                )
            )
            blocked += body.blocked
            if selector and body.css:
                out.append(f"{selector} {{ {body.css} }}")
        elif node.type == "at-rule":
            inner = _at_rule(node, depth)
            blocked += inner.blocked
            if inner.css:
                out.append(inner.css)
    return Filtered("\n".join(out), blocked)


def _at_rule(node: Any, depth: int) -> Filtered:
    """Of the at-rules, only media queries stay; an import or a font would load."""
    name = node.lower_at_keyword
    if name == "import":
        return Filtered("", _remote_in(node.prelude, 0))
    if name == "font-face" and node.content is not None:
        return Filtered("", 1 if "//" in serializer.serialize(node.content)[:4000] else 0)
    if name != "media" or node.content is None or depth > 1:
        return Filtered("", 0)
    query = " ".join(serializer.serialize(node.prelude).split())
    if not _MEDIA.fullmatch(query) or "<" in query or _UNKEPT_MEDIA.search(query):
        return Filtered("", 0)
    inner = _rules(
        tinycss2.parse_rule_list(node.content, skip_comments=True, skip_whitespace=True), depth + 1
    )
    return Filtered(f"@media {query} {{ {inner.css} }}" if inner.css else "", inner.blocked)


def _selector(prelude: list[Any]) -> str:
    """Write a selector; `html` and `body` become the boxes that stand for them."""
    out: list[str] = []
    before = ""
    for token in prelude:
        if token.type == "ident" and before not in (".", ":"):
            name = token.lower_value
            out.append(f".mv-{name}" if name in ("html", "body") else token.serialize())
        else:
            out.append(token.serialize())
        before = token.value if token.type == "literal" else ""
    text = " ".join("".join(out).split())
    if not text or len(text) > 2_000 or _BAD_SELECTOR.search(_PSEUDO.sub(":", text)):
        return ""
    return text
