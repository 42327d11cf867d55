"""The order of a list, newest first, kept in step with what changes. Pure."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Iterable, Mapping


class Order:
    """Conversations by their newest message. `complete` is False while older ones are unread."""

    def __init__(self) -> None:
        self._keys: list[tuple[int, int]] = []  # negative, so that ascending is newest first
        self.ids: list[int] = []
        self._latest: dict[int, int] = {}
        self.complete = False

    def __len__(self) -> int:
        return len(self.ids)

    def __contains__(self, conversation: int) -> bool:
        return conversation in self._latest

    @property
    def last(self) -> tuple[int, int] | None:
        """The oldest entry, to go on from."""
        if not self._keys:
            return None
        latest, conversation = self._keys[-1]
        return -latest, -conversation

    def latest(self, conversation: int) -> int:
        return self._latest.get(conversation, 0)

    def extend(self, entries: Iterable[tuple[int, int]]) -> None:
        """Take in older entries (newest message, conversation), newest first."""
        for latest, conversation in entries:
            if conversation not in self._latest:
                self._latest[conversation] = latest
                self._keys.append((-latest, -conversation))
                self.ids.append(conversation)

    def update(self, asked: Collection[int], found: Mapping[int, int]) -> bool:
        """Bring the asked conversations to what was found of them; True if the order changed."""
        changed = False
        for conversation in asked:
            before, after = self._latest.get(conversation), found.get(conversation)
            if before == after:
                continue
            if before is not None:
                self._take_out(before, conversation)
                changed = True
            if after is not None and self._reaches(after, conversation):
                self._put_in(after, conversation)
                changed = True
        return changed

    def _reaches(self, latest: int, conversation: int) -> bool:
        """Say whether an entry lies in the part that is loaded; else it comes with the rest."""
        key = (-latest, -conversation)
        return self.complete or not self._keys or key <= self._keys[-1]

    def _take_out(self, latest: int, conversation: int) -> None:
        position = bisect_left(self._keys, (-latest, -conversation))
        del self._keys[position], self.ids[position], self._latest[conversation]

    def _put_in(self, latest: int, conversation: int) -> None:
        key = (-latest, -conversation)
        position = bisect_left(self._keys, key)
        self._keys.insert(position, key)
        self.ids.insert(position, conversation)
        self._latest[conversation] = latest
