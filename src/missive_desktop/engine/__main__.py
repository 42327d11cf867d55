"""The engine's process: takes its orders from the pipe it was started with, then from others too.

Started by `start`, never by hand: the first frame on standard input says which profile and key.
"""

from __future__ import annotations

import asyncio
import contextlib
import faulthandler
import logging
import os
import signal
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import missive_desktop
from missive_desktop.engine import crashlog, dispatch, frames
from missive_desktop.engine.channel import PipeChannel
from missive_desktop.engine.protocol import PROTOCOL, Hello, Notice
from missive_desktop.engine.rendezvous import Door
from missive_desktop.engine.runtime import Runtime
from missive_desktop.engine.server import Server, failure
from missive_desktop.errors import Error, KnownError, PeerBroken
from missive_desktop.profile import Profile

_NICENESS = 10  # a parsing engine must not cost the window its frames
_ORDERLY = 2.0  # seconds to stop in; what is cut off then is as safe as after a crash
_DRAIN = 0.3


def main() -> int:
    channel = _take_pipe()
    if os.name == "posix":  # on Windows the parent starts us below normal
        os.nice(_NICENESS)
    try:
        hello = frames.decode_call(channel.receive())
    except (EOFError, PeerBroken):
        return 2
    if not isinstance(hello, Hello) or hello.protocol != PROTOCOL:
        message = "Window and mail engine are of different versions."
        channel.send(frames.encode(failure(0, KnownError(message, "Install Missive anew."))))
        return 2
    profile = Profile(Path(hello.profile))
    return asyncio.run(_serve(profile, hello.key, channel))


def _take_pipe() -> PipeChannel:
    """Keep standard input and output for frames; a stray print must not get among them."""
    incoming, outgoing = os.dup(0), os.dup(1)
    with open(os.devnull, "rb") as nothing:  # noqa: PTH123 - a device
        os.dup2(nothing.fileno(), 0)
    os.dup2(2, 1)
    return PipeChannel(incoming, outgoing)


async def _serve(profile: Profile, key: bytes, channel: PipeChannel) -> int:
    held: list[Runtime] = []
    greeting = {
        "pid": os.getpid(),
        "version": missive_desktop.__version__,
        "protocol": PROTOCOL,
    }
    server = Server(
        greeting,
        lambda request: dispatch.run(held[0], request),
        dispatch.is_ordered,
        lambda error: held[0].report_bug(error),
    )

    def publish(notice: Notice) -> None:
        server.publish(notice)

    try:
        held.append(await asyncio.to_thread(Runtime, profile, key, publish))
        door = Door(profile, key, server.admit)
    except Exception as error:
        if not isinstance(error, Error):
            crashlog.write(profile.crash_log, error)
        channel.send(frames.encode(failure(0, error)))
        if held:
            held[0].close()
        return 1
    with _crashes_written(profile, held[0]):
        _stop_on_signals(server)
        server.admit(channel)
        await server.wait()
        _end_anyway(_ORDERLY)
        held[0].stopping.set()
        await asyncio.to_thread(door.close)
        server.close(_DRAIN)
        await asyncio.to_thread(held[0].close)
    os._exit(0)  # threads that still wait for a server have nothing left to lose


@contextlib.contextmanager
def _crashes_written(profile: Profile, runtime: Runtime) -> Iterator[None]:
    """Write what ends threads or the process to the crash log: places, no content."""
    logging.basicConfig(handlers=[crashlog.Handler(runtime.report_bug)])
    threading.excepthook = lambda crash: (
        runtime.report_bug(crash.exc_value) if crash.exc_value else None
    )
    with profile.crash_log.open("a", encoding="utf-8") as log:
        faulthandler.enable(log)
        yield
        faulthandler.disable()
    if not profile.crash_log.stat().st_size:
        profile.crash_log.unlink(missing_ok=True)


def _stop_on_signals(server: Server) -> None:
    stops = [signal.SIGTERM, signal.SIGINT]
    if sys.platform == "win32":
        stops.append(signal.SIGBREAK)
    for number in stops:
        signal.signal(number, lambda *_: server.stop())


def _end_anyway(seconds: float) -> None:
    """Whatever hangs, this process ends."""
    timer = threading.Timer(seconds, os._exit, (0,))
    timer.daemon = True
    timer.start()


if __name__ == "__main__":
    sys.exit(main())
