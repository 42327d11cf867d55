"""Remote images, when the reader wants them: fetched, checked, sealed, and shown from the store.

What was fetched for a message stays with it: to show it again asks nobody. Rules (always, never)
hold for senders whose address nothing speaks against; what was asked for by hand needs none.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from missive_desktop.content import domains, parse, rendered
from missive_desktop.domain.changes import Changes
from missive_desktop.engine import reading
from missive_desktop.engine.allowance import allowed
from missive_desktop.engine.choosing import refuses, select, showable
from missive_desktop.engine.protocol import LoadImages, SetImageRule
from missive_desktop.engine.runtime import Runtime
from missive_desktop.errors import Refused, UsageError
from missive_desktop.remote.fetch import Fetcher
from missive_desktop.store import image_rules, messages, remote_images, settings
from missive_desktop.store.database import Connection
from missive_desktop.store.messages import MessageRow
from missive_desktop.store.packs import PackWriter
from missive_desktop.store.remote_images import Kept
from missive_desktop.sync.digesting import known_vendors

RECENT = 14 * 24 * 3600  # seconds: older mail is not fetched for ahead of its being opened
MOST_AHEAD = 200  # messages looked at in one quiet moment
_MARK = "images_fetched_to"  # the newest raw record that was looked at
_AT_MOST = 500  # messages in one request


class Loaded(NamedTuple):
    """What came of it; `problems` are (address, reason)."""

    loaded: int = 0
    problems: tuple[tuple[str, str], ...] = ()
    refused: int = 0

    def __add__(self, other: object) -> Loaded:
        if not isinstance(other, Loaded):
            return NotImplemented
        return Loaded(
            self.loaded + other.loaded,
            self.problems + other.problems,
            self.refused + other.refused,
        )


def load(runtime: Runtime, request: LoadImages) -> dict[str, Any]:
    with runtime.reading() as conn:
        if request.asked and settings.get(conn, image_rules.SETTING, "ask") == "never":
            raise Refused(
                "Remote images are switched off.", "Settings has a choice for remote images."
            )
        fetcher = Fetcher(settings.get(conn, image_rules.PROXY, ""))
    found = load_for(runtime, request.messages[:_AT_MOST], fetcher, asked=request.asked)
    return {
        "loaded": found.loaded,
        "failed": len(found.problems),
        "problems": [list(problem) for problem in found.problems],
        "refused": found.refused,
    }


def load_for(
    runtime: Runtime, wanted: Sequence[int], fetcher: Fetcher, *, asked: bool = True
) -> Loaded:
    """Load the images of messages, one after the other; those not `asked` for need a rule."""
    found = Loaded()
    for message in wanted:
        if runtime.stopping.is_set():
            break
        with runtime.loading.of(message):
            found += _load_one(runtime, message, fetcher, asked)
    return found


def _load_one(runtime: Runtime, message: int, fetcher: Fetcher, asked: bool) -> Loaded:
    with runtime.reading() as conn:
        row = messages.get(conn, message)
        if row is None:
            return Loaded()
        parsed = parse.parse(messages.raw(conn, runtime.store, message))
        shown = rendered.of_parsed(parsed, known_vendors())
        if not asked and not (allowed(conn, row, shown) and runtime.loading.first_try(message)):
            return Loaded()
        wanted = select(shown, known_vendors())
        here = remote_images.known(conn, row.account, wanted.images)
    if not wanted.images:
        return Loaded(refused=len(wanted.refused))
    missing = [url for url in wanted.images if url not in here]
    packs = PackWriter(runtime.store.packs)
    try:
        fetched, problems = _fetch(runtime, fetcher, missing, packs)
        packs.sync()
        runtime.writer.run(lambda conn, changes: _keep(conn, row, fetched, here, changes))
    finally:
        packs.close()
    reading.make_shown(runtime, [message])
    return Loaded(len(here) + len(fetched), tuple(problems), len(wanted.refused))


def _fetch(
    runtime: Runtime, fetcher: Fetcher, urls: Sequence[str], packs: PackWriter
) -> tuple[list[Kept], list[tuple[str, str]]]:
    """Ask for images and seal them one by one: all at once would be much memory."""
    fetched: list[Kept] = []
    problems: list[tuple[str, str]] = []
    for one in fetcher.images(urls, runtime.stopping, refuses=refuses(known_vendors())):
        checked = showable(one)
        if checked.problem:
            problems.append((one.url, checked.problem))
        else:
            fetched.append(Kept(one.url, checked.media_type, packs.append(checked.data)))
    return fetched, problems


def _keep(
    conn: Connection,
    row: MessageRow,
    fetched: Sequence[Kept],
    here: dict[str, int],
    changes: Changes,
) -> None:
    """Keep what came, and let the message show it; what is shown of it is made anew."""
    now = int(time.time())
    images = {**here, **remote_images.add(conn, row.account, fetched, now)}
    remote_images.use(conn, row.id, images.values(), now)
    remote_images.forget_unused(conn, list(images.values()))  # the message may be gone meanwhile
    conn.execute("DELETE FROM rendered WHERE message_id = ?", (row.id,))
    changes.messages |= remote_images.shrink(conn)


def load_ahead(runtime: Runtime, now: float, make: Callable[[str], Fetcher] = Fetcher) -> None:
    """Fetch for new mail of allowed senders, so that to open it later tells nothing more."""
    with runtime.reading() as conn:
        if not image_rules.any_allowed(conn):
            return
        before = int(settings.get(conn, _MARK, 0))
        since = int(now) - RECENT
        arrived = messages.arrived_after(conn, before, since, MOST_AHEAD)
        if not arrived:
            return
        rows = messages.rows(conn, [message for message, _ in arrived])
        chosen = [
            message
            for message, _ in arrived
            if message in rows and image_rules.decision(conn, rows[message].sender.email) == "allow"
        ]
        proxy = settings.get(conn, image_rules.PROXY, "")
    if chosen and not runtime.stopping.is_set():
        load_for(runtime, chosen, make(proxy), asked=False)
    if not runtime.stopping.is_set():
        newest = max(raw for _, raw in arrived)
        runtime.writer.run(lambda conn, _: settings.put(conn, _MARK, newest))


def set_rule(runtime: Runtime, request: SetImageRule) -> dict[str, Any]:
    value = _ruled(request)

    def work(conn: Connection, changes: Changes) -> None:
        image_rules.put(conn, request.scope, value, request.allow)
        if request.allow is False:
            touched = [
                message
                for message, email in remote_images.senders(conn)
                if image_rules.decision(conn, email) == "never"
            ]
            remote_images.withdraw(conn, touched)
            changes.messages.update(touched)

    runtime.writer.run(work, durable=True)
    return {}


def _ruled(request: SetImageRule) -> str:
    """Return what the rule is for: an address, or the part of a domain that somebody owns."""
    value = image_rules.normal(request.value)
    local, _, host = value.rpartition("@")
    if request.scope == "sender" and local and host:
        return value
    owned = domains.registrable(host)
    # Below a public suffix everybody owns something else.
    if request.scope == "domain" and "." in owned and domains.same_owner(owned, f"x.{owned}"):
        return owned
    raise UsageError(f"“{request.value}” is neither an address nor a domain that somebody owns.")
