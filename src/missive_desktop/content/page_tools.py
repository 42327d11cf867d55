"""What can be done with one mail, folded behind a button in its card: how it is drawn, its source,
how to leave a list. Markup only; acts are links of the scheme `act:`."""

from __future__ import annotations

from typing import Literal, NamedTuple

from missive_desktop.content.markup import escape
from missive_desktop.content.page_parts import act, icon, link
from missive_desktop.content.remote import host_of
from missive_desktop.content.rendered import Rendered

Mode = Literal["light", "dark", "text"]


class Leaving(NamedTuple):
    """How far leaving a list is, in words."""

    done: str = ""
    doubt: str = ""  # why it may be better not to
    waiting: bool = False


def tools(message: int, shown: Rendered, mode: Mode, dark: bool) -> str:
    """Write the button with dots, and the row that it unfolds."""
    rows = []
    if shown.rich:
        rows.append(f'<span class="modes">{_modes(message, mode, dark)}</span>')
    source = link("Raw source", "source", message=message)
    headers = link("All headers", "headers", message=message)
    privacy = link("Privacy", "privacy", message=message)
    rows.append(f"<span>{privacy} · {source} · {headers}</span>")
    return (
        '<details class="tools"><summary title="More about this mail"'
        f' aria-label="More about this mail">{icon("dots")}</summary>'
        f'<div class="row">{"".join(rows)}</div></details>'
    )


def unsubscribing(message: int, shown: Rendered, leaving: Leaving) -> str:
    """Write the way off a list and what it does, said before it is done."""
    if leaving.done:
        return f'<span class="done">{icon("check")}{escape(leaving.done)}</span>'
    if leaving.waiting:
        return '<span class="done waits">Unsubscribing…</span>'
    if leaving.doubt:
        return _leave(message, leaving.doubt, "Unsubscribe all the same", anyway=1)
    ways = shown.unsubscribe
    if not ways.offered:
        return ""
    page = host_of(ways.browser_url)
    mailed = f"a mail is sent to {ways.mail_to}" if ways.mail_to else ""
    browsed = f"your browser opens {page}, which may learn your address" if page else ""
    other = mailed or browsed
    if ways.post_url:
        host = host_of(ways.post_url)
        told = f"{host} is told to take you off the list. If this offer is not signed, {other}."
    else:
        told = f"{other[:1].upper()}{other[1:]}."
    return _leave(message, told, "Unsubscribe")


def _leave(message: int, told: str, words: str, **values: int) -> str:
    address = escape(act("unsubscribe", message=message, **values))
    opened = " open" if values else ""
    return (
        f'<details class="leave"{opened}><summary>Unsubscribe</summary><div class="row">'
        f'<span>{escape(told)}</span><a class="go" href="{address}">{words}</a></div></details>'
    )


def _modes(message: int, mode: Mode, dark: bool) -> str:
    """Write the ways to draw a mail that brought HTML; one of them is on."""
    offered: list[tuple[Mode, str]] = [("light", "As designed"), ("text", "Plain text")]
    if dark:
        offered = [("light", "Light card"), ("dark", "Dark"), ("text", "Plain text")]
    current = mode if mode in dict(offered) else "light"
    state = {current: ' aria-current="true"'}
    return "".join(
        f'<a href="{escape(act("mode", message=message, mode=value))}"'
        f"{state.get(value, '')}>{words}</a>"
        for value, words in offered
    )
