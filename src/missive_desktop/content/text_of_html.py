"""Hostile HTML into readable plain text, for quoting it: blocks become lines, links keep theirs.

Bounded in size and depth; nothing of the markup survives.
"""

from __future__ import annotations

import re

from selectolax.lexbor import LexborHTMLParser, LexborNode

_MAX_HTML = 2 << 20
_MAX_TEXT = 512 << 10
_SILENT = frozenset({"script", "style", "head", "title", "template", "noscript", "object", "svg"})
_BLOCKS = frozenset(
    [
        "address",
        "article",
        "aside",
        "blockquote",
        "center",
        "dd",
        "div",
        "dl",
        "dt",
        "fieldset",
        "figure",
        "footer",
        "form",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hr",
        "li",
        "main",
        "nav",
        "ol",
        "p",
        "pre",
        "section",
        "table",
        "tbody",
        "tfoot",
        "thead",
        "tr",
        "ul",
    ]
)
_SPACED = frozenset({"p", "blockquote", "h1", "h2", "h3", "h4", "ul", "ol", "table", "pre"})
_SPACES = re.compile(r"[ \t\r\n\f\u00a0\u200b\u200c\ufeff]+")
_BLANK_LINES = re.compile(r"\n{3,}")


def plain(html: str) -> str:
    """Return the text that a reader of `html` would see, one paragraph a line."""
    body = LexborHTMLParser(html[:_MAX_HTML]).body
    if body is None:
        return ""
    out: list[str] = []
    _write(body, out)
    lines = "".join(out).split("\n")
    return _BLANK_LINES.sub("\n\n", "\n".join(_SPACES.sub(" ", x).strip() for x in lines)).strip()


def _write(root: LexborNode, out: list[str]) -> None:
    """Walk without recursion: a mail may nest deeper than Python's stack."""
    size = 0
    node: LexborNode | None = root.child
    while node is not None and size < _MAX_TEXT:
        tag = node.tag
        if tag == "-text":
            text = _SPACES.sub(" ", node.text_content or "")
            out.append(text)
            size += len(text)
        elif tag == "br":
            out.append("\n")
        elif tag in _BLOCKS:
            _end_line(out, blank=tag in _SPACED)
            if tag == "li":
                out.append("- ")
        elif tag in ("td", "th"):
            out.append(" ")
        child = node.child if tag not in _SILENT else None
        node = child if child is not None else _next(node, root, out)


def _next(node: LexborNode, root: LexborNode, out: list[str]) -> LexborNode | None:
    """Return what follows `node` in the document; the ends of blocks that are left are written."""
    current: LexborNode | None = node
    while current is not None and current.mem_id != root.mem_id:
        if current.tag in _BLOCKS:
            _end_line(out, blank=current.tag in _SPACED)
        if current.next is not None:
            return current.next
        current = current.parent
    return None


def _end_line(out: list[str], *, blank: bool) -> None:
    """End the line that was begun, and leave one blank where a paragraph ends."""
    if not out or not out[-1].endswith("\n"):
        out.append("\n")
    if blank:
        out.append("\n")
