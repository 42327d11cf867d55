"""The server loop: clients, their calls, notices to all of them. No mail, no store.

One asyncio loop owns all state here; links read and write on threads of their own. What a call
does is given as a function, run on a thread: ordered calls one after another, others beside them.
A client that takes nothing is dropped, and never holds up the engine.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from missive_desktop import errors
from missive_desktop.engine import frames
from missive_desktop.engine.link import Link, OwnedChannel
from missive_desktop.engine.pending import Pending
from missive_desktop.engine.protocol import Answer, Call, Notice, Ping, Request, Shutdown
from missive_desktop.errors import Error, KnownError, PeerBroken

NOTICE_INTERVAL = 0.05
STUCK = 60.0  # seconds in which a client took nothing of what waits for it
_QUEUE_LIMIT = 64 << 20
_WORKERS = 16

Result = dict[str, Any]


class _Client:
    """What the loop knows of one client."""

    def __init__(self, link: Link) -> None:
        self.link = link
        self.pending = Pending()
        self.flush: asyncio.TimerHandle | None = None
        self.flushed = 0.0


class Server:
    """Serves until the last client has gone, or `stop` is called.

    `run_call(request)` does the work and returns the result; `is_ordered(request)` says whether
    it must wait for the ordered calls before it; `report_bug` gets what is no `errors.Error`.
    """

    def __init__(
        self,
        greeting: Result,
        run_call: Callable[[Request], Result],
        is_ordered: Callable[[Request], bool],
        report_bug: Callable[[BaseException], None],
    ) -> None:
        self._greeting = greeting
        self._run_call = run_call
        self._is_ordered = is_ordered
        self._report_bug = report_bug
        self._clients: set[_Client] = set()
        self._calls: set[asyncio.Task[None]] = set()
        self._loop = asyncio.get_running_loop()
        self._stopped = asyncio.Event()
        self._stopping = False
        self._ordered = ThreadPoolExecutor(1, "ordered")
        self._pool = ThreadPoolExecutor(_WORKERS, "call")

    def admit(self, channel: OwnedChannel) -> None:
        """Take a client in; from any thread."""
        self._soon(self._admit, channel)

    def publish(self, notice: Notice) -> None:
        """Tell all clients, soon; from any thread."""
        self._soon(self._publish, notice)

    def stop(self) -> None:
        """End `wait`; from any thread."""
        self._soon(self._stop)

    async def wait(self) -> None:
        """Return when there is nobody left to serve, or when told to stop."""
        await self._stopped.wait()

    def close(self, drain: float) -> None:
        """Give each client `drain` seconds for its last frames, and let go of it."""
        for client in list(self._clients):
            self._flush(client)
            client.link.close(drain=drain)
        self._ordered.shutdown(wait=False, cancel_futures=True)
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _soon(self, function: Callable[..., None], *arguments: object) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(function, *arguments)

    def _stop(self) -> None:
        self._stopping = True
        self._stopped.set()

    def _admit(self, channel: OwnedChannel) -> None:
        if self._stopping:  # not greeted: it starts an engine of its own, once this one is gone
            channel.close()
            channel.close_incoming()
            return
        client = _Client(Link(channel))
        self._clients.add(client)
        client.link.start(
            lambda payload: self._soon(self._received, client, payload),
            lambda: self._soon(self._gone, client),
        )
        client.link.send(frames.encode(Answer(0, self._greeting)))

    def _gone(self, client: _Client) -> None:
        self._clients.discard(client)
        if client.flush is not None:
            client.flush.cancel()
        if not self._clients:
            self._stop()

    def _received(self, client: _Client, payload: bytes) -> None:
        try:
            call = frames.decode_call(payload)
        except PeerBroken:
            client.link.close()
            return
        if not isinstance(call, Call):
            client.link.close()
        elif isinstance(call.request, Ping):
            client.link.send(frames.encode(Answer(call.id, self._greeting)))
        elif isinstance(call.request, Shutdown):
            client.link.send(frames.encode(Answer(call.id)))
            self._stop()
        elif not self._stopping:
            task = self._loop.create_task(self._answer(client, call))
            self._calls.add(task)
            task.add_done_callback(self._calls.discard)

    async def _answer(self, client: _Client, call: Call) -> None:
        lane = self._ordered if self._is_ordered(call.request) else self._pool
        try:
            result = await self._loop.run_in_executor(lane, self._run_call, call.request)
            payload = frames.encode(Answer(call.id, result))
        except Error as error:
            payload = frames.encode(failure(call.id, error))
        except Exception as error:
            self._report_bug(error)
            payload = frames.encode(failure(call.id, error))
        self._flush(client, force=True)
        self._send(client, payload)

    def _publish(self, notice: Notice) -> None:
        for client in self._clients:
            client.pending.merge(notice)
            if client.flush is None:
                wait = max(0.0, client.flushed + NOTICE_INTERVAL - self._loop.time())
                client.flush = self._loop.call_later(wait, self._flush, client)

    def _flush(self, client: _Client, *, force: bool = False) -> None:
        """Send what is pending; while the client still has frames to take, go on merging."""
        if client.flush is not None:
            client.flush.cancel()
            client.flush = None
        if client.link.stuck() > STUCK:
            client.link.close()
            return
        if client.link.queued and not force:
            if client.pending:
                client.flush = self._loop.call_later(NOTICE_INTERVAL, self._flush, client)
            return
        client.flushed = self._loop.time()
        for notice in client.pending.take():
            self._send(client, frames.encode(notice))

    def _send(self, client: _Client, payload: bytes) -> None:
        if client.link.queued and client.link.queued + len(payload) > _QUEUE_LIMIT:
            client.link.close()
        else:
            client.link.send(payload)


def failure(call: int, error: BaseException) -> Answer:
    """Return an error as an answer; of a bug only that it is one."""
    if isinstance(error, Error):
        advice = error.advice if isinstance(error, KnownError) else ""
        return Answer(call, {}, _name(error), str(error), advice)
    return Answer(
        call,
        {},
        "Bug",
        "Something went wrong inside the mail engine.",
        "Nothing is lost. What happened stands in crash.log in the profile's folder.",
    )


def _name(error: Error) -> str:
    """Return the nearest class of the error that clients know."""
    return next(kind.__name__ for kind in type(error).__mro__ if hasattr(errors, kind.__name__))
