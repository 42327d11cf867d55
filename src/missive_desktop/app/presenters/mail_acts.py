"""What the links in a card ask for: images, how a mail is drawn, leaving a list. Knows no Qt.

Each act changes what is known of one mail and has its page made anew; what takes time says so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from missive_desktop.app.presenters.image_choices import (
    ImageChoices,
    failure,
    rule_of,
    switched_off,
)
from missive_desktop.app.presenters.link import Engine
from missive_desktop.app.presenters.mail_cards import MailCards, shown_of
from missive_desktop.app.presenters.tasks import Tasks
from missive_desktop.content.page import Card
from missive_desktop.content.page_tools import Leaving
from missive_desktop.engine.protocol import Unsubscribe
from missive_desktop.errors import KnownError, UsageError
from missive_desktop.store import messages
from missive_desktop.store.database import Connection

ACTS = ("images", "mode", "bar", "unsubscribe")
SCOPES = ("once", "sender", "domain", "never", "ask")
MODES = ("light", "dark", "text")


class MailActs:
    """`again` shows the mails as they are known now; `browse` opens an address outside; `decided`
    says that a rule about images was made or taken away."""

    def __init__(
        self,
        conn: Connection,
        engine: Engine,
        cards: MailCards,
        again: Callable[[], None],
        browse: Callable[[str], None],
        tell: Callable[[str, str], None],
        decided: Callable[[], None],
    ) -> None:
        self._conn = conn
        self._engine = engine
        self._cards = cards
        self._again = again
        self._browse = browse
        self._decided = decided
        self._choices = ImageChoices(conn, engine)
        self._tasks = Tasks(lambda error: tell(str(error), error.advice))

    def close(self) -> None:
        self._tasks.cancel()

    def do(self, name: str, message: int, values: Mapping[str, str]) -> None:
        """Do what a link of our own page says."""
        scope, mode = values.get("scope", "once"), values.get("mode", "")
        if name == "images" and scope in SCOPES:
            self._tasks.start(self._images(message, scope))
        elif name == "mode" and mode in MODES:
            self._cards.choices(message).mode = mode  # type: ignore[assignment] # one of MODES
            self._again()
        elif name == "bar":
            self._cards.choices(message).hidden = True
            self._again()
        elif name == "unsubscribe":
            self._tasks.start(self._unsubscribe(message, anyway="anyway" in values))

    def load(self, wanted: Sequence[int]) -> None:
        """Load the images of these mails: asked for by a key."""
        if wanted:
            self._tasks.start(self._load(wanted))

    def by_rule(self, wanted: Sequence[int]) -> None:
        """Fetch what the reader always wants and what did not come at arrival: once for a mail."""
        fresh = [message for message in wanted if not self._cards.choices(message).tried]
        for message in fresh:
            self._cards.choices(message).tried = True
        if fresh and not switched_off(self._conn):
            self._tasks.start(self._load(fresh, asked=False))

    async def _images(self, message: int, scope: str) -> None:
        row = messages.get(self._conn, message)
        if row is None:
            return
        if scope != "once":
            await self._choices.decide(row.sender.email, scope)
            self._decided()
        allowed = rule_of(self._conn, row.sender.email) == "allow"
        if scope == "once" or (scope in ("sender", "domain") and allowed):
            await self._load([message])
        else:
            self._again()

    async def _load(self, wanted: Sequence[int], *, asked: bool = True) -> None:
        known = [self._cards.choices(message) for message in wanted]
        for one in known:
            one.loading, one.problem, one.hidden = True, "", False
        self._again()
        try:
            failed = await self._choices.load(wanted, asked=asked)
            for message, one in zip(wanted, known, strict=True):
                one.problem = failure(self._of(message, failed))
        except (KnownError, UsageError) as error:
            for one in known:
                one.problem = f"{error} {getattr(error, 'advice', '')}".strip()
        finally:
            for one in known:
                one.loading = False
        self._again()

    def _of(self, message: int, failed: Sequence[tuple[str, str]]) -> list[str]:
        """Return why images of one of the mails failed."""
        shown = shown_of(self._conn, message)
        missing = set(shown.remote) if shown is not None else set()
        return [reason for url, reason in failed if url in missing]

    async def _unsubscribe(self, message: int, *, anyway: bool) -> None:
        chosen = self._cards.choices(message)
        chosen.leaving = Leaving(waiting=True)
        self._again()
        leaving = Leaving()
        try:
            answer = await self._engine.call(Unsubscribe(message=message, anyway=anyway))
            leaving = _said(answer)
            if answer.get("way") == "browser":
                self._browse(str(answer.get("url", "")))
        finally:
            chosen.leaving = leaving
            self._again()


def _said(answer: Mapping[str, object]) -> Leaving:
    """Return in words what came of leaving a list."""
    match answer.get("way"):
        case "posted":
            return Leaving("Unsubscribed")
        case "mailed":
            return Leaving(f"A mail to {answer.get('to', '')} is on its way")
        case "browser":
            return Leaving("Go on in your browser")
        case "ask":
            return Leaving(doubt=str(answer.get("note", "")))
    return Leaving()


def wanted_by_rule(cards: Sequence[Card]) -> tuple[int, ...]:
    """Return the mails whose images the reader always wants, and that are not loaded."""
    return tuple(
        card.message for card in cards if card.rendered.remote and card.images.rule == "allow"
    )
