"""Messages of a served mailbox: which are filed in the space, and where each conversation lies."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from missive_desktop.domain.folder import Role
from missive_desktop.domain.serving import Lies
from missive_desktop.store.database import Connection

_GIVEN = "IN (SELECT value FROM json_each(?))"
# Mail is not what lies only among drafts, or nowhere any more.
_IS_MAIL = (
    "EXISTS (SELECT 1 FROM placements AS p JOIN folders AS f ON f.id = p.folder_id"
    " WHERE p.message_id = m.id AND f.role <> 'drafts')"
)


class Local(NamedTuple):
    """A message of the mailbox that is not filed yet."""

    message: int
    raw: int
    message_id: str
    received: int  # unix seconds
    size: int
    sender: str
    conversation: int


class Filed(NamedTuple):
    message: int
    id: str
    conv: str
    name: str  # its Message-ID
    error: str = ""
    told: bool = True  # all that is known of its sender is in the space


class Lying(NamedTuple):
    """A message of a conversation and the roles of the folders it lies in."""

    message: int
    received: int
    roles: frozenset[Role]


_LOCAL = (
    "SELECT m.id, m.raw_id, m.message_id, m.received, m.size, m.from_address, m.conversation_id"
    " FROM messages AS m"
)
_UNFILED = "NOT EXISTS (SELECT 1 FROM served_mail AS s WHERE s.message_id = m.id)"


def unfiled(conn: Connection, account: int, below: int, limit: int) -> list[Local]:
    """Return the newest messages below an id that are not filed."""
    rows = conn.execute(
        f"{_LOCAL} WHERE m.id < ? AND m.account_id = ? AND {_UNFILED} AND {_IS_MAIL}"
        " ORDER BY m.id DESC LIMIT ?",
        (below, account, limit),
    ).fetchall()
    return [Local(*row) for row in rows]


def unfiled_of(conn: Connection, account: int, messages: Collection[int]) -> list[Local]:
    """Return those of the messages that are not filed, the newest first."""
    rows = conn.execute(
        f"{_LOCAL} WHERE m.id {_GIVEN} AND m.account_id = ? AND {_UNFILED} AND {_IS_MAIL}"
        " ORDER BY m.id DESC",
        (json.dumps(sorted(messages)), account),
    ).fetchall()
    return [Local(*row) for row in rows]


def mates(conn: Connection, conversation: int, but: int, limit: int) -> list[Local]:
    """Return other messages of the same thread that are not filed, the newest first."""
    rows = conn.execute(
        f"{_LOCAL} WHERE m.conversation_id = ? AND m.id <> ? AND {_UNFILED}"
        " ORDER BY m.id DESC LIMIT ?",
        (conversation, but, limit),
    ).fetchall()
    return [Local(*row) for row in rows]


def put(conn: Connection, account: int, rows: Iterable[Filed]) -> None:
    """Note which messages of the space these are, or why they cannot be."""
    conn.executemany(
        "INSERT INTO served_mail (message_id, account_id, id, conv, name, error, told)"
        " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (message_id) DO UPDATE SET id = excluded.id,"
        " conv = excluded.conv, name = excluded.name, error = excluded.error,"
        " told = excluded.told",
        [
            (row.message, account, row.id, row.conv, row.name, row.error, int(row.told))
            for row in rows
        ],
    )


def untold(conn: Connection, account: int, limit: int) -> list[tuple[int, str]]:
    """Return filed mail (message, id) whose signatures were verified since, which the space does
    not know yet.
    """
    rows = conn.execute(
        "SELECT s.message_id, s.id FROM signatures AS g JOIN served_mail AS s"
        " ON s.message_id = g.message_id WHERE s.account_id = ? AND s.told = 0 AND s.error = ''"
        " AND g.tries = 0 ORDER BY s.message_id DESC LIMIT ?",
        (account, limit),
    ).fetchall()
    return [(message, id_) for message, id_ in rows]


def tell(conn: Connection, messages: Collection[int]) -> None:
    """Note that the space knows what is known of these."""
    conn.execute(
        f"UPDATE served_mail SET told = 1 WHERE message_id {_GIVEN}",
        (json.dumps(sorted(messages)),),
    )


def again(conn: Connection, account: int, ids: Collection[str]) -> None:
    """Have messages filed once more: the server does not have them after all."""
    conn.execute(
        f"DELETE FROM served_mail WHERE account_id = ? AND id {_GIVEN}",
        (account, json.dumps(sorted(ids))),
    )


def refuse(conn: Connection, account: int, id_: str, error: str) -> None:
    """Note that a message cannot be filed, so that it is not tried again and again."""
    conn.execute(
        "UPDATE served_mail SET error = ? WHERE account_id = ? AND id = ?", (error, account, id_)
    )


def lost(conn: Connection, account: int, scope_id: int) -> list[str]:
    """Return what is noted as filed, but neither among the rows of the space nor on its way."""
    rows = conn.execute(
        "SELECT id FROM served_mail AS s WHERE account_id = ? AND error = '' AND NOT EXISTS"
        " (SELECT 1 FROM team_rows AS r WHERE r.scope_id = ? AND r.t = 'msg' AND r.id = s.id)"
        " AND NOT EXISTS (SELECT 1 FROM team_pending AS p WHERE p.entity = s.id"
        " AND p.state <> 'done')",
        (account, scope_id),
    ).fetchall()
    return [id_ for (id_,) in rows]


def bad(conn: Connection, account: int) -> int:
    """Return how many messages could not be filed."""
    row = conn.execute(
        "SELECT count(*) FROM served_mail WHERE account_id = ? AND error <> ''", (account,)
    ).fetchone()
    return int(row[0])


# -- conversations


def of_thread(conn: Connection, conversation: int) -> list[str]:
    """Return the space's conversations that a thread of the mailbox is filed in, newest first."""
    rows = conn.execute(
        "SELECT s.conv FROM messages AS m JOIN served_mail AS s ON s.message_id = m.id"
        " WHERE m.conversation_id = ? AND s.conv <> '' ORDER BY m.id DESC",
        (conversation,),
    ).fetchall()
    return list(dict.fromkeys(conv for (conv,) in rows))


