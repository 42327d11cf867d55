"""How our cutting of replies agrees with replies whose new text is known.

`first_fragment` is what stands before the first quote or signature, `visible_text` all that is
new. Compared trimmed, but else exactly.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from missive_desktop.content import quotes


def compare(corpus: Path) -> tuple[int, int, list[str]]:
    """Return how many replies are cut as expected, of how many, and the others."""
    cases = json.loads((corpus / "expected.json").read_text())
    wrong = [
        name
        for name, expected in cases.items()
        if not _same((corpus / "fixtures" / f"{name}.txt").read_text(), expected)
    ]
    return len(cases) - len(wrong), len(cases), wrong


def visible(text: str) -> str:
    """Return what the writer wrote, quotes in between included, history and signature not."""
    shown = (part.text for part in quotes.segments(text) if part.kind in ("text", "quote"))
    return "\n".join(shown).strip()


def _same(text: str, expected: dict[str, str]) -> bool:
    found = {"first_fragment": _first(text), "visible_text": visible(text)}
    return all(found[kind].strip() == wanted.strip() for kind, wanted in expected.items())


def _first(text: str) -> str:
    for part in quotes.segments(text):
        if part.kind == "text" and part.text.strip():
            return part.text
    return ""


if __name__ == "__main__":
    right, total, others = compare(Path(sys.argv[1]))
    print(f"{right} of {total}", *others, sep="\n")
