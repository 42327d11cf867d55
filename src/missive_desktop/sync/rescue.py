"""A message at which the connection breaks: found, marked, and the next ones go on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from missive_desktop.errors import Offline, PeerBroken
from missive_desktop.store import folders
from missive_desktop.sync import folder as folder_sync
from missive_desktop.sync.folder import Outcome, Tools
from missive_desktop.sync.lines import Line
from missive_desktop.sync.pull import Pull

_CULPRITS = 20  # of one folder in one pass; more than that, and the server is broken
_BREAKS = 3  # at the same message before a lost connection is its fault


class Suspects:
    """Remembers over passes at which messages the connection was lost."""

    def __init__(self) -> None:
        self._breaks: Counter[tuple[int, int]] = Counter()

    def accuse(self, folder: int, uid: int) -> bool:
        """Note a break; True when it happened too often to be chance."""
        self._breaks[folder, uid] += 1
        return self._breaks[folder, uid] >= _BREAKS


def sync(line: Line, tools: Tools, suspects: Suspects, folder: int, *, limit: int = 0) -> Outcome:
    """Sync a folder; one message that breaks the connection is marked, and the rest goes on."""
    for _ in range(_CULPRITS):
        unanswered: list[int] = []
        try:
            with line.session() as session:
                unanswered = session.unanswered
                return folder_sync.sync(session, tools, folder, limit=limit)
        except PeerBroken:
            if not unanswered:
                raise
        except Offline:
            if not unanswered or not suspects.accuse(folder, unanswered[0]):
                raise
        _one_by_one(line, tools, folder, list(unanswered))
    raise PeerBroken("The server breaks off at too many messages of this folder.")


def _one_by_one(line: Line, tools: Tools, folder: int, suspects: Sequence[int]) -> None:
    """Ask for each suspect alone, over a new connection; mark the one that breaks that too."""
    with tools.books.reading() as conn:
        row = folders.get(conn, folder)
    if row is None:
        return
    pull = _pull(tools, folder)
    unanswered: list[int] = []
    try:
        with line.session() as session:
            unanswered = session.unanswered
            session.select(row.name, readonly=True)
            pull.fetch(session, suspects, batch=1)
    except (PeerBroken, Offline) as error:
        if not unanswered:
            raise
        pull.skip(unanswered[0], str(error))


def _pull(tools: Tools, folder: int) -> Pull:
    return Pull(tools.books, tools.packs, folder, tools.stop, lambda _: None)
