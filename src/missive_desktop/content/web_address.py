"""Web addresses taken apart as browsers do it (WHATWG URL 4.4), without changing what stands there.

`http:\\\\a@b`, `https:/host` and `0x7f.1` mean something to a browser, so they mean the same here.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import unquote

from missive_desktop.content import domains

MAX_ADDRESS = 16_000

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]{0,40}):")
_AUTHORITY = re.compile(r"[/\\]*([^/\\?#]*)")
_USUAL_HEAD = re.compile(r"https?://[^/\\]+", re.IGNORECASE)
_PLAIN_HOST = re.compile(r"[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*", re.IGNORECASE)
_DROPPED = re.compile(r"[\t\n\r]")
_ENDS = "".join(map(chr, range(0x21)))
_FORBIDDEN = re.compile(r"[\x00-\x20\x7f#%/:<>?@\[\\\]^|]")
_STOPS = re.compile("[\u3002\uff0e\uff61]")
_DEFAULT_PORTS = {"http": 80, "https": 443}


class WebAddress(NamedTuple):
    """An http(s) address. `head`, `path`, `query` and `fragment` make the whole, verbatim but for
    slashes that a browser would write anew; `host` is the one it would ask, in its ASCII form."""

    scheme: str
    user: str
    host: str
    port: int  # 0 where it is the scheme's own
    head: str
    path: str
    query: str | None
    fragment: str | None

    @property
    def whole(self) -> str:
        query = "" if self.query is None else f"?{self.query}"
        fragment = "" if self.fragment is None else f"#{self.fragment}"
        return f"{self.head}{self.path}{query}{fragment}"


def tidy(text: str) -> str:
    """Drop what browsers drop: space and controls at the ends, tabs and line ends anywhere."""
    return _DROPPED.sub("", text.strip(_ENDS))


def scheme_of(text: str) -> str:
    """Return the scheme of a tidy address in lower case, or ""."""
    match = _SCHEME.match(text)
    return match[1].lower() if match is not None else ""


def read(text: str) -> WebAddress | None:
    """Take a tidy http(s) address apart; None where a browser would open nothing."""
    scheme = scheme_of(text)
    if scheme not in _DEFAULT_PORTS or len(text) > MAX_ADDRESS:
        return None
    start = len(scheme) + 1
    match = _AUTHORITY.match(text, start)
    if match is None or not match[1]:
        return None
    user, _, place = match[1].rpartition("@")
    name, port = _port(place, scheme)
    host = host_name(name)
    if not host or port < 0:
        return None
    rest, mark, fragment = text[match.end() :].partition("#")
    path, asked, query = rest.partition("?")
    head = text[: match.end()]
    if not _USUAL_HEAD.fullmatch(head):
        head = f"{scheme}://{match[1]}"
    return WebAddress(
        scheme,
        user,
        host,
        port,
        head,
        path.replace("\\", "/"),
        query if asked else None,
        fragment if mark else None,
    )


def _port(place: str, scheme: str) -> tuple[str, int]:
    """Return the host as written and the port: 0 for the usual one, -1 for none there can be."""
    if place.startswith("["):
        name, closed, rest = place.partition("]")
        name += closed
        digits = rest[1:] if rest.startswith(":") else rest and "?"
    else:
        name, _, digits = place.partition(":")
    if not digits:
        return name, 0
    if not (digits.isascii() and digits.isdecimal()) or len(digits) > 12 or int(digits) > 65_535:
        return name, -1
    port = int(digits)
    return name, 0 if port == _DEFAULT_PORTS[scheme] else port


@lru_cache(maxsize=8192)
def host_name(name: str) -> str:
    """Return the host a browser would ask for, in ASCII and lower case, or "" for none.

    Numbers become the IP address that they mean: 3232235777, 0300.0250.1.1, 0xC0A80101.
    """
    if name.startswith("["):
        inner = name[1:-1].lower()
        valid = name.endswith("]") and ":" in inner and not inner.strip("0123456789abcdef:.")
        return f"[{inner}]" if valid else ""
    if not _PLAIN_HOST.fullmatch(name):
        name = _STOPS.sub(".", unicodedata.normalize("NFKC", unquote(name)))
        name = "".join(char for char in name if unicodedata.category(char) != "Cf")
        if _FORBIDDEN.search(name):
            return ""
    host = domains.to_ascii(name)
    if not host or len(host) > domains.MAX_HOST or not host.isascii():
        return ""
    last = host.rpartition(".")[2]
    if last.isdecimal() or last.startswith("0x"):
        return _ipv4(host)
    return host


def _ipv4(host: str) -> str:
    """Return the dotted form of an IPv4 address as browsers read it (WHATWG URL 3.5)."""
    parts = host.split(".")
    numbers = [_number(part) for part in parts]
    if len(parts) > 4 or any(number < 0 for number in numbers):
        return ""
    *front, last = numbers
    if any(number > 255 for number in front) or last >= 256 ** (5 - len(numbers)):
        return ""
    value = last + sum(number << (8 * (3 - at)) for at, number in enumerate(front))
    return ".".join(str((value >> shift) & 255) for shift in (24, 16, 8, 0))


def _number(text: str) -> int:
    digits, base = text, 10
    if text[:2] == "0x":
        digits, base = text[2:] or "0", 16
    elif len(text) > 1 and text[0] == "0":
        base = 8
    if len(digits) > 40 or not digits.isalnum():
        return -1
    try:
        return int(digits, base)
    except ValueError:
        return -1
