"""Questions to the DNS: text records, in bounded time, each asked once while it is of use.

The system's resolver is asked, as for every other name.
"""

from __future__ import annotations

import time
from typing import Protocol

import dns.exception
import dns.name
import dns.rdatatype
import dns.resolver

from missive_desktop.errors import Offline

TIMEOUT = 4.0
KEPT = 3_600.0
MAX_KEPT = 2_000
MAX_RECORD = 8_192


class Lookup(Protocol):
    """Text records of a name, each joined; none where there are none. Raises Offline."""

    def __call__(self, name: str, /) -> tuple[bytes, ...]: ...


class Names:
    """Asks for text records, and remembers the answers for a while."""

    def __init__(
        self, resolver: dns.resolver.Resolver | None = None, seconds: float = TIMEOUT
    ) -> None:
        self._resolver = resolver
        self._seconds = seconds
        self._known: dict[str, tuple[float, tuple[bytes, ...]]] = {}

    def __call__(self, name: str, /) -> tuple[bytes, ...]:
        now = time.monotonic()
        found = self._known.get(name)
        if found is not None and now - found[0] < KEPT:
            return found[1]
        answer = self._ask(name)
        if len(self._known) >= MAX_KEPT:
            self._known.clear()
        self._known[name] = (now, answer)
        return answer

    def _ask(self, name: str) -> tuple[bytes, ...]:
        try:
            if self._resolver is None:
                self._resolver = dns.resolver.Resolver()
            wanted = dns.name.from_text(name.rstrip(".") + ".")
            answer = self._resolver.resolve(
                wanted, dns.rdatatype.TXT, lifetime=self._seconds, raise_on_no_answer=False
            )
        except (dns.resolver.NXDOMAIN, dns.name.LabelTooLong, dns.name.NameTooLong):
            return ()
        except (dns.name.EmptyLabel, dns.name.BadEscape, UnicodeError):
            return ()
        except (dns.exception.DNSException, OSError) as error:
            raise Offline("The names of the internet cannot be looked up.") from error
        if answer.rrset is None:
            return ()
        return tuple(b"".join(one.strings)[:MAX_RECORD] for one in list(answer.rrset)[:10])
