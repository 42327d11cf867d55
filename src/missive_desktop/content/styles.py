"""CSS of a mail, rule by rule: what is left can colour and place, and loads nothing but ours.

No import, no font, nothing that leaves the mail's own box; media queries stay. Ordinary
declarations take a quick path that reads the same as tinycss2 would. Whatever is written has one
plain form, so that a renderer cannot read it otherwise than we did.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any, NamedTuple

import tinycss2
from tinycss2 import serializer

from missive_desktop.content import queries, selectors, values
from missive_desktop.content.values import Resolver

MAX_STYLE = 4_000  # characters of one style attribute, images in it not counted
MAX_SHEET = 160 * 1024
MAX_RULES = 2_500

_QUICK_VALUE = r"(?:(?:rgba?|hsla?)\([\d\s.,%/]*\)|[\w\s#%.,!+-]|'[\w\s.-]*'|\"[\w\s.-]*\")*+"
_QUICK = re.compile(rf"(?:\s*[a-zA-Z-]+\s*:{_QUICK_VALUE}(?:;|\Z)|\s*;)*+\s*", re.ASCII)
_DEEP = re.compile(r"(?:[(\[{][^(\[{}\])\"']{0,20}){60}")  # brackets in each other
_MAY_LOAD = re.compile(r"(?:url|image|set|src|fade|element)\(|\\", re.IGNORECASE)
_DATA = re.compile(r"data:[^\s\"')]{200,}", re.IGNORECASE)
# A sheet without anything odd: rules, and rules in a media or container query.
_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)", re.DOTALL)
_PIECE = re.compile(
    r"\s*(?:(?P<close>\})|@(?P<at>media|container)\b(?P<query>[^{}\"';@<\\]*)\{"
    r"|@(?P<font>font-face)\s*\{(?P<face>[^{}<\\]*)\}"
    r"|@(?P<import>import)\s+(?P<asked>(?:url\(\s*)?(?:\"[^\"\\]*\"|'[^'\\]*'|[^;{}\"'\s\\]*)"
    r"[^;{}\"'\\]*);"
    r"|@(?:charset\s+[\"'][\w-]*[\"']\s*;|-ms-viewport\s*\{[^{}<\\]*\})"
    r"|(?P<selector>[^{}@<\\;]*)\{(?P<body>[^{}@<\\]*)\}|;)",
    re.IGNORECASE,
)


class Filtered(NamedTuple):
    """What is left of some CSS, and how many remote files it asked for that are no images."""

    css: str
    blocked: int
    has_dark: bool = False


def nothing(_address: str) -> str:
    """The resolver for where no image may be shown."""
    return ""


def attribute(text: str, resolve: Resolver = nothing) -> Filtered:
    """Filter the value of a style attribute."""
    if len(text) > MAX_STYLE and len(_DATA.sub("", text)) > MAX_STYLE:
        return Filtered("", 0)
    return _parsed(text, resolve) if _MAY_LOAD.search(text) else _remembered(text)


def is_quick(text: str) -> bool:
    """Whether a style attribute is of the ordinary kind that costs next to nothing."""
    return len(text) <= MAX_STYLE and _QUICK.fullmatch(text) is not None


@lru_cache(maxsize=8192)
def _remembered(text: str) -> Filtered:
    if _QUICK.fullmatch(text):
        return Filtered(_quick(text), 0)
    return _parsed(text, nothing)


def _parsed(text: str, resolve: Resolver) -> Filtered:
    try:
        nodes = tinycss2.parse_declaration_list(text, skip_comments=True, skip_whitespace=True)
        return _declarations(nodes, resolve)
    except RecursionError:  # a few hundred brackets in each other: no mail means that
        return Filtered("", 0)


def _quick(text: str) -> str:
    out: list[str] = []
    for declaration in text.split(";"):
        name, colon, value = declaration.partition(":")
        name = name.strip().lower()
        value = " ".join(value.split())
        if not colon or not value or name not in values.PROPERTIES or len(value) > values.MAX_VALUE:
            continue
        head, mark, tail = value.partition("!")
        if mark:
            if tail.strip().lower() != "important" or not head.strip():
                continue
            value = f"{head.strip()} !important"
        if "," in value and "" in map(str.strip, head.split(",")):
            continue
        if values.is_plain_allowed(name, head):
            out.append(f"{name}: {value}")
    return "; ".join(out)


def _declarations(nodes: Iterable[Any], resolve: Resolver) -> Filtered:
    out: list[str] = []
    blocked = 0
    for node in nodes:
        if node.type != "declaration":
            continue
        if node.lower_name not in values.PROPERTIES:
            blocked += values.remote_in(node.value)
            continue
        value = values.written(node.lower_name, _trimmed(node.value), resolve)
        if value:
            mark = " !important" if node.important else ""
            out.append(f"{node.lower_name}: {value}{mark}")
    return Filtered("; ".join(out), blocked)


def _trimmed(tokens: list[Any]) -> list[Any]:
    return [token for token in tokens if token.type != "comment"]


def sheet(text: str, media: str = "", resolve: Resolver = nothing) -> Filtered:
    """Filter a style sheet; `media` is what its element says."""
    text = text[:MAX_SHEET].replace("<!--", " ").replace("-->", " ")
    text = values.ENDLESS_NUMBER.sub("0", text)
    if _DEEP.search(text):
        return Filtered("", 0)
    found, asked = _remembered_sheet(text)
    if asked:
        found = _sheet(text, resolve)
    wanted = media.strip().lower()
    if not found.css or wanted in ("", "all", "screen"):
        return found
    wrapped = queries.wrapped(wanted, found.css)
    dark = found.has_dark or queries.asks_dark(wanted)
    return Filtered(wrapped, found.blocked, bool(wrapped) and dark)


@lru_cache(maxsize=64)
def _remembered_sheet(text: str) -> tuple[Filtered, bool]:
    """Filter a sheet as if it came without images, and say whether it asks for any."""
    asked: list[str] = []

    def resolve(address: str) -> str:
        asked.append(address)
        return ""

    return _sheet(text, resolve), bool(asked)


def _sheet(text: str, resolve: Resolver) -> Filtered:
    plain = _COMMENT.sub(" ", text)
    found = _quick_sheet(plain, resolve) if plain.count('"') % 2 == 0 else None
    if found is not None:
        return found
    try:
        nodes = tinycss2.parse_stylesheet(text, skip_comments=True, skip_whitespace=True)
        return _Rules(resolve).all(nodes)
    except RecursionError:
        return Filtered("", 0)


def _quick_sheet(text: str, resolve: Resolver) -> Filtered | None:
    """Read a sheet of plain rules and queries; None for one that needs the careful way."""
    rules = _Rules(resolve)
    out: list[str] = []
    inside: list[str] = []
    query: str | None = None
    position = 0
    end = len(text.rstrip())
    while position < end:
        piece = _PIECE.match(text, position)
        if piece is None:
            return None
        position = piece.end()
        if piece["font"]:
            rules.blocked += "//" in piece["face"]
        elif piece["import"]:
            rules.blocked += "//" in piece["asked"]
        elif piece["close"]:
            if query is None:
                return None
            out.append(rules.query(query, "\n".join(inside)))
            query, inside = None, []
        elif piece["at"]:
            if query is not None:
                return None
            query = f"{piece['at'].lower()} {piece['query']}"
        elif piece["selector"] is not None:
            body = piece["body"]
            if _unbalanced(body) or _unbalanced(piece["selector"]):
                return None
            (out if query is None else inside).append(rules.rule(piece["selector"].strip(), body))
    if query is not None:
        return None
    return Filtered("\n".join(filter(None, out)), rules.blocked, rules.has_dark)


def _unbalanced(text: str) -> bool:
    return any(text.count(sign) % 2 for sign in "\"'") or text.count("(") != text.count(")")


class _Rules:
    """Writes the rules of one sheet, and counts them."""

    def __init__(self, resolve: Resolver) -> None:
        self._resolve = resolve
        self._left = MAX_RULES
        self.blocked = 0
        self.has_dark = False

    def all(self, nodes: Iterable[Any], depth: int = 0) -> Filtered:
        out: list[str] = []
        for node in nodes:
            if self._left <= 0:
                break
            if node.type == "qualified-rule":
                out.append(
                    self.rule(
                        serializer.serialize(node.prelude), serializer.serialize(node.content)
                    )
                )
            elif node.type == "at-rule":
                out.append(self._at(node, depth))
        return Filtered("\n".join(filter(None, out)), self.blocked, self.has_dark)

    def rule(self, selector: str, body: str) -> str:
        self._left -= 1
        if self._left < 0:
            return ""
        filtered = attribute(body, self._resolve)
        self.blocked += filtered.blocked
        kept = selectors.rewritten(selector) if filtered.css else ""
        return f"{kept} {{ {filtered.css} }}" if kept else ""

    def query(self, query: str, css: str) -> str:
        """Put rules into a query; `query` starts with the word of its rule."""
        inner = "\n".join(filter(None, css.split("\n")))
        if not inner:
            return ""
        kind, _, condition = query.partition(" ")
        if kind == "container":
            wrapped = queries.container(condition, inner)
        else:
            wrapped = queries.wrapped(condition, inner)
        if wrapped and queries.asks_dark(condition):
            self.has_dark = True
        return wrapped

    def _at(self, node: Any, depth: int) -> str:
        """Of the at-rules, only queries stay; an import or a font would load."""
        name = node.lower_at_keyword
        if name == "import":
            self.blocked += values.remote_in(node.prelude)
        if name == "font-face" and node.content is not None:
            self.blocked += "//" in serializer.serialize(node.content)[:4000]
        if name not in ("media", "container") or node.content is None or depth > 1:
            return ""
        nodes = tinycss2.parse_rule_list(node.content, skip_comments=True, skip_whitespace=True)
        inner = self.all(nodes, depth + 1).css
        return self.query(f"{name} {serializer.serialize(node.prelude)}", inner)
