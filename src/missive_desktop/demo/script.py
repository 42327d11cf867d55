"""What the colleagues do while somebody looks: at their own time, and when they are spoken to.

Pure: it is told what was heard and what time it is, and says who does what. The same in each run.
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Sequence
from typing import Literal, NamedTuple

from missive_desktop.demo.board import BEN, CHIARA, OPENED

Does = Literal["looks", "types", "says", "takes", "files"]
OPENING = "Claim is open, TR-9914. They answer by Thursday."  # Ben's word, before all else
ANSWERS = {
    BEN: (
        "On it. I will write back within the hour.",
        "Seen. I ask the workshop and tell you here.",
        "Yes, that works. Go ahead.",
        "Good point. I have put it on my list for today.",
    ),
    CHIARA: (
        "Fine with me. I look at the numbers after lunch.",
        "I have it. The stock says two left.",
        "Agreed. Shall I call them?",
        "Done on my side.",
    ),
}
TAKEN = {
    BEN: ("Thanks, I take it from here.", "Mine now. I start with the photos."),
    CHIARA: ("Got it, I answer today.", "Taking this one."),
}
# Seconds from being spoken to until they look, begin to write, and have written.
_LOOK, _TYPE, _SAY = 2.0, 4.0, 7.5
_AGAIN = 15.0  # seconds after which somebody who looks says so again


class Heard(NamedTuple):
    """Somebody was mentioned in a comment or given a conversation; `conv` as the board names it."""

    what: Literal["mentioned", "given"]
    who: str
    conv: str


class Step(NamedTuple):
    who: str
    does: Does
    conv: str
    text: str = ""


# What happens by itself: seconds after the window is ready. `files` lets a mail come in.
STORY: tuple[tuple[float, Step], ...] = (
    (0.0, Step(BEN, "looks", OPENED)),
    (9.0, Step(CHIARA, "files", "later-chain")),
    (14.0, Step(BEN, "looks", "later-chain")),
    (18.0, Step(BEN, "types", "later-chain")),
    (22.0, Step(BEN, "says", "later-chain", "She lives next door, I can look at it at five.")),
    (23.0, Step(BEN, "takes", "later-chain")),
    (34.0, Step(BEN, "looks", OPENED)),
    (36.0, Step(CHIARA, "looks", "cargo-20")),
    (39.0, Step(CHIARA, "types", "cargo-20")),
    (
        44.0,
        Step(CHIARA, "says", "cargo-20", "@Ana Ribeiro the offer is ready. Do you sign it today?"),
    ),
    (70.0, Step(CHIARA, "files", "later-cups")),
    (78.0, Step(CHIARA, "looks", "later-cups")),
)


class Script:
    """What is still to be done. Somebody who answers lets the story wait."""

    def __init__(self, story: Sequence[tuple[float, Step]], now: float) -> None:
        self._order = itertools.count()
        self._waiting = [(now + after, next(self._order), step) for after, step in story]
        heapq.heapify(self._waiting)
        self._said: dict[tuple[str, str], int] = {}
        self._looking: dict[str, tuple[str, float]] = {}

    def hear(self, heard: Heard, now: float) -> None:
        """Somebody was spoken to: they look, write, and answer."""
        writes = any(
            (step.who, step.conv, step.does) == (heard.who, heard.conv, "says")
            for _, _, step in self._waiting
        )
        if heard.who not in ANSWERS or writes:
            return
        who, conv = heard.who, heard.conv
        self._add(now + _LOOK, Step(who, "looks", conv))
        self._add(now + _TYPE, Step(who, "types", conv))
        self._add(now + _SAY, Step(who, "says", conv, self._answer(heard)))

    def due(self, now: float) -> list[Step]:
        """Return what is to be done now, in order."""
        steps = []
        while self._waiting and self._waiting[0][0] <= now:
            steps.append(heapq.heappop(self._waiting)[2])
        for step in steps:
            self._looking[step.who] = (step.conv, now)
        for who, (conv, since) in self._looking.items():
            if now - since >= _AGAIN:
                steps.append(Step(who, "looks", conv))
                self._looking[who] = (conv, now)
        return steps

    def until_next(self, now: float, most: float) -> float:
        """Return for how many seconds nothing is to be done."""
        times = [self._waiting[0][0]] if self._waiting else []
        times += [since + _AGAIN for _, since in self._looking.values()]
        return max(0.0, min([most, *(time - now for time in times)]))

    def _add(self, at: float, step: Step) -> None:
        heapq.heappush(self._waiting, (at, next(self._order), step))

    def _answer(self, heard: Heard) -> str:
        words = (ANSWERS if heard.what == "mentioned" else TAKEN)[heard.who]
        turn = self._said.get((heard.who, heard.what), 0)
        self._said[heard.who, heard.what] = turn + 1
        return words[turn % len(words)]
