"""Images of the web, asked for so that a server learns an address and a time, and nothing else.

One request looks like any other of any installation: no cookie, no Referer, no language, nothing
conditional. HTTPS where it works: what the mail gave as http:// is asked over TLS first, in the
clear only where that fails; what it gave as https:// is never asked in the clear, wherever it is
sent on to. Knows neither mails nor the store; which addresses may be asked at all says `guard`, and
which the caller does not want says the caller, of every address that a redirect leads to as well.
"""

from __future__ import annotations

import queue
import re
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from http import HTTPStatus
from typing import NamedTuple

import httpcore
from socksio import SOCKSError

from missive_desktop.domain import pictures
from missive_desktop.remote import guard
from missive_desktop.remote.connections import (
    UNREACHABLE,
    Connect,
    Connections,
    Deadline,
    Resolve,
    Ways,
    connect,
    proxy_parts,
    resolve,
    trusting_the_system,
)
from missive_desktop.remote.guard import Denied, Target
from missive_desktop.remote.unpacking import Unreadable, unpacked

USER_AGENT = "Mozilla/5.0"  # what the largest mail proxies say of themselves: many say just this
HEADERS = (
    (b"User-Agent", USER_AGENT.encode()),
    (b"Accept", b"image/avif,image/webp,image/png,image/svg+xml,image/*;q=0.8,*/*;q=0.5"),
    (b"Accept-Encoding", b"gzip, deflate"),
)
SVG = "image/svg+xml"
_IS_SVG = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*(?:<!DOCTYPE\s+svg[^>]*>\s*)?"
    rb"(?:<!--.*?-->\s*)*<svg[\s>]",
    re.DOTALL | re.IGNORECASE,
)
_REDIRECTS = (301, 302, 303, 307, 308)
_ENOUGH_TO_TELL = 4096  # bytes by which an image shows its type
_POLL = 0.1

# Whether an address is not to be asked, wherever it came from: a tracker, say.
Refuses = Callable[[str], bool]


def _nothing(url: str) -> bool:
    return False


class Limits(NamedTuple):
    """How much is asked for at most, for one call."""

    images: int = 200
    at_once: int = 6
    image_bytes: int = 10 << 20
    all_bytes: int = 25 << 20
    redirects: int = 5
    image_seconds: float = 30.0
    all_seconds: float = 90.0


class Fetched(NamedTuple):
    """One image, or in `problem` why there is none. An SVG is as it came: it must be cleaned."""

    url: str
    data: bytes = b""
    media_type: str = ""
    problem: str = ""


class _Failed(Exception):
    """There is no image at this address; the text says why."""


class _Unreachable(_Failed):
    """This way of asking did not work; another may."""


class _Job:
    """What the threads of one call share."""

    def __init__(self, limits: Limits, refuses: Refuses) -> None:
        self.refuses = refuses
        self.over = threading.Event()
        self.todo: queue.SimpleQueue[str] = queue.SimpleQueue()
        self.done: queue.SimpleQueue[Fetched] = queue.SimpleQueue()
        self.dead: dict[Target, str] = {}  # hosts that could not be connected to, and why
        self._room = limits.all_bytes
        self._lock = threading.Lock()

    def take(self, size: int) -> None:
        """Count received bytes; raise when all images together are too large."""
        with self._lock:
            if size > self._room:
                raise _Failed("The images of this mail are too large together.")
            self._room -= size