def of_reference(conn: Connection, account: int, space: int, names: Sequence[str]) -> list[str]:
    """Return the conversations that a mail answers, by its references; the last counts first.

    Known are those of the mailbox, and what members sent (`space`: the account that shows it),
    whose copy may not lie in the mailbox yet.
    """
    known: dict[str, list[str]] = {}
    given = json.dumps(sorted(set(names)))
    for name, conv, *_ in [
        *conn.execute(
            f"SELECT name, conv FROM served_mail WHERE account_id = ? AND name {_GIVEN}"
            " AND conv <> '' ORDER BY message_id DESC",
            (account, given),
        ).fetchall(),
        *conn.execute(
            f"{_SENT} WHERE t.account_id = ? AND t.out = 1 AND m.message_id {_GIVEN}",
            (space, given),
        ).fetchall(),
    ]:
        known.setdefault(name, []).append(conv)
    return list(dict.fromkeys(conv for name in reversed(names) for conv in known.get(name, ())))


_SENT = (
    "SELECT m.message_id, t.conv, t.id FROM team_messages AS t JOIN messages AS m"
    " ON m.id = t.message_id"
)


def sent_as(conn: Connection, space: int, name: str) -> tuple[str, str] | None:
    """Return id and conversation of what the space sent under a Message-ID."""
    row = conn.execute(
        f"{_SENT} WHERE t.account_id = ? AND t.out = 1 AND m.message_id = ?", (space, name)
    ).fetchone()
    return (row[2], row[1]) if row else None


def conversations(conn: Connection, account: int, messages: Collection[int]) -> set[str]:
    """Return the conversations that these messages of the mailbox are filed in."""
    rows = conn.execute(
        f"SELECT DISTINCT conv FROM served_mail WHERE message_id {_GIVEN} AND account_id = ?"
        " AND conv <> ''",
        (json.dumps(sorted(messages)), account),
    ).fetchall()
    return {conv for (conv,) in rows}


