"""Coming into a team: by invitation, by a set-up link, or signing in on a further device. No Qt.

What the writer pastes says which of them it is. Passwords are sent only after it was shown to whom.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Protocol

from missive_desktop.app.presenters import pasted
from missive_desktop.app.presenters.link import Engine
from missive_desktop.app.presenters.tasks import Tasks
from missive_desktop.engine.request import Request
from missive_desktop.engine.team_login_requests import (
    TeamCreate,
    TeamEntered,
    TeamJoin,
    TeamLogin,
    TeamLook,
    TeamRecover,
)
from missive_desktop.errors import KnownError, Refused, UsageError
from missive_desktop.team.keys import fingerprints, invitation
from missive_wire import setup

LOOK_AGAIN = 2.0  # seconds between looks whether this device was approved


class Step(StrEnum):
    LINK = "link"  # asked for a link or a server
    LOOKING = "looking"
    JOIN = "join"
    CREATE = "create"
    LOGIN = "login"
    CODE = "code"  # the second factor
    APPROVAL = "approval"  # shows a code, waits for another device
    RECOVER = "recover"  # asked for the recovery key
    WORKING = "working"
    KEY = "key"  # shows the recovery key, this once
    PROVE = "prove"  # two groups of it are to be typed back
    DONE = "done"


BUSY = (Step.WORKING, Step.LOOKING, Step.DONE)
_SHOWN_ONCE = (Step.KEY, Step.PROVE)
_DONE_PERHAPS = (Step.CREATE, Step.JOIN, Step.RECOVER)  # by the server, while it is waited for


@dataclass(frozen=True, slots=True)
class State:
    """All that the screen shows. `before`: the step that is being worked on."""

    step: Step = Step.LINK
    before: Step = Step.LINK
    link: str = ""  # or a server's address, as it was given
    server: str = ""
    organization: str = ""
    inviter: str = ""
    name: str = ""
    email: str = ""
    role: str = ""
    spaces: int = 0
    fingerprint: str = ""
    code: str = ""  # to be typed on the other device
    recovery: str = ""
    asked: tuple[int, ...] = ()  # groups of the recovery key, from 1
    back: bool = False  # there is a step before this one
    error: str = ""
    advice: str = ""

    @property
    def leavable(self) -> bool:
        """Whether there is a way out before this step is done."""
        if self.step in BUSY:
            return self.before not in _DONE_PERHAPS
        return self.step not in _SHOWN_ONCE


class EnteringView(Protocol):
    def show_state(self, state: State) -> None: ...


class EnteringPresenter:
    """`done` with the team, and whether two-factor has to be set up before anything else."""

    def __init__(
        self,
        engine: Engine,
        view: EnteringView,
        done: Callable[[int, bool], None],
        *,
        pause: float = LOOK_AGAIN,
        pick: Callable[[int], tuple[int, ...]] = lambda groups: (3, groups - 1),
    ) -> None:
        self._engine = engine
        self._view = view
        self._done = done
        self._pause = pause
        self._pick = pick
        self._tasks = Tasks(self._failed)
        self._link = ""
        self._team = 0
        self._must = False
        self._steps: list[State] = []  # that lead here
        self._secret: tuple[str, str] = ("", "")  # address and password, until a code was asked for
        self.state = State()

    # -- what the writer gives

    def given(self, text: str) -> None:
        """Take a link or the address of a server."""
        text = pasted.link_in(text, _is_link)
        self._link = text
        self._show(State(link=text))
        if "/setup#" in text:
            self._setup(text)
        elif "#" in text or text.startswith("missive:"):
            self._tasks.start(self._look(text))
        elif text:
            self._go_on(State(Step.LOGIN, server=_address(text)))

    def login_instead(self) -> None:
        """Sign in with a login that one has already."""
        self._go_on(State(Step.LOGIN, server=self.state.server, email=self.state.email))

    def again(self, server: str, email: str) -> None:
        """Sign in to a team that is here already."""
        self._show(State(Step.LOGIN, server=server, email=email))

    def back(self) -> None:
        """Return to the step before."""
        if self._steps and self.state.step not in BUSY:
            self._show(self._steps.pop())

    def waiting(self, team: int, code: str, server: str = "", email: str = "") -> None:
        """Go on waiting for another device, as after the program was closed."""
        self._team = team
        self._show(State(Step.APPROVAL, code=code, server=server, email=email))
        self._tasks.start(self._wait())

    def join(self, email: str, name: str, password: str) -> None:
        self.state = replace(self.state, email=email, name=name)
        self._work(TeamJoin(link=self._link, email=email, name=name, password=password))

    def create(self, email: str, name: str, organization: str, password: str) -> None:
        self._work(
            TeamCreate(
                setup=self._link, email=email, name=name, organization=organization,
                password=password,
            )
        )  # fmt: skip

    def sign_in(self, server: str, email: str, password: str) -> None:
        url = _address(server)
        self.state = replace(self.state, server=url, email=email)
        self._secret = (email, password)
        self._work(TeamLogin(url=url, email=email, password=password))

    def second_factor(self, code: str) -> None:
        email, password = self._secret
        code = "".join(code.split())
        self._work(TeamLogin(url=self.state.server, email=email, password=password, code=code))

    def ask_recovery(self) -> None:
        self._go_on(replace(self.state, step=Step.RECOVER, error="", advice=""))

    def recover(self, key: str) -> None:
        self._work(TeamRecover(team=self._team, key=key))

    def key_kept(self) -> None:
        """The writer says that the recovery key is written down: ask for two groups of it."""
        asked = self._pick(len(self.state.recovery.split()))
        self._show(replace(self.state, step=Step.PROVE, asked=asked, error="", advice=""))

    def key_again(self) -> None:
        self._show(replace(self.state, step=Step.KEY, error="", advice=""))

    def prove(self, typed: tuple[str, ...]) -> None:
        groups = self.state.recovery.split()
        right = [fingerprints.read(groups[number - 1]) for number in self.state.asked]
        if [fingerprints.read(each) for each in typed] == right:
            self._finish()
        else:
            error = "That is not what the recovery key says. Look at it again."
            self._show(replace(self.state, error=error))

    def close(self) -> None:
        self._secret = ("", "")
        self._tasks.cancel()

    # -- how it comes about

    def _setup(self, text: str) -> None:
        try:
            said = setup.parsed(text)
        except ValueError:
            error = "This is no set-up link. Copy it whole, as it was printed."
            self._show(replace(self.state, error=error))
            return
        self._go_on(State(Step.CREATE, server=said.url, organization=said.name, email=said.email))

    async def _look(self, link: str) -> None:
        known = invitation.parsed(link)
        shown = fingerprints.shown(known.root)
        self._show(replace(self.state, step=Step.LOOKING, server=known.url))
        answer = await self._engine.call(TeamLook(link=link))
        self.state = State(link=self._link)
        self._go_on(
            State(
                Step.JOIN,
                server=known.url,
                organization=str(answer.get("organization", "")),
                inviter=str(answer.get("inviter", "")),
                name=str(answer.get("name", "")),
                email=str(answer.get("email", "")),
                role=str(answer.get("role", "")),
                spaces=int(answer.get("spaces", 0)),
                fingerprint=shown,
            )
        )

    def _work(self, request: Request) -> None:
        before = self.state.step
        self._show(replace(self.state, step=Step.WORKING, before=before, error="", advice=""))
        self._tasks.start(self._ask(request))

    async def _ask(self, request: Request) -> None:
        answer = await self._engine.call(request)
        if isinstance(request, TeamLogin):
            self._signed_in(answer)
            return
        self._team = int(answer.get("team", self._team))
        self._must = bool(answer.get("must", False))
        self._steps.clear()
        if isinstance(request, TeamCreate):
            self._show(State(Step.KEY, recovery=str(answer["recovery"])))
        else:
            self._finish()

    def _signed_in(self, answer: dict[str, Any]) -> None:
        if answer.get("st") == "code":
            self.state = replace(self.state, step=Step.LOGIN)
            self._go_on(replace(self.state, step=Step.CODE))
            return
        self._secret = ("", "")
        self._steps.clear()
        self._team, self._must = int(answer["team"]), bool(answer.get("must", False))
        if answer.get("state") == "approval":
            self._show(replace(self.state, step=Step.APPROVAL, code=str(answer["code"])))
            self._tasks.start(self._wait())
        else:
            self._finish()

    async def _wait(self) -> None:
        """Look from time to time whether another device has let this one in."""
        while self.state.step in (Step.APPROVAL, Step.RECOVER, Step.WORKING):
            await asyncio.sleep(self._pause)
            if self.state.step is Step.WORKING:
                continue
            try:
                answer = await self._engine.call(TeamEntered(team=self._team))
            except Refused as error:
                self._show(
                    State(
                        Step.LOGIN,
                        server=self.state.server,
                        email=self.state.email,
                        error=str(error),
                        advice=error.advice,
                    )
                )
                return
            except KnownError as error:
                self._show(replace(self.state, error=str(error), advice=error.advice))
                continue
            if answer.get("state") != "approval":
                self._finish()
                return
            if self.state.error and self.state.step is Step.APPROVAL:
                self._show(replace(self.state, error="", advice=""))

    def _finish(self) -> None:
        if self.state.step is not Step.DONE:
            self._show(State(Step.DONE))
            self._done(self._team, self._must)

    def _failed(self, error: KnownError) -> None:
        step = self.state.before if self.state.step in BUSY else self.state.step
        self._show(replace(self.state, step=step, error=str(error), advice=error.advice))

    def _go_on(self, state: State) -> None:
        """Show the next step; from there one can come back to this one."""
        self._steps.append(replace(self.state, error="", advice=""))
        self._show(state)

    def _show(self, state: State) -> None:
        self.state = replace(state, back=bool(self._steps))
        self._view.show_state(self.state)


def _address(server: str) -> str:
    return server if "://" in server else f"https://{server}"


def _is_link(text: str) -> bool:
    try:
        if "/setup#" in text:
            setup.parsed(text)
        else:
            invitation.parsed(text)
    except (ValueError, KnownError, UsageError):
        return False
    return True
