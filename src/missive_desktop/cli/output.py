"""What is printed: JSON, aligned lines, progress. Mail cannot steer the terminal it is shown on."""

from __future__ import annotations

import re
import shutil
import sys
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from types import TracebackType
from typing import Any

import msgspec

from missive_desktop.domain.message import Address
from missive_desktop.engine.protocol import Changed, Notice, Progress, Trouble

# Controls (ESC among them), and the marks that turn the direction of what follows.
_STEERING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def clean(text: str) -> str:
    """Return text that is safe on a terminal; line ends and tabs stay."""
    return _STEERING.sub("�", text.replace("\r\n", "\n"))


def line(text: str) -> str:
    """Return text as one clean line."""
    return clean(" ".join(text.split()))


def json(value: Any) -> None:
    """Print a value as JSON, in the mail's own letters."""
    sys.stdout.write(msgspec.json.format(msgspec.json.encode(value), indent=2).decode())
    sys.stdout.write("\n")


def person(address: Address) -> str:
    return f"{address.name} <{address.email}>" if address.name else address.email


def people(addresses: Iterable[Address]) -> str:
    return ", ".join(person(address) for address in addresses)


def local_time(seconds: int) -> datetime:
    """Return a time in the zone of this machine; what no calendar holds becomes its beginning."""
    try:
        return datetime.fromtimestamp(seconds).astimezone()
    except (OverflowError, OSError, ValueError):
        return datetime.fromtimestamp(0).astimezone()


def width(text: str) -> int:
    """Return how many columns a terminal gives to the text."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1
        for char in text
    )


def fit(text: str, columns: int) -> str:
    """Cut or fill to exactly so many columns."""
    text = line(text)
    if width(text) > columns:
        while width(text) > columns - 1:
            text = text[:-1]
        text += "…"
    return text + " " * (columns - width(text))


def table(rows: Sequence[Sequence[str]]) -> None:
    """Print rows with their columns aligned; the last column is not filled."""
    if not rows:
        return
    widths = [max(width(row[at]) for row in rows) for at in range(len(rows[0]))]
    for row in rows:
        cells = [fit(cell, columns) for cell, columns in zip(row, widths, strict=True)]
        print("  ".join(cells).rstrip())


class ProgressShown:
    """Shows progress notices: bars on a terminal, otherwise a line when something is done.

    Of bytes only bars are shown: how many there were is of no interest afterwards.
    """

    def __init__(self, unit: str = "messages", names: Callable[[int], str] | None = None) -> None:
        self._unit = unit
        self._names = names
        self._bars: dict[tuple[int, str], Any] = {}
        self._latest: dict[tuple[int, str], Progress] = {}
        self._told: set[tuple[int, str]] = set()
        self._drawn = sys.stderr.isatty()

    def __enter__(self) -> ProgressShown:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        for bar in self._bars.values():
            bar.close()
        for key, progress in self._latest.items():
            if key not in self._told and progress.done:
                self._line(progress)

    def __call__(self, notice: Notice) -> None:
        if isinstance(notice, Progress):
            self._latest[notice.account, notice.folder] = notice
            if self._drawn:
                self._draw(notice)
            elif notice.total and notice.done >= notice.total:
                self._line(notice)
        elif isinstance(notice, Trouble):
            self._say(f"{notice.message} {notice.advice}".strip())
        elif isinstance(notice, Changed):
            return

    def _title(self, progress: Progress) -> str:
        account = self._names(progress.account) if self._names and progress.account else ""
        return line(f"{account} {progress.folder}".strip())

    def _draw(self, progress: Progress) -> None:
        key = (progress.account, progress.folder)
        if key not in self._bars:
            from tqdm import tqdm  # only on a terminal

            self._bars[key] = tqdm(
                desc=fit(self._title(progress), 28),
                unit="B" if self._unit == "bytes" else f" {self._unit}",
                unit_scale=self._unit == "bytes",
                ncols=min(100, shutil.get_terminal_size().columns),
            )
        bar = self._bars[key]
        bar.total = progress.total or None
        bar.update(progress.done - bar.n)

    def _line(self, progress: Progress) -> None:
        key = (progress.account, progress.folder)
        if key not in self._told and not self._drawn and self._unit != "bytes":
            self._told.add(key)
            self._say(f"{self._title(progress)}: {progress.done} {self._unit}")

    def _say(self, text: str) -> None:
        if self._drawn and self._bars:
            next(iter(self._bars.values())).write(clean(text), file=sys.stderr)
        else:
            print(clean(text), file=sys.stderr, flush=True)
