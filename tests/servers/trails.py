"""Has a running server's trail signed now, instead of within the minute; and its key."""

from __future__ import annotations

import asyncio

from nacl.signing import SigningKey
from tests.servers.missive_server import TeamServer

from missive_server.core.values import Outcome
from missive_server.database.opening import open_store
from missive_server.database.store import Store
from missive_server.service import identity
from missive_server.service.upkeep import Upkeep
from missive_server.service.writing import milliseconds


def sign(server: TeamServer) -> None:
    """Sign all chains that have grown."""
    asyncio.run(_sign(server))


def signing_key(server: TeamServer) -> SigningKey:
    return asyncio.run(_signing_key(server))


async def _signing_key(server: TeamServer) -> SigningKey:
    store = await _opened(server)
    try:
        return await store.run(identity.signing_key)
    finally:
        await store.close()


async def _opened(server: TeamServer) -> Store:
    return await open_store(server.database, server.data)


async def _sign(server: TeamServer) -> None:
    store = await _opened(server)
    try:
        key = await store.run(identity.signing_key)
        await Upkeep(store, _told, key, milliseconds).check()
    finally:
        await store.close()


def _told(outcome: Outcome) -> None:
    """The node finds it when it looks at the heads."""
