"""How long a lease lasts, as far as its holder may know."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from missive_desktop.errors import Offline
from missive_desktop.team.worker.lease import Clocks, Lease
from missive_wire.routes import LeaseAnswer, LeaseRequest


@dataclass
class Watches:
    """Two clocks that are set by hand, and a server that answers what it is told to."""

    monotonic: float = 100.0
    wall: float = 1_000_000.0
    takes: float = 0.0  # seconds of an answer
    answers: list[LeaseAnswer | None] = field(default_factory=list)
    heard: list[LeaseRequest] = field(default_factory=list)

    def post(self, path: str, value: LeaseRequest, shape: type[LeaseAnswer]) -> LeaseAnswer:
        self.heard.append(value)
        self.pass_(self.takes)
        answer = self.answers.pop(0)
        if answer is None:
            raise Offline("no line")
        return answer

    def pass_(self, seconds: float) -> None:
        self.monotonic += seconds
        self.wall += seconds

    def held(self, fence: int = 1) -> LeaseAnswer:
        return LeaseAnswer(True, fence, int((self.wall + 30) * 1000), "me")

    def lease(self) -> Lease:
        clocks = Clocks(lambda: self.monotonic, lambda: self.wall)
        return Lease(self, "me", "s:x", clocks)  # type: ignore[arg-type]


def test_taken_renewed_and_given_back() -> None:
    watches = Watches()
    lease = watches.lease()
    assert lease.fence == 0
    watches.answers = [watches.held(7), watches.held(7), LeaseAnswer(False, 0, 0, "")]
    assert lease.ask() == 10
    assert lease.fence == 7
    watches.pass_(20)
    lease.ask()
    assert lease.remaining() == pytest.approx(28)
    lease.release()
    assert lease.fence == 0
    assert [(each.fence, each.release) for each in watches.heard] == [
        (0, False), (7, False), (7, True),
    ]  # fmt: skip


def test_it_counts_from_before_it_was_asked_for() -> None:
    watches = Watches(takes=25)
    lease = watches.lease()
    watches.answers = [watches.held()]
    lease.ask()
    assert lease.remaining() == pytest.approx(3)


@pytest.mark.parametrize("clock", ["monotonic", "wall"])
def test_whichever_clock_went_further_counts(clock: str) -> None:
    """A machine that slept has a clock that stood still; somebody may set the other one back."""
    watches = Watches()
    lease = watches.lease()
    watches.answers = [watches.held()]
    lease.ask()
    setattr(watches, clock, getattr(watches, clock) + 31)
    assert lease.remaining() == 0
    assert lease.fence == 0


def test_a_stale_fence_of_before_says_nothing_of_this_one() -> None:
    watches = Watches()
    lease = watches.lease()
    lost: list[bool] = []
    lease.on_lost = lambda: lost.append(True)
    watches.answers = [watches.held(8)]
    lease.ask()
    lease.refuted(7)
    assert lease.fence == 8
    lease.refuted(8)
    assert lease.fence == 0
    assert lost == [True]


def test_who_stands_by_asks_again_when_it_ends() -> None:
    watches = Watches()
    lease = watches.lease()
    watches.answers = [LeaseAnswer(False, 0, int((watches.wall + 4) * 1000), "other")]
    assert lease.ask() == pytest.approx(4, abs=0.01)
    assert lease.holder == "other"
    assert lease.fence == 0


def test_no_line_when_it_is_given_back_does_no_harm() -> None:
    watches = Watches()
    lease = watches.lease()
    watches.answers = [watches.held(), None]
    lease.ask()
    lease.release()
    assert lease.fence == 0
