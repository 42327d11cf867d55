"""The composer's document as a mail: small HTML of our own, and the same as plain text.

Qt's own HTML names fonts, sizes and margins of this machine; a mail should not. Only what the
formatting bar can make comes out: paragraphs, lists, bold, italic, underline,
strike, links, images.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from PySide6.QtGui import (
    QFont,
    QTextBlock,
    QTextCharFormat,
    QTextDocument,
    QTextFragment,
    QTextListFormat,
)

_NUMBERED = QTextListFormat.Style.ListDecimal
_INDENT = 4


def to_html(document: QTextDocument) -> str:
    """Return the document's content as HTML without html and body elements."""
    out: list[str] = []
    open_lists: list[str] = []
    for block in _blocks(document):
        listed = block.textList()
        depth = listed.format().indent() if listed is not None else 0
        kind = "" if listed is None else ("ol" if _numbered(listed.format()) else "ul")
        while len(open_lists) > depth:
            out.append(f"</{open_lists.pop()}>")
        if depth and len(open_lists) == depth and open_lists[-1] != kind:
            out.append(f"</{open_lists.pop()}>")
        while len(open_lists) < depth:
            open_lists.append(kind)
            out.append(f"<{kind}>")
        inner = "".join(_html_of(fragment) for fragment in _fragments(block)) or "<br>"
        tag = "li" if depth else "p"
        right = ' dir="rtl"' if block.text().strip() and block.textDirection().value == 1 else ""
        out.append(f"<{tag}{right}>{inner}</{tag}>")
    out.extend(f"</{kind}>" for kind in reversed(open_lists))
    return "".join(out)


def to_text(document: QTextDocument) -> str:
    """Return the document's content as plain text; lists keep their marks, links their address."""
    lines: list[str] = []
    for block in _blocks(document):
        text = "".join(_text_of(fragment) for fragment in _fragments(block))
        listed = block.textList()
        if listed is not None:
            style = listed.format()
            number = f"{listed.itemNumber(block) + 1}." if _numbered(style) else "•"
            text = " " * (_INDENT * (style.indent() - 1)) + f"{number} {text}"
        lines.append(text)
    return "\n".join(lines)


def _blocks(document: QTextDocument) -> Iterator[QTextBlock]:
    block = document.begin()
    while block.isValid():
        yield block
        block = block.next()


def _fragments(block: QTextBlock) -> Iterator[QTextFragment]:
    iterator = block.begin()
    while not iterator.atEnd():
        yield iterator.fragment()
        iterator += 1


def _numbered(style: QTextListFormat) -> bool:
    return style.style() == _NUMBERED


def _marks(style: QTextCharFormat) -> list[str]:
    marks = []
    if style.fontWeight() >= QFont.Weight.DemiBold:
        marks.append("b")
    if style.fontItalic():
        marks.append("i")
    if style.fontUnderline() and not style.isAnchor():
        marks.append("u")
    if style.fontStrikeOut():
        marks.append("s")
    return marks


def _html_of(fragment: QTextFragment) -> str:
    style = fragment.charFormat()
    if style.isImageFormat():
        image = style.toImageFormat()
        width = f' width="{round(image.width())}"' if image.width() > 0 else ""
        return f'<img src="{escape(image.name())}"{width} alt="">'
    inner = escape(fragment.text(), quote=False).replace("\u2028", "<br>").replace("\n", "<br>")
    inner = inner.replace("  ", "&nbsp; ")
    for mark in _marks(style):
        inner = f"<{mark}>{inner}</{mark}>"
    if style.isAnchor() and style.anchorHref():
        inner = f'<a href="{escape(style.anchorHref())}">{inner}</a>'
    return inner


def _text_of(fragment: QTextFragment) -> str:
    style = fragment.charFormat()
    if style.isImageFormat():
        return ""
    text = fragment.text().replace("\u2028", "\n").replace("\ufffc", "")
    href = style.anchorHref() if style.isAnchor() else ""
    if href and href not in (text, f"mailto:{text}"):
        return f"{text} <{href}>"
    return text
