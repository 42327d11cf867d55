"""One document for a conversation: each mail in a shadow root of its own, inside a card.

Works without scripts: details elements fold, fragments lead to a mail, acts are links of the
scheme `act:` that the view refuses to follow and reads instead. Dates and times come formatted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple
from zlib import crc32

from missive_desktop.content import page_files, sanitize
from missive_desktop.content.markup import escape
from missive_desktop.content.page_parts import count, icon
from missive_desktop.content.rendered import Rendered
from missive_desktop.domain.message import Address

AVATARS = 8
MAX_SHOWN_PEOPLE = 100


class Card(NamedTuple):
    """A mail of the conversation as it shall be shown."""

    message: int
    rendered: Rendered
    time: str  # formatted for the reader
    unread: bool = False
    folded: bool = False  # an earlier mail that was read: one line until it is opened


def conversation_page(
    cards: Sequence[Card],
    theme: Mapping[str, str],
    dark: bool,
    *,
    stylesheet: str,
    me: Sequence[str] = (),
    all_open: bool = False,
) -> str:
    """Write the page. `theme` maps names of tokens to CSS values; `all_open` is for print."""
    mine = frozenset(address.lower() for address in me)
    values = "".join(f"--{_name(name)}:{_value(value)};" for name, value in theme.items())
    body = "\n".join(_card(card, mine, all_open) for card in cards)
    scheme = "dark" if dark else "light"
    return (
        f'<!DOCTYPE html>\n<html class="{scheme}">\n<head><meta charset="utf-8">'
        f"<title>{escape(cards[-1].rendered.subject if cards else '')}</title>"
        f"<style>:root{{color-scheme:{scheme};{values}}}\n{stylesheet}</style></head>\n"
        f"<body><main>\n{body}\n</main></body></html>\n"
    )


def avatar(address: str) -> int:
    """Return which of the avatar colours belongs to an address."""
    return crc32(address.lower().encode("utf-8", "replace")) % AVATARS


def initials(person: Address) -> str:
    """Return one or two letters for a person; a script without capitals gives one."""
    words = [word for word in person.name.replace("_", " ").split() if word[0].isalnum()]
    if not words:
        first = next((char for char in person.email if char.isalnum()), "?")
        return first.upper()
    if ord(words[0][0]) > 0x2E80:  # Chinese, Japanese, Korean: one character says enough
        return words[0][0]
    letters = words[0][0] + (words[-1][0] if len(words) > 1 else "")
    return letters.upper()[:2]


def _card(card: Card, mine: frozenset[str], all_open: bool) -> str:
    shown = card.rendered
    who = shown.sender.name or shown.sender.email or "unknown sender"
    label = f"{'Unread mail' if card.unread else 'Mail'} from {who}, {card.time}"
    tiles = page_files.files(card.message, shown.attachments)
    inner = (
        f'<div class="bar">{_recipients(shown, mine)}</div>'
        f"{_blocked(card)}{_body(card, all_open)}{tiles}{_defects(shown)}"
    )
    header = (
        f'{_avatar(shown.sender)}<span class="who"><bdi class="name">{escape(who)}</bdi>'
        f'{_address(shown.sender)}</span><span class="snippet" dir="auto">'
        f'{escape(shown.snippet)}</span><time class="time">{escape(card.time)}</time>'
    )
    state = " unread" if card.unread else ""
    opened = "" if card.folded and not all_open else " open"
    return (
        f'<article class="card{state}" id="m{card.message}" aria-label="{escape(label)}">'
        f'<details class="mail"{opened}><summary class="head">{header}</summary>'
        f"{inner}</details></article>"
    )


def _avatar(person: Address) -> str:
    return (
        f'<span class="avatar avatar-{avatar(person.email)}" aria-hidden="true">'
        f"{escape(initials(person))}</span>"
    )


def _address(person: Address) -> str:
    if not person.name or not person.email:
        return ""
    return f' <bdi class="address">{escape(person.email)}</bdi>'


def _recipients(shown: Rendered, mine: frozenset[str]) -> str:
    """Write "to me and 2 others", which opens to the whole list."""
    people = [*shown.to, *shown.cc, *shown.bcc]
    if not people:
        return '<span class="to">to undisclosed recipients</span>'
    mentioned = next((one for one in people if one.email.lower() in mine), None)
    first = "me" if mentioned is not None else (people[0].name or people[0].email)
    others = len(people) - 1
    more = "" if not others else f" and {others} other{'s' if others > 1 else ''}"
    rows = [("From", [shown.sender])]
    rows += [("Reply to", list(shown.reply_to))] if shown.reply_to else []
    rows += [("To", list(shown.to)), ("Cc", list(shown.cc)), ("Bcc", list(shown.bcc))]
    listed = "".join(
        f"<dt>{name}</dt><dd>{_people(members)}</dd>" for name, members in rows if members
    )
    return (
        f'<details class="to"><summary><bdi>to <bdi>{escape(first)}</bdi>{more}</bdi>'
        f"{icon('chevron')}</summary><dl>{listed}</dl></details>"
    )


def _people(members: Sequence[Address]) -> str:
    written = [
        f"<span><bdi>{escape(one.name or one.email)}</bdi>{_address(one)}</span>"
        for one in members[:MAX_SHOWN_PEOPLE]
    ]
    if len(members) > MAX_SHOWN_PEOPLE:
        written.append(f"<span>and {len(members) - MAX_SHOWN_PEOPLE} more</span>")
    return "".join(written)


def _blocked(card: Card) -> str:
    """Write the quiet bar above a body whose remote content was left out."""
    shown = card.rendered
    pixels = [one for one in shown.trackers if one.kind != "link"]
    links = [one for one in shown.trackers if one.kind == "link"]
    unseen = sum(1 for one in pixels if one.kind == "pixel")
    images = max(0, shown.blocked - unseen)
    said: list[str] = []
    if pixels:
        said.append(f"<b>{count(len(pixels), 'tracker')} blocked</b>{_vendors(pixels)}")
    if images:
        said.append(f"{count(images, 'image')} not loaded")
    if links:
        verb = "reports" if len(links) == 1 else "report"
        said.append(f"{count(len(links), 'link')} {verb} a click{_vendors(links)}")
    if not said:
        return ""
    return f'<div class="blocked" role="note">{icon("shield")}<bdi>{" · ".join(said)}</bdi></div>'


def _vendors(trackers: Sequence[object]) -> str:
    names = dict.fromkeys(
        escape(getattr(one, "vendor", "") or getattr(one, "host", "")) for one in trackers
    )
    shown = [name for name in names if name]
    if not shown:
        return ""
    more = f" and {len(shown) - 4} more" if len(shown) > 4 else ""
    return f" ({', '.join(shown[:4])}{more})"


def _body(card: Card, all_open: bool) -> str:
    """Write the mail's own box: its styles end at the shadow root, its boxes at the frame."""
    inner = str(card.rendered.html).replace(
        sanitize.IMAGE_URL, sanitize.IMAGE_URL.replace("/0/", f"/{card.message}/")
    )
    if all_open:
        inner = inner.replace('<details class="mv-history">', '<details class="mv-history" open>')
    kind = "rich" if card.rendered.rich else "plain"
    return (
        f'<div class="body {kind}"><template shadowrootmode="open">'
        f'<style>{_FRAME}</style><div dir="auto">{inner}</div></template></div>'
    )


