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


class Socket(WebSocketsSansIOProtocol):
    resumed: Callable[[], None] | None = None
    farewell: bytes = b""  # said first when the server stops
    paused_at: float | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self.transport.set_write_buffer_limits(high=BUFFER, low=BUFFER // 4)
        if (raw := transport.get_extra_info("socket")) is not None:
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, BUFFER)

    def handle_connect(self, event: Any) -> None:
        super().handle_connect(event)
        if not self.close_sent:
            cast("dict[str, Any]", self.scope["extensions"])[EXTENSION] = self

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
