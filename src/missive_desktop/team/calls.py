"""Calls to a team's server over HTTPS: values there and back, what fails in plain words.

Certificates are verified, redirects are not followed, and the only proxy is the one that was set.
Knows no store and decides nothing about what is exchanged.
"""

from __future__ import annotations

import math
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NoReturn, TypeVar
from urllib.parse import urlsplit

import httpx

from missive_desktop.domain.team import TeamSettings
from missive_desktop.errors import (
    CertificateRefused,
    KnownError,
    LoginRefused,
    Offline,
    PeerBroken,
    Refused,
    UsageError,
)
from missive_desktop.mail.tls import client_context
from missive_wire import codec, limits, routes
from missive_wire.routes import Problem

T = TypeVar("T")

USER_AGENT = "Missive"
_CONNECT, _READ = 10.0, 30.0
_ANSWER = 64 << 20  # a page of rows is far below
_LOCAL = {"localhost", "127.0.0.1", "::1"}
_LONGEST_WAIT = 3600.0
_ODD = "The team's server did not answer as it should."

_TRIES = {
    "wait": "Too many tries. Try again in {}.",
    "crowd": (
        "Somebody is trying many passwords for this address, so a new device has to wait. Try"
        " again in {}. A device that was signed in before can sign in now."
    ),
}


class SignedOut(LoginRefused):
    """The session ended: sign in again."""


class Outdated(Refused):
    """The server no longer speaks with this version."""


class Busy(Offline):
    """The server asks to come again in `wait` seconds."""

    def __init__(self, message: str, wait: float) -> None:
        super().__init__(message)
        self.wait = wait


class Gap(KnownError):
    """The server knows mutations up to `last_mid`, and not those before the ones it was sent."""

    def __init__(self, last_mid: int) -> None:
        super().__init__("The server does not know what was sent before.")
        self.last_mid = last_mid


class Removed(SignedOut):
    """This person, or (`device`) this device, was taken out of the team."""

    def __init__(self, message: str, *, device: bool) -> None:
        super().__init__(message)
        self.device = device


class Problems(Refused):
    """The server said no. `code` is of `missive_wire.routes.STATUS`, or one of `accounts`."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class _Line:
    """Connections, and how many calls use them."""

    def __init__(self, client: httpx.Client) -> None:
        self.client, self.users, self.retired = client, 0, False


def checked_url(url: str) -> str:
    """Return a server's address as it is kept; only this machine is spoken to without TLS."""
    parts = urlsplit(url.strip() if "://" in url else f"https://{url.strip()}")
    if parts.scheme not in ("https", "http") or not parts.hostname or parts.username:
        raise UsageError(f"{url} is not the address of a server.")
    if parts.scheme == "http" and parts.hostname not in _LOCAL:
        raise UsageError("The address of the server must begin with https://.")
    return f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}"


class Calls:
    """Speaks with one server; for any thread. `token` is asked for with each call."""

    def __init__(self, url: str, settings: TeamSettings, token: Callable[[], str]) -> None:
        self.url = checked_url(url)
        self.proxy, self._settings = settings.proxy, settings
        self.context: ssl.SSLContext = client_context(settings.ca_file)
        self._token = token
        self._lock = threading.Lock()
        self._closed = False
        self._line = self._connected()

    @property
    def host(self) -> str:
        """Return the server's name; one for all names of this machine."""
        name = (urlsplit(self.url).hostname or "").lower()
        return "localhost" if name in _LOCAL else name

    def close(self) -> None:
        """Begin nothing more; what is under way ends by itself."""
        with self._lock:
            self._closed = True
        self._retire(self._line)

    def beside(self, token: str) -> Calls:
        """Return calls of their own under a token that may not be kept any more; to be closed."""
        return Calls(self.url, self._settings, lambda: token)

    def forget_connections(self) -> None:
        """Let go of connections that a suspended machine left half open."""
        with self._lock:
            old = self._line
            if not self._closed:
                self._line = self._connected()
        self._retire(old)

    def _retire(self, line: _Line) -> None:
        with self._lock:
            line.retired = True
            unused = not line.users
        if unused:
            line.client.close()

    @contextmanager
    def _using(self) -> Iterator[httpx.Client]:
        """Connections for one call. Who is the last to use retired ones closes them."""
        with self._lock:
            if self._closed:
                raise Offline("The connection to the team's server was given up.")
            line = self._line
            line.users += 1
        try:
            with _plain_words():
                yield line.client
        finally:
            with self._lock:
                line.users -= 1
                last = line.retired and not line.users
            if last:
                line.client.close()

    def _connected(self) -> _Line:
        client = httpx.Client(
            base_url=self.url,
            verify=self.context,
            trust_env=False,
            proxy=self.proxy or None,
            timeout=httpx.Timeout(_READ, connect=_CONNECT),
            limits=httpx.Limits(max_connections=16, keepalive_expiry=60),
            headers={"User-Agent": USER_AGENT, "Accept-Encoding": "identity"},
        )
        return _Line(client)

    def post(
        self, path: str, value: Any, shape: type[T], *, wait: float = 0.0, token: bool = True
    ) -> T:
        """Send a value and return the answer; `wait`: how much longer the server may take."""
        timeout = httpx.Timeout(_READ + wait, connect=_CONNECT)
        headers = {"Content-Type": "application/json"}
        with self._using() as client:
            answer = _asked(
                client,
                "POST",
                path,
                content=codec.encode(value),
                headers=headers | self._bearer(token),
                timeout=timeout,
            )
        return _read(answer, shape)

    def get(self, path: str, shape: type[T], *, token: bool = True) -> T:
        with self._using() as client:
            answer = _asked(client, "GET", path, headers=self._bearer(token))
        return _read(answer, shape)

    def put_part(self, path: str, at: int, data: bytes) -> routes.BlobState:
        """Send a part of a blob."""
        with self._using() as client:
            answer = _asked(
                client,
                "PUT",
                path,
                params={"at": at},
                content=data,
                headers={"Content-Type": "application/octet-stream"} | self._bearer(True),
                timeout=httpx.Timeout(60.0, connect=_CONNECT),
            )
        return _read(answer, routes.BlobState)

    def get_part(self, path: str, start: int, length: int) -> tuple[bytes, int]:
        """Return so many bytes of a blob from `start` on, or what there is; and its whole size."""
        headers = {"Range": f"bytes={start}-{start + length - 1}"} | self._bearer(True)
        with self._using() as client:
            answer = _asked(
                client, "GET", path, max(length, limits.HEADER), headers=headers,
                timeout=httpx.Timeout(60.0),
            )  # fmt: skip
        if answer.status_code == 200 and start == 0:
            return answer.content, len(answer.content)
        total = answer.headers.get("Content-Range", "").rpartition("/")[2]
        if answer.status_code != 206 or not (total.isascii() and total.isdigit()):
            _refuse(answer)
        return answer.content, int(total)

    def _bearer(self, wanted: bool) -> dict[str, str]:
        token = self._token() if wanted else ""
        if wanted and not token:
            raise SignedOut("You are signed out of this team.", "Sign in again.")
        return {"Authorization": f"Bearer {token}"} if token else {}


