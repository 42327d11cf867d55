"""Free ports on the loopback, for servers that are started a moment later."""

from __future__ import annotations

import itertools
import random
import socket
import time
from contextlib import suppress

# Below those that systems give to whoever asks for any: nobody gets one of these in between.
_FIRST, _COUNT = 12_000, 18_000
_numbers = itertools.count(random.SystemRandom().randrange(_COUNT))


def free_ports(count: int) -> list[int]:
    """Return ports that nobody listened on just now, and that were not returned before."""
    candidates = (_FIRST + number % _COUNT for number in _numbers)
    return list(itertools.islice(filter(_is_free, candidates), count))


def _is_free(port: int) -> bool:
    with socket.socket() as tried, suppress(OSError):
        tried.bind(("127.0.0.1", port))
        return True
    return False


def wait_for_port(port: int, seconds: float) -> bool:
    """Wait until somebody listens on `port`."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 0.5):
            return True
        time.sleep(0.01)
    return False
