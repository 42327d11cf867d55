"""Fingerprints: what people compare, on two screens or over the telephone."""

from __future__ import annotations

from missive_desktop.team.keys import primitives

SIZE = 20
_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # no I, L, O and U: they are misread
_READ_AS = str.maketrans("ILO", "110")


def of_root(org: str, sign: bytes, box: bytes) -> bytes:
    """Return the fingerprint of an organization's root, as it travels in every invitation."""
    return primitives.digest("root", primitives.joined(org, sign, box), SIZE)


def of_person(org: str, user: str, identity: bytes) -> bytes:
    return primitives.digest("person", primitives.joined(org, user, identity), SIZE)


def shown(fingerprint: bytes) -> str:
    """Return a fingerprint as eight groups of four letters and digits."""
    return grouped(spelled(fingerprint))


def digit_groups(digits: str) -> str:
    return " ".join(digits[at : at + 5] for at in range(0, len(digits), 5))


def spelled(data: bytes) -> str:
    """Return bytes in letters that are not misread, five bits each."""
    letters = -(-len(data) * 8 // 5)
    number = int.from_bytes(data, "big") << letters * 5 - len(data) * 8
    return "".join(_LETTERS[number >> 5 * at & 31] for at in reversed(range(letters)))


def read(text: str) -> str:
    """Return what was typed in those letters, without case, spaces and dashes; I is 1 and O is 0.

    Letters that are none of ours stay, so that their place can be told.
    """
    return "".join(c for c in text.upper() if c.isalnum()).translate(_READ_AS)


def value(letters: str) -> int | None:
    """Return the number that such letters spell, or None where one is none of ours."""
    number = 0
    for letter in letters:
        place = _LETTERS.find(letter)
        if place < 0:
            return None
        number = number << 5 | place
    return number


def grouped(letters: str) -> str:
    return " ".join(letters[at : at + 4] for at in range(0, len(letters), 4))


def letters() -> str:
    return _LETTERS
