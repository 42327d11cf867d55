"""What is left of payloads that are known to get through sanitizers, judged by Blink itself.

Safe is an output in which nothing lives (`judged`). Harmless is a payload whose known clean form
has text of its own, outside pictures and formulas: every word of it must be left (but for words
that a browser once added by itself).
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TypedDict

from missive_desktop.content.sanitize import sanitize

ROOT = Path(__file__).parents[2]
_FOREIGN = re.compile(r"<(svg|math)\b.*?(</\1>|$)", re.DOTALL | re.IGNORECASE)


class Judged(TypedDict):
    live: list[str]
    text: str


def compare(corpus: Path) -> tuple[int, int, list[str]]:
    """Return how many payloads come out safe and whole, of how many, and what is wrong."""
    cases = json.loads((corpus / "expect.json").read_text(encoding="utf-8"))
    outputs = [str(sanitize(case["payload"]).html) for case in cases]
    expected = [_FOREIGN.sub("", _first(case["expected"])) for case in cases]
    wrong = []
    for number, (output, clean) in enumerate(zip(judge(outputs), judge(expected), strict=True)):
        said, shown = _words(cases[number]["payload"]), _words(output["text"])
        lost = [word for word in _words(clean["text"]) if word in said and word not in shown]
        if output["live"] or lost:
            what = cases[number].get("title") or cases[number]["payload"][:100]
            wrong.append(f"{number} {what!r}: lives {output['live']}, lost {lost}")
    return len(cases) - len(wrong), len(cases), wrong


def judge(pieces: Sequence[str]) -> list[Judged]:
    """Let Blink read pieces of HTML."""
    with tempfile.TemporaryDirectory(prefix="missive-judge-") as folder:
        source = Path(folder) / "pieces.json"
        source.write_text(json.dumps(pieces), encoding="utf-8")
        done = subprocess.run(
            [sys.executable, "-m", "tests.privacy.judged", str(source)], cwd=ROOT,
            capture_output=True, text=True, timeout=60 + len(pieces), check=False,
            env=os.environ | {
                "QT_QPA_PLATFORM": "offscreen",
                "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)]),
            },
        )  # fmt: skip
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
    return json.loads(done.stdout.strip().splitlines()[-1])


def _first(expected: str | list[str]) -> str:
    """Return the form with the least text of those that count as clean."""
    forms = [expected] if isinstance(expected, str) else expected
    return min(forms, key=lambda form: len(re.sub(r"<[^>]*>", "", form)))


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text)


if __name__ == "__main__":
    right, total, wrong = compare(Path(sys.argv[1]))
    print(f"{right} of {total}", *wrong, sep="\n  ")
