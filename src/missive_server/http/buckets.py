"""Token buckets, of which only so many are remembered: whoever floods with names gains nothing."""

from __future__ import annotations

import ipaddress
from collections import OrderedDict
from collections.abc import Callable


class Buckets:
    """For each name `burst` at once, refilled in `seconds`. The longest unused is forgotten first.

    A forgotten bucket is a full one, so with more than `most` names at a time each has its burst
    at least; the number of connections bounds that.
    """

    def __init__(
        self, burst: int, seconds: float, now: Callable[[], float], most: int = 50_000
    ) -> None:
        self._burst, self._pace, self._now, self._most = float(burst), burst / seconds, now, most
        self._held: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, name: str, count: float = 1.0) -> float:
        """Take from a bucket; return 0, or the seconds until there is enough."""
        now = self._now()
        level, then = self._held.pop(name, (self._burst, now))
        level = min(self._burst, level + (now - then) * self._pace)
        wanted = min(count, self._burst)
        short = wanted - level
        self._held[name] = (level if short > 0 else level - wanted, now)
        if len(self._held) > self._most:
            self._held.popitem(last=False)
        return short / self._pace if short > 0 else 0.0


def network_of(address: str) -> str:
    """Return what counts as one peer: an IPv4 address, or the /64 that IPv6 hosts choose from."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    if isinstance(ip, ipaddress.IPv4Address):
        return address
    if ip.ipv4_mapped:
        return str(ip.ipv4_mapped)
    return str(ipaddress.ip_network((int(ip) >> 64 << 64, 64)))
