"""What stands between the mails of a shared conversation: comments, events, mail on its way out.

Plain markup of ours; what people wrote is escaped, and cannot turn the text around it. Dates and
times come formatted.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal, NamedTuple

from missive_desktop.content import page_files
from missive_desktop.content.markup import escape
from missive_desktop.content.page_parts import icon, initialled, link
from missive_desktop.content.plaintext import linked
from missive_desktop.domain.message import Address

MAX_SHOWN = 20_000  # characters of one comment
# Marks that turn or embed text, and controls: each line and each name has its own direction anyway.
_STEERING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_BLANK = re.compile(r"\{(\d)\}")


class Mark(NamedTuple):
    """A place in a comment's text that names somebody; `me`: the reader."""

    start: int
    end: int
    me: bool = False


class Refusal(NamedTuple):
    """A change that the team's server did not take: why, and what it is called here."""

    why: str
    pending: int


class File(NamedTuple):
    """What goes along with a comment; `warning`: what may harm when it is opened."""

    name: str
    size: int
    warning: str = ""


class Comment(NamedTuple):
    id: str
    author: Address
    time: str
    text: str
    marks: tuple[Mark, ...] = ()
    edited: bool = False
    mine: bool = False
    sending: bool = False
    refused: Refusal | None = None
    file: File | None = None


class Event(NamedTuple):
    """Something that was done: words with {0}, {1} for names."""

    icon: str
    words: str
    names: tuple[str, ...]
    time: str
    refused: Refusal | None = None
    waiting: bool = False  # the team does not know of it yet


class Going(NamedTuple):
    """A mail that was written and is not sent yet. `undo`: it may be taken back."""

    id: str
    author: Address
    to: str
    time: str
    text: str
    state: Literal["waiting", "sending", "uncertain", "failed"]
    error: str = ""
    undo: bool = False
    mine: bool = False


Between = Comment | Event | Going


def written(items: Sequence[Between]) -> str:
    """Write what stands in one place between two mails."""
    out = []
    said_before = False
    for item in items:
        if isinstance(item, Comment):
            out.append(_comment(item, first=not said_before))
        elif isinstance(item, Event):
            out.append(_event(item))
        else:
            out.append(_going(item))
        said_before = isinstance(item, Comment)
    return "\n".join(out)


def plain(text: str) -> str:
    """Take out of a text what turns the text around it."""
    return _STEERING.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def _comment(item: Comment, *, first: bool) -> str:
    who = item.author.name or item.author.email
    classes = "comment" + (" pending" if item.sending else "") + (" refused" * bool(item.refused))
    lock = (
        f'<span class="lock">{icon("lock")}<span>only your team sees this</span></span>'
        if first
        else ""
    )
    time = "sending…" if item.sending else item.time
    edited = " · edited" if item.edited else ""
    label = f"Comment from {plain(who)}, {item.time}, only your team sees this"
    return (
        f'<section class="{classes}" aria-label="{escape(label)}">'
        f'<div class="comment-head">{initialled(item.author, "small")}'
        f'<bdi class="name">{escape(plain(who))}</bdi>'
        f'<time class="time">{escape(time)}{edited}</time>{_own(item)}{lock}</div>'
        f"{_words(item)}{_file(item)}"
        f"{_refusal(item.refused, 'This comment was not taken: ')}</section>"
    )


def _words(item: Comment) -> str:
    said = _said(item.text, item.marks) if item.text or item.file is None else ""
    return f'<div class="said">{said}</div>' if said else ""


def _file(item: Comment) -> str:
    if item.file is None:
        return ""
    name = plain(item.file.name).replace("\n", " ")
    return page_files.shared(item.id, name, item.file.size, item.file.warning)


