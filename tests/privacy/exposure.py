"""What documents tell the network when they are opened: cases made, opened and counted."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypedDict

from tests.privacy import namespace
from tests.privacy.canary import DOMAIN, address, label
from tests.privacy.cases.ways import aimed, all_ways

ROOT = Path(__file__).parents[2]
Kind = Literal["mail", "page", "later", "cleaned"]
Target = Literal["name", "secure", "address"]
WORDS = "harmless kingfisher"
_PAGE = "<!doctype html><html><head><title>x</title></head><body><p>{words}</p>{way}</body></html>"


class Case(TypedDict):
    """A document to be opened. `words` must then be visible in it."""

    id: str
    kind: Kind
    html: str
    words: str


@dataclass(frozen=True)
class Exposure:
    """What was heard. `other` has signs that bear no label; `hidden` the cases without words."""

    heard: Mapping[str, Sequence[str]]
    other: Sequence[str]
    hidden: Sequence[str]
    cases: int

    @property
    def silent(self) -> bool:
        return not self.heard and not self.other


@dataclass(frozen=True)
class Allowance:
    """What was heard with images allowed: while they were fetched, and while mails were open."""

    fetched: Mapping[str, Sequence[str]]
    opened: Exposure
    loaded: int  # images
    drawn: int  # images with pixels in the view; backgrounds are not counted


def opened(view: Literal["ours", "bare"], cases: Sequence[Case]) -> Exposure:
    """Open the cases one after the other in a network of their own."""
    found = _run(["tests.privacy.opened", view], cases)
    return Exposure(found["heard"], found["other"], found["hidden"], len(cases))


def allowed(cases: Sequence[Case]) -> Allowance:
    """Fetch the images of the cases as the engine does, then open them in the real view."""
    found = _run(["tests.privacy.allowed"], cases)
    view = Exposure(found["heard"], found["other"], found["hidden"], len(cases))
    return Allowance(found["fetched"], view, found["loaded"], found["drawn"])


def _run(program: Sequence[str], cases: Sequence[Case]) -> dict[str, Any]:
    """Run a program on the cases in a network of its own; return what it printed."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("QTWEBENGINE")}
    environment |= {
        "QT_QPA_PLATFORM": "offscreen",
        "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)]),
    }
    with tempfile.TemporaryDirectory(prefix="missive-canary-") as folder:
        source = Path(folder) / "cases.json"
        source.write_text(json.dumps(cases), encoding="utf-8")
        command = [sys.executable, "-m", *program, str(source)]
        done = subprocess.run(
            namespace.command(command), env=environment, cwd=ROOT, capture_output=True,
            text=True, timeout=60 + 3 * len(cases), check=False,
        )  # fmt: skip
    if done.returncode:
        raise RuntimeError(done.stderr[-3000:])
    found: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def own_cases(kind: Kind, target: Target = "name", every: int = 1) -> list[Case]:
    """Return our own ways, each as a document of its own; `every` nth for a short run."""
    cases: list[Case] = []
    for number, way in list(enumerate(all_ways()))[::every]:
        host = address(number) if target == "address" else f"{label(number)}.{DOMAIN}"
        scheme = "https" if target == "secure" else "http"
        html = _PAGE.format(words=WORDS, way=aimed(way, f"{scheme}://{host}/x.png"))
        cases.append(Case(id=label(number), kind=kind, html=html, words=WORDS))
    return cases


def leaks(kind: Kind, source: str, *, host: str = "leaking.via") -> tuple[list[Case], int]:
    """Return a page full of ways out (HTTPLeaks) as one document and in its pieces, and how many
    ways it has. Each way's own name becomes a label that the canary knows."""
    ids = sorted(set(re.findall(rf"{re.escape(host)}/([A-Za-z0-9_-]+)", source)))
    numbers = {word: number for number, word in enumerate(ids)}

    def labelled(text: str) -> str:
        text = re.sub(
            rf"{re.escape(host)}/([A-Za-z0-9_-]+)",
            lambda found: f"{label(numbers[found[1]])}.{DOMAIN}/{found[1]}", text,
        )  # fmt: skip
        return text.replace("https:", "http:").replace("%68ttps:", "%68ttp:")

    whole = re.sub(r"(<body[^>]*>)", rf"\1<p>{WORDS}</p>", labelled(source), count=1)
    pieces = [labelled(piece) for piece in _pieces(source) if host in piece]
    documents = [whole, *(_PAGE.format(words=WORDS, way=piece) for piece in pieces)]
    cases = [
        Case(id=f"piece {number}", kind=kind, html=html, words=WORDS)
        for number, html in enumerate(documents)
    ]
    return cases, len(ids)


def _pieces(source: str) -> Iterable[str]:
    """Cut a page at its comments, and what stands in one line again by lines."""
    for section in re.split(r"<!--\s*\n?%.*?-->", source, flags=re.DOTALL):
        if re.search(r"<style|<svg|<frameset|<object|<video|style=\"\n", section):
            yield section
        else:
            yield from section.splitlines()