def _defects(shown: Rendered) -> str:
    """Say what is odd about a mail that could not be read as it stands."""
    serious = [
        text for text in shown.defects if not text.startswith(("it has no date", "its date"))
    ]
    if not serious:
        return ""
    said = "; ".join(escape(text) for text in serious[:5])
    return (
        f'<p class="defects">{icon("warning")}<span>This mail is not quite as it should be: '
        f"{said}.</span></p>"
    )


def _name(name: str) -> str:
    return "".join(char for char in name if char.isalnum() or char == "-")


def _value(value: str) -> str:
    return "".join(char for char in value if char not in "<>{};\\")


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
    "a{color:var(--body-link)}img{max-width:100%}"
    ".mv-body{margin:0}.mv-text{white-space:pre-wrap;unicode-bidi:plaintext}"
    ".mv-text div{unicode-bidi:plaintext}.mv-text>div,.mv-text>blockquote{margin-bottom:12px}"
    ".mv-signature{color:var(--body-dim)}"
    ".mv-text blockquote,.mv-history blockquote{margin:0 0 8px;padding-inline-start:12px;"
    "border-inline-start:2px solid var(--body-line);color:var(--body-dim)}"
    ".mv-history{margin:8px 0}.mv-history>summary{display:inline-block;list-style:none;"
    "cursor:pointer;padding:0 8px;border-radius:8px;line-height:16px;font-weight:600;"
    "color:var(--body-dim);background:var(--body-hover)}"
    ".mv-history>summary::-webkit-details-marker{display:none}"
    ".mv-history>summary:focus-visible{outline:2px solid var(--accent-mark);outline-offset:1px}"
    ".mv-off{display:inline-block;box-sizing:border-box;min-width:16px;min-height:16px;"
    "max-width:100%;overflow:hidden;color:#6C6B64;background:#F6F6F3;vertical-align:middle;"
    "border-radius:4px;outline:1px dashed #A9A89F;outline-offset:-1px;"
    "font:12px/16px var(--font,sans-serif)}"
    "span.mv-off[title]{padding:2px 8px}span.mv-off[title]::before{content:attr(title)}"
    f'img.mv-off{{background:#F6F6F3 url("{_PICTURE}") center/min(16px,70%) no-repeat}}'
)
