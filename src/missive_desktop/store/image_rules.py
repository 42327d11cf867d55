"""Whose images are loaded without asking, or never: by address of the sender, or by domain.

A rule for an address goes before one for its domain, and a narrower domain before a wider one.
"""

from __future__ import annotations

import contextlib
from typing import Literal, NamedTuple

import idna

from missive_desktop.store import settings
from missive_desktop.store.database import Connection

SETTING = "remote_images"  # "ask" or "never": what holds where no rule does, or instead of all
PROXY = "image_proxy"  # through whom images are asked for; empty: nobody

Scope = Literal["sender", "domain"]
Decision = Literal["ask", "allow", "never"]


class Rule(NamedTuple):
    scope: Scope
    value: str
    allow: bool


def put(conn: Connection, scope: Scope, value: str, allow: bool | None) -> None:
    """Keep a rule; None takes it away."""
    given = (scope, normal(value))
    conn.execute("DELETE FROM image_rules WHERE scope = ? AND value = ?", given)
    if allow is not None:
        conn.execute(
            "INSERT INTO image_rules (scope, value, allow) VALUES (?, ?, ?)", (*given, int(allow))
        )


def all_(conn: Connection) -> list[Rule]:
    rows = conn.execute("SELECT scope, value, allow FROM image_rules ORDER BY value, scope")
    return [Rule(scope, value, bool(allow)) for scope, value, allow in rows.fetchall()]


def decision(conn: Connection, email: str) -> Decision:
    """Return what the reader wants for mail of this address.

    Whether the mail is really from there is for others to say.
    """
    if settings.get(conn, SETTING, "ask") == "never":
        return "never"
    address = normal(email)
    domain = address.rpartition("@")[2]
    labels = domain.split(".") if domain else []
    wanted = [("sender", address)]
    wanted += [("domain", ".".join(labels[at:])) for at in range(len(labels))]
    for scope, value in wanted:
        row = conn.execute(
            "SELECT allow FROM image_rules WHERE scope = ? AND value = ?", (scope, value)
        ).fetchone()
        if row is not None:
            return "allow" if row[0] else "never"
    return "ask"


def any_allowed(conn: Connection) -> bool:
    """Whether there is anybody whose images are loaded without asking."""
    sql = "SELECT EXISTS (SELECT 1 FROM image_rules WHERE allow)"
    return bool(conn.execute(sql).fetchone()[0])


def normal(value: str) -> str:
    """Return an address or a domain in the one form in which rules know it."""
    local, at, host = value.strip().lower().rpartition("@")
    host = host.rstrip(".")
    if not host.isascii():
        # What is no host of the web stays as it is written.
        with contextlib.suppress(idna.IDNAError, UnicodeError):
            host = idna.encode(host, uts46=True).decode("ascii")
    return f"{local}{at}{host}"
