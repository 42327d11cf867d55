"""Waiting for news: IDLE (RFC 2177), interruptible from another thread."""

from __future__ import annotations

import contextlib
import re
import selectors
import socket
import time

from missive_desktop.errors import PeerBroken
from missive_desktop.mail.commands import check, ending, send
from missive_desktop.mail.wire import Wire

# RFC 2177: servers may log a client out after 30 minutes of silence.
LONGEST = 28 * 60.0

_NEWS = re.compile(rb"\* (?:\d+ (?:EXISTS|EXPUNGE|FETCH)\b|VANISHED )", re.ASCII | re.IGNORECASE)


class Wake:
    """Wakes a thread that waits for the network. Any thread may set it."""

    def __init__(self) -> None:
        self._reader, self._writer = socket.socketpair()
        self._reader.setblocking(False)
        self._writer.setblocking(False)

    def fileno(self) -> int:
        """Return what becomes readable once set."""
        return self._reader.fileno()

    def set(self) -> None:
        """Wake whoever waits, now or next."""
        # A full buffer is a wake that was not seen yet; a closed one has nobody waiting.
        with contextlib.suppress(OSError):
            self._writer.send(b"w")

    def clear(self) -> None:
        """Forget earlier wakes."""
        with contextlib.suppress(BlockingIOError):
            while self._reader.recv(4096):
                pass

    def close(self) -> None:
        """Give the sockets back."""
        self._reader.close()
        self._writer.close()


def is_news(line: bytes | bytearray) -> bool:
    """Tell whether an untagged response says that the open folder changed."""
    return _NEWS.match(line) is not None


def idle(wire: Wire, timeout: float, wake: Wake | None = None) -> bool:
    """Wait until the folder changes, `wake` is set or `timeout` passes; tell whether it changed."""
    tag = send(wire, b"IDLE")
    news = False
    while True:
        line = bytes(wire.read_response()[0])
        if line.startswith(b"+"):
            break
        text = ending(wire, line, tag)
        if text is not None:
            check(wire, b"IDLE", text)
            raise PeerBroken(f"{wire.host} ended IDLE before it began.")
        news = news or is_news(line)
    end = time.monotonic() + min(timeout, LONGEST)
    while not news and _wait(wire, end, wake):
        news = is_news(wire.read_response()[0])
    wire.send(b"DONE\r\n")
    while True:
        line = bytes(wire.read_response()[0])
        text = ending(wire, line, tag)
        if text is not None:
            check(wire, b"IDLE", text)
            return news
        news = news or is_news(line)


def _wait(wire: Wire, end: float, wake: Wake | None) -> bool:
    """Wait for the server; False once the time is over or somebody woke us."""
    if wire.buffered:
        return True
    with selectors.DefaultSelector() as selector:
        selector.register(wire.sock, selectors.EVENT_READ, "server")
        if wake is not None:
            selector.register(wake, selectors.EVENT_READ, "wake")
        while (left := end - time.monotonic()) > 0:
            ready = {key.data for key, _ in selector.select(left)}
            if "wake" in ready and wake is not None:
                wake.clear()
                return False
            if "server" in ready and wire.poll():
                return True
    return False


def pause(timeout: float, wake: Wake | None = None) -> None:
    """Wait without a server, until `timeout` passes or `wake` is set."""
    if wake is None:
        time.sleep(timeout)
        return
    with selectors.DefaultSelector() as selector:
        selector.register(wake, selectors.EVENT_READ)
        if selector.select(timeout):
            wake.clear()
