"""HTML as a stream of tokens, written anew in one unambiguous way, and bounded.

What an attacker can do to a parser's time and memory (deep nesting, formatting elements that are
reopened in each paragraph) is cut here, before any parser sees it. Decides nothing about safety:
`sanitize` gives what comes out of here to nh3.
"""

from __future__ import annotations

import html as html_entities
import re
from collections.abc import Iterator
from typing import NamedTuple

MAX_CHARACTERS = 2 * 1024 * 1024
MAX_TAGS = 30_000
MAX_DEPTH = 250
MAX_FORMATTING = 16
MAX_ATTRIBUTES = 60

VOID_WORDS = "area base br col embed hr img input link meta param source track wbr"
VOID = frozenset(VOID_WORDS.split())
# Elements whose content is not markup (WHATWG HTML 13.2.5.1); without scripts, noscript is none.
_RAW_WORDS = "script style textarea title xmp iframe noembed noframes"
_RAW = frozenset(_RAW_WORDS.split())
_READ_RAW = frozenset(("textarea", "xmp"))  # of those, what a reader sees
# Elements that go with all that is in them: nothing there is meant to be read as mail.
_DROPPED_WORDS = "svg datalist template dialog annotation annotation-xml"
_DROPPED = frozenset(_DROPPED_WORDS.split())
# Elements that end a drawing which was never closed (WHATWG HTML 13.2.6.5).
_BREAKOUT_WORDS = (
    "b big blockquote body br center code dd div dl dt em embed h1 h2 h3 h4 h5 h6 head hr i img "
    "li listing menu meta nobr ol p pre ruby s small span strong strike sub sup table tt u ul var"
)
_BREAKOUT = frozenset(_BREAKOUT_WORDS.split())
_FORMATTING_WORDS = "a b big code em font i nobr s small strike strong tt u"
_FORMATTING = frozenset(_FORMATTING_WORDS.split())
_CELLS = frozenset(("td", "th", "caption"))
_TABLE_PARTS_WORDS = "td th tr tbody thead tfoot caption colgroup"
_TABLE_PARTS = frozenset(_TABLE_PARTS_WORDS.split())
_TRANSPARENT_WORDS = "div p address span ins del sub sup label abbr cite q"
_TRANSPARENT = frozenset(_TRANSPARENT_WORDS.split())

_TOKEN = re.compile(
    r"<!--(?:-?>|.*?(?:--!?>|\Z))"
    r"|<(?P<end>/?)(?P<name>[a-zA-Z][^\s/>]{0,60})"
    r"(?P<attributes>(?:[^>=]++|=\s*+(?:\"[^\"]*+\"|'[^']*+'|[^\s>\"'][^\s>]*+)?+)*+)(?:>|\Z)"
    r"|<[!?/][^>]*(?:>|\Z)",
    re.DOTALL,
)
_ATTRIBUTE = re.compile(
    r"([^\s/>=\"'<]{1,60})(?:\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s>\"'][^\s>]*))?)?"
)


_ENDLESS_REFERENCE = re.compile(r"&#(?:[0-9]{20,}|[xX][0-9a-fA-F]{20,});?")


class Token(NamedTuple):
    """A start tag, an end tag, or text. `data` is unescaped text, the content of a style, or the
    source of a drawing."""

    kind: str  # "start", "end", "text", "style", "svg"
    name: str
    data: str
    attributes: dict[str, str]


_NONE: dict[str, str] = {}


def tokens(html: str) -> Iterator[Token]:
    """Yield what `html` holds; comments and whatever is not read are left out."""
    html = html[:MAX_CHARACTERS]
    position = 0
    while True:
        match = _TOKEN.search(html, position)
        start = match.start() if match is not None else len(html)
        if start > position:
            yield Token("text", "", unescape(html[position:start]), _NONE)
        if match is None:
            return
        position = match.end()
        name = (match["name"] or "").lower()
        if not name:
            continue
        if match["end"]:
            yield Token("end", name, "", _NONE)
        elif name in _DROPPED:
            if match["attributes"].rstrip().endswith("/"):
                end = position
            else:
                end, position = _end_of_dropped(html, position, name)
            if name == "svg":
                yield Token("svg", name, html[start:end], _attributes(match["attributes"]))
        elif name in _RAW:
            position, content = _raw_content(html, position, name)
            if name == "style":
                yield Token("style", name, content, _attributes(match["attributes"]))
            elif name in _READ_RAW:
                yield Token("start", name, "", _attributes(match["attributes"]))
                text = unescape(content) if name == "textarea" else content
                yield Token("text", "", text, _NONE)
                yield Token("end", name, "", _NONE)
        elif name == "plaintext":
            yield Token("text", "", html[position:], _NONE)
            return
        else:
            yield Token("start", name, "", _attributes(match["attributes"]))