class Fetcher:
    """Fetches images. `resolve` and `connect` are how it reaches the world; tests give their own.

    The check of addresses stands between the two and cannot be turned off.
    """

    def __init__(
        self,
        proxy: str = "",
        *,
        resolve: Resolve = resolve,
        connect: Connect = connect,
        context: ssl.SSLContext | None = None,
        limits: Limits = Limits(),  # noqa: B008 - a constant
    ) -> None:
        if proxy:
            proxy_parts(proxy)  # says what is wrong with it
        self._ways = Ways(proxy, resolve, connect, context or trusting_the_system())
        self._limits = limits
        self._deadline = Deadline()

    def images(
        self,
        urls: Sequence[str],
        stop: threading.Event | None = None,
        *,
        refuses: Refuses = _nothing,
    ) -> Iterator[Fetched]:
        """Yield one result for each address, as they come; ends early once `stop` is set.

        What `refuses` says is asked by several threads, of each address before it is asked for.
        """
        asked = list(dict.fromkeys(urls))
        for url in asked[self._limits.images :]:
            yield Fetched(url, problem="This mail has too many images.")
        waiting = dict.fromkeys(asked[: self._limits.images])
        if not waiting:
            return
        job = _Job(self._limits, refuses)
        for url in waiting:
            job.todo.put(url)
        self._start(job, min(len(waiting), self._limits.at_once))
        end = time.monotonic() + self._limits.all_seconds
        try:
            while waiting and not (stop and stop.is_set()) and time.monotonic() < end:
                try:
                    result = job.done.get(timeout=_POLL)
                except queue.Empty:
                    continue
                waiting.pop(result.url)
                yield result
        finally:
            job.over.set()
        for url in waiting:
            yield Fetched(url, problem="It took too long.")

    def _start(self, job: _Job, count: int) -> None:
        """Start the threads; the last one to end closes the connections."""
        connections = Connections(self._ways, self._deadline, self._limits.at_once)
        running = [count]
        lock = threading.Lock()

        def work() -> None:
            try:
                self._work(job, connections)
            finally:
                with lock:
                    running[0] -= 1
                    last = not running[0]
                if last:
                    connections.close()

        for _ in range(count):
            threading.Thread(target=work, name="images", daemon=True).start()

    def _work(self, job: _Job, connections: Connections) -> None:
        while not job.over.is_set():
            try:
                url = job.todo.get_nowait()
            except queue.Empty:
                return
            self._deadline.start(self._limits.image_seconds)
            try:
                data, media_type = _Chain(self, job, connections).follow(url)
                result = Fetched(url, data, media_type)
            except (Denied, _Failed) as error:
                result = Fetched(url, problem=str(error))
            except BaseException:  # a bug: it reaches the crash log, and the next image is fetched
                job.done.put(Fetched(url, problem="It could not be read."))
                raise
            job.done.put(result)

    @property
    def limits(self) -> Limits:
        return self._limits

    @property
    def proxied(self) -> bool:
        return bool(self._ways.proxy)


