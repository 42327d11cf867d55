"""Which messages make one conversation: pure, and independent of the order of arrival.

Two messages belong together when they share a key (an id that one carries or refers to, or the
provider's thread), or when one is a reply that refers to nothing and the other an earlier
message of the same subject among the same people. A conversation is a connected component.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from hashlib import blake2b

from missive_desktop.domain.message import Address, Digest

# Of a list of references that goes beyond all measure, the first and the newest count.
_MOST_REFERENCES = 200
_WINDOW = 30 * 86_400  # a reply without references joins mail of the month before it
_SKEW = 3_600  # and mail that is later only by a clock gone wrong
_63_BITS = (1 << 63) - 1

# What mail programs put before a subject, by language.
_REPLY = (
    "re|aw|sv|vs|antw|antwort|odp|ynt|rif|res|réf|rép|vá|atb|bls|απ|σχετ|"
    "回复|答复|回覆|答覆|回信|返信"
)
_FORWARD = "fw|fwd|wg|vb|vl|doorst|tr|enc|rv|pd|i|fs|továbbítás|πρθ|пересл|转发|轉寄|転送"
_PREFIX = re.compile(
    rf"\s*(?:(?P<reply>{_REPLY})|(?:{_FORWARD}))\s*(?:[\[(]\d+[\])]|\*\d+|\^\d+)?\s*[:：]",
    re.IGNORECASE,
)
_SPACE = re.compile(r"\s+")


def base_subject(subject: str) -> str:
    """Return the subject without Re: and Fwd: (the idea of RFC 5256 section 2.1)."""
    return split_subject(subject)[0]


def split_subject(subject: str) -> tuple[str, bool]:
    """Return the base subject, and whether a reply prefix stood before it."""
    position, reply = 0, False
    while match := _PREFIX.match(subject, position):
        position = match.end()
        reply = reply or match["reply"] is not None
    return _SPACE.sub(" ", subject[position:]).strip(), reply


def is_forward(subject: str) -> bool:
    """Say whether the last thing done to a mail was to forward it, as its subject tells."""
    match = _PREFIX.match(subject)
    return match is not None and match["reply"] is None


def keys(digest: Digest, provider_thread: int = 0) -> tuple[int, ...]:
    """Return the keys of a message: its own id first, then references, then provider thread."""
    references = digest.references
    if len(references) > _MOST_REFERENCES:
        references = references[:1] + references[-(_MOST_REFERENCES - 1) :]
    found = [_hash(name) for name in (digest.message_id, *references) if name]
    if provider_thread:
        found += thread_key(provider_thread)
    return tuple(dict.fromkeys(found))


def thread_key(provider_thread: int) -> tuple[int, ...]:
    """Return the key of the provider's thread alone."""
    return (_hash(f"\0thread {provider_thread}"),)


def subject_key(digest: Digest) -> tuple[int, bool] | None:
    """Return the key of subject and people, and whether the message is a bare reply (strong).

    Lists and machines send the same subject to the same people for years: they have none.
    """
    if digest.list_id or digest.auto_submitted:
        return None
    subject, reply = split_subject(digest.subject)
    people = [person for person in (digest.sender, *digest.to, *digest.cc) if person.email]
    if not subject or not people:
        return None
    strong = reply and not digest.references
    return subject_hash(subject, people), strong


def subject_hash(base: str, people: Iterable[Address]) -> int:
    """Hash a base subject with the set of people, whatever their roles."""
    emails = sorted({person.email.casefold() for person in people})
    return _hash("\0".join(("\0subject", base.casefold(), *emails)))


def window(date: int, strong: bool) -> tuple[int, int]:
    """Return the first and last date of messages that could be joined by subject.

    `strong` looks for any message before it; all look for strong ones after them.
    """
    return (date - _WINDOW if strong else date - _SKEW), date + _WINDOW


def joined(date: int, strong: bool, other_date: int, other_strong: bool) -> bool:
    """Tell whether two messages of one subject key belong together."""
    age = date - other_date
    return (strong and -_SKEW <= age <= _WINDOW) or (other_strong and -_SKEW <= -age <= _WINDOW)


def _hash(text: str) -> int:
    digest = blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "big") & _63_BITS


class Components:
    """Connected components of whole numbers (union-find)."""

    def __init__(self) -> None:
        self._parent: dict[int, int] = {}

    def find(self, item: int) -> int:
        """Return the representative of the component of `item`."""
        parent = self._parent
        root = parent.setdefault(item, item)
        while root != parent[root]:
            root = parent[root]
        while item != root:
            parent[item], item = root, parent[item]
        return root

    def join(self, one: int, other: int) -> None:
        self._parent[self.find(other)] = self.find(one)
