"""Which addresses may be asked for an image, and which never. Pure: the sender chose them all.

A mail must not make this machine speak to its own network: no loopback, no private, link-local or
reserved address, however it is written, whatever name leads there, at any step of a redirect.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from ipaddress import AddressValueError, IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import NamedTuple
from urllib.parse import quote, urljoin

import idna

PORTS = frozenset({80, 443, 8000, 8008, 8080, 8081, 8443, 8888})
MAX_ADDRESS = 8_000
MAX_HOST = 253

# RFC 6890 and the IANA registries of special-purpose addresses: what no host of the web has.
_FOUR_WORDS = (
    "0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 "
    "192.0.2.0/24 192.31.196.0/24 192.52.193.0/24 192.88.99.0/24 192.168.0.0/16 192.175.48.0/24 "
    "198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/4 240.0.0.0/4"
)
_FOUR = tuple(IPv4Network(text) for text in _FOUR_WORDS.split())
_UNICAST = IPv6Network("2000::/3")
# Protocol assignments with Teredo and benchmarks among them, documentation, 6to4.
_SIX = tuple(IPv6Network(text) for text in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"))
# They carry an IPv4 address in their last 32 bits, and lead to it: mapped ones, and the NAT64
# prefix (RFC 6052), over which networks without IPv4 reach the rest of the web.
_CARRIERS = (IPv6Network("::ffff:0:0/96"), IPv6Network("64:ff9b::/96"))

_PRIVATE_WORDS = "localhost localdomain local internal intranet private corp home lan arpa ip svc"
_PRIVATE_ENDS = frozenset(_PRIVATE_WORDS.split())
_PARTS = re.compile(r"(https?):[/\\]{2,}([^/\\?#]*)([^#]*)", re.IGNORECASE | re.DOTALL)
_HOST = re.compile(r"[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*")
_NUMERIC_END = re.compile(r"(?:.*\.)?(?:\d+|0x[0-9a-f]*)")
_PATH_SAFE = "!$%&'()*+,-./:;=?@[]^_`{|}~"


class Denied(Exception):
    """This address is not asked; the text says why."""


class Target(NamedTuple):
    """An address that may be asked; a name of a host has yet to be resolved."""

    scheme: str  # http or https
    host: str  # as the DNS spells it, or an IP address without brackets
    port: int
    path: str  # with the query

    @property
    def url(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        standard = 443 if self.scheme == "https" else 80
        port = "" if self.port == standard else f":{self.port}"
        return f"{self.scheme}://{host}{port}{self.path}"


def target(url: str, *, proxied: bool = False) -> Target:
    """Take an address apart as browsers do; raise Denied for what must not be asked.

    `proxied`: somebody else resolves names, and may know those of Tor.
    """
    if len(url) > MAX_ADDRESS:
        raise Denied("Its address is too long.")
    match = _PARTS.match(url.strip())
    if match is None:
        raise Denied("It has no address on the web.")
    scheme, authority, rest = match[1].lower(), match[2], match[3]
    if "@" in authority:
        raise Denied("Its address carries a name or a password.")
    host, port = _host_and_port(authority, 443 if scheme == "https" else 80)
    if port not in PORTS:
        raise Denied(f"Its address has an unusual port ({port}).")
    if is_literal(host):
        if not is_public(host):
            raise Denied("Its address belongs to a private network.")
    else:
        _check_name(host, proxied)
    path, mark, query = rest.partition("?")
    path = path.replace("\\", "/")
    whole = (path if path.startswith("/") else f"/{path}") + mark + query
    return Target(scheme, host, port, quote(whole, safe=_PATH_SAFE, errors="replace"))


def redirected(before: Target, location: str, *, proxied: bool = False) -> Target:
    """Return where a redirect leads; raise Denied where it must not."""
    try:
        joined = urljoin(before.url, location.strip())
    except ValueError as error:
        raise Denied("Its server sends us to an address that makes no sense.") from error
    return target(joined, proxied=proxied)


def secured(plain: Target) -> Target:
    """Return the same address over TLS."""
    return plain._replace(scheme="https", port=443 if plain.port == 80 else plain.port)


def public_only(addresses: Iterable[str]) -> list[str]:
    """Return what a name resolved to; raise Denied unless all of it is on the public Internet."""
    found = list(dict.fromkeys(addresses))
    if not found or not all(is_public(one) for one in found):
        raise Denied("Its address belongs to a private network.")
    return found


def is_literal(host: str) -> bool:
    """Whether a host, as `target` gives it, is an IP address and no name."""
    return ":" in host or host.rpartition(".")[2].isdigit()


def is_public(address: str) -> bool:
    """Whether an IP address is one that hosts on the public Internet have."""
    try:
        if ":" not in address:
            return _is_public4(IPv4Address(address))
        if "%" in address:  # a zone: of this machine's own links
            return False
        six = IPv6Address(address)
    except AddressValueError:
        return False
    if any(six in network for network in _CARRIERS):
        return _is_public4(IPv4Address(int(six) & 0xFFFFFFFF))
    return six in _UNICAST and not any(six in network for network in _SIX)


def _is_public4(address: IPv4Address) -> bool:
    return not any(address in network for network in _FOUR)


def _host_and_port(authority: str, standard: int) -> tuple[str, int]:
    if authority.startswith("["):
        inside, closed, after = authority[1:].partition("]")
        try:
            host = str(IPv6Address(inside)) if closed and "%" not in inside else ""
        except AddressValueError:
            host = ""
        port = after.removeprefix(":")
        if not host or (after and not after.startswith(":")):
            raise Denied("Its address names no host.")
    else:
        name, _, port = authority.partition(":")
        host = _spelled(name)
    if port and not (port.isascii() and port.isdigit() and len(port) <= 5):
        raise Denied("Its address has no port that makes sense.")
    return host, int(port) if port else standard


def _spelled(name: str) -> str:
    """Return a host as the DNS spells it (IDNA, UTS 46); numbers only as plain IPv4 addresses.

    Browsers read 0x7f.1, 2130706433 and 0177.0.0.1 as 127.0.0.1 (WHATWG URL 3.5): no honest
    sender writes so.
    """
    host = name.lower()
    if not host.isascii():
        try:
            host = idna.encode(host, uts46=True).decode("ascii").lower()
        except (idna.IDNAError, UnicodeError) as error:
            raise Denied("Its address names no host.") from error
    host = host.removesuffix(".")
    if len(host) > MAX_HOST or not _HOST.fullmatch(host):
        raise Denied("Its address names no host.")
    if _NUMERIC_END.fullmatch(host):
        try:
            plain = str(IPv4Address(host))
        except AddressValueError:
            plain = ""
        if plain != host:
            raise Denied("Its address is a number in disguise.")
    return host


def _check_name(host: str, proxied: bool) -> None:
    last = host.rpartition(".")[2]
    if "." not in host or last in _PRIVATE_ENDS:
        raise Denied("Its address belongs to a private network.")
    if last == "onion" and not proxied:
        raise Denied("Its address is one of Tor, which needs a proxy.")
