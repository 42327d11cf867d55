"""Which of the theme's label colours stands for a colour that somebody chose, or for a name."""

from __future__ import annotations

import zlib

NAMES = ("blue", "teal", "orange", "violet", "green", "pink", "yellow", "grey")
_NEAR = {"red": "pink", "purple": "violet", "gray": "grey", "amber": "yellow", "brown": "orange"}


def label_colour(chosen: str, name: str) -> str:
    """Return a label colour; one that follows from the name where none was chosen."""
    colour = _NEAR.get(chosen.lower(), chosen.lower())
    return colour if colour in NAMES else NAMES[zlib.crc32(name.lower().encode()) % len(NAMES)]
