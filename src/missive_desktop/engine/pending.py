"""What one client has yet to be told: notices run together, so a bulk pull does not flood it.

Pure. Of changes the union is kept, of progress the latest for each folder, of troubles all but
repeats.
"""

from __future__ import annotations

from missive_desktop.domain.changes import Changes
from missive_desktop.engine.protocol import Changed, Notice, Progress, Trouble

_TROUBLES = 50


class Pending:
    """Notices that wait; `take` empties it."""

    def __init__(self) -> None:
        self._changes = Changes()
        self._progress: dict[tuple[int, str], Progress] = {}
        self._troubles: list[Trouble] = []

    def __bool__(self) -> bool:
        return bool(self._changes or self._progress or self._troubles)

    def merge(self, notice: Notice) -> None:
        if isinstance(notice, Changed):
            self._changes.update(notice.changes)
        elif isinstance(notice, Progress):
            self._progress[notice.account, notice.folder] = notice
        elif notice not in self._troubles:
            self._troubles.append(notice)
            del self._troubles[:-_TROUBLES]

    def take(self) -> list[Notice]:
        taken: list[Notice] = [Changed(self._changes)] if self._changes else []
        taken += self._progress.values()
        taken += self._troubles
        self._changes, self._progress, self._troubles = Changes(), {}, []
        return taken
