"""Plain text to `SafeHtml`: links to click, quotes in depth, signature dim, history folded."""

from __future__ import annotations

import re

from missive_desktop.content import folding, markup, monospace, quotes, sanitize

MAX_TEXT = 1024 * 1024
MAX_QUOTE_DEPTH = 12

# No link ends in the middle of a word, or goes on over the full stops of Chinese and Japanese.
_REST = r"[^\s<>\"'`\u3000-\u3002\u300a-\u3011\uff01\uff08-\uff09\uff0c\uff1a-\uff1b\uff1f]"
_HOST = r"[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}"
_LINK = re.compile(
    rf"(?<![\w@])(?P<url>https?://{_REST}{{2,2000}})|(?<![\w@./-])(?P<www>www\.{_REST}{{4,1000}})"
    rf"|(?<![\w.%+/@=-])(?P<mail>mailto:[\w.%+-]{{1,64}}@{_HOST}(?:\?{_REST}{{1,1000}})?"
    rf"|[\w.%+-]{{1,64}}@{_HOST})(?![\w@])",
    re.IGNORECASE,
)
_QUOTE = re.compile(r"^(?:\s{0,2}>)+ ?")


def to_html(text: str, *, forwarded: bool = False) -> sanitize.SafeHtml:
    """Show a plain-text mail; `forwarded` as `quotes.segments` takes it."""
    inner = _segments(text[:MAX_TEXT], forwarded)
    return sanitize.from_text(f'<div class="mv-text">{inner}</div>')


def linked(text: str) -> str:
    """Escape `text` and make its addresses links."""
    out: list[str] = []
    position = 0
    for match in _LINK.finditer(text):
        shown = _without_trail(match[0])
        if len(shown) < 6 or (match["www"] and "." not in shown[4:]):
            continue
        out.append(markup.escape(text[position : match.start()]))
        if match["mail"]:
            target = shown if shown.lower().startswith("mailto:") else f"mailto:{shown}"
        else:
            target = shown if match["url"] else f"http://{shown}"
        out.append(f'<a href="{markup.escape(target)}">{markup.escape(shown)}</a>')
        position = match.start() + len(shown)
    out.append(markup.escape(text[position:]))
    return "".join(out)


def _segments(text: str, forwarded: bool) -> str:
    out: list[str] = []
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    for part in quotes.segments(lines, forwarded=forwarded):
        body = part.text.strip("\n")
        if not body.strip():
            continue
        if part.kind == "text":
            out.append(_written(body))
        elif part.kind == "signature":
            out.append(f'<div class="mv-signature">{linked(body)}</div>')
        elif part.kind in ("quote", "forward"):
            out.append(_quoted(body))
        else:
            out.append(f"{folding.OPENING}{_quoted(body)}{folding.CLOSING}")
    return "".join(out)


def _written(text: str) -> str:
    """Write new text; tables and changes to code, which need a fixed width, as boxes in it."""
    if not monospace.may_need(text):
        return f"<div>{linked(text)}</div>"
    out: list[str] = []
    for block in monospace.blocks(text):
        kind = ' class="mv-fixed"' if block.fixed else ""
        out.append(f"<div{kind}>{linked(block.text)}</div>")
    return "".join(out)


def _quoted(text: str) -> str:
    """Turn quote marks into nested quotes; lines without marks stand between them."""
    out: list[str] = []
    depth = 0
    lines: list[str] = []

    def flush() -> None:
        if lines:
            out.append(f"<div>{linked(chr(10).join(lines))}</div>")
            lines.clear()

    for line in text.split("\n"):
        match = _QUOTE.match(line)
        level = min(match[0].count(">"), MAX_QUOTE_DEPTH) if match is not None else 0
        if level != depth and (line.strip() or not depth):
            flush()
            out.append("<blockquote>" * (level - depth) + "</blockquote>" * (depth - level))
            depth = level
        lines.append(line[match.end() :] if match is not None else line)
    flush()
    out.append("</blockquote>" * depth)
    return "".join(out)


_OPENERS = {")": "(", "]": "[", "}": "{"}


def _without_trail(link: str) -> str:
    """Leave the sentence's punctuation out of a link; a bracket stays if it was opened in it."""
    while link:
        last = link[-1]
        if last in ".,;:!?*'\"…" or (
            last in ")]}" and link.count(last) > link.count(_OPENERS[last])
        ):
            link = link[:-1]
        else:
            break
    return link
