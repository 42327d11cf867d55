"""One document for a conversation: each mail in a shadow root of its own, inside a card.

Works without scripts: details elements fold, fragments lead to a mail, acts are links of the
scheme `act:` that the view refuses to follow and reads instead. Dates and times come formatted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from missive_desktop.content import page_body, page_files, page_invitation, page_privacy, page_tools
from missive_desktop.content.markup import escape
from missive_desktop.content.page_invitation import When
from missive_desktop.content.page_parts import LATER, icon, initialled
from missive_desktop.content.page_privacy import Images
from missive_desktop.content.page_tools import Leaving, Mode
from missive_desktop.content.rendered import Rendered
from missive_desktop.domain.message import Address
from missive_desktop.domain.sender import Verdict

MAX_SHOWN_PEOPLE = 100


class Card(NamedTuple):
    """A mail of the conversation as it shall be shown."""

    message: int
    rendered: Rendered
    time: str  # formatted for the reader
    folded: bool = False  # an earlier mail that was read: one line until it is opened
    verdict: Verdict | None = None  # what is to be made of the sender
    mode: Mode = "light"  # how HTML is drawn; "dark" counts in a dark window only
    images: Images = Images()
    leaving: Leaving = Leaving()
    events: tuple[When, ...] = ()  # when the invitations are, for the reader
    author: Address | None = None  # who of the team wrote it, where it went out in its name


def conversation_page(
    cards: Sequence[Card],
    theme: Mapping[str, str],
    dark: bool,
    *,
    stylesheet: str,
    me: Sequence[str] = (),
    deferred: bool = False,
    between: Sequence[tuple[int, str]] = (),
) -> str:
    """Write the page; `theme` maps names of tokens to CSS values.

    With `deferred` folded mails are heads only: the view puts in what they hold (`folded`).
    `between` is what `page_talk` wrote, each with how many of the mails stand before it.
    """
    mine = frozenset(address.lower() for address in me)
    values = "".join(f"--{_name(name)}:{_value(value)};" for name, value in theme.items())
    body = _in_order([_card(card, mine, dark, deferred) for card in cards], between)
    scheme = "dark" if dark else "light"
    return (
        f'<!DOCTYPE html>\n<html class="{scheme}">\n<head><meta charset="utf-8">'
        f"<title>{escape(cards[-1].rendered.subject if cards else '')}</title>"
        f"<style>:root{{color-scheme:{scheme};{values}}}\n{stylesheet}</style></head>\n"
        f"<body><main>\n{body}\n</main></body></html>\n"
    )


def folded(
    cards: Sequence[Card], dark: bool, me: Sequence[str] = ()
) -> tuple[tuple[int, str], ...]:
    """Return what folded mails hold below their heads, by message."""
    mine = frozenset(address.lower() for address in me)
    return tuple((card.message, _inner(card, mine, dark)) for card in cards if card.folded)


def _in_order(cards: Sequence[str], between: Sequence[tuple[int, str]]) -> str:
    out: list[str] = []
    for count in range(len(cards) + 1):
        out += [piece for before, piece in between if before == count]
        out += cards[count : count + 1]
    return "\n".join(out)


def _card(card: Card, mine: frozenset[str], dark: bool, deferred: bool) -> str:
    shown = card.rendered
    person = shown.sender if card.author is None else Address(card.author.name, shown.sender.email)
    who = person.name or person.email or "unknown sender"
    label = f"Mail from {who}, {card.time}"
    header = (
        f'{initialled(card.author or person)}<span class="who">'
        f'<bdi class="name">{escape(who)}</bdi>{_address(person)}'
        f"</span>{page_privacy.badge(card.verdict)}"
        f'<span class="snippet" dir="auto">'
        f'{escape(shown.snippet)}</span><time class="time">{escape(card.time)}</time>'
    )
    opened = "" if card.folded else " open"
    inner = LATER if card.folded and deferred else _inner(card, mine, dark)
    return (
        f'<article class="card" id="m{card.message}" aria-label="{escape(label)}">'
        f'<details class="mail"{opened}><summary class="head">{header}</summary>'
        f"{inner}</details></article>"
    )


def _inner(card: Card, mine: frozenset[str], dark: bool) -> str:
    """Write what stands below a card's head."""
    shown = card.rendered
    told = {event.part for event in shown.invitations}
    events = page_invitation.cards(card.message, shown.invitations, card.events)
    tiles = page_files.files(card.message, shown.attachments, told)
    bar = (
        _recipients(shown, mine)
        + page_privacy.quiet(card.verdict)
        + page_tools.unsubscribing(card.message, shown, card.leaving)
        + page_tools.tools(card.message, shown, card.mode, dark)
    )
    said = page_privacy.warnings(card.message, card.verdict) + page_privacy.bar(
        card.message, shown, card.images
    )
    body = page_body.body(card.message, shown, card.mode, dark)
    return f'<div class="bar">{bar}</div>{said}{events}{body}{tiles}{_defects(shown)}'


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