class _Chain:
    """One image, from the address in the mail over its redirects to its bytes."""

    def __init__(self, fetcher: Fetcher, job: _Job, connections: Connections) -> None:
        self._limits = fetcher.limits
        self._proxied = fetcher.proxied
        self._job = job
        self._connections = connections
        self._tried: set[Target] = set()

    def follow(self, url: str) -> tuple[bytes, str]:
        """Return bytes and media type; raise _Failed or Denied."""
        target = guard.target(url, proxied=self._proxied)
        plain_allowed = target.scheme == "http"
        for _ in range(self._limits.redirects + 1):
            if self._job.refuses(target.url):
                raise _Failed("It belongs to a tracker.")
            answer = self._safest(target, plain_allowed)
            if isinstance(answer, tuple):
                return answer
            target = guard.redirected(target, answer, proxied=self._proxied)
        raise _Failed("Its server sends us on again and again.")

    def _safest(self, target: Target, plain_allowed: bool) -> tuple[bytes, str] | str:
        """Ask over TLS, and in the clear where that is allowed and all that works."""
        if target.scheme == "https":
            return self._ask(target)
        if target.host.endswith(".onion"):  # Tor itself encrypts the way to these
            return self._ask(target)
        secure = guard.secured(target)
        if secure not in self._tried:
            try:
                return self._ask(secure)
            except _Unreachable:
                if not plain_allowed:
                    raise
        if not plain_allowed:
            raise _Failed("Its server offers it without encryption only.")
        return self._ask(target)

    def _ask(self, target: Target) -> tuple[bytes, str] | str:
        """Return the image, or where the server says it is."""
        self._tried.add(target)
        origin = target._replace(path="")
        if known := self._job.dead.get(origin):
            raise _Unreachable(known)
        try:
            return self._ask_again(target)
        except (Denied, _Failed):
            raise
        except Unreadable as error:
            raise _Failed("Its server packed it in a way that is not read here.") from error
        except Exception as error:
            failed = _translated(error)
            if isinstance(error, httpcore.ConnectError | httpcore.ConnectTimeout):
                self._job.dead[origin] = str(failed)  # not to be waited for with each image
            raise failed from error

    def _ask_again(self, target: Target) -> tuple[bytes, str] | str:
        """Ask, and once more where the server closed a connection just as it was used again."""
        try:
            return self._ask_once(target)
        except (httpcore.RemoteProtocolError, httpcore.ReadError, httpcore.WriteError):
            return self._ask_once(target)

    def _ask_once(self, target: Target) -> tuple[bytes, str] | str:
        with self._connections.get(target.url, HEADERS) as response:
            headers = {name.lower(): value for name, value in response.headers}
            if response.status in _REDIRECTS and b"location" in headers:
                return headers[b"location"].decode("utf-8", "replace")
            if response.status != HTTPStatus.OK:
                raise _Unreachable(_refusal(response.status))
            return self._read(response, headers)

    def _read(self, response: httpcore.Response, headers: dict[bytes, bytes]) -> tuple[bytes, str]:
        announced = headers.get(b"content-length", b"")
        if announced.isdigit() and int(announced[:20]) > self._limits.image_bytes:
            raise self._too_large()
        encoding = headers.get(b"content-encoding", b"").decode("ascii", "replace")
        data = bytearray()
        for piece in unpacked(encoding, self._counted(response)):
            data += piece
            if encoding:
                self._job.take(len(piece))
            if len(data) > self._limits.image_bytes:
                raise self._too_large()
            if len(data) >= _ENOUGH_TO_TELL and not _kind(data):
                raise _Failed("It is no image.")
        return self._checked(bytes(data))

    def _counted(self, response: httpcore.Response) -> Iterator[bytes]:
        received = 0
        for chunk in response.iter_stream():
            received += len(chunk)
            if received > self._limits.image_bytes:
                raise self._too_large()
            if self._job.over.is_set():
                raise _Failed("It took too long.")
            self._job.take(len(chunk))
            yield chunk

    def _checked(self, data: bytes) -> tuple[bytes, str]:
        media_type = _kind(data)
        if not media_type:
            raise _Failed("It is no image." if data else "Its server sent nothing.")
        return data, media_type

    def _too_large(self) -> _Failed:
        return _Failed(f"It is larger than {self._limits.image_bytes >> 20} MB.")


def _kind(data: bytes | bytearray) -> str:
    head = bytes(data[:_ENOUGH_TO_TELL])
    return pictures.raster_type(head) or (SVG if _IS_SVG.match(head) else "")


def _refusal(status: int) -> str:
    if status in (HTTPStatus.NOT_FOUND, HTTPStatus.GONE):
        return "It is no longer there."
    return f"Its server refused ({status})."


def _translated(error: Exception) -> _Failed:
    """Say in plain words what a connection failed by; raise again what is a bug."""
    match error:
        case httpcore.ProxyError():
            if str(error) == UNREACHABLE:
                return _Failed("The proxy cannot be reached.")
            return _Unreachable("The proxy could not reach its server.")
        case httpcore.TimeoutException():
            return _Unreachable("It took too long.")
        case httpcore.ConnectError():
            if error.args and isinstance(error.args[0], ssl.SSLError):
                return _Unreachable("Its server could not prove who it is.")
            return _Unreachable("Its server cannot be reached.")
        case httpcore.NetworkError() | httpcore.ProtocolError():
            return _Unreachable("Its server broke the connection.")
        case SOCKSError() | AssertionError():  # the proxy's half of the handshake made no sense
            return _Failed("The proxy does not speak as a proxy of its kind does.")
    raise error
