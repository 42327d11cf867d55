"""The server's own signing key. It signs checkpoints of the trail and opens nothing."""

from __future__ import annotations

from nacl.signing import SigningKey

from missive_server.database.work import Query, Work

_NAME = "signing key"


def signing_key() -> Work[SigningKey]:
    """Return the key, made when it is first asked for; all nodes have the same."""
    yield Query(
        "INSERT INTO server (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING",
        (_NAME, bytes(SigningKey.generate())),
    )
    rows = yield Query("SELECT value FROM server WHERE name = $1", (_NAME,))
    return SigningKey(rows[0][0])
