"""What the server makes for itself, once: all nodes have the same."""

from __future__ import annotations

from nacl.signing import SigningKey

from missive_server.database.work import Query, Work


def signing_key() -> Work[SigningKey]:
    """Return the key that signs checkpoints of the trail. It opens nothing."""
    return SigningKey((yield from once("signing key", bytes(SigningKey.generate()))))


def once(name: str, value: bytes) -> Work[bytes]:
    """Return what was kept under a name, which is `value` if it is asked for the first time."""
    yield Query(
        "INSERT INTO server (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING",
        (name, value),
    )
    rows = yield Query("SELECT value FROM server WHERE name = $1", (name,))
    return bytes(rows[0][0])
