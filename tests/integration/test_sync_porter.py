"""A large pull with a process beside it: the same mail arrives, whatever happens to the process."""

from __future__ import annotations

import contextlib
import random
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.servers.dovecot import DovecotServer
from tests.servers.pair import mail, pair

from missive_desktop.errors import KnownError
from missive_desktop.sync import porter, pull
from missive_desktop.sync.parcels import Parcel
from missive_desktop.sync.porter import Porter

MANY = 700
_boxes = Porter.boxes


@pytest.fixture
def brought(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The process is used for small pulls too; the UIDs that it brings."""
    uids: list[int] = []

    def noting(self: Porter) -> Iterator[list[Parcel]]:
        for box in _boxes(self):
            uids.extend(parcel.uid for parcel in box)
            yield box

    monkeypatch.setattr(porter, "WORTH", 300)
    monkeypatch.setattr(pull, "_NEAR", 30)
    monkeypatch.setattr(Porter, "boxes", noting)
    return uids


def test_the_process_brings_what_is_far(
    dovecot: DovecotServer, tmp_path: Path, brought: list[int]
) -> None:
    with pair(dovecot, tmp_path) as both:
        raws = [mail(f"one {n}", "x" * 9000) for n in range(MANY)]
        dovecot.append(both.user, raws)
        both.sync.sync_once()
        both.assert_same()
        assert len(brought) == MANY - 200 - 30  # the first screen and what is near come without
        assert sorted(brought) == sorted(set(brought))


@pytest.mark.parametrize("after", [0, 1, 2])
def test_the_process_is_killed(
    dovecot: DovecotServer,
    tmp_path: Path,
    brought: list[int],
    monkeypatch: pytest.MonkeyPatch,
    after: int,
) -> None:
    noting = Porter.boxes

    def killing(self: Porter) -> Iterator[list[Parcel]]:
        if not after:
            self.abort()
        for number, box in enumerate(noting(self), 1):
            yield box
            if number == after:
                self.abort()

    monkeypatch.setattr(Porter, "boxes", killing)
    draw = random.Random(1)
    noise = "\r\n".join(draw.randbytes(35).hex() for _ in range(200))  # must not fit into the pipe
    with pair(dovecot, tmp_path) as both:
        dovecot.append(both.user, [mail(f"one {n}", noise[n:]) for n in range(MANY)])
        both.sync.sync_once()
        both.assert_same()
        assert len(brought) < MANY - 230


def test_stopped_while_the_process_works(
    dovecot: DovecotServer, tmp_path: Path, brought: list[int]
) -> None:
    with pair(dovecot, tmp_path) as both:
        dovecot.append(both.user, [mail(f"one {n}", "x" * 20000) for n in range(MANY)])
        for tenth in range(2, 8):
            timer = threading.Timer(tenth * 0.1, both.sync.stop)
            timer.start()
            with contextlib.suppress(KnownError):
                both.sync.sync_once()
            timer.join()
            both.restart()
        both.sync.sync_once()
        both.assert_same()
