"""Reading: from the choice of a conversation to the first right pixel of it, in the whole window.

Each mail carries a colour of its own; a pixel is right when the pane, as it would be seen, has it.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from email.message import EmailMessage
from email.utils import formatdate
from pathlib import Path
from typing import TYPE_CHECKING

from tests.bench.report import Report

if TYPE_CHECKING:
    from missive_desktop.app.views.desk import Desk

EACH, THREAD = 6, 50
ROUNDS = 3
PATIENCE = 10.0
GOALS = {"prefetched": 10.0, "newsletter": 120.0, "thread": 200.0}
NAMES = {
    "text": "open a short mail",
    "newsletter": "open a newsletter of 60 KB",
    "thread": f"open a thread of {THREAD} mails",
    "prefetched": "open what lies ready",
}


def run(report: Report) -> None:
    """Open conversations in a window of their own process."""
    for kind, values in figures().items():
        worst = f"worst {max(values):.0f}, of {len(values)}"
        name = f"{NAMES[kind]}: first right pixel"
        report.add(name, statistics.median(values), "ms", GOALS.get(kind), worst)


def figures() -> dict[str, list[float]]:
    """Return the milliseconds of each opening, by kind."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.reading"], capture_output=True, text=True, check=False,
        env=os.environ | {"QT_QPA_PLATFORM": "offscreen"},
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
    found: dict[str, list[float]] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


# -- the mails


def colour(number: int) -> str:
    return f"#{0x20 + number * 5 % 0xB0:02x}{0xE0 - number % 7:02x}{0x30 + number // 7:02x}"


def _newsletter(number: int) -> str:
    rows = "".join(
        f"<tr><td style='padding:{i % 7 + 4}px 12px;border:1px solid #ccc;font:14px Arial;"
        f"color:#{i % 9}33'>Item {i} of the list, with a few words in it</td>"
        f"<td><a style='color:#06c' href='https://news.example/{number}/{i}'>Read on</a></td></tr>"
        for i in range(290)
    )
    return (
        f"<html><head><style>.a{{color:#333}}@media(max-width:600px){{.a{{width:100%}}}}</style>"
        f"</head><body><div style='background:{colour(number)};height:60px'></div>"
        f"<table width=600 align=center style='margin:auto'>{rows}</table></body></html>"
    )


def _mail(subject: str, number: int, html: str, *, first: int | None = None) -> bytes:
    mail = EmailMessage()
    mail["From"] = f"Person {number % 7} <person{number % 7}@news.example>"
    mail["To"] = "me@here.example"
    mail["Subject"] = subject
    mail["Date"] = formatdate(1_760_000_000 + number * 1000)
    mail["Message-ID"] = f"<{number}@news.example>"
    if first is not None:
        mail["In-Reply-To"] = mail["References"] = f"<{first}@news.example>"
    mail.set_content("Some text of the mail, as people write it to each other.\n" * 12)
    mail.add_alternative(html, subtype="html")
    return bytes(mail)


def _plain(number: int) -> str:
    words = "<p>Some words of a mail, as people write them to each other.</p>" * 8
    return f"<div style='background:{colour(number)};height:60px'></div>{words}"


def write_mails(folder: Path) -> dict[str, tuple[str, int]]:
    """Write the mails; return for each subject its kind and the number of its newest mail."""
    number = 0
    known: dict[str, tuple[str, int]] = {}

    def put(content: bytes) -> None:
        (folder / f"{number}.eml").write_bytes(content)

    for each in range(EACH):
        for kind, html in (("text", _plain), ("newsletter", _newsletter)):
            number += 1
            known[f"{kind} {each}"] = (kind, number)
            put(_mail(f"{kind} {each}", number, html(number)))
        first = number + 1
        for place in range(THREAD):
            number += 1
            html = _newsletter if place % 5 == 0 else _plain
            put(_mail(f"thread {each}", number, html(number), first=first if place else None))
        known[f"thread {each}"] = ("thread", number)
    return known


# -- the window


async def measure(desk: Desk, folder: Path) -> int:
    """Open each conversation several times, cold; then each after the one before it."""
    from missive_desktop.engine.protocol import Import

    known = write_mails(folder)
    await desk._link.call(Import(paths=(str(folder),), folder="INBOX"))
    desk.window.show_desk()
    desk.window.resize(1280, 860)
    desk.reload()
    await asyncio.sleep(2)
    ids = list(desk._model.ids)
    rows = [known[row.subject] for row in desk.list.rows_of(ids)]
    times: dict[str, list[float]] = {kind: [] for kind in NAMES}
    reader = _Reader(desk)
    for place in range(len(ids)):  # once through: every mail is prepared by the engine
        await reader.open(place, rows[place][1], rest=0.3)
    order = [place for _ in range(ROUNDS) for place in range(len(ids))]
    random.Random(7).shuffle(order)
    last = -1
    for place in order:
        if place == last:
            continue
        last = place
        reader.forget()
        times[rows[place][0]].append(await reader.open(place, rows[place][1], rest=0.1))
    for place in range(len(ids)):
        value = await reader.open(place, rows[place][1], rest=1.2)
        if place:
            times["prefetched"].append(value)
    print(json.dumps(times))
    return 0


class _Reader:
    """Chooses a conversation in the list and looks at the pane until it shows it."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._shown = asyncio.Event()  # not asked for again and again: that would take its time
        desk.pane.stack.shown.connect(lambda _token: self._shown.set())

    def forget(self) -> None:
        """Let nothing lie ready: neither pages nor views."""
        self._desk.mail.reading.presenter._pages.clear()
        self._desk.pane.stack.forget()

    async def open(self, place: int, number: int, rest: float) -> float:
        """Return the milliseconds until the first right pixel; then rest."""
        self._shown.clear()
        wanted = bytes.fromhex(colour(number)[1:])[::-1] + b"\xff"
        start = time.perf_counter()
        self._desk.list.set_current(list(self._desk._model.ids)[place])
        if not self._shown.is_set():  # what lies ready is raised before the call returns
            await asyncio.wait_for(self._shown.wait(), PATIENCE)
        while not self._right(wanted):
            if time.perf_counter() - start > PATIENCE:
                raise RuntimeError(f"the colour {colour(number)} was not seen")
            await asyncio.sleep(0.001)
        seconds = time.perf_counter() - start
        await asyncio.sleep(rest)
        return seconds * 1000

    def _right(self, wanted: bytes) -> bool:
        """Grab what is seen of the pane; 8 pixels of the colour in a row are no chance."""
        from PySide6.QtGui import QImage

        picture = self._desk.pane.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
        return wanted * 8 in bytes(picture.constBits())


def main() -> int:
    from missive_desktop.app.main import run_session
    from missive_desktop.profile import Profile

    with tempfile.TemporaryDirectory(prefix="missive-bench-") as room:
        mails = Path(room) / "mails"
        mails.mkdir()
        profile = Profile(Path(room) / "profile")
        return run_session(profile, os.urandom(32), lambda desk: measure(desk, mails))


if __name__ == "__main__":
    sys.exit(main())
