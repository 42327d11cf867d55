"""From the settings to a running server, and down again without losing what was acknowledged."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import socket
import ssl
import sys
from collections.abc import AsyncIterator, Callable, Iterator

import uvicorn

from missive_server import logs
from missive_server.blobs.opening import open_place
from missive_server.config import Config
from missive_server.database.opening import open_store
from missive_server.errors import Trouble, UsageError
from missive_server.http.app import application
from missive_server.http.connection import Door, behind
from missive_server.http.guard import Guard, Rates
from missive_server.http.parts import Parts
from missive_server.metrics import Metrics

BACKLOG = 2048
KEEP_ALIVE = 75  # seconds that an idle connection is kept
STREAM_MESSAGE = 64 << 10  # bytes that a client may send in one frame

Listening = Callable[[str], None]  # told the address once the server answers


class _Server(uvicorn.Server):
    """Says goodbye before it closes, and ends as one that was asked to."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._ready()

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
    metrics = Metrics()
    place = open_place(config.blob_place)
    store = await open_store(config.database, config.data)
    try:
        yield Parts(config, metrics, Rates(config), store, place)
    finally:
        await store.close()


async def serve(config: Config, listening: Listening, stop: asyncio.Event | None = None) -> None:
    """Serve until a signal, or `stop`."""
    sock = _listen(config.host, config.port)
    async with _parts(config) as parts:
        door = Door(config, parts.metrics)
        address = _address(config, sock)
        server = _Server(
            _uvicorn(config, application(parts), door), lambda: _started(address, listening)
        )
        watcher = asyncio.create_task(_stopped(server, stop)) if stop else None
        try:
            await server.serve([sock])
        finally:
            if watcher:
                watcher.cancel()
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
    made = uvicorn.Config(
        app,
        http=behind(door),
        ws="websockets-sansio",
        ws_max_size=STREAM_MESSAGE,
        ws_per_message_deflate=False,  # sealed bytes do not shrink, and it costs memory
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
        raise Trouble(f"Cannot listen at port {port}: {error.strerror}.") from None


def _address(config: Config, sock: socket.socket) -> str:
    host, port = sock.getsockname()[:2]
    name = f"[{host}]" if ":" in host else host
    return f"{'https' if config.cert else 'http'}://{name}:{port}"
