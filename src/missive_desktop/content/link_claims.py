"""What the text of a link claims: the hosts and mail addresses that it seems to lead to. Pure."""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

from missive_desktop.content import domains, lookalikes

MAX_TEXT = 300
MAX_CLAIMS = 8

_CLAIM = re.compile(
    r"(?<![\w@.%=-])(?:(?<!/)|(?<=//))(?P<scheme>h\s?[tx]\s?[tx]\s?p\s?s?\s?:\s?/{1,2}\s?)?"
    r"(?P<user>[\w.+-]{1,64}@)?"
    r"(?P<host>(?:[\w-]{1,63}\.){1,8}[\w-]{2,24}|(?:\d{1,3}\.){3}\d{1,3})(?P<port>:\d{1,5})?"
    r"(?P<path>[/?#])?",
    re.IGNORECASE,
)
# Endings of files that are public suffixes too: a name like that is a file unless it is written
# like an address.
_FILE_WORDS = "bz gz md mov pl pm ps py rs sh so vb zip"
_FILE_LIKE = frozenset(_FILE_WORDS.split())
_STOPS = frozenset(".．。｡․﹒")  # all that browsers and eyes take for a dot
_AROUND = " .,;:!?()[]<>«»\"'→›"
# In the middle of a sentence only these count: "at once.It" is no host.
_SURE_WORDS = "com org net edu gov mil info biz int eu de fr uk es nl ch at be se dk fi pt example"
_SURE = frozenset(_SURE_WORDS.split())


class Claim(NamedTuple):
    """A host that a text names; `user` is what stands before the @ of a mail address."""

    host: str
    user: str = ""

    @property
    def shown(self) -> str:
        return f"{self.user}@{self.host}" if self.user else self.host


def claims(text: str) -> tuple[Claim, ...]:
    """Return the hosts that `text` names, in order."""
    if _STOPS.isdisjoint(text):
        return ()
    plain = plainly(text)
    found: dict[Claim, None] = {}
    for match in _CLAIM.finditer(plain):
        if _is_meant(match, plain):
            found[Claim(match["host"].lower(), (match["user"] or "").rstrip("@").lower())] = None
        if len(found) >= MAX_CLAIMS:
            break
    return tuple(found)


def plainly(text: str) -> str:
    """Return a text as it is read: without what takes no room, in plain letters."""
    shown = text[:MAX_TEXT]
    if not shown.isascii():
        shown = unicodedata.normalize("NFKC", shown.replace("。", "."))
        shown = "".join(char for char in shown if not lookalikes.unseen(char))
    return " ".join(shown.split())


def _is_meant(match: re.Match[str], text: str) -> bool:
    host = match["host"].lower()
    written = bool(match["scheme"] or match["user"] or match["port"]) or host.startswith("www.")
    if domains.is_ip(host):
        return bool(match["scheme"])
    last = host.rpartition(".")[2]
    if last.isdecimal() or not domains.is_registered(host):
        return False
    if written:
        return True
    alone = len(text.strip(_AROUND)) <= match.end() - match.start() + 1
    if last in _FILE_LIKE:
        return bool(match["path"]) and (alone or match["host"] == host)
    if alone or match["path"]:
        return True
    return last in _SURE and not match["host"].endswith(last.upper())
