"""Has the colleagues see what is said to them, and carries out what the script makes of it."""

from __future__ import annotations

import threading
import time

from missive_desktop.demo.board import BEN, CHIARA
from missive_desktop.demo.company import Company
from missive_desktop.demo.posting import Posting
from missive_desktop.demo.script import STORY, Heard, Script, Step
from missive_desktop.errors import KnownError

_LIVELY = (BEN, CHIARA)
_STEP = 0.3  # seconds in which something said is heard


class Ears:
    """What each colleague has heard already."""

    def __init__(self, company: Company) -> None:
        self._company = company
        self._known: set[tuple[str, ...]] = set()
        self.news()  # what was said before is nothing new

    def news(self) -> list[Heard]:
        """Return what was said to colleagues since the last time, or given to them."""
        heard = []
        for who in _LIVELY:
            member, user = self._company.member(who), self._company.user(who)
            with member.runtime.reading() as conn:
                for name, (scope, conv) in self._company.conversations.items():
                    seen = member.timeline(conn, scope, conv)
                    if seen is None:
                        continue
                    said = [each.id for each in seen.comments if user in each.mentions]
                    if [each for each in said if self._new(who, each)]:
                        heard.append(Heard("mentioned", who, name))
                    given = user in seen.header.assignees
                    if given and self._new(who, name, str(seen.header.since)):
                        heard.append(Heard("given", who, name))
        return heard

    def _new(self, *key: str) -> bool:
        if key in self._known:
            return False
        self._known.add(key)
        return True


class Play:
    """The colleagues, alive until `stop` is set."""

    def __init__(self, company: Company, stop: threading.Event, *, live: bool) -> None:
        self._company, self._stop, self._live = company, stop, live
        self._ears = Ears(company)
        self._script = Script(STORY if live else STORY[:1], time.monotonic())
        chiara = company.member(CHIARA)
        self._posting = [Posting(chiara, scope) for scope in company.scopes.values()]

    def run(self) -> None:
        moved, waits = self._company.moved, False
        while not self._stop.is_set():
            if self._live and (moved.is_set() or waits):
                moved.clear()
                for heard in self._ears.news():
                    self._script.hear(heard, time.monotonic())
                waits = self._post()
            for step in self._script.due(time.monotonic()):
                self._do(step)
            self._stop.wait(self._script.until_next(time.monotonic(), _STEP))

    def _post(self) -> bool:
        """Have mail sent that somebody asked for; tell whether more waits."""
        try:
            waiting = [each.send() for each in self._posting]
        except KnownError:
            return True
        return any(waiting)

    def _do(self, step: Step) -> None:
        company = self._company
        try:
            match step.does:
                case "files":
                    company.arrive(step.conv)
                case "says":
                    company.say(step.who, step.conv, step.text)
                case "takes":
                    company.take(step.who, step.conv)
                    self._ears.news()  # nobody thanks for what they took
                case "looks" | "types":
                    company.show(step.who, step.conv, typing=step.does == "types")
        except KnownError:
            pass  # the user has closed or moved it, say: somebody else's story goes on
