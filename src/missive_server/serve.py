"""From the settings to a running server, and down again without losing what was acknowledged."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import socket
import ssl
import sys
from collections.abc import AsyncIterator, Callable, Iterator

import uvicorn

from missive_server import logs
from missive_server.auth.gate import open_gate
from missive_server.blobs.opening import open_place
from missive_server.config import Config
from missive_server.core.values import Outcome
from missive_server.database.alone import alone
from missive_server.database.opening import open_store
from missive_server.errors import Trouble, UsageError
from missive_server.housekeeping import keep_house
from missive_server.http.app import application
from missive_server.http.connection import Door, behind
from missive_server.http.guard import Guard, Rates
from missive_server.http.parts import Parts
from missive_server.metrics import Metrics
from missive_server.service import reached
from missive_server.service.identity import signing_key
from missive_server.service.writing import Writer, milliseconds
from missive_server.stream.asking import Asking
from missive_server.stream.endpoint import Room
from missive_server.stream.hub import Hub
from missive_server.stream.opening import open_stream
from missive_server.stream.redis_bus import RedisBus
from missive_server.stream.websocket import settings

BACKLOG = 2048
KEEP_ALIVE = 75  # seconds that an idle connection is kept
FLIGHTS = 2  # transactions at a time on PostgreSQL

Listening = Callable[[str], None]  # told the address once the server answers


class _Server(uvicorn.Server):
    """Says goodbye before it closes, and ends as one that was asked to."""

    def __init__(
        self, config: uvicorn.Config, ready: Callable[[], None], stopping: asyncio.Event
    ) -> None:
        super().__init__(config)
        self._ready, self._stopping = ready, stopping

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """No more connections; who waits for news is answered; streams hear `bye`."""
        for server in self.servers:
            server.close()
        self._stopping.set()
        await super().shutdown(sockets)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        handled = [signal.SIGINT, signal.SIGTERM]
        before = {}
        with contextlib.suppress(ValueError):  # not the main thread: whoever runs it stops it
            before = {each: signal.signal(each, self.handle_exit) for each in handled}
        if before and sys.platform != "win32":
            loop.add_signal_handler(signal.SIGHUP, self._new_certificate)
        try:
            yield
        finally:
            for each, handler in before.items():
                signal.signal(each, handler)

    def _new_certificate(self) -> None:
        """A renewed certificate counts from the next connection on."""
        if self.config.ssl is None or not self.config.ssl_certfile:
            return
        try:
            self.config.ssl.load_cert_chain(self.config.ssl_certfile, self.config.ssl_keyfile)
        except (OSError, ssl.SSLError):
            logs.event("certificate_refused", logging.ERROR)
        else:
            logs.event("certificate_renewed")


@contextlib.asynccontextmanager
async def _parts(config: Config) -> AsyncIterator[Parts]:
    """Open what a server stands on; close it in the opposite order."""
    metrics, now = Metrics(), _clock()
    async with contextlib.AsyncExitStack() as opened:
        if not config.database:
            opened.enter_context(alone(config.data))
        place = open_place(config.blob_place)
        store = await open_store(config.database, config.data)
        opened.push_async_callback(store.close)
        stream = await opened.enter_async_context(
            open_stream(
                Asking(store, now),
                now,
                bus=RedisBus(config.bus) if config.bus else None,
                several=bool(config.database),
                room=Room(all=config.connections),
            )
        )
        gate = await open_gate(store, stream.hub, now)
        opened.callback(gate.close)
        writer = Writer(
            store,
            lambda outcome: _tell(stream.hub, outcome),
            clock=now,
            flights=FLIGHTS if config.database else 1,
        )
        opened.push_async_callback(writer.close)
        yield Parts(
            config=config,
            metrics=metrics,
            rates=Rates(config),
            store=store,
            place=place,
            writer=writer,
            stream=stream,
            gate=gate,
            key=await store.run(signing_key),
            now=now,
            stopping=asyncio.Event(),
        )


def _tell(hub: Hub, outcome: Outcome) -> None:
    hub.publish(outcome.published)
    if outcome.ended_users or outcome.ended_devices:
        hub.ended(users=outcome.ended_users, devices=outcome.ended_devices)


def _clock() -> Callable[[], int]:
    """Milliseconds that never go back, whatever is done to the clock of the machine."""
    last = 0

    def now() -> int:
        nonlocal last
        last = max(last, milliseconds())
        return last

    return now


async def serve(config: Config, listening: Listening, stop: asyncio.Event | None = None) -> None:
    """Serve until a signal, or `stop`."""
    sock = _listen(config.host, config.port)
    async with _parts(config) as parts:
        door = Door(config, parts.metrics)
        app = application(parts)
        address = _address(config, sock)
        await parts.store.run(reached.note, config.public_url or address)
        server = _Server(
            _uvicorn(config, app, door), lambda: _started(address, listening), parts.stopping
        )
        beside = [asyncio.create_task(keep_house(parts))]
        if stop:
            beside.append(asyncio.create_task(_stopped(server, stop)))
        try:
            await server.serve([sock])
        finally:
            for task in beside:
                task.cancel()
            await asyncio.gather(*beside, return_exceptions=True)
    logs.event("stopped")


async def _stopped(server: _Server, stop: asyncio.Event) -> None:
    await stop.wait()
    server.should_exit = True


def _started(address: str, listening: Listening) -> None:
    logs.event("listening", address=address)
    listening(address)


def run(config: Config, listening: Listening) -> None:
    """Serve in this process until it is told to stop."""
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        runner.run(serve(config, listening))


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    try:
        import uvloop
    except ImportError:  # not on Windows
        return None
    return uvloop.new_event_loop


def _uvicorn(config: Config, app: Guard, door: Door) -> uvicorn.Config:
    connection, upgraded = behind(door)
    made = uvicorn.Config(
        app,
        http=connection,
        **(settings() | {"ws": upgraded}),
        lifespan="off",
        log_config=None,
        access_log=False,
        proxy_headers=bool(config.trusted_proxy),
        forwarded_allow_ips=[str(each) for each in config.trusted_proxy],
        server_header=False,
        backlog=BACKLOG,
        timeout_keep_alive=KEEP_ALIVE,
        timeout_graceful_shutdown=config.stop_timeout,
        ssl_certfile=config.cert,
        ssl_keyfile=config.key,
        ssl_context_factory=_tls if config.cert else None,
    )
    try:
        made.load()
    except (OSError, ssl.SSLError):
        raise UsageError("The certificate and its key cannot be used together.") from None
    return made


def _tls(config: uvicorn.Config, usual: Callable[[], ssl.SSLContext]) -> ssl.SSLContext:
    context = usual()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _listen(host: str, port: int) -> socket.socket:
    try:
        family, _, _, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        return socket.create_server(address[:2], family=family, backlog=BACKLOG)
    except socket.gaierror:
        raise UsageError("There is no such address to listen at.") from None
    except OSError as error:
        raise Trouble(f"Cannot listen at port {port}: {os.strerror(error.errno or 0)}.") from None


def _address(config: Config, sock: socket.socket) -> str:
    host, port = sock.getsockname()[:2]
    name = f"[{host}]" if ":" in host else host
    return f"{'https' if config.cert else 'http'}://{name}:{port}"
