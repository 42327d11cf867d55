"""Text for the index and for the line under a subject: what a person would read first."""

from __future__ import annotations

import re

from missive_desktop.content import attributions, markup

MAX_SNIPPET = 200
MAX_HTML = 2 * 1024 * 1024

# What is not text. Each alternative ends at the end of the mail at the latest, so that a mail of
# openings without an end is still read once.
_SILENT = re.compile(
    r"<!--.*?(?:-->|\Z)|<(style|script|title|template|svg|math|textarea|select)\b.*?(?:</\1\b[^>]*>?|\Z)",
    re.IGNORECASE | re.DOTALL,
)
_REST = r"(?:(?>(?:[^>\"']++|\"[^\"]*+\"|'[^']*+')*+)>|[^>]*>?)"
_BLOCK = re.compile(
    r"</?(?:p|div|td|th|tr|li|ul|ol|br|hr|h[1-6]|table|blockquote|pre|section|article|dt|dd|"
    r"header|footer|center|option)\b" + _REST,
    re.IGNORECASE,
)
_TAG = re.compile(r"</?[a-z!?]" + _REST, re.IGNORECASE)
# Characters without a picture, with which newsletters pad their preheader.
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    "\ufeff\u2800\u3164\ufff9-\ufffc]"
)
_SPACES = re.compile(r"[^\S\n]+")
_LINES = re.compile(r" ?\n[ \n]*")
_LINK = re.compile(r"[<(\[]?\bhttps?://[^\s>)\]]*[>)\]]?|\[(?:image|cid):[^\]]*\]", re.IGNORECASE)
_LETTER = re.compile(r"[^\W_]")


def visible(html: str) -> str:
    """Return the text of an HTML mail, a line for each block; quick, for the index."""
    text = _SILENT.sub(" ", html[:MAX_HTML])
    text = _TAG.sub("", _BLOCK.sub("\n", text))
    if "&" in text:
        text = markup.unescape(text)
    return tidy(text)


def tidy(text: str) -> str:
    """Drop invisible characters and runs of white space."""
    return _LINES.sub("\n", _SPACES.sub(" ", without_invisible(text))).strip()


def without_invisible(text: str) -> str:
    """Drop characters that have no picture."""
    return text if text.isascii() else _INVISIBLE.sub("", text)


def snippet(text: str) -> str:
    """Return the first words that the writer wrote, at most `MAX_SNIPPET` characters."""
    found: list[str] = []
    length = 0
    for line in text[:8000].splitlines():
        stripped = line.strip()
        if not stripped or stripped[0] == ">":
            continue
        if stripped == "--" or attributions.is_rule(stripped):
            if found:
                break
            continue
        if stripped[-1] in ":：" and attributions.is_attribution(stripped):
            if found:
                break
            continue
        if "://" in stripped or "[" in stripped:
            stripped = _LINK.sub(" ", stripped)
        if not _LETTER.search(stripped):
            continue
        found.append(stripped)
        length += len(stripped) + 1
        if length > MAX_SNIPPET:
            break
    joined = " ".join(without_invisible(" ".join(found)).split())
    if len(joined) <= MAX_SNIPPET:
        return joined
    cut = joined.rfind(" ", MAX_SNIPPET - 30, MAX_SNIPPET)
    return joined[: cut if cut > 0 else MAX_SNIPPET - 1] + "…"
