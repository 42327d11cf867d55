"""Names of hosts: their registrable part (what somebody can own), their two spellings.

The public suffix list says where ownership begins; IDNA (RFC 5891, UTS 46) how other scripts are
spelled. Never raises: what is no name of a host is given back in lower case.
"""

from __future__ import annotations

from functools import cache, lru_cache
from typing import TYPE_CHECKING

import idna

if TYPE_CHECKING:
    from publicsuffixlist import PublicSuffixList

MAX_HOST = 253


@lru_cache(maxsize=4096)
def to_ascii(host: str) -> str:
    """Return a host as the DNS spells it, `xn--` and all; in lower case, without a final dot."""
    name = host.strip().rstrip(".").lower()
    if name.isascii() or len(name) > MAX_HOST:
        return name
    try:
        return idna.encode(name, uts46=True).decode("ascii")
    except (idna.IDNAError, UnicodeError):
        return name


@lru_cache(maxsize=4096)
def to_unicode(host: str) -> str:
    """Return a host as people read it; labels that are no valid IDNA stay as they are."""
    name = to_ascii(host)
    if "xn--" not in name or len(name) > MAX_HOST:
        return name
    return ".".join(_decoded(label) for label in name.split("."))


def _decoded(label: str) -> str:
    if not label.startswith("xn--"):
        return label
    try:
        return idna.decode(label)
    except (idna.IDNAError, UnicodeError):
        return label


@lru_cache(maxsize=4096)
def registrable(host: str) -> str:
    """Return the part of a host that somebody registered: `mail.shop.co.uk` gives `shop.co.uk`.

    Spelled as the DNS does. A host without one (an IP address, a public suffix) is its own.
    """
    name = to_ascii(host)
    if len(name) > MAX_HOST or is_ip(name):
        return name
    # The list is asked in the spelling it is written in: to spell it anew takes four times as long.
    owned = _suffixes().privatesuffix(to_unicode(name))
    return ".".join(name.split(".")[-1 - owned.count(".") :]) if owned else name


def suffix(host: str) -> str:
    """Return the public suffix of a host: `co.uk` of `mail.shop.co.uk`."""
    name = registrable(host)
    return name.partition(".")[2]


@lru_cache(maxsize=4096)
def is_registered(host: str) -> bool:
    """Whether a host ends in a suffix that the list knows; `.example` (RFC 2606) counts."""
    name = to_ascii(host)
    if len(name) > MAX_HOST or "." not in name or is_ip(name):
        return False
    if name.endswith(".example"):
        return True
    return _suffixes().privatesuffix(name, accept_unknown=False) is not None


def same_owner(one: str, other: str) -> bool:
    """Whether two hosts share their registrable part: the relaxed alignment of RFC 7489 3.1."""
    return bool(one) and bool(other) and registrable(one) == registrable(other)


def is_ip(host: str) -> bool:
    """Whether a host is written as an IP address, as browsers read one: `0x7f.1` among them."""
    if ":" in host or host.startswith("["):
        return True
    last = host.rstrip(".").rpartition(".")[2]
    return last.isdecimal() or (last.startswith("0x") and last[2:].isalnum())


@cache
def _suffixes() -> PublicSuffixList:
    from publicsuffixlist import PublicSuffixList  # reads its list: only where it is asked

    return PublicSuffixList(accept_encoded_idn=False)
