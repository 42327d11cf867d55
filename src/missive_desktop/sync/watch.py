"""Watching the inbox: IDLE, re-issued before servers lose patience, else asking each minute."""

from __future__ import annotations

import threading
from collections.abc import Callable

from missive_desktop.mail.idle import Wake
from missive_desktop.mail.session import Session

REISSUE = 25 * 60.0  # RFC 2177 wants it under 29 minutes
ASK = 60.0  # seconds between questions to a server without IDLE


def watch(
    session: Session,
    name: str,
    wake: Wake,
    stop: threading.Event,
    news: Callable[[], None],
    *,
    reissue: float = REISSUE,
    ask: float = ASK,
) -> None:
    """Call `news` whenever the folder changed, until `stop`; raises when the connection breaks."""
    session.select(name, readonly=True)
    news()  # something may have come between the last sync and now
    while not stop.is_set():
        if session.capabilities.idle:
            changed = session.idle(reissue, wake)
        else:
            stop.wait(ask)
            changed = not stop.is_set() and session.noop()
        if changed:
            news()
