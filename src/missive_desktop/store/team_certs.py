"""Certificates that counted once, by what they are about: kept whatever becomes of the rows."""

from __future__ import annotations

from collections.abc import Mapping

from missive_desktop.store.database import Connection


def texts(conn: Connection, team: int) -> list[str]:
    rows = conn.execute("SELECT cert FROM team_certs WHERE team_id = ?", (team,)).fetchall()
    return [text for (text,) in rows]


def save(conn: Connection, team: int, certs: Mapping[str, str]) -> None:
    """Keep the newest certificate of each subject."""
    conn.executemany(
        "INSERT INTO team_certs (team_id, subject, cert) VALUES (?, ?, ?)"
        " ON CONFLICT (team_id, subject) DO UPDATE SET cert = excluded.cert"
        " WHERE cert <> excluded.cert",
        [(team, subject, text) for subject, text in sorted(certs.items())],
    )
