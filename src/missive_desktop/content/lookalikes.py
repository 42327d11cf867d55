"""Names that look like other names: mixed scripts and skeletons of UTS 39, small misspellings.

Pure, cached, bounded. Knows hosts and texts; who is known to the reader is told to it.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from functools import cache, lru_cache
from typing import NamedTuple

from missive_desktop.content import domains

MAX_TEXT = 500

# UTS 39 5.2 "highly restrictive": one script, or one of these sets; Latin goes with each.
_TOGETHER = (
    frozenset({"LATIN", "HAN", "HIRAGANA", "KATAKANA"}),
    frozenset({"LATIN", "HAN", "BOPOMOFO"}),
    frozenset({"LATIN", "HAN", "HANGUL"}),
)
_NO_SCRIPT = frozenset({"COMMON", "INHERITED", "Unknown"})
# Controls of direction and what takes no room: nothing in a name needs them but joiners, which
# Arabic, Persian and Indic scripts and emoji do.
_UNSEEN = frozenset(
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f\u2028\u2029\u202a\u202b"
    "\u202c\u202d\u202e\u2060\u2061\u2062\u2063\u2064\u2066\u2067\u2068\u2069\u206a\u206b\u206c"
    "\u206d\u206e\u206f\u3164\ufeff\uffa0"
)
_TURNING = frozenset("\u202a\u202b\u202d\u202e\u2066\u2067\u2068")
_MARKS = frozenset("\u061c\u200e\u200f")
_IGNORED = _UNSEEN | {"\u200c", "\u200d"}  # and the joiners
# What the tables say of ASCII, so that most texts need no tables.
_ASCII = str.maketrans({"0": "O", "1": "l", "I": "l", "|": "l", "`": "'", '"': "''", "m": "rn"})
# Not in the tables of UTS 39, which go by single characters: pairs that read as one letter.
_PAIRS = (("vv", "w"), ("cl", "d"))


@lru_cache(maxsize=16384)
def skeleton(text: str) -> str:
    """Return what `text` looks like: two texts with one skeleton are easily taken for each other.

    UTS 39 4, but without regard to case: "PAYPAL", "PayPaI" and "раураl" are one.
    """
    given = text[:MAX_TEXT]
    if given.isascii():
        return given.translate(_ASCII).lower().translate(_ASCII).lower()
    seen = "".join(char for char in given if char not in _IGNORED)
    # Accents are no disguise: only letters of other scripts need the tables.
    table = _ASCII if _is_plain(unicodedata.normalize("NFD", seen)) else _prototypes()
    for _ in range(2):
        seen = unicodedata.normalize("NFD", seen).translate(table).casefold()
    return unicodedata.normalize("NFD", seen)


def _is_plain(text: str) -> bool:
    return all(char.isascii() or _is_accent(char) for char in text)


def _is_accent(char: str) -> bool:
    return "\u0300" <= char <= "\u036f"


@cache
def _prototypes() -> dict[int, str]:
    """Return each confusable character, as `translate` takes it, and what it stands for.

    The tables name, for a character, all that look like it. Each group is a star with its
    prototype in the middle; of a pair, either may stand for both.
    """
    from confusable_homoglyphs.confusables import confusables_data  # reads 1 MB, when first asked

    table: dict[int, str] = {}
    for written, others in confusables_data.items():
        char = written.strip("\u200e")
        if len(char) != 1 or len(others) != 1 or _is_accent(char):
            continue  # a prototype, or no character, or left alone on both ways
        other = others[0]["c"]
        target = other.strip("\u200e")
        pair = len(confusables_data.get(other, ())) < 2
        if pair and len(target) == 1 and (char.isascii(), target) > (target.isascii(), char):
            continue
        table[ord(char)] = unicodedata.normalize("NFD", target)
    return table


@lru_cache(maxsize=4096)
def scripts(text: str) -> frozenset[str]:
    """Return the scripts of a text, as Unicode names them, but those that all share."""
    if text.isascii():
        return frozenset({"LATIN"}) if any(char.isalpha() for char in text) else frozenset()
    from confusable_homoglyphs.categories import alias

    return frozenset(alias(char) for char in text[:MAX_TEXT]) - _NO_SCRIPT


def is_mixed(host_label: str) -> bool:
    """Whether a label mixes scripts that no language mixes (`xn--` forms are read first)."""
    found = scripts(domains.to_unicode(host_label))
    return len(found) > 1 and not any(found <= together for together in _TOGETHER)


def is_disguised(host_label: str) -> bool:
    """Whether a label of another script shows nothing but what Latin letters look like."""
    label = domains.to_unicode(host_label)
    if label.isascii() or "LATIN" in scripts(label):
        return False
    return skeleton(label).isascii() and any(char.isalpha() for char in label)


def has_mixed(host: str) -> bool:
    """Whether any label of a host mixes scripts or is disguised; its suffix is of the registry."""
    name = domains.to_unicode(host)
    foreign = not name.rpartition(".")[2].isascii()  # under .рф Cyrillic is no disguise
    return any(
        is_mixed(label) or (not foreign and is_disguised(label)) for label in name.split(".")
    )


def unseen(text: str) -> bool:
    """Whether a text holds what takes no room or turns the direction of what follows.

    The marks that Hebrew and Arabic need between words are no trick where there are such words.
    """
    if text.isascii():
        return False
    found = _UNSEEN.intersection(text)
    if found <= _MARKS and any(unicodedata.bidirectional(char) in ("R", "AL") for char in text):
        return bool(found - _MARKS)
    return bool(found)


def turning(text: str) -> bool:
    """Whether a text holds what turns the direction of its letters."""
    return not text.isascii() and any(char in _TURNING for char in text)


def resembles(host: str, known_hosts: Iterable[str]) -> str:
    """Return which of the known hosts `host` could be taken for, or "" where there is none.

    What belongs to the owner of a known host resembles nothing. Give a frozenset, the same one
    each time, where there are many: what is made of it is kept.
    """
    own = domains.registrable(host)
    if "." not in own or domains.is_ip(own):
        return ""
    known = _known(frozenset(known_hosts))
    if own in known.owners:
        return ""
    return (
        known.plain.get(_plain(own), "")
        or _named_within(domains.to_ascii(host), own, known)
        or next((other for other in _near(own, known) if _is_misspelt(own, other)), "")
    )


class _Known(NamedTuple):
    """Known hosts, found again by what resembles them."""

    owners: frozenset[str]
    plain: Mapping[str, str]
    dashed: Mapping[str, str]
    shortened: Mapping[str, tuple[str, ...]]  # by their names with one letter left out, or none


@lru_cache(maxsize=8)
def _known(hosts: frozenset[str]) -> _Known:
    owners = {domains.registrable(host) for host in hosts}
    owners = {host for host in owners if "." in host and not domains.is_ip(host)}
    shortened: dict[str, tuple[str, ...]] = {}
    for host in sorted(owners):
        for short in _shortened(host):
            shortened[short] = (*shortened.get(short, ()), host)
    return _Known(
        frozenset(owners),
        {_plain(host): host for host in sorted(owners, reverse=True)},
        {host.replace(".", "-"): host for host in sorted(owners, reverse=True)},
        shortened,
    )


def _named_within(host: str, own: str, known: _Known) -> str:
    """Return the known host that another's name carries: paypal.com.evil.example and the like."""
    below = [label for label in host.removesuffix(own).split(".") if label]
    for start in range(len(below)):
        for end in range(start + 2, len(below) + 1):
            name = ".".join(below[start:end])
            if name in known.owners:
                return name
    for label in (*below, own.partition(".")[0]):
        words = label.split("-")[:20]
        for start in range(len(words)):
            for end in range(start + 2, len(words) + 1):
                name = "-".join(words[start:end])
                if name in known.dashed:
                    return known.dashed[name]
    return ""