def _own(item: Comment) -> str:
    if not item.mine or item.sending or item.refused:
        return ""
    edit = link("Edit", "comment-edit", comment=item.id)
    delete = link("Delete", "comment-delete", comment=item.id)
    return (
        f'<details class="own"><summary aria-label="Change this comment">{icon("dots")}</summary>'
        f'<span class="acts">{edit}{delete}</span></details>'
    )


def _said(text: str, marks: Sequence[Mark]) -> str:
    """Write a comment line by line, each in the direction of its own words."""
    if len(text) > MAX_SHOWN:
        text = text[:MAX_SHOWN] + "…"
    pieces: list[str] = []
    at = 0
    for mark in sorted(marks):
        if mark.start < at or mark.end > len(text) or mark.end <= mark.start:
            continue
        named = escape(plain(text[mark.start : mark.end]).replace("\n", " "))
        pieces.append(linked(plain(text[at : mark.start])))
        pieces.append(f'<bdi class="mention{" me" * mark.me}">{named}</bdi>')
        at = mark.end
    pieces.append(linked(plain(text[at:])))
    lines = "".join(pieces).split("\n")
    return "".join(f'<div dir="auto">{line or "<br>"}</div>' for line in lines)


def _event(item: Event) -> str:
    def name(blank: re.Match[str]) -> str:
        index = int(blank[1])
        return f"<bdi>{escape(plain(item.names[index]))}</bdi>" if index < len(item.names) else ""

    words = _BLANK.sub(name, escape(item.words))
    classes = "happened" + " refused" * bool(item.refused) + " pending" * item.waiting
    when = "on its way" if item.waiting else item.time
    time = f" · {escape(when)}" if when else ""
    return (
        f'<div class="{classes}">{icon(item.icon)}<span><bdi>{words}</bdi>{time}'
        f"{_refusal(item.refused, ' ')}</span></div>"
    )


def _refusal(refused: Refusal | None, before: str) -> str:
    if refused is None:
        return ""
    again = link("Do it again", "pending-again", pending=refused.pending)
    drop = link("Drop", "pending-drop", pending=refused.pending)
    return (
        f'<div class="refusal"><span>{escape(before)}{escape(plain(refused.why))}</span>'
        f'<span class="acts">{again}{drop}</span></div>'
    )


_STATES = {
    "waiting": ("clock", "Goes out in a moment", ""),
    "sending": ("send", "Being sent…", ""),
    "uncertain": (
        "warning",
        "It is not known whether this mail went out",
        "The connection broke after it was handed over. Look into the Sent folder, or ask.",
    ),
    "failed": ("warning", "This mail did not go out", ""),
}


def _going(item: Going) -> str:
    mark, words, advice = _STATES[item.state]
    who = item.author.name or item.author.email
    acts = ""
    if item.state == "waiting" and item.undo:
        acts = link("Undo", "send-undo", send=item.id)
    elif item.state == "uncertain":
        acts = _choices(item, ("It was sent", "sent"), ("Send again", "retry"), ("Drop", "cancel"))
    elif item.state == "failed":
        acts = _choices(item, ("Send again", "retry"), ("Delete", "delete"))
    told = item.error or advice
    more = f'<p class="told" dir="auto">{escape(plain(told))}</p>' if told else ""
    return (
        f'<section class="going {item.state}" aria-label="Mail that is on its way">'
        f'<div class="going-head">{initialled(item.author)}<span class="who">'
        f'<bdi class="name">{escape(plain(who))}</bdi> <bdi class="address">to '
        f"<bdi>{escape(plain(item.to))}</bdi></bdi></span>"
        f'<time class="time">{escape(item.time)}</time></div>'
        f'<p class="going-text" dir="auto">{escape(plain(item.text))}</p>'
        f'<div class="state">{icon(mark)}<span>{words}</span><span class="acts">{acts}</span>'
        f"</div>{more}</section>"
    )


def _choices(item: Going, *choices: tuple[str, str]) -> str:
    return "".join(link(words, "send-resolve", send=item.id, how=how) for words, how in choices)
