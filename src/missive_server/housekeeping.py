"""What is done now and then, by every node: checkpoints of the trail; files that nothing names,
what deleted spaces held, sessions that have ended and old answers are forgotten.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from missive_server import logs
from missive_server.blobs.place import Name, Place, Upload
from missive_server.database.store import Store
from missive_server.errors import Error
from missive_server.http.parts import Parts
from missive_server.service import burying, sweeping
from missive_server.service.upkeep import Upkeep

HOUR = 3600.0
FIRST = 5.0  # seconds after the start
BEGINNING = 2.0  # seconds in which what is new is signed for the first time


async def keep_house(parts: Parts) -> None:
    """Go on until cancelled."""
    grace = parts.config.blob_grace * 1000
    upkeep = Upkeep(parts.store, parts.writer.publish, parts.key, parts.now)
    await asyncio.gather(
        _every(parts.config.checkpoint_every, "checkpoints", upkeep.check),
        _every(BEGINNING, "first checkpoints", upkeep.begin),
        _every(HOUR, "answers", upkeep.forget),
        _every(HOUR, "files", lambda: sweep_files(parts.store, parts.place, grace, parts.now)),
        _every(HOUR, "spaces", lambda: bury_spaces(parts.store)),
        _every(HOUR, "sessions", parts.gate.sweep),
    )


async def _every(seconds: float, name: str, work: Callable[[], Awaitable[object]]) -> None:
    await asyncio.sleep(min(FIRST, seconds))
    while True:
        try:
            await work()
        except Error as error:
            logs.event("put_off", what=name, why=type(error).__name__)
        except Exception as error:
            logs.bug(name, error)
        await asyncio.sleep(seconds)


async def bury_spaces(store: Store) -> None:
    """Remove what is left of deleted spaces."""
    while scopes := await store.read(burying.due):
        for scope in scopes:
            while await store.run(burying.bury, scope):
                pass


async def sweep_files(store: Store, place: Place, grace: int, now: Callable[[], int]) -> int:
    """Remove uploads that were given up and files that nothing has named for `grace`; how many."""
    while pairs := await store.read(sweeping.given_up, now()):
        for org, hash_, device in pairs:
            await place.drop(Upload(org, hash_, device))
        await store.run(sweeping.given_up_forgotten, pairs)
    while any(found := await store.read(sweeping.unnamed, grace, now())):
        await store.run(sweeping.note, *found, now())
    count = 0
    while pairs := await store.run(sweeping.condemn, now()):
        for org, hash_ in pairs:
            await place.delete(Name(org, hash_))
        await store.run(sweeping.forget, pairs)
        count += len(pairs)
    return count
