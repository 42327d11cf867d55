"""Cards of mails for the page, with what the reader chose for single mails while the window lives.

Reads the store; decides nothing about what is genuine or blocked. Knows no Qt.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import msgspec

from missive_desktop.app.presenters.image_choices import (
    rule_of,
    switched_off,
    whole_domain,
)
from missive_desktop.content import rendered
from missive_desktop.content.page import Card
from missive_desktop.content.page_invitation import When, plain_when
from missive_desktop.content.page_privacy import Images
from missive_desktop.content.page_tools import Leaving, Mode
from missive_desktop.content.rendered import Rendered
from missive_desktop.content.sanitize import VERSION
from missive_desktop.domain.invitation import Invitation
from missive_desktop.domain.message import Address
from missive_desktop.domain.sender import GRAVE, Verdict
from missive_desktop.engine import sender_check
from missive_desktop.engine.allowance import allowed
from missive_desktop.store import correspondents, image_rules, senders, settings
from missive_desktop.store import rendered as kept
from missive_desktop.store.database import Connection
from missive_desktop.store.messages import MessageRow

HTML_IN_DARK = "html_in_dark"
_NOBODY: Mapping[int, Address] = {}


@dataclass(slots=True)
class Choices:
    """What the reader chose for one mail, and how far it is."""

    mode: Mode | None = None
    hidden: bool = False  # the bar above the body was closed
    loading: bool = False
    problem: str = ""
    tried: bool = False  # images were asked for by rule, once
    leaving: Leaving = field(default_factory=Leaving)


@dataclass(slots=True)
class MailCards:
    """`time_text` formats unix seconds for a reader, `event_text` says when an event is."""

    conn: Connection
    time_text: Callable[[int], str]
    event_text: Callable[[Invitation], When] = plain_when
    as_text: set[int] = field(default_factory=set)  # conversations that the view could not draw
    _choices: dict[int, Choices] = field(default_factory=dict)

    def choices(self, message: int) -> Choices:
        return self._choices.setdefault(message, Choices())

    def stamp(self, rows: Sequence[MessageRow]) -> tuple[object, ...]:
        """Return what a page of these mails depends on beside the mails themselves."""
        chosen = [self._choices.get(row.id) for row in rows]
        return (
            self.default_mode(),
            rows[0].conversation in self.as_text,
            tuple(self.time_text(row.date) for row in rows),
            tuple(
                (one.mode, one.hidden, one.loading, one.problem, one.leaving) if one else None
                for one in chosen
            ),
        )

    def make(
        self,
        rows: Sequence[MessageRow],
        opened: frozenset[int],
        *,
        dark: bool,
        authors: Mapping[int, Address] = _NOBODY,
    ) -> list[Card] | None:
        """Return the cards of a conversation, or None while one of its mails is not prepared.

        `authors` are those of the team who wrote mails in its name.
        """
        default = self.default_mode() if dark else "light"
        text_only = rows[0].conversation in self.as_text
        cards = []
        for row in rows:
            shown = shown_of(self.conn, row.id)
            if shown is None:
                return None
            chosen = self._choices.get(row.id, Choices())
            said = sender_check.verdict(self.conn, row, shown)
            cards.append(
                Card(
                    message=row.id,
                    rendered=shown,
                    time=self.time_text(row.date),
                    folded=row.id not in opened,
                    verdict=said,
                    mode="text" if text_only else chosen.mode or default,
                    images=self._images(row, shown, chosen, said),
                    leaving=self._leaving(row, shown, chosen),
                    events=tuple(self.event_text(event) for event in shown.invitations),
                    author=authors.get(row.id),
                )
            )
        return cards

    def _leaving(self, row: MessageRow, shown: Rendered, chosen: Choices) -> Leaving:
        if any(chosen.leaving) or not shown.unsubscribe.offered:
            return chosen.leaving
        left = senders.left_on(self.conn, senders.mailing(row.list_id, row.sender.email))
        if left is None:
            return chosen.leaving
        when = self.time_text(left.done)
        said = "Asked to be taken off" if left.way == "mailed" else "Unsubscribed"
        return Leaving(f"{said}, {when}")

    def default_mode(self) -> Mode:
        """Return how HTML is drawn in the dark unless the reader says otherwise for a mail."""
        value = settings.get(self.conn, HTML_IN_DARK, "light")
        return value if value in ("light", "dark", "text") else "light"

    def _images(self, row: MessageRow, shown: Rendered, chosen: Choices, said: Verdict) -> Images:
        if not shown.remote and not shown.loaded:
            return Images(hidden=chosen.hidden)
        email = row.sender.email
        rule = rule_of(self.conn, email)
        if rule == "allow" and not allowed(self.conn, row, shown):
            rule = "ask"  # who borrows an address does not get its rights
        return Images(
            rule=rule,
            domain=whole_domain(email),
            off=switched_off(self.conn),
            loading=chosen.loading,
            problem=chosen.problem,
            known=correspondents.images_shown(self.conn, email),
            hidden=chosen.hidden,
            once_only=said.level in GRAVE,
            through_proxy=bool(settings.get(self.conn, image_rules.PROXY, "")),
        )


def shown_of(conn: Connection, message: int) -> Rendered | None:
    """Return what is shown of a message, or None until it was prepared by this version."""
    found = kept.get(conn, message)
    if found is None or found[0] != VERSION:
        return None
    try:
        return rendered.decode(found[1])
    except (ValueError, msgspec.MsgspecError):
        return None  # of another version: made anew
