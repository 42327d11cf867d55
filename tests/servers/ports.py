"""Free ports on the loopback."""

from __future__ import annotations

import socket
import time
from contextlib import ExitStack, suppress


def free_ports(count: int) -> list[int]:
    """Return ports that nobody listened on just now."""
    with ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


def wait_for_port(port: int, seconds: float) -> bool:
    """Wait until somebody listens on `port`."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 0.5):
            return True
        time.sleep(0.01)
    return False