def plain_tokens(source: str) -> Iterator[Token]:
    """Yield tags and text without any rule of HTML; `data` is "/" for a tag that closes itself."""
    position = 0
    for match in _TOKEN.finditer(source):
        if match.start() > position:
            yield Token("text", "", unescape(source[position : match.start()]), _NONE)
        position = match.end()
        if match["name"]:
            given = match["attributes"]
            closed = "/" if given.rstrip().endswith("/") else ""
            kind = "end" if match["end"] else "start"
            name = match["name"].lower()
            yield Token(kind, name, closed, _attributes(given.rstrip("/ ") if closed else given))
    if position < len(source):
        yield Token("text", "", unescape(source[position:]), _NONE)


def _end_of_dropped(html: str, position: int, name: str) -> tuple[int, int]:
    """Return where an element ends, and where reading goes on.

    A drawing ends at the first tag that cannot stand in one, too: parsers show what follows.
    """
    depth = 1
    for match in _TOKEN.finditer(html, position):
        found = (match["name"] or "").lower()
        if name == "svg" and found in _BREAKOUT and not match["end"]:
            return match.start(), match.start()
        if found == name:
            if match["end"]:
                depth -= 1
            elif not match["attributes"].rstrip().endswith("/"):
                depth += 1
            if not depth:
                return match.end(), match.end()
    return len(html), len(html)


def start_tag(name: str, attributes: dict[str, str]) -> str:
    """Write a start tag so that every parser reads the same."""
    if not attributes:
        return f"<{name}>"
    written = "".join(f' {key}="{escape(value)}"' for key, value in attributes.items())
    return f"<{name}{written}>"


def escape(text: str) -> str:
    """Escape text for a place between tags or inside a quoted attribute."""
    return html_entities.escape(text, quote=True)


def escape_text(text: str) -> str:
    """Escape text between tags, as browsers write it."""
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return text.replace("\u00a0", "&nbsp;")


class Nesting:
    """Which elements are open, as a parser would see it, so that neither grows without bound."""

    def __init__(self) -> None:
        self._open: list[str] = []
        self._formatting: list[str] = []  # "" marks the start of a cell
        self.cut = False

    def enter(self, name: str) -> bool:
        """Whether a start tag may be written."""
        if name in VOID:
            return True
        if name in _FORMATTING:
            if len(self._formatting) - self._formatting.count("") >= MAX_FORMATTING:
                self.cut = True
                return False
            self._formatting.append(name)
            return True
        if name in _TABLE_PARTS or name in ("li", "p", "dt", "dd"):
            self._imply_end(name)
        if len(self._open) >= MAX_DEPTH:
            self.cut = True
            return False
        self._open.append(name)
        if name in _CELLS:
            self._formatting.append("")
        return True

    def leave(self, name: str) -> bool:
        """Whether an end tag may be written: only for what is open."""
        if name in _FORMATTING:
            for index in range(len(self._formatting) - 1, -1, -1):
                if self._formatting[index] == name:
                    del self._formatting[index]
                    return True
                if not self._formatting[index]:
                    return False
            return False
        for index in range(len(self._open) - 1, -1, -1):
            if self._open[index] == name:
                self._pop(index)
                return True
            if self._open[index] in _CELLS and name not in _TABLE_PARTS and name != "table":
                return False
        return False

    def rest(self) -> list[str]:
        """Return the end tags that are missing, in order."""
        return [name for name in self._formatting[::-1] if name] + self._open[::-1]

    def _imply_end(self, name: str) -> None:
        for index in range(len(self._open) - 1, -1, -1):
            known = self._open[index]
            if name in _TABLE_PARTS:
                if known == "table":
                    return
                if known == name or (known in _CELLS and name != "colgroup"):
                    self._pop(index)
                    if known == name:
                        return
            elif known == name:
                self._pop(index)
                return
            elif name == "p" or known not in _TRANSPARENT:
                return

    def _pop(self, index: int) -> None:
        for name in self._open[index:]:
            if name in _CELLS:
                while self._formatting and self._formatting.pop():
                    pass
        del self._open[index:]


def _attributes(text: str) -> dict[str, str]:
    """Return the attributes of a tag; the first of a name counts (WHATWG HTML 13.2.5.33)."""
    if not text or text.isspace():
        return _NONE
    out: dict[str, str] = {}
    for match in _ATTRIBUTE.finditer(text):
        name = match[1].lower()
        if name not in out:
            out[name] = unescape(match[2] or match[3] or match[4] or "")
            if len(out) >= MAX_ATTRIBUTES:
                break
    return out


def unescape(text: str) -> str:
    """Read character references; a number without end, which Python refuses, is none."""
    if "&" not in text:
        return text
    return html_entities.unescape(_ENDLESS_REFERENCE.sub("\ufffd", text))


def _raw_content(html: str, position: int, name: str) -> tuple[int, str]:
    match = _closers[name].search(html, position)
    if match is None:
        return len(html), html[position:]
    return match.end(), html[position : match.start()]


_closers = {
    name: re.compile(rf"</{name}(?=[\s/>]|\Z)[^>]*(?:>|\Z)", re.IGNORECASE) for name in _RAW
}
