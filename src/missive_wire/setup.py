"""The link with which an organization begins: https://HOST/setup#1.<token>.<mail>.<name>.

What follows # never reaches the server. Mail address and name are only suggestions for the form.
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import NamedTuple
from urllib.parse import urlsplit

_PATH = "/setup"
_TOKEN = re.compile(r"[A-Za-z0-9_-]{20,100}")
_LONGEST = 2000


class Setup(NamedTuple):
    url: str  # of the server
    token: str
    email: str = ""
    name: str = ""


def link(setup: Setup) -> str:
    parts = ["1", setup.token, _packed(setup.email), _packed(setup.name)]
    return f"{setup.url.rstrip('/')}{_PATH}#{'.'.join(parts)}"


def parsed(text: str) -> Setup:
    """Return what a link says; ValueError for what is none."""
    text = text.strip()
    if len(text) > _LONGEST:
        raise ValueError("not a set-up link")
    address, _, fragment = text.partition("#")
    parts = fragment.split(".")
    where = urlsplit(address)
    if (
        where.scheme not in ("https", "http")
        or not where.hostname
        or "@" in where.netloc
        or not where.path.endswith(_PATH)
        or where.query
        or len(parts) != 4
        or parts[0] != "1"
        or not _TOKEN.fullmatch(parts[1])
    ):
        raise ValueError("not a set-up link")
    url = address.strip().removesuffix(_PATH)
    return Setup(url, parts[1], _unpacked(parts[2]), _unpacked(parts[3]))


def _packed(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _unpacked(text: str) -> str:
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        found = data.decode()
    except (binascii.Error, UnicodeError):
        raise ValueError("not a set-up link") from None
    return found if found.isprintable() else ""
