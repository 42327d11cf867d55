"""Names of attached files, which strangers choose, made into names that harm on no system.

One rule for all: what is warned of must be what is written.
"""

from __future__ import annotations

import unicodedata

_NAME_BYTES = 120  # leaves room for the folder on every file system
_RESERVED = {"con", "prn", "aux", "nul"} | {f"{n}{i}" for n in ("com", "lpt") for i in range(10)}
_FORBIDDEN = set('<>:"/\\|?*')


def safe_name(name: str) -> str:
    """Return a file name that stays in its folder and shows its true ending, on every system."""
    kept_characters = "".join(
        "_" if char in _FORBIDDEN else char
        for char in unicodedata.normalize("NFC", name)
        if unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Zl", "Zp")
    )
    clean = " ".join(kept_characters.split()).strip(". ")
    stem, dot, ending = clean.rpartition(".")
    if not dot or len(ending.encode()) > 16:
        stem, dot, ending = clean, "", ""
    if stem.split(".")[0].strip().casefold() in _RESERVED:
        stem = "_" + stem
    room = _NAME_BYTES - len(ending.encode()) - 1
    while len(stem.encode()) > room:
        stem = stem[:-1]
    return (stem.strip(". ") or "attachment") + dot + ending