def of_conversation(conn: Connection, account: int, conv: str) -> list[Lying]:
    """Return the messages of a conversation as they lie in the mailbox, the newest first."""
    return _lying(conn, "s.account_id = ? AND s.conv = ?", (account, conv))


def roles(conn: Connection, messages: Collection[int]) -> Mapping[int, frozenset[Role]]:
    """Return in what kinds of folders these messages lie."""
    rows = conn.execute(
        "SELECT p.message_id, f.role FROM placements AS p JOIN folders AS f ON f.id = p.folder_id"
        f" WHERE p.message_id {_GIVEN}",
        (json.dumps(sorted(messages)),),
    ).fetchall()
    found: dict[int, set[Role]] = {}
    for message, role in rows:
        found.setdefault(message, set()).add(Role(role))
    return {message: frozenset(each) for message, each in found.items()}


def _lying(conn: Connection, where: str, given: tuple[object, ...]) -> list[Lying]:
    rows = conn.execute(
        "SELECT s.message_id, m.received FROM served_mail AS s JOIN messages AS m"
        f" ON m.id = s.message_id WHERE {where} ORDER BY m.received DESC, m.id DESC",
        given,
    ).fetchall()
    where_ = roles(conn, [message for message, _ in rows])
    return [Lying(id_, received, where_.get(id_, frozenset())) for id_, received in rows]


def named(conn: Connection, account: int, name: str) -> list[int]:
    """Return the messages of a mailbox that have this Message-ID."""
    rows = conn.execute(
        "SELECT message_id FROM served_mail WHERE account_id = ? AND name = ?", (account, name)
    ).fetchall()
    return [id_ for (id_,) in rows]


def size_in_sent(conn: Connection, account: int, name: str) -> int | None:
    """Return the size of a mail among what was sent, filed in the space or not; None: not there."""
    row = conn.execute(
        "SELECT m.size FROM folders AS f JOIN placements AS p ON p.folder_id = f.id"
        " JOIN messages AS m ON m.id = p.message_id"
        " WHERE f.account_id = ? AND f.role = 'sent' AND m.message_id = ?",
        (account, name),
    ).fetchone()
    return int(row[0]) if row else None


# -- where mailbox and space last agreed that the mail lies


class Agreed(NamedTuple):
    place: Lies = Lies.UNKNOWN
    closed: int = 0


def agreed(conn: Connection, account: int, conv: str) -> Agreed:
    row = conn.execute(
        "SELECT place, closed FROM served_places WHERE account_id = ? AND conv = ?",
        (account, conv),
    ).fetchone()
    return Agreed(Lies(row[0]), row[1]) if row else Agreed()


def agree(conn: Connection, account: int, conv: str, now: Agreed) -> None:
    conn.execute(
        "INSERT INTO served_places (account_id, conv, place, closed) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (account_id, conv) DO UPDATE SET place = excluded.place,"
        " closed = excluded.closed",
        (account, conv, now.place.value, now.closed),
    )


def doubt(conn: Connection, account: int) -> None:
    """Another device served meanwhile: what the space says counts."""
    conn.execute("UPDATE served_places SET place = '' WHERE account_id = ?", (account,))


def all_conversations(conn: Connection, account: int) -> list[str]:
    rows = conn.execute(
        "SELECT DISTINCT conv FROM served_mail WHERE account_id = ? AND conv <> ''", (account,)
    ).fetchall()
    return [conv for (conv,) in rows]


def of_shown(conn: Connection, account: int, conversations: Collection[int]) -> set[str]:
    """Return the space's conversations that these of the account that shows it stand for."""
    rows = conn.execute(
        f"SELECT conv FROM team_conversations WHERE conversation_id {_GIVEN} AND account_id = ?",
        (json.dumps(sorted(conversations)), account),
    ).fetchall()
    return {conv for (conv,) in rows}
