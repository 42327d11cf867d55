"""What happened in a team under stress, as lines of JSON, in the manner of Jepsen.

Each client, node and fault writes its own file, line by line, so that a killed one leaves all that
it saw. Moments are of the machine's monotonic clock, which its processes share.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from pathlib import Path
from typing import Literal

import msgspec


class Event(msgspec.Struct, frozen=True, omit_defaults=True):
    """One line. What a field holds depends on what is told (`f`).

    do: a person does something; `ok` once it is durably kept on the device (`pending`: its number
    there). send: a device tells the server (`mid`); `ok` accepted, `fail` refused, `info` nothing
    is known. read: rows (seq, t, id, v) of a scope in the epoch `e` came to a device. files: bytes
    of a file came. fault: what was done to the parts.
    """

    at: int
    who: str
    type: Literal["invoke", "ok", "fail", "info"]
    f: Literal["do", "send", "read", "file", "fault"]
    scope: str = ""
    t: str = ""
    id: str = ""
    act: str = ""
    mark: str = ""  # what stays of it for ever: an id, or a label that only this act sets
    pending: int = 0
    device: str = ""
    mid: int = 0
    seq: int = 0  # where an accepted one stands
    whom: str = ""  # of a seat: the client that it is about
    e: str = ""
    rows: tuple[tuple[int, str, str, int], ...] = ()
    what: str = ""


class Diary:
    """Writes events; what was written survives the death of the process."""

    def __init__(self, path: Path, who: str) -> None:
        self.who = who
        self._file = path.open("ab", buffering=0)

    def note(self, type_: str, f: str, **told: object) -> None:
        event = {"at": time.monotonic_ns(), "who": self.who, "type": type_, "f": f} | told
        self._file.write(msgspec.json.encode(event) + b"\n")

    def close(self) -> None:
        self._file.close()


def read(paths: Iterable[Path]) -> list[Event]:
    """Return all events of some diaries in the order of time; a last line may be torn."""
    decoder = msgspec.json.Decoder(Event)
    events = []
    for path in paths:
        lines = path.read_bytes().split(b"\n")[:-1]
        events += [decoder.decode(line) for line in lines if line]
    return sorted(events, key=lambda event: event.at)
