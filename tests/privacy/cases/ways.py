"""Reads `ways.txt`: each way out as a piece of HTML, aimed at an address."""

from __future__ import annotations

from collections import defaultdict
from functools import cache
from pathlib import Path

_FRAMES = {
    "html": "{}",
    "inline": '<p style="{}" data-u="URL">styled</p>',
    "sheet": "<style>{}</style><p>styled</p><ul><li>x</ul><input placeholder=x>",
}


@cache
def all_ways() -> tuple[str, ...]:
    """Return every way, its words (URL and the like) still in it."""
    kinds: dict[str, list[str]] = defaultdict(list)
    kind = ""
    for line in Path(__file__).with_suffix(".txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("[") and line.endswith("]"):
            kind = line[1:-1]
        elif line and not line.startswith("# "):
            way = line.replace("NEWLINE", "\n").replace("FORMFEED", "\f")
            kinds[kind].append(_FRAMES[kind].replace("{}", way, 1))
    return tuple(way for frame in _FRAMES for way in kinds[frame])


def aimed(way: str, url: str) -> str:
    """Return a way with its address in place."""
    escaped = "".join(r"\74 " if char == "t" else char for char in url)
    words = {
        "ESC": escaped,
        "ENT": url.replace("/", "&#x2f;"),
        "HOST": url.split("/")[2],
        "URL": url,
    }
    for word, value in words.items():
        way = way.replace(word, value)
    return way
