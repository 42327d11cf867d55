"""A search's tree compiled to what the database is asked: one full-text expression, conditions.

It decides, and reads the small tables (folders, accounts) for it; `search` runs what it says.
Names: `m` is the row of `messages` and `:low`, `:high` the ids looked at.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import tzinfo
from difflib import get_close_matches
from typing import Any

from missive_desktop.domain.folder import NAMES, Role
from missive_desktop.domain.ids import SEQUENCE_BITS
from missive_desktop.domain.message import Flags
from missive_desktop.domain.query import QuerySyntaxError
from missive_desktop.domain.query_dates import bounds
from missive_desktop.domain.query_tree import (
    And,
    Assigned,
    Dated,
    HasAttachment,
    Is,
    Node,
    Not,
    Or,
    Place,
    Query,
    Said,
    Sized,
    Text,
    TrackedBy,
    texts,
)
from missive_desktop.domain.tokens import prepare, searchable
from missive_desktop.store import team_search
from missive_desktop.store.accounts import left
from missive_desktop.store.database import Connection

HIGHEST = (1 << 63) - 1
FEW = 2_000  # candidates that are looked at one by one
_COLUMNS = {
    "": "",
    "from": "sender : ",
    "to": "recipients : ",
    "cc": "cc : ",
    "subject": "subject : ",
    "body": "body : ",
    "filename": "filename : ",
}
_STATES = {
    "unread": f"m.flags & {int(Flags.SEEN)} = 0",
    "read": f"m.flags & {int(Flags.SEEN)} <> 0",
    "starred": f"m.flags & {int(Flags.FLAGGED)} <> 0",
    "answered": f"m.flags & {int(Flags.ANSWERED)} <> 0",
    "draft": f"m.flags & {int(Flags.DRAFT)} <> 0",
    "tracked": "m.trackers > 0",
}
# States that few messages may be in have an index of their own.
_RARE = {"unread": "messages_unread", "starred": "messages_starred", "draft": "messages_drafts"}
_WHOSE = {"me": "mine", "none": "unassigned"}
_ROLES = {
    role.value: role for role in Role if role not in (Role.NONE, Role.STARRED, Role.IMPORTANT)
}
_TRUE, _FALSE = "TRUE", "FALSE"
_LIKE = str.maketrans({"%": "!%", "_": "!_", "!": "!!"})


@dataclass(slots=True)
class Plan:
    """What to run. `few` selects the candidates when they are certain to be few."""

    match: str = ""
    conditions: list[str] = field(default_factory=list)
    parameters: dict[str, Any] = field(default_factory=dict)
    low: int = 0
    high: int = HIGHEST  # exclusive
    few: str = ""
    words: list[str] = field(default_factory=list)  # full-text: what was asked for in any field
    inner_match: bool = False  # a condition asks the full-text index again, for `:low` to `:high`

    def bind(self, value: Any) -> str:
        name = f"p{len(self.parameters)}"
        self.parameters[name] = value
        return f":{name}"


def compile_(conn: Connection, query: Query, now: int, zone: tzinfo | None) -> Plan:
    """Compile a query; raise QuerySyntaxError where it names a folder or account there is not."""
    plan = Plan()
    behind = _behind_spaces(conn)
    if behind:
        plan.conditions.append(f"m.account_id NOT IN ({_listed(behind)})")
    if query.root is None:
        return plan
    root = _without_noise(query.root)
    if root is None:
        plan.conditions.append(_FALSE)
        return plan
    parts = root.nodes if isinstance(root, And) else (root,)
    words = [part for part in parts if fts(part) is not None]
    barred = [part for part in parts if isinstance(part, Not) and fts(part.node) is not None]
    if words:
        taken = (*words, *barred)
        plan.match = fts(And(taken)) or ""
        plan.words = [fts(each) or "" for each in texts(Query(And(taken))) if not each.field]
        parts = tuple(part for part in parts if part not in taken)
    fewest = FEW
    for part in parts:
        if isinstance(part, Dated):
            start, end = bounds(part.operator, part.when, now, zone)
            plan.low = max(plan.low, (start or 0) << SEQUENCE_BITS)
            plan.high = min(plan.high, HIGHEST if end is None else end << SEQUENCE_BITS)
            continue
        fewest = _consider(conn, plan, part, fewest)
        plan.conditions.append(_condition(conn, plan, part, now, zone))
    return plan


def _behind_spaces(conn: Connection) -> list[int]:
    """Return the mailboxes whose mail is found in the shared inboxes before them, and accounts
    that are being removed.
    """
    served = [id_ for (id_,) in conn.execute("SELECT account_id FROM served").fetchall()]
    return served + left(conn)


def _without_noise(node: Node) -> Node | None:
    """Leave out what the index cannot know, such as the & of `research & development`."""
    match node:
        case Text(_, text):
            return node if searchable(text) else None
        case Not(inner):
            kept = _without_noise(inner)
            return None if kept is None else Not(kept)
        case And(nodes) | Or(nodes):
            left = [kept for each in nodes if (kept := _without_noise(each)) is not None]
            if len(left) < 2:
                return left[0] if left else None
            return type(node)(tuple(left))
        case _:
            return node


def fts(node: Node) -> str | None:
    """Return the full-text expression of a part that asks for words only, else None."""
    match node:
        case Text(name, text, prefix):
            # What is within quotation marks is text to FTS5, whatever its characters.
            plain = prepare(text.encode("utf-8", "replace").decode())
            plain = plain.replace("\0", " ").replace('"', " ")
            return f'{_COLUMNS[name]}"{plain}"{" *" if prefix else ""}'
        case Or(nodes):
            parts = [fts(each) for each in nodes]
            return None if None in parts else f"({' OR '.join(map(str, parts))})"
        case And(nodes):
            wanted = [fts(each) for each in nodes if not isinstance(each, Not)]
            barred = [fts(each.node) for each in nodes if isinstance(each, Not)]
            if not wanted or None in wanted or None in barred:
                return None
            without = "".join(f" NOT ({part})" for part in barred)
            return f"(({' AND '.join(map(str, wanted))}){without})"
        case _:
            return None


def _condition(conn: Connection, plan: Plan, node: Node, now: int, zone: tzinfo | None) -> str:
    """Return a part as a condition on `m`."""
    expression = fts(node)
    if expression is not None:
        plan.inner_match = True
        return (
            "m.id IN (SELECT rowid FROM search WHERE search MATCH"
            f" {plan.bind(expression)} AND rowid >= :low AND rowid < :high)"
        )
    match node:
        case Is(state):
            return _STATES.get(state) or team_search.state(state)
        case Said(kind):
            return team_search.said(kind)
        case Assigned(name) if name.casefold() in _WHOSE:
            return team_search.state(_WHOSE[name.casefold()])
        case Assigned():
            return team_search.assigned(assignees(conn, node))
        case TrackedBy(name):
            return f"m.id IN ({_tracked(plan, name)})"
        case HasAttachment():
            return "m.attachments > 0"
        case Sized(operator, size):
            sign = ">" if operator == "larger" else "<"
            return f"m.size {sign} {plan.bind(min(size, HIGHEST))}"
        case Dated(operator, when):
            start, end = bounds(operator, when, now, zone)
            high = HIGHEST if end is None else end << SEQUENCE_BITS
            return f"(m.id >= {(start or 0) << SEQUENCE_BITS} AND m.id < {high})"
        case Place():
            return _placed(conn, node)
        case Not(inner):
            return f"NOT ({_condition(conn, plan, inner, now, zone)})"
        case And(nodes) | Or(nodes):
            word = " AND " if isinstance(node, And) else " OR "
            return f"({word.join(_condition(conn, plan, n, now, zone) for n in nodes)})"
    raise AssertionError(node)  # words alone have been dealt with above


def _placed(conn: Connection, place: Place) -> str:
    if place.kind == "account":
        return f"m.account_id IN ({_listed(accounts(conn, place))})"
    if _everywhere(place):
        return _TRUE
    shared = team_search.labels(conn, place.name) if place.kind == "label" else []
    if shared:
        named = _in_folders(_named(conn, place)[0])
        return f"({team_search.labelled(shared)} OR {named})"
    return _in_folders(folders(conn, place))


def _in_folders(found: list[int]) -> str:
    return (
        "EXISTS (SELECT 1 FROM placements AS p WHERE p.message_id = m.id"
        f" AND p.folder_id IN ({_listed(found)}))"
    )


def _tracked(plan: Plan, name: str) -> str:
    """Select the messages in which a company is found by a word of its name, or a host."""
    start = name.translate(_LIKE)
    return (
        "SELECT message_id FROM trackers INDEXED BY trackers_by_vendor"
        f" WHERE vendor LIKE {plan.bind(start + '%')} ESCAPE '!'"
        f" OR vendor LIKE {plan.bind(f'% {start}%')} ESCAPE '!'"
        f" OR host LIKE {plan.bind(start + '%')} ESCAPE '!'"
        f" OR host LIKE {plan.bind(f'%.{start}%')} ESCAPE '!'"
    )


def _consider(conn: Connection, plan: Plan, node: Node, fewest: int) -> int:
    """Take a part that holds for few messages as the source of candidates."""
    match node:
        case Place("label", name) if team_search.labels(conn, name):
            return fewest
        case Place(kind) if kind != "account" and not _everywhere(node):
            chosen = folders(conn, node)
            plan.high = min(plan.high, _newest(conn, chosen) + 1)
            sql = f"SELECT message_id FROM placements WHERE folder_id IN ({_listed(chosen)})"
        case Is(state) if state in _RARE:
            index = f"messages AS m INDEXED BY {_RARE[state]}"
            sql = f"SELECT m.id FROM {index} WHERE {_STATES[state]}"
        case Is("mine") | Assigned("me"):
            sql = team_search.assigned_mail(())
        case Assigned(name) if name.casefold() not in _WHOSE:
            sql = team_search.assigned_mail(assignees(conn, node))
        case Said(said):
            sql = team_search.said_mail(said)
        case _:
            return fewest
    counted = f"SELECT count(*) FROM ({sql} LIMIT {fewest + 1})"
    size = int(conn.execute(counted).fetchone()[0])
    if size > fewest:
        return fewest
    plan.few = sql
    return size


def _newest(conn: Connection, chosen: list[int]) -> int:
    """Return the newest message of the folders: a search in an old one need not walk to it."""
    sql = "SELECT max(latest) FROM listing WHERE folder_id = ?"
    return max((conn.execute(sql, (each,)).fetchone()[0] or 0 for each in chosen), default=0)


def _everywhere(place: Place) -> bool:
    return place.kind == "in" and place.name.casefold() in ("all", "anywhere")


def folders(conn: Connection, place: Place) -> list[int]:
    """Find folders by role (in: only), whole path or last part; complain if there is none."""
    found, known = _named(conn, place)
    if not found and not (place.kind == "in" and place.name.casefold() in _ROLES):
        known |= {name: name for name in _ROLES if place.kind == "in"}
        if place.kind == "label":
            known |= {name.casefold(): name for name in team_search.label_names(conn)}
        what = "folder" if place.kind == "in" else "label"
        _complain(place, f"There is no {what} {place.name}.", known)
    return found


def _named(conn: Connection, place: Place) -> tuple[list[int], dict[str, str]]:
    """Return the folders of a name, and the names that there are."""
    wanted = place.name.casefold()
    rows = conn.execute("SELECT id, name, delimiter, role FROM folders").fetchall()
    role = _ROLES.get(wanted) or NAMES.get(wanted)
    if place.kind == "in" and role:
        found = [row[0] for row in rows if row[3] == role]
        if found or role.value == wanted:
            return found, {}
    labels = [row for row in rows if place.kind == "in" or row[3] not in _ROLES]
    found = []
    known: dict[str, str] = {}
    for identity, name, delimiter, _ in labels:
        last = name.rsplit(delimiter, 1)[-1] if delimiter else name
        known |= {last.casefold(): last, name.casefold(): name}
        if wanted in (name.casefold(), last.casefold()):
            found.append(identity)
    return found, known


def accounts(conn: Connection, place: Place) -> list[int]:
    """Find accounts by address or a part of it; complain if there is none."""
    rows = conn.execute(
        "SELECT id, settings ->> '$.address', settings ->> '$.kind' = 'space',"
        " settings ->> '$.name' FROM accounts"
    ).fetchall()
    wanted = place.name.casefold()
    found = [
        identity
        for identity, address, shared, name in rows
        if wanted in address.casefold() or (shared and wanted == name.casefold())
    ]
    if not found:
        known = {address.casefold(): address for _, address, _, _ in rows}
        _complain(place, f"There is no account {place.name}.", known)
    return found


def assignees(conn: Connection, node: Assigned) -> list[str]:
    """Find members by name or address; complain if there is none."""
    found, known = team_search.people(conn, node.name)
    if not found:
        place = Place("account", node.name, node.position, node.length)
        _complain(place, f"Nobody of a team is called {node.name}.", known, "assignee")
    return found


def _complain(place: Place, message: str, known: dict[str, str], operator: str = "") -> None:
    close = get_close_matches(place.name.casefold(), known, 1, 0.6)
    suggestion = ""
    if close:
        name = known[close[0]]
        kind = operator or place.kind
        suggestion = f'{kind}:"{name}"' if " " in name else f"{kind}:{name}"
    raise QuerySyntaxError(message, place.position, place.length, suggestion)


def _listed(ids: list[int]) -> str:
    return ", ".join(map(str, ids)) or "NULL"


def as_json(ids: list[int]) -> str:
    return json.dumps(ids)
