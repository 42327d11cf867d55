"""Conversations that one acts on oneself: when they leave the list, it is by that."""

from __future__ import annotations

from collections.abc import Collection

from PySide6.QtCore import QElapsedTimer

LASTS = 5000  # ms from the act, or from its answer, until the list has shown it


class Expected:
    """Forgets what did not leave: a star takes nothing away, and what comes later is another's."""

    def __init__(self) -> None:
        self._clock = QElapsedTimer()
        self._clock.start()
        self._until: dict[int, int] = {}

    def add(self, conversations: Collection[int]) -> None:
        now = self._clock.elapsed()
        self._until = {item: until for item, until in self._until.items() if until > now}
        self._until |= dict.fromkeys(conversations, now + LASTS)

    def drop(self, conversation: int) -> None:
        self._until.pop(conversation, None)

    def __contains__(self, conversation: int) -> bool:
        return self._until.get(conversation, 0) > self._clock.elapsed()
