"""Search inside the process, against notmuch's bindings on the same mail; and how it grows."""

from __future__ import annotations

import shutil
import tempfile
import time
from pathlib import Path

from tests.bench import peers, stores
from tests.bench.report import Report, milliseconds

from missive_desktop.domain import query
from missive_desktop.domain.folder import Role
from missive_desktop.profile import Profile
from missive_desktop.store import conversations, folders
from missive_desktop.store import search as index
from missive_desktop.store.database import Connection, Store

# What we ask, and the same for notmuch.
QUERIES = {
    "common word": ("meeting", "meeting"),
    "rare word": ("rareterm997", "rareterm997"),
    "phrase": ('"quarterly budget review"', '"quarterly budget review"'),
    "from:": ("from:user003", "from:user003"),
}
GOAL_MS = 10


def run(report: Report, largest: int = 100_000) -> None:
    """Build stores of growing size and search them."""
    room = Path(tempfile.mkdtemp(prefix="missive-bench-"))
    try:
        for count in (1_000, 10_000, largest):
            last = count == largest
            maildir = room / "peer" / "mail" if last and peers.available("notmuch") else None
            store = stores.fill(Profile(room / f"profile-{count}"), count, maildir)
            _measure(report, store, count, GOAL_MS if last else None)
            if maildir:
                _against_notmuch(report, room, maildir, store)
    finally:
        shutil.rmtree(room, ignore_errors=True)


def search_once(connection: Connection, text: str) -> int:
    """Search as the window does: the first 50 hits with subject, people and date."""
    found = index.search(connection, query.parse(text), limit=50, now=int(time.time()))
    return len(index.results(connection, found))


def _measure(report: Report, store: Store, count: int, goal: float | None) -> None:
    with stores.reader(store) as connection:
        for name, (ours, _) in QUERIES.items():
            taken = milliseconds(lambda text=ours: search_once(connection, text))  # type: ignore[misc]
            hits = search_once(connection, ours)
            report.add(f"search, {count:,} messages, {name}", taken, "ms", goal, f"{hits} hits")
        inbox = [row.id for row in folders.by_role(connection, Role.INBOX)]

        def listing() -> None:
            page = conversations.page(connection, inbox, limit=50)
            conversations.rows(connection, [conversation for _, conversation in page])

        report.add(f"list 50 newest, {count:,} messages", milliseconds(listing), "ms")


def _against_notmuch(report: Report, room: Path, maildir: Path, store: Store) -> None:
    seconds = peers.notmuch_index_seconds(maildir, room / "peer")
    print(f"# notmuch new: {seconds:.0f} s", flush=True)
    theirs = peers.notmuch_search_ms(
        maildir, room / "peer", {name: q for name, (_, q) in QUERIES.items()}
    )
    with stores.reader(store) as connection:
        for name, (ours, _) in QUERIES.items():
            taken = milliseconds(lambda text=ours: search_once(connection, text))  # type: ignore[misc]
            note = f"notmuch {theirs[name]:.2f} ms"
            report.add(f"… against notmuch, {name}", taken / theirs[name], "ratio", None, note)
