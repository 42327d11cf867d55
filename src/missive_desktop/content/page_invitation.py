"""An invitation as a card of the page: what, when, where, who. Pure; times come formatted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from missive_desktop.content.markup import escape
from missive_desktop.content.page_parts import act, icon
from missive_desktop.content.plaintext import linked
from missive_desktop.domain.invitation import Guest, Invitation, Moment

MAX_SHOWN_GUESTS = 30

_TITLES = {
    "request": "Invitation",
    "update": "Invitation, changed",
    "cancel": "Cancelled",
    "reply": "Answer",
    "counter": "Another time is proposed",
    "declinecounter": "The proposed time is declined",
    "publish": "Event",
}


class When(NamedTuple):
    """When an event is, for the reader, and what the sender's clock says of it."""

    text: str
    remark: str = ""


def plain_when(event: Invitation) -> When:
    """Say when without a locale, by the sender's clock."""
    if event.start is None:
        return When("")
    text = event.start.wall.replace("T", " ")
    if event.end is not None and event.end.wall != event.start.wall:
        text = f"{text} – {_end(event.start, event.end)}"
    return When(text, event.start.zone)


def cards(message: int, events: Sequence[Invitation], whens: Sequence[When]) -> str:
    """Write the cards of a mail's invitations; `whens` says when, in the same order."""
    told = [*whens, *(plain_when(event) for event in events[len(whens) :])]
    return "".join(_card(message, event, when) for event, when in zip(events, told, strict=False))


def _card(message: int, event: Invitation, when: When) -> str:
    gone = event.cancelled or event.method == "cancel"
    title = "Cancelled" if gone else _TITLES[event.method]
    name = escape(event.summary or "(no title)")
    rows = [
        ("clock", _when(when)),
        ("repeat", escape(event.recurrence)),
        ("pin", linked(event.where)),
        ("link", "<br>".join(linked(link) for link in event.links[:3])),
        ("people", _people(event)),
    ]
    listed = "".join(f"<li>{icon(drawn)}<div>{said}</div></li>" for drawn, said in rows if said)
    return (
        f'<section class="event{" gone" if gone else ""}" aria-label="{escape(title)}: {name}">'
        f'<p class="kind">{icon("calendar")}{escape(title)}</p><h3><bdi>{name}</bdi></h3>'
        f"<ul>{listed}</ul>{_text(event.text)}{_acts(message, event)}</section>"
    )


def _when(when: When) -> str:
    if not when.text:
        return ""
    remark = f" <small><bdi>{escape(when.remark)}</bdi></small>" if when.remark else ""
    return f"<time>{escape(when.text)}</time>{remark}"


def _people(event: Invitation) -> str:
    if event.method in ("reply", "counter") and event.guests:
        return "".join(_guest(one) for one in event.guests[:3])
    out = ""
    if event.organizer is not None and (event.organizer.name or event.organizer.email):
        out = f'<p class="guest">{_named(event.organizer)} <small>invites</small></p>'
    host = event.organizer.email.lower() if event.organizer is not None else ""
    guests = [one for one in event.guests if one.email.lower() != host or not host]
    if not guests:
        return out
    listed = "".join(_guest(one) for one in guests[:MAX_SHOWN_GUESTS])
    more = len(guests) - MAX_SHOWN_GUESTS
    rest = f"<p>and {more} more</p>" if more > 0 else ""
    if len(guests) <= 4:
        return out + listed
    states = _tally(guests)
    return (
        f"{out}<details><summary>{len(guests)} guests{states}{icon('chevron')}</summary>"
        f"{listed}{rest}</details>"
    )


def _tally(guests: Sequence[Guest]) -> str:
    said = [
        f"{number} {state}"
        for state in ("accepted", "maybe", "declined")
        if (number := sum(1 for one in guests if one.state == state))
    ]
    return f": {', '.join(said)}" if said else ""


def _guest(one: Guest) -> str:
    state = one.state + (", optional" if one.optional and one.state else "")
    state = state or ("optional" if one.optional else "")
    said = f' <small class="{_class(one.state)}">{escape(state)}</small>' if state else ""
    return f'<p class="guest">{_named(one)}{said}</p>'


def _class(state: str) -> str:
    return {"accepted": "yes", "declined": "no", "maybe": "maybe"}.get(state, "open")


def _named(one: Guest) -> str:
    if one.name and one.email and one.name != one.email:
        return f'<bdi>{escape(one.name)}</bdi> <bdi class="address">{escape(one.email)}</bdi>'
    return f"<bdi>{escape(one.name or one.email)}</bdi>"


def _text(text: str) -> str:
    if not text:
        return ""
    shown = f'<div class="about" dir="auto">{linked(text)}</div>'
    if len(text) < 280 and text.count("\n") < 5:
        return shown
    return f"<details><summary>Description{icon('chevron')}</summary>{shown}</details>"


def _acts(message: int, event: Invitation) -> str:
    opened = escape(act("open", message=message, part=event.part))
    saved = escape(act("save", message=message, part=event.part))
    return (
        f'<p class="acts"><a href="{opened}">Open in your calendar</a>'
        f'<a href="{saved}">Save</a></p>'
    )


def _end(start: Moment, end: Moment) -> str:
    """Write the end without the day, where it is the same."""
    day, _, time = end.wall.partition("T")
    return time if time and start.wall.startswith(day) else end.wall.replace("T", " ")
