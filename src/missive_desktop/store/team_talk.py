"""What members say in a space beside the mail: comments, tasks, mail that they ask to be sent.

Their words are in a full-text index of their own, from which a hit leads to the conversation.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from typing import Any, NamedTuple

import msgspec

from missive_desktop.domain.spaces import SendBody, SharedFile
from missive_desktop.domain.tokens import prepare
from missive_desktop.store.database import Connection
from missive_wire import shapes

_GIVEN = "IN (SELECT value FROM json_each(?))"
_USERS = shapes.decoder(tuple[str, ...])
_FILE = shapes.decoder(SharedFile)


class CommentRow(msgspec.Struct, frozen=True):
    """`v` above 1: it was edited. `blob`: the address of its file, if one goes along with it."""

    id: str
    conv: str
    author: str
    at: int
    mentions: tuple[str, ...]
    text: str
    file: SharedFile | None = None
    blob: str = ""
    v: int = 1
    pending: bool = False


class TaskRow(msgspec.Struct, frozen=True):
    """`state`: todo, doing, closed. `due` in milliseconds, 0: at no time."""

    id: str
    conv: str
    author: str
    at: int
    assignees: tuple[str, ...]
    state: str
    due: int
    title: str
    text: str
    pending: bool = False


class SendRow(msgspec.Struct, frozen=True):
    """A mail that a member asked the worker to send; `body` is JSON of domain.spaces.SendBody."""

    id: str
    conv: str
    author: str
    at: int
    state: str
    due: int
    blob: str
    closes: bool
    body: str
    pending: bool = False

    @property
    def asked(self) -> SendBody:
        """What was asked for; empty where it makes no sense."""
        try:
            return shapes.read(self.body or "{}", SendBody)
        except msgspec.MsgspecError:
            return SendBody()

    @property
    def error(self) -> str:
        """Why it could not be sent, as who tried said."""
        return self.asked.error


class Words(NamedTuple):
    """What the index gets of an entity."""

    t: str
    id: str
    conv: str
    title: str
    author: str
    text: str
    filename: str = ""


def put_comments(conn: Connection, account: int, rows: Sequence[CommentRow]) -> None:
    conn.executemany(
        "INSERT OR REPLACE INTO team_comments (account_id, id, conv, author, at, mentions, text,"
        " file, blob, v, pending) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (
                account, row.id, row.conv, row.author, row.at, json.dumps(row.mentions), row.text,
                msgspec.json.encode(row.file).decode() if row.file else "", row.blob,
                row.v, int(row.pending),
            )
            for row in rows
        ],
    )  # fmt: skip


def put_tasks(conn: Connection, account: int, rows: Sequence[TaskRow]) -> None:
    conn.executemany(
        "INSERT OR REPLACE INTO team_tasks (account_id, id, conv, author, at, assignees, state,"
        " due, title, text, pending) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (
                account, row.id, row.conv, row.author, row.at, json.dumps(row.assignees),
                row.state, row.due, row.title, row.text, int(row.pending),
            )
            for row in rows
        ],
    )  # fmt: skip


def put_sends(conn: Connection, account: int, rows: Sequence[SendRow]) -> None:
    conn.executemany(
        "INSERT OR REPLACE INTO team_sends (account_id, id, conv, author, at, state, due, blob,"
        " closes, body, pending) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (
                account, row.id, row.conv, row.author, row.at, row.state, row.due, row.blob,
                int(row.closes), row.body, int(row.pending),
            )
            for row in rows
        ],
    )  # fmt: skip


_TABLES = {"comment": "team_comments", "task": "team_tasks", "send": "team_sends"}


def remove(conn: Connection, account: int, t: str, ids: Collection[str]) -> set[str]:
    """Forget comments, tasks or mail to be sent; return the conversations that they were of."""
    rows = conn.execute(
        f"DELETE FROM {_TABLES[t]} WHERE account_id = ? AND id {_GIVEN} RETURNING conv",
        (account, json.dumps(sorted(ids))),
    ).fetchall()
    unindex(conn, account, t, ids)
    return {conv for (conv,) in rows}


# -- reading


_COMMENT = "id, conv, author, at, mentions, text, file, blob, v, pending"


def comments(conn: Connection, account: int, conv: str) -> list[CommentRow]:
    """Return the comments of a conversation, the oldest first."""
    rows = conn.execute(
        f"SELECT {_COMMENT} FROM team_comments WHERE account_id = ? AND conv = ? ORDER BY at, id",
        (account, conv),
    ).fetchall()
    return [_comment(row) for row in rows]


def comment(conn: Connection, account: int, id_: str) -> CommentRow | None:
    row = conn.execute(
        f"SELECT {_COMMENT} FROM team_comments WHERE account_id = ? AND id = ?",
        (account, id_),
    ).fetchone()
    return _comment(row) if row else None


def _comment(row: tuple[Any, ...]) -> CommentRow:
    file = _FILE.decode(row[6]) if row[6] else None
    return CommentRow(*(*row[:4], _USERS.decode(row[4]), row[5], file, *row[7:9], bool(row[9])))


_TASK = "id, conv, author, at, assignees, state, due, title, text, pending"


def tasks(conn: Connection, account: int, conv: str | None = None) -> list[TaskRow]:
    """Return the tasks of a conversation, or of a whole space, the oldest first."""
    rows = conn.execute(
        f"SELECT {_TASK} FROM team_tasks WHERE account_id = ?1 AND (?2 IS NULL OR conv = ?2)"
        " ORDER BY at, id",
        (account, conv),
    ).fetchall()
    return [_task(row) for row in rows]


def task(conn: Connection, account: int, id_: str) -> TaskRow | None:
    row = conn.execute(
        f"SELECT {_TASK} FROM team_tasks WHERE account_id = ? AND id = ?", (account, id_)
    ).fetchone()
    return _task(row) if row else None


def _task(row: tuple[Any, ...]) -> TaskRow:
    return TaskRow(*(*row[:4], _USERS.decode(row[4]), *row[5:9], bool(row[9])))


_SEND = "id, conv, author, at, state, due, blob, closes, body, pending"


def sends(conn: Connection, account: int, conv: str | None = None) -> list[SendRow]:
    """Return mail to be sent of a conversation, or of a whole space, the oldest first."""
    rows = conn.execute(
        f"SELECT {_SEND} FROM team_sends WHERE account_id = ?1 AND (?2 IS NULL OR conv = ?2)"
        " ORDER BY at, id",
        (account, conv),
    ).fetchall()
    return [_send(row) for row in rows]


def send(conn: Connection, account: int, id_: str) -> SendRow | None:
    row = conn.execute(
        f"SELECT {_SEND} FROM team_sends WHERE account_id = ? AND id = ?", (account, id_)
    ).fetchone()
    return _send(row) if row else None


def _send(row: tuple[Any, ...]) -> SendRow:
    return SendRow(*(*row[:7], bool(row[7]), row[8], bool(row[9])))


def failed(conn: Connection, account: int) -> dict[str, SendRow]:
    """Return the newest mail of each conversation that could not be sent, or may not have been."""
    rows = conn.execute(
        f"SELECT {_SEND} FROM team_sends WHERE account_id = ? AND state IN ('failed', 'uncertain')"
        " ORDER BY at, id",
        (account,),
    ).fetchall()
    return {row[1]: _send(row) for row in rows}


# -- words


def index(conn: Connection, account: int, words: Sequence[Words]) -> None:
    """Index what was said, in place of what was said before."""
    for t in sorted({each.t for each in words}):
        unindex(conn, account, t, [each.id for each in words if each.t == t])
    for each in words:
        cursor = conn.execute(
            "INSERT INTO team_texts (account_id, t, entity, conv) VALUES (?, ?, ?, ?)",
            (account, each.t, each.id, each.conv),
        )
        conn.execute(
            "INSERT INTO team_search (rowid, subject, sender, recipients, cc, body, filename)"
            " VALUES (?, ?, ?, '', '', ?, ?)",
            (
                cursor.lastrowid, prepare(each.title), prepare(each.author), prepare(each.text),
                prepare(each.filename),
            ),
        )  # fmt: skip


def unindex(conn: Connection, account: int, t: str, ids: Iterable[str]) -> None:
    rows = conn.execute(
        f"DELETE FROM team_texts WHERE account_id = ? AND t = ? AND entity {_GIVEN} RETURNING id",
        (account, t, json.dumps(sorted(ids))),
    ).fetchall()
    conn.executemany("DELETE FROM team_search WHERE rowid = ?", rows)


def unindex_all(conn: Connection, account: int) -> None:
    """Take everything said in a space out of the index, and its words out of the file."""
    rows = conn.execute(
        "DELETE FROM team_texts WHERE account_id = ? RETURNING id", (account,)
    ).fetchall()
    conn.executemany("DELETE FROM team_search WHERE rowid = ?", rows)
    conn.execute("INSERT INTO team_search (team_search) VALUES ('optimize')")
