"""Whose request it is, as the database says; for writing as it said a moment ago.

The transaction that writes looks at the session once more, so what is remembered here saves a
question and decides nothing.
"""

from __future__ import annotations

import time
from collections import OrderedDict

from starlette.requests import Request

from missive_server.auth.sessions import Session
from missive_server.http.parts import Parts
from missive_server.http.requests import asker_of, token_of

KEPT = 20.0  # seconds
MOST = 20_000


class Callers:
    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._kept: OrderedDict[str, tuple[Session, float]] = OrderedDict()

    async def writing(self, request: Request) -> Session:
        """Return the session, which the writer will check."""
        token, name = token_of(request), asker_of(request).fingerprint
        kept = self._kept.get(name)
        if kept and kept[1] > time.monotonic():
            session = kept[0]
        else:
            session = await self._parts.gate.full_session(token)
            self._kept[name] = session, time.monotonic() + KEPT
            self._kept.move_to_end(name)
            if len(self._kept) > MOST:
                self._kept.popitem(last=False)
        self._parts.rates.proved(asker_of(request), session.user)
        return session

    def refused(self, request: Request) -> None:
        """The writer found the session to be none any more."""
        self._kept.pop(asker_of(request).fingerprint, None)

    async def proved(self, request: Request, session: Session) -> None:
        """A transaction has just found the session good."""
        self._parts.rates.proved(asker_of(request), session.user)
        await self._parts.gate.used(session)
