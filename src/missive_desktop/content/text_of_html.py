"""HTML into readable plain text, for quoting a mail and for reading it as text: paragraphs apart,
items with a dash or a number, cells of a row apart by a tab.

Reads the bounded tokens of `markup`, so no nesting makes it slow; nothing of the markup survives.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from missive_desktop.content import markup, snippets

_MAX_TEXT = 1 << 20
_MAX_INDENT = 8
_BLOCK_NAMES = (
    "address article aside blockquote center dd details div dl dt fieldset figcaption figure "
    "footer form h1 h2 h3 h4 h5 h6 header hr legend li main nav ol p pre section summary table "
    "tbody tfoot thead tr ul"
)
_BLOCKS = frozenset(_BLOCK_NAMES.split())
_SPACED_NAMES = "blockquote dl h1 h2 h3 h4 h5 h6 hr ol p pre table ul"
_SPACED = frozenset(_SPACED_NAMES.split())
_SPACES = re.compile(r"[ \t\r\n\f\v\u00a0]+")
_UNSEEN = re.compile(r"display: none|visibility: hidden|opacity: 0(?![.\d])")
_SIZE = re.compile(r"(?<![\w-])font(?:-size)?: ([^;]*)")
_NO_SIZE = re.compile(r"(?<![\w./])0(?:px|pt|em|rem|%)?(?![\w.%-])")
_OF_PARENT = re.compile(r"\d(?:em|%)|inherit|unset")


def plain(html: str) -> str:
    """Return the text of an HTML mail."""
    return _written(markup.tokens(html))


def shown(safe: str) -> str:
    """Return the text of sanitized HTML as a reader sees it: folded and hidden parts left out."""
    return _written(_seen(markup.tokens(safe)))


def _written(tokens: Iterable[markup.Token]) -> str:
    text = _Text()
    for token in tokens:
        if token.kind == "text":
            text.add(token.data)
            if text.size > _MAX_TEXT:
                break
        elif token.kind == "start":
            text.open(token.name)
        elif token.kind == "end":
            text.close(token.name)
    return "".join(text.out)


def _seen(tokens: Iterable[markup.Token]) -> Iterator[markup.Token]:
    """Leave out what stands in elements that are not shown."""
    hidden: list[str] = []  # elements open since one that is not shown
    small: list[bool] = []  # for each open element, whether its letters have no size
    for token in tokens:
        if hidden:
            if token.kind == "start" and token.name == hidden[0]:
                hidden.append(token.name)
            elif token.kind == "end" and token.name == hidden[0]:
                hidden.pop()
            continue
        if token.kind == "start" and token.name not in markup.VOID:
            if _is_hidden(token):
                hidden.append(token.name)
                continue
            small.append(_has_no_size(token, bool(small) and small[-1]))
        elif token.kind == "end" and small:
            small.pop()
        if token.kind != "text" or not small or not small[-1]:
            yield token


def _is_hidden(token: markup.Token) -> bool:
    if token.name == "details" and "open" not in token.attributes:
        return True
    style = token.attributes.get("style", "")
    return bool(style) and _UNSEEN.search(style) is not None


def _has_no_size(token: markup.Token, inherited: bool) -> bool:
    """Whether letters right in an element have no size: boxes of newsletters are such, to close
    the gaps between them, and what is in them has its size again."""
    size = _SIZE.search(token.attributes.get("style", ""))
    if size is None:
        return inherited and not (token.name == "font" and "size" in token.attributes)
    if _NO_SIZE.search(size[1]):
        return True
    return inherited and _OF_PARENT.search(size[1]) is not None


class _Text:
    """Text as it grows. What parts two words waits until the second comes, so that empty boxes,
    of which newsletters are made, leave nothing."""

    def __init__(self) -> None:
        self.out: list[str] = []
        self.size = 0
        self._breaks = 0  # line breaks before the next word
        self._gap = ""  # or what parts it in its line
        self._mark = ""  # of the item that it begins
        self._lists: list[int] = []  # number of the last item, -1 where there are none
        self._pre = 0
        self._linked = False  # a link has just ended
        self._row = _Row()

    def add(self, data: str) -> None:
        data = snippets.without_invisible(data)
        if self._pre:
            for number, line in enumerate(data.split("\n")):
                if number:
                    self._break(self._breaks + 1)
                if line.strip():
                    self._write(line.rstrip())
            return
        words = _SPACES.sub(" ", data)
        if words.startswith(" "):
            self._gap = self._gap or " "
        if words.strip():
            self._write(words.strip())
            self._gap = " " if words.endswith(" ") else ""

    def open(self, name: str) -> None:
        if name == "br":
            self._break(self._breaks + 1)
        elif name == "a" and self._linked:
            self._gap = self._gap or " "  # styles keep the links of a bar apart
        elif name in ("td", "th"):
            self._cell()
        elif name in _BLOCKS:
            self._edge(name)
            if name == "tr":
                self._row = _Row(after_cells=self._row.cells)
            elif name in ("ul", "ol"):
                self._lists.append(0 if name == "ol" else -1)
            elif name == "li":
                self._item()
        if name == "pre":
            self._pre += 1

    def close(self, name: str) -> None:
        if name in ("ul", "ol") and self._lists:
            self._lists.pop()
        self._linked = self._linked or name == "a"
        if name == "pre" and self._pre:
            self._pre -= 1
        if name in _BLOCKS:
            self._edge(name)

    def _edge(self, name: str) -> None:
        """Part a block from what stands before or after it: lists in lists stand close."""
        if name == "table":
            self._row = _Row()
        self._break(2 if name in _SPACED and not self._lists else 1)

    def _break(self, count: int) -> None:
        if not self._row.joining:
            self._breaks = max(self._breaks, min(count, 2))

    def _item(self) -> None:
        number = -1
        if self._lists and self._lists[-1] >= 0:
            self._lists[-1] += 1
            number = self._lists[-1]
        indent = "  " * (min(len(self._lists), _MAX_INDENT) - 1)
        self._mark = f"{indent}{number}. " if number > 0 else f"{indent}- "

    def _cell(self) -> None:
        """Go on in the line of the cell before, if all cells of the row were lines so far."""
        if self._row.begun and not self._row.broken:
            self._row.joining = True
            self._breaks, self._gap = 0, "\t"

    def _write(self, words: str) -> None:
        row = self._row
        if self._breaks and self.out:
            row.broken = row.begun
            row.at = row.at if row.begun else len(self.out)
            self.out.append("\n" * self._breaks)
        elif self._gap and self.out:
            self.out.append(self._gap)
        if row.joining:
            row.joining, row.cells = False, True
            if row.after_cells and row.at:
                self.out[row.at] = "\n"  # rows of one table stand close, paragraphs or not
        row.begun = True
        self.out.append(self._mark + words)
        self.size += len(words) + 2
        self._breaks, self._gap, self._mark = 0, "", ""
        self._linked = False


class _Row:
    """What was written of the row of a table."""

    def __init__(self, *, after_cells: bool = False) -> None:
        self.after_cells = after_cells  # the row before had several cells in a line
        self.cells = False  # this one has
        self.begun = False
        self.broken = False  # one of its cells is more than a line
        self.joining = False  # the next word belongs to the line of the cell before
        self.at = 0  # where the break before it stands
