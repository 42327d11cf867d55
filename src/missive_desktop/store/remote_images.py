"""Images of the web that the reader allowed: sealed in packs, one record for each address.

An image belongs to the messages that show it, and goes with the last of them. What a message uses
is what was allowed for it; nobody else's is ever read through it.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

from missive_desktop.domain.ids import first_message_id
from missive_desktop.errors import DiskTrouble
from missive_desktop.store import raws
from missive_desktop.store.database import Connection, Store
from missive_desktop.store.packs import Sealed

LIMIT = 500 << 20  # sealed bytes; beyond it the images go that were not shown for longest
_GIVEN = "IN (SELECT value FROM json_each(?))"


class Picture(NamedTuple):
    """An image as it is served."""

    media_type: str
    data: bytes


class Kept(NamedTuple):
    """An image whose bytes lie in a synced pack."""

    url: str
    media_type: str
    sealed: Sealed


def shown(conn: Connection, message: int) -> dict[str, int]:
    """Return the images that a message may show: address to id."""
    rows = conn.execute(
        "SELECT i.url, i.id FROM remote_uses AS u JOIN remote_images AS i ON i.id = u.image_id"
        " WHERE u.message_id = ?",
        (message,),
    )
    return dict(rows.fetchall())


def shown_beside_trackers(conn: Connection, since: int) -> int:
    """Count the mails with trackers since a time that show images all the same: of their own."""
    row = conn.execute(
        "SELECT count(DISTINCT u.message_id) FROM remote_uses AS u WHERE u.message_id >= ?"
        " AND EXISTS (SELECT 1 FROM trackers AS t WHERE t.message_id = u.message_id)",
        (first_message_id(since),),
    ).fetchone()
    return int(row[0])


def known(conn: Connection, account: int, urls: Iterable[str]) -> dict[str, int]:
    """Return which of the addresses are here for this account: address to id."""
    rows = conn.execute(
        f"SELECT url, id FROM remote_images WHERE account_id = ? AND url {_GIVEN}",
        (account, json.dumps(list(urls))),
    )
    return dict(rows.fetchall())


def add(conn: Connection, account: int, images: Sequence[Kept], now: int) -> dict[str, int]:
    """Keep images, in place of older ones of the same address; return address to id."""
    ids: dict[str, int] = {}
    fresh = raws.insert_many(conn, account, [image.sealed for image in images])
    for image, raw in zip(images, fresh, strict=True):
        old = conn.execute(
            "SELECT id, raw_id FROM remote_images WHERE account_id = ? AND url = ?",
            (account, image.url),
        ).fetchone()
        if old is None:
            ids[image.url] = conn.execute(
                "INSERT INTO remote_images (account_id, url, raw_id, media_type, used)"
                " VALUES (?, ?, ?, ?, ?)",
                (account, image.url, raw, image.media_type, now),
            ).lastrowid
        else:
            conn.execute(
                "UPDATE remote_images SET raw_id = ?, media_type = ?, used = ? WHERE id = ?",
                (raw, image.media_type, now, old[0]),
            )
            raws.forget(conn, [old[1]])
            ids[image.url] = old[0]
    return ids


def use(conn: Connection, message: int, images: Collection[int], now: int) -> None:
    """Let a message show images; passed over when either is gone meanwhile."""
    given = json.dumps(sorted(images))
    conn.execute(
        "INSERT OR IGNORE INTO remote_uses (message_id, image_id)"
        " SELECT m.id, i.id FROM messages AS m"
        f" JOIN remote_images AS i ON i.account_id = m.account_id WHERE m.id = ? AND i.id {_GIVEN}",
        (message, given),
    )
    conn.execute(f"UPDATE remote_images SET used = ? WHERE id {_GIVEN}", (now, given))


def used_by(conn: Connection, messages: Iterable[int]) -> set[int]:
    """Return the images that any of the messages shows."""
    sql = f"SELECT DISTINCT image_id FROM remote_uses WHERE message_id {_GIVEN}"
    return {row[0] for row in conn.execute(sql, (json.dumps(list(messages)),))}


def withdraw(conn: Connection, messages: Collection[int]) -> None:
    """Let messages show none of their remote images any more; what is shown is to be made anew."""
    given = (json.dumps(sorted(messages)),)
    images = used_by(conn, messages)
    conn.execute(f"DELETE FROM remote_uses WHERE message_id {_GIVEN}", given)
    conn.execute(f"DELETE FROM rendered WHERE message_id {_GIVEN}", given)
    forget_unused(conn, images)


def forget_unused(conn: Connection, images: Collection[int]) -> None:
    """Forget those of the images that no message shows."""
    rows = conn.execute(
        f"SELECT id FROM remote_images AS i WHERE id {_GIVEN}"
        " AND NOT EXISTS (SELECT 1 FROM remote_uses AS u WHERE u.image_id = i.id)",
        (json.dumps(sorted(images)),),
    )
    _forget(conn, [row[0] for row in rows.fetchall()])


def shrink(conn: Connection, limit: int = LIMIT) -> set[int]:
    """Forget images until all fit, those first that were not shown for longest.

    Returns the messages that showed them: their place is blank again.
    """
    rows = conn.execute(
        "SELECT i.id, r.length FROM remote_images AS i JOIN raws AS r ON r.id = i.raw_id"
        " ORDER BY i.used DESC, i.id DESC"
    ).fetchall()
    gone: list[int] = []
    for image, length in rows:
        limit -= length
        if limit < 0:
            gone.append(image)
    if not gone:
        return set()
    given = (json.dumps(gone),)
    sql = f"SELECT DISTINCT message_id FROM remote_uses WHERE image_id {_GIVEN}"
    touched = {row[0] for row in conn.execute(sql, given).fetchall()}
    conn.executemany("DELETE FROM rendered WHERE message_id = ?", [(one,) for one in touched])
    _forget(conn, gone)
    return touched


def _forget(conn: Connection, images: Sequence[int]) -> None:
    given = (json.dumps(images),)
    sql = f"SELECT raw_id FROM remote_images WHERE id {_GIVEN}"
    records = [row[0] for row in conn.execute(sql, given).fetchall()]
    conn.execute(f"DELETE FROM remote_images WHERE id {_GIVEN}", given)
    raws.forget(conn, records)


def senders(conn: Connection) -> list[tuple[int, str]]:
    """Return the messages that show remote images, each with the address of its sender."""
    return [
        (message, email)
        for message, email in conn.execute(
            "SELECT DISTINCT m.id, m.from_address FROM remote_uses AS u"
            " JOIN messages AS m ON m.id = u.message_id"
        ).fetchall()
    ]


def load(conn: Connection, store: Store, message: int, image: int) -> Picture:
    """Return an image that this message shows; raise DiskTrouble when it shows no such one."""
    row = conn.execute(
        "SELECT i.media_type, i.raw_id FROM remote_uses AS u"
        " JOIN remote_images AS i ON i.id = u.image_id WHERE u.message_id = ? AND u.image_id = ?",
        (message, image),
    ).fetchone()
    if row is None:
        raise DiskTrouble("This image is no longer stored here.")
    return Picture(row[0], raws.load(conn, store, row[1]))
