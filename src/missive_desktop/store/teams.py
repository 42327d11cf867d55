"""Teams that this profile is signed in to. Private keys leave only by `private_keys`."""

from __future__ import annotations

from typing import Any, NamedTuple

import msgspec

from missive_desktop.domain.changes import Changes
from missive_desktop.domain.team import TeamSettings, TeamState
from missive_desktop.errors import UsageError
from missive_desktop.store.database import Connection
from missive_wire import limits, shapes

_EXACT = 5_000  # ms: less than that is the way that an answer takes
_LEASE = limits.OFFLINE_LEASE * 1000  # milliseconds
EMPTY = frozenset({TeamState.APPROVAL, TeamState.LOCKED, TeamState.REMOVED})  # nothing is here
_HOUR, _DAY = 3_600_000, 86_400_000


class TeamRow(msgspec.Struct, frozen=True):
    id: int
    url: str
    org: str
    user: str
    device: str
    email: str
    root: str
    server_key: bytes
    settings: TeamSettings
    last_mid: int
    ack: int
    heard: int
    clock: int
    seen: int
    away: int
    state: TeamState
    error: str

    @property
    def ahead(self) -> int:
        """How far the server's clock was before ours when it was last heard, in milliseconds."""
        found = self.heard - self.clock if self.clock else 0
        return found if abs(found) > _EXACT else 0

    @property
    def called(self) -> str:
        return self.settings.name or self.host

    @property
    def host(self) -> str:
        return self.url.partition("://")[2]

    def run_out(self, now: int) -> bool:
        """Tell whether what is here has been here too long without a word of the server."""
        return bool(self.clock) and self.away + max(0, now - self.seen) > _LEASE

    def set_back(self, now: int) -> bool:
        """Tell whether the clock was set back, so that nobody can say how long it has been."""
        return bool(self.clock) and now < self.seen - _HOUR

    def passed(self, now: int, ran: int | None) -> int:
        """Return how much time has passed since it was last counted; `ran` by a clock that nobody
        sets, None: this program did not run. To set the clock back costs a day each time."""
        if ran is None:
            return _DAY if self.set_back(now) else max(0, now - self.seen)
        return max(ran, now - self.seen)


class PrivateKeys(NamedTuple):
    """Ed25519 seeds of person and device, X25519 of the device; b"" where there is none yet."""

    identity: bytes
    sign: bytes
    box: bytes

    def __repr__(self) -> str:
        return "PrivateKeys(…)"


NO_KEYS = PrivateKeys(b"", b"", b"")

_SELECT = (
    "SELECT id, url, org, user, device, email, root, server_key, settings, last_mid, ack, heard,"
    " clock, seen, away, state, error FROM teams"
)


def _row(row: tuple[Any, ...]) -> TeamRow:
    settings = shapes.read(row[8], TeamSettings)
    return TeamRow(*(*row[:8], settings, *row[9:15], TeamState(row[15]), row[16]))


def insert(
    conn: Connection,
    url: str,
    org: str,
    user: str,
    device: str,
    email: str,
    root: str,
    settings: TeamSettings,
    changes: Changes,
    *,
    token: str = "",
    keys: PrivateKeys = NO_KEYS,
    server_key: bytes = b"",
) -> int:
    """Keep a team; the same person can be in it once on a device."""
    known = conn.execute(
        "SELECT 1 FROM teams WHERE url = ? AND org = ? AND user = ?", (url, org, user)
    ).fetchone()
    if known:
        raise UsageError("This team is here already.")
    cursor = conn.execute(
        "INSERT INTO teams (url, org, user, device, email, token, identity, sign, box, root,"
        " server_key, settings, last_mid, ack, heard, clock, seen, away, state, error,"
        " ended) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0, 0, 0, 0, 0, ?, '', 0)",
        (
            url, org, user, device, email, token, *keys, root, server_key, _encode(settings),
            TeamState.NEW.value,
        ),
    )  # fmt: skip
    changes.teams.add(f"team:{cursor.lastrowid}")
    return cursor.lastrowid


def get(conn: Connection, team: int) -> TeamRow | None:
    row = conn.execute(f"{_SELECT} WHERE id = ?", (team,)).fetchone()
    return _row(row) if row else None


