"""The WebSocket of a connection: uvicorn's, with its sending end open to the hub.

Frames for many are written as they are, without a task for each connection; what the operating
system holds for one reader is little, so that a slow one is noticed; and a connection can be cut.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from typing import Any, cast

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import CloseCode

from missive_wire.limits import FRAME

EXTENSION = "missive.socket"  # where the application finds it, in the extensions of its scope
BUFFER = 64 << 10  # bytes for one reader in the operating system, and as many before it
CLOSING = 5.0  # seconds for the other side to answer a close


class _Inbox:
    """What `asyncio.Queue` does for one reader, in a tenth of the memory."""

    __slots__ = ("_items", "_reader")

    def __init__(self) -> None:
        self._items: list[Any] = []
        self._reader: asyncio.Future[None] | None = None

    def put_nowait(self, item: Any) -> None:
        self._items.append(item)
        if self._reader is not None and not self._reader.done():
            self._reader.set_result(None)

    async def get(self) -> Any:
        while not self._items:
            self._reader = asyncio.get_running_loop().create_future()
            await self._reader
        self._reader = None
        return self._items.pop(0)

    def empty(self) -> bool:
        return not self._items


class _Writable:
    """What `asyncio.Event` does, for nearly nobody ever waits."""

    __slots__ = ("_event", "_set")

    def __init__(self) -> None:
        self._set = True
        self._event: asyncio.Event | None = None

    def is_set(self) -> bool:
        return self._set

    def set(self) -> None:
        self._set = True
        if self._event is not None:
            self._event.set()
            self._event = None

    def clear(self) -> None:
        self._set = False

    async def wait(self) -> None:
        if not self._set:
            self._event = self._event or asyncio.Event()
            await self._event.wait()


class Socket(WebSocketsSansIOProtocol):
    resumed: Callable[[], None] | None = None
    farewell: bytes = b""  # said first when the server stops
    paused_at: float | None = None

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.queue = cast("asyncio.Queue[Any]", _Inbox())
        self.writable = cast("asyncio.Event", _Writable())

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self.transport.set_write_buffer_limits(high=BUFFER, low=BUFFER // 4)
        if (raw := transport.get_extra_info("socket")) is not None:
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, BUFFER)

    def handle_connect(self, event: Any) -> None:
        super().handle_connect(event)
        if not self.close_sent:
            cast("dict[str, Any]", self.scope["extensions"])[EXTENSION] = self

    def forget_request(self) -> None:
        """Let go of the request, which nobody needs once the connection is open."""
        cast("list[Any]", self.scope["headers"]).clear()
        del self.request, self.response

    def ready(self) -> bool:
        return self.paused_at is None

    def write(self, data: bytes) -> None:
        if not self.close_sent and not self.transport.is_closing():
            self.transport.write(data)

    def pause_writing(self) -> None:
        super().pause_writing()
        self.paused_at = self.loop.time()

    def resume_writing(self) -> None:
        super().resume_writing()
        self.paused_at = None
        if self.resumed is not None:
            self.resumed()

    def part(self) -> None:
        """Close: after the frames that are on their way, and at once if the reader takes none."""
        if self.close_sent or self.transport.is_closing():
            return
        self.queue.put_nowait({"type": "websocket.disconnect", "code": CloseCode.NORMAL_CLOSURE})
        self.conn.send_close(CloseCode.NORMAL_CLOSURE)
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.close_sent = True
        if self.read_paused:
            self.read_paused = False
            self.transport.resume_reading()
        self.close_timer = self.loop.call_later(CLOSING, self.transport.abort)

    def cut(self) -> None:
        self.transport.abort()

    def shutdown(self) -> None:
        if self.farewell:
            self.write(self.farewell)
        super().shutdown()


def settings() -> dict[str, Any]:
    """Return what uvicorn must be told so that the stream works as it should."""
    return {
        "ws": Socket,
        "ws_max_size": FRAME,
        "ws_per_message_deflate": False,
        "ws_ping_interval": 20.0,
        "ws_ping_timeout": 20.0,
    }
