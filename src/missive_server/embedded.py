"""A server for the program that starts it: on a free port of this machine, with an organization
about to begin, gone when its standard input closes.

It writes one line of JSON, {"url", "setup"}, once it answers. For `missive-desktop --demo`, and for
whoever wants a server for a moment: nobody but this machine reaches it.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import threading
from collections.abc import Sequence

from missive_server import config, serve
from missive_server.admin import acting
from missive_server.config import Config
from missive_server.database.opening import open_store
from missive_server.errors import Error
from missive_server.service.writing import milliseconds

# One program asks at most a few things at a time, but at its beginning all at once.
_SETTINGS = {"host": "127.0.0.1", "port": "0", "rate": "100000", "rate_unknown": "100000"} | {
    "stop_timeout": "1s",
    "checkpoint_every": "2s",  # who has just begun looks at once what was done
}


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="missive_server.embedded", description=__doc__)
    parser.add_argument("--data", metavar="DIR", required=True, help="folder of all its data")
    parser.add_argument("--name", required=True, help="of the organization")
    parser.add_argument("--owner", metavar="EMAIL", required=True, help="who will own it")
    chosen = parser.parse_args(arguments)
    settings = config.read(_SETTINGS | {"data": chosen.data}, {})
    try:
        asyncio.run(_serve(settings, chosen.name, chosen.owner))
    except Error as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


async def _serve(settings: Config, name: str, owner: str) -> None:
    """Serve until nobody holds the other end of standard input any more."""
    link = await _begin(settings, name, owner)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    watching = threading.Thread(
        target=_watch, args=(loop, stop), name="standard-input", daemon=True
    )
    watching.start()
    await serve.serve(settings, lambda url: _tell(url, link), stop)


async def _begin(settings: Config, name: str, owner: str) -> str:
    store = await open_store(settings.database, settings.data)
    try:
        return await store.run(acting.create_org, "http://127.0.0.1", name, owner, milliseconds())
    finally:
        await store.close()


def _watch(loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> None:
    while os.read(0, 1024):  # not `sys.stdin`: its lock would hold up the exit
        pass
    loop.call_soon_threadsafe(stop.set)


def _tell(url: str, link: str) -> None:
    sys.stdout.write(json.dumps({"url": url, "setup": link}) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
