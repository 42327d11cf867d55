"""The one POST of the program: a click on a mailing's own "unsubscribe" (RFC 8058).

Over TLS only, to a public address, without cookies or any word about the reader; what the server
answers is read no further than its status, and where it sends us on, nobody goes.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import closing, contextmanager

import httpcore
from socksio import SOCKSError

from missive_desktop.errors import Offline, Refused
from missive_desktop.remote import guard
from missive_desktop.remote.connections import (
    Connect,
    Connections,
    Deadline,
    Resolve,
    Ways,
    connect,
    resolve,
    trusting_the_system,
)
from missive_desktop.remote.fetch import USER_AGENT

HEADERS = (
    (b"User-Agent", USER_AGENT.encode()),
    (b"Accept", b"*/*"),
    (b"Content-Type", b"application/x-www-form-urlencoded"),
)
BODY = b"List-Unsubscribe=One-Click"
SECONDS = 30.0


class Poster:
    """Posts; reaches the world as the fetcher of images does, through the same guard and proxy."""

    def __init__(
        self,
        proxy: str = "",
        *,
        resolve: Resolve = resolve,
        connect: Connect = connect,
        context: ssl.SSLContext | None = None,
    ) -> None:
        self._ways = Ways(proxy, resolve, connect, context or trusting_the_system())
        self._deadline = Deadline()

    def one_click(self, url: str) -> None:
        """Ask the server to take the reader off its list; raise Refused or Offline."""
        with _in_plain_words():
            target = guard.target(url, proxied=bool(self._ways.proxy))
            if target.scheme != "https":
                raise guard.Denied("Its address is not encrypted.")
            self._deadline.start(SECONDS)
            with (
                closing(Connections(self._ways, self._deadline, 1)) as connections,
                connections.post(target.url, HEADERS, BODY) as response,
            ):
                status = response.status
        if not 200 <= status < 300:
            raise Refused(f"The sender's server did not take it ({status}).")


@contextmanager
def _in_plain_words() -> Iterator[None]:
    try:
        yield
    except guard.Denied as error:
        raise Refused(f"The sender's server is not asked. {error}") from error
    except httpcore.ProxyError as error:
        raise Offline("The proxy cannot be reached.") from error
    except (httpcore.NetworkError, httpcore.TimeoutException) as error:
        raise Offline("The sender's server cannot be reached.") from error
    except (httpcore.ProtocolError, SOCKSError) as error:
        raise Refused("The sender's server did not answer as it should.") from error