def all_(conn: Connection) -> list[TeamRow]:
    """Return every team, in the order they were added."""
    return [_row(row) for row in conn.execute(f"{_SELECT} ORDER BY id").fetchall()]


def by_org(conn: Connection, org: str) -> TeamRow | None:
    row = conn.execute(f"{_SELECT} WHERE org = ?", (org,)).fetchone()
    return _row(row) if row else None


def token(conn: Connection, team: int) -> str:
    row = conn.execute("SELECT token FROM teams WHERE id = ?", (team,)).fetchone()
    return str(row[0]) if row else ""


def set_token(conn: Connection, team: int, value: str, changes: Changes) -> None:
    """Keep the session's token; "" is: signed out."""
    conn.execute("UPDATE teams SET token = ? WHERE id = ?", (value, team))
    changes.teams.add(f"team:{team}")


def private_keys(conn: Connection, team: int) -> PrivateKeys:
    row = conn.execute("SELECT identity, sign, box FROM teams WHERE id = ?", (team,)).fetchone()
    return PrivateKeys(*row) if row else NO_KEYS


def set_private_keys(conn: Connection, team: int, keys: PrivateKeys) -> None:
    conn.execute("UPDATE teams SET identity = ?, sign = ?, box = ? WHERE id = ?", (*keys, team))


def set_root(conn: Connection, team: int, root: str) -> None:
    """Keep the fingerprint of the organization's root: what all trust is anchored in."""
    conn.execute("UPDATE teams SET root = ? WHERE id = ?", (root, team))


def set_server_key(conn: Connection, team: int, key: bytes) -> None:
    conn.execute("UPDATE teams SET server_key = ? WHERE id = ?", (key, team))


def update_settings(conn: Connection, team: int, settings: TeamSettings, changes: Changes) -> None:
    conn.execute("UPDATE teams SET settings = ? WHERE id = ?", (_encode(settings), team))
    changes.teams.add(f"team:{team}")


def set_state(conn: Connection, team: int, state: TeamState, error: str, changes: Changes) -> None:
    """Keep how the team is; a notice goes out only where it differs."""
    cursor = conn.execute(
        "UPDATE teams SET state = ?, error = ? WHERE id = ? AND (state, error) IS NOT (?, ?)",
        (state.value, error, team, state.value, error),
    )
    if cursor.rowcount > 0:
        changes.teams.add(f"team:{team}")


def set_ended(conn: Connection, team: int, now: int) -> None:
    """Keep when the server said that one is no member any more (ms); 0: one is."""
    conn.execute("UPDATE teams SET ended = ? WHERE id = ?", (now, team))


def forget_ended(conn: Connection, before: int) -> None:
    """Forget the private keys of teams that one was removed from before then (ms)."""
    conn.execute(
        "UPDATE teams SET identity = x'', sign = x'', box = x'' WHERE ended BETWEEN 1 AND ?",
        (before,),
    )


def set_heard(conn: Connection, team: int, server: int, clock: int) -> None:
    """Note when the server last answered, by its clock and by ours, in milliseconds."""
    conn.execute(
        "UPDATE teams SET heard = ?1, clock = ?2, seen = ?2, away = 0 WHERE id = ?3",
        (server, clock, team),
    )


def count(conn: Connection, team: int, clock: int, ran: int | None) -> TeamRow | None:
    """Count the time that has passed (`TeamRow.passed`); return the team as it is then."""
    row = get(conn, team)
    if row is None or not row.clock:
        return row
    away = row.away + row.passed(clock, ran)
    conn.execute("UPDATE teams SET seen = ?, away = ? WHERE id = ?", (clock, away, team))
    return msgspec.structs.replace(row, seen=clock, away=away)


def over(conn: Connection, now: int) -> list[TeamRow]:
    """Return teams of which something is here that must not be shown, as far as one can tell."""
    found = [row for row in all_(conn) if row.state not in EMPTY]
    return [row for row in found if row.run_out(now) or row.set_back(now)]


def remove(conn: Connection, team: int, changes: Changes) -> None:
    """Forget a team; what its spaces show is to be purged before."""
    conn.execute("DELETE FROM teams WHERE id = ?", (team,))
    changes.teams.add(f"team:{team}")


def _encode(settings: TeamSettings) -> str:
    return msgspec.json.encode(settings).decode()
