"""`python -m tests.servers.dying_writer ADDRESS FOLDER`: a node that is killed while it writes.

It reads JSON of an organization from standard input, has every person write without end, and prints
a line for each change that was acknowledged. `at` says where it kills itself: "query N" (at the
N-th question of a transaction), "commit" (with all written, before COMMIT), "answer" (committed,
not answered), or "" for being killed from outside.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from missive_server.core.values import Call, Caller, Outcome
from missive_server.database.opening import open_store
from missive_server.database.work import Work
from missive_server.service.writing import Writer
from missive_wire.ids import new_id
from missive_wire.mutation import Mutation

BEFORE = 5  # changes of each person that go well


class DyingStore:
    """A store whose transactions end the process at a chosen point."""

    def __init__(self, store: Any, at: str) -> None:
        self._store = store
        self._at = at
        self.armed = False

    async def run(self, work: Callable[..., Work[Any]], *args: Any) -> Any:
        return await self._store.run(self._dying, work, args)

    def _dying(self, work: Callable[..., Work[Any]], args: tuple[Any, ...]) -> Work[Any]:
        going, rows, number = work(*args), None, 0
        try:
            while True:
                asked = going.send(rows)
                number += 1
                if self.armed and self._at == f"query {number}":
                    die()
                rows = yield asked
        except StopIteration as end:
            if self.armed and self._at == "commit":
                die()
            return end.value


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


async def main(address: str, folder: str) -> None:
    order = json.load(sys.stdin)
    store = DyingStore(await open_store(address, Path(folder)), order["at"])

    def published(outcome: Outcome) -> None:
        if store.armed and order["at"] == "answer":
            die()

    writer = Writer(store, published)  # type: ignore[arg-type]
    people = [Caller(**each) for each in order["people"]]
    mids = [order["mid"]] * len(people)

    async def write(number: int) -> None:
        who, mid = people[number], mids[number]
        change = Mutation(mid, "put", order["scope"], "conv", new_id(), "conversation.created", {})
        answer = await writer.mutate(Call(who, (change,)))
        assert answer.results[0].st == "ok", answer
        print(json.dumps([who.device, mid, change.id]), flush=True)
        mids[number] += 1

    for _ in range(BEFORE):
        await asyncio.gather(*map(write, range(len(people))))
    store.armed = True
    while True:
        await asyncio.gather(*map(write, range(len(people))))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:3]))
