"""The box in which a mail is drawn: a shadow root of its own, on paper, in the dark, or as text."""

from __future__ import annotations

import re

from missive_desktop.content import darkening, plaintext, sanitize
from missive_desktop.content.page_tools import Mode
from missive_desktop.content.rendered import Rendered
from missive_desktop.content.sanitize import SafeHtml
from missive_desktop.domain.threading import is_forward


def body(message: int, shown: Rendered, mode: Mode, dark: bool) -> str:
    """Write the mail's own box: its styles end at the shadow root, its boxes at the frame."""
    kind, html = _drawn(shown, mode, dark)
    inner = str(html)
    for url in (sanitize.IMAGE_URL, sanitize.REMOTE_URL):
        inner = inner.replace(url, url.replace("/0/", f"/{message}/"))
    return (
        f'<div class="body {kind}"><template shadowrootmode="open">'
        f'<style>{_FRAME}</style><div dir="auto">{inner}</div></template></div>'
    )


def _drawn(shown: Rendered, mode: Mode, dark: bool) -> tuple[str, SafeHtml]:
    """Return how the mail lies in the page, and what of it is drawn."""
    if not shown.rich:
        return "plain", shown.html
    if mode == "text":
        return "plain", plaintext.to_html(shown.visible_text, forwarded=is_forward(shown.subject))
    kind = "rich letter" if is_letter(str(shown.html)) else "rich"
    if dark and mode == "dark":
        night = shown.html if shown.has_dark else darkening.darkened(shown.html)
        return f"{kind} night", night
    return kind, shown.html


def is_letter(html: str) -> bool:
    """Say whether cleaned HTML is as mail programs write what somebody types.

    Such mail leaves the height of lines to its reader, and gets that of plain text. What was
    designed counts on a browser's own: it has rules for screens, tables in tables, a table as wide
    as a page, or paper of its own colour.
    """
    said, _, _ = html.partition('<details class="mv-history">')
    return not _DESIGNED.search(said)


_DESIGNED = re.compile(
    r"@media|@container|<table[^>]*\bwidth[=:][\"' ]*[3-9]\d\d|<table[^>]*>(?:(?!</table).)*<table"
    r"|<div class=\"mv-body\"[^>]*background",
    re.DOTALL,
)


# A small picture in the middle of the place of one that was not loaded.
_PICTURE = (
    "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 24 24' fill='none'"
    " stroke='%238A8980' stroke-width='1.5' stroke-linecap='round' stroke-linejoin='round'%3E"
    "%3Cpath d='M4 5h16v14H4zM4 16l5-5 4 4 3-3 4 4M9 9h.01'/%3E%3C/svg%3E"
)

# Inside the shadow root: a mail's own rules come after and may change what is not about its frame.
_FRAME = (
    ":host{all:initial;display:block;contain:content;overflow:auto;position:relative;"
    "font:var(--mail-size,14px)/var(--mail-line,22px) var(--font,sans-serif);"
    "color:var(--body-text);background:var(--body-ground);overflow-wrap:break-word}"
    "a{color:var(--body-link)}a:not([href]){color:inherit}img{max-width:100%}"
    ":focus-visible{outline:2px solid var(--body-link);outline-offset:1px;border-radius:4px}"
    ".mv-body{margin:0}.mv-text{white-space:pre-wrap;unicode-bidi:plaintext}"
    ".mv-text div{unicode-bidi:plaintext}.mv-text>div,.mv-text>blockquote{margin-bottom:12px}"
    ".mv-fixed{font:12px/18px ui-monospace,monospace;white-space:pre;overflow-x:auto;tab-size:8}"
    ".mv-signature{color:var(--body-dim)}"
    ".mv-text blockquote,.mv-history blockquote{margin:0 0 8px;padding-inline-start:12px;"
    "border-inline-start:2px solid var(--body-line);color:var(--body-dim)}"
    ".mv-history{margin:8px 0}.mv-history>summary{display:inline-block;list-style:none;"
    "cursor:pointer;padding:0 8px;border-radius:8px;line-height:16px;font-weight:600;"
    "color:var(--body-dim);background:var(--body-hover)}"
    ".mv-history>summary::-webkit-details-marker{display:none}"
    ".mv-off{display:inline-block;box-sizing:border-box;min-width:16px;min-height:16px;"
    "max-width:100%;overflow:hidden;color:var(--off-text,#6C6B64);background:var(--off-ground,#F6F6F3);vertical-align:middle;"
    "border-radius:4px;outline:1px dashed #A9A89F;outline-offset:-1px;"
    "font:12px/16px var(--font,sans-serif)}"
    "span.mv-off[alt]{padding:2px 8px}span.mv-off[alt]::before{content:attr(alt)}"
    # forms, which are boxes with their text in them
    ".mv-form{margin-block-end:1em}.mv-fieldset{margin:0 2px;padding:6px 10px;border:1px solid"
    " #A9A89F}.mv-legend{padding:0 2px}"
    ".mv-button,.mv-input,.mv-select,.mv-textarea{display:inline-block;box-sizing:border-box;"
    "max-width:100%;min-height:22px;padding:2px 6px;border:1px solid #A9A89F;border-radius:3px;"
    "background:#F6F6F3;color:#5C5B55;font:13px/16px var(--font,sans-serif);cursor:default;"
    "vertical-align:middle;overflow:hidden;white-space:nowrap;user-select:none}"
    ".mv-input,.mv-textarea{min-width:160px;background:#FFFFFF}.mv-button{text-align:center}"
    ".mv-textarea{min-height:38px;white-space:pre-wrap}"
    ".mv-tick{min-width:0;min-height:0;padding:0;border:0;background:none}"
    f'img.mv-off{{background:var(--off-ground,#F6F6F3) url("{_PICTURE}")'
    " center/min(16px,70%) no-repeat}"
)