def _near(own: str, known: _Known) -> Iterator[str]:
    """Yield known hosts that one slip or so lies between: they share a name shortened by it."""
    for short in _shortened(own):
        yield from known.shortened.get(short, ())


def _shortened(host: str) -> Iterator[str]:
    name = _plain(host.partition(".")[0])
    yield name
    for at in range(len(name)):
        yield name[:at] + name[at + 1 :]


@lru_cache(maxsize=4096)
def _plain(host: str) -> str:
    """Return the skeleton of a host without accents, with letters that pairs look like."""
    seen = "".join(
        char for char in skeleton(domains.to_unicode(host)) if not unicodedata.combining(char)
    )
    if len(seen.partition(".")[0]) > 6:  # clear and dear are words of their own
        for pair, letter in _PAIRS:
            seen = seen.replace(pair, letter)
    return seen


def _is_misspelt(own: str, other: str) -> bool:
    """Whether one name is the other with a slip; short ones differ by one letter honestly."""
    name, _, suffix = own.partition(".")
    model, _, model_suffix = other.partition(".")
    shortest = min(len(name), len(model))
    if shortest < 5 or (shortest < 7 and suffix != model_suffix):
        return False
    if shortest < 6 and name[0] != model[0]:
        return False  # email and gmail are both at home
    if "".join(filter(str.isalpha, name)) == "".join(filter(str.isalpha, model)):
        return False  # server1 and server2, or a hyphen more
    return distance(_plain(name), _plain(model), 1) == 1


def distance(one: str, other: str, limit: int) -> int:
    """Return how many slips (a letter more, less, other, two swapped) lie between two words.

    More than `limit` is `limit + 1`.
    """
    one, other = one[:MAX_TEXT], other[:MAX_TEXT]
    if abs(len(one) - len(other)) > limit:
        return limit + 1
    before: list[int] = []
    row = list(range(len(other) + 1))
    for y, char in enumerate(one, 1):
        older, before, row = before, row, [y]
        for x, model in enumerate(other, 1):
            cost = min(row[x - 1] + 1, before[x] + 1, before[x - 1] + (char != model))
            if x > 1 and y > 1 and char == other[x - 2] and one[y - 2] == model:
                cost = min(cost, older[x - 2] + 1)
            row.append(cost)
        if min(row) > limit:
            return limit + 1
    return min(row[-1], limit + 1)
