"""Telling a token that belongs to one mail or one reader from a name that people gave."""

from __future__ import annotations

import base64
import functools
import hashlib
import re
from collections.abc import Iterable
from urllib.parse import quote

SHORTEST = 16
LONGEST = 2_000

_UUID = re.compile(r"[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}", re.IGNORECASE)
_HEX = re.compile(r"[0-9a-f]{16,}", re.IGNORECASE)
_CODE = re.compile(r"[A-Za-z0-9+/_=.~%:,-]{16,}")
_TURN = re.compile(r"(?<=[a-z])[A-Z0-9]|(?<=[A-Z])[0-9]|(?<=[0-9])[A-Za-z]|(?<=[A-Z])[A-Z][a-z]")
_WORDS = re.compile(r"[A-Z]?[a-z]{4,}")


def is_unique(text: str) -> bool:
    """Whether a piece of an address looks drawn by lot: an id, a hash, something encoded."""
    if len(text) < SHORTEST:
        return False
    text = text[:LONGEST]
    if text[:4].lower() == "http":  # an address that is passed on
        return False
    if _UUID.search(text):
        return True
    if _HEX.fullmatch(text):
        return not text.isdigit() or len(text) > 18
    if not _CODE.fullmatch(text) or text.isdigit():
        return False
    if text.startswith("eyJ"):  # {" in base64
        return True
    if _HEX.search(text) and any(map(str.isdigit, text)) and not text.islower():
        return True
    words = sum(len(word) for word in _WORDS.findall(text))
    return len(_TURN.findall(text)) * 5 >= len(text) and words * 2 < len(text)


class Reader:
    """The reader's own addresses in the forms in which senders write them into addresses."""

    def __init__(self, addresses: Iterable[str]) -> None:
        self._plain: list[str] = []
        self._coded: list[str] = []
        for address in list(dict.fromkeys(one.strip().lower() for one in addresses if one))[:5]:
            plain, coded = _forms(address)
            self._plain += plain
            self._coded += coded

    def is_in(self, url: str) -> bool:
        """Whether an address holds one of them."""
        low = url.lower()
        for form in self._plain:  # a loop: a generator doubles the time of ten short searches
            if form in low:
                return True
        return any(form in url for form in self._coded)

    def may_be_in(self, low: str) -> bool:
        """Whether text in lower case may hold one of them: quick, and sure only if not."""
        return any(form in low for form in self._plain) or any(
            form.lower() in low for form in self._coded
        )


@functools.lru_cache(maxsize=256)  # the same few readers in nearly all mail: hashing takes 10 µs
def _forms(address: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return how an address is written without minding case, and in base64."""
    data = address.encode("utf-8", "replace")
    if len(data) < 6 or "@" not in address:
        return (), ()
    hashes = (
        hashlib.new(kind, data, usedforsecurity=False).hexdigest()
        for kind in ("md5", "sha1", "sha256")
    )
    plain = (address, quote(address, safe=""), address.replace("@", "="), data.hex(), *hashes)
    # The last characters depend on what follows the address.
    end = len(data) * 4 // 3 - 1
    coded = (base64.b64encode(data), base64.urlsafe_b64encode(data))
    return tuple(dict.fromkeys(plain)), tuple(
        dict.fromkeys(one.decode().rstrip("=")[:end] for one in coded)
    )