@contextmanager
def _plain_words() -> Iterator[None]:
    try:
        yield
    except httpx.ConnectError as error:
        if certificate_trouble(error):
            raise CertificateRefused(
                "The team's server could not prove who it is.",
                "If your organization has its own certificate authority, set its file.",
            ) from error
        raise Offline("The team's server cannot be reached.") from error
    except httpx.ProxyError as error:
        raise Offline("The proxy cannot be reached.") from error
    except (httpx.TransportError, httpx.StreamError) as error:
        raise Offline("The connection to the team's server broke.") from error
    except (httpx.InvalidURL, httpx.DecodingError) as error:
        raise PeerBroken(_ODD) from error


def certificate_trouble(error: BaseException | None) -> bool:
    """Tell whether a certificate that was not accepted is at the bottom of an error."""
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return True
        error = error.__cause__ or error.__context__
    return False


def _asked(
    client: httpx.Client, method: str, path: str, most: int = 0, **more: Any
) -> httpx.Response:
    """Ask, and take in no more than that much; what is packed could become anything."""
    content = bytearray()
    with client.stream(method, path, **more) as answer:
        if answer.headers.get("Content-Encoding", "identity") != "identity":
            raise PeerBroken(_ODD)
        for chunk in answer.iter_raw():
            content += chunk
            if len(content) > (most or _ANSWER):
                raise PeerBroken(_ODD)
    return httpx.Response(answer.status_code, headers=answer.headers, content=bytes(content))


def _read(answer: httpx.Response, shape: type[T]) -> T:
    if answer.status_code != 200:
        _refuse(answer)
    try:
        return codec.decode(answer.content, shape, _ANSWER)
    except codec.Malformed as error:
        raise PeerBroken(_ODD) from error


def _refuse(answer: httpx.Response) -> NoReturn:
    """Raise what a refusal means."""
    status = answer.status_code
    try:
        problem = codec.decode(answer.content, Problem, limits.HEADER)
    except codec.Malformed:
        problem = Problem("", f"The team's server did not answer as it should ({status}).")
    if status in (429, 503):
        wait = _wait(answer.headers.get("Retry-After"))
        words = problem.message if problem.error == "wait" else "The team's server has much to do."
        if status == 429 and problem.error in _TRIES:
            words = _TRIES[problem.error].format(_time(wait))
        raise Busy(words, wait)
    if problem.error == "gap" and problem.last_mid is not None:
        raise Gap(problem.last_mid)
    if status == 401 and problem.error in ("removed", "revoked"):
        raise Removed(problem.message, device=problem.error == "revoked")
    if status == 401 and problem.error in ("", "unauthorized"):
        raise SignedOut("You were signed out of this team.", "Sign in again.")
    if status == 426:
        raise Outdated(
            "The team's server no longer works with this version of Missive.",
            "Install the newest version. What you did here is kept until then.",
        )
    if status >= 500 or not problem.error:
        raise Offline(problem.message or "The team's server has a problem.")
    raise Problems(problem.error, problem.message)


def _time(seconds: float) -> str:
    if seconds < 100:
        return f"{math.ceil(seconds)} seconds" if seconds > 1 else "a second"
    return f"{math.ceil(seconds / 60)} minutes"


def _wait(header: str | None) -> float:
    """Return the seconds of Retry-After; dates in it are not used by our server."""
    try:
        return min(max(float(header or "5"), 0.5), _LONGEST_WAIT)
    except ValueError:
        return 5.0
