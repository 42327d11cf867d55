"""Free ports on the loopback, for servers that are started a moment later."""

from __future__ import annotations

import itertools
import os
import random
import socket
import time
from contextlib import suppress

# Below those that systems give to whoever asks for any: nobody gets one of these in between.
_FIRST, _COUNT = 12_000, 18_000


def _share() -> tuple[int, int]:
    """Where the ports of this process begin, and how many: processes of one run share none.

    Else one could take the number that another has found free and not yet listens on.
    """
    number = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    count = _COUNT // int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    return _FIRST + number * count, count


_first, _count = _share()
_numbers = itertools.count(random.SystemRandom().randrange(_count))


def free_ports(count: int) -> list[int]:
    """Return ports that nobody listened on just now, and that were not returned before."""
    candidates = (_first + number % _count for number in _numbers)
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
