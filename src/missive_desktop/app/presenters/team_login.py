"""One's own login in a team: password, second factor, devices; and what is done about them. No Qt.

Passwords and codes pass through and are kept nowhere.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

import msgspec

from missive_desktop.app.presenters.link import Engine
from missive_desktop.app.presenters.tasks import Tasks
from missive_desktop.engine.request import Request
from missive_desktop.engine.space_admin_requests import LeaveTeam
from missive_desktop.engine.team_login_requests import (
    ApproveDevice,
    ChangePassword,
    EndSession,
    ListDevices,
    RevokeDevice,
    TeamLogout,
    TeamStanding,
    TwoFactorBegin,
    TwoFactorCodes,
    TwoFactorConfirm,
    TwoFactorOff,
)
from missive_desktop.errors import KnownError
from missive_wire import shapes


class Device(msgspec.Struct, frozen=True):
    """A device of one's own, as the server lists it. Times in milliseconds."""

    id: str
    name: str
    platform: str
    state: str
    since: int
    used: int
    current: bool


@dataclass(frozen=True, slots=True)
class Login:
    """What the page shows. `offer`: (secret to be typed, SVG of its QR code) while it is set up;
    `codes`: recovery codes, to be shown this once."""

    team: int
    email: str = ""
    loading: bool = True
    known: bool = False  # the server has said how things stand
    two_factor: bool = False
    required: bool = False
    codes_left: int = 0
    devices: tuple[Device, ...] = ()
    offer: tuple[str, str] | None = None
    codes: tuple[str, ...] = ()
    error: str = ""
    advice: str = ""
    done: str = ""


class LoginView(Protocol):
    def show_login(self, login: Login) -> None: ...


class LoginPresenter:
    """`ended` when one signed out of the team."""

    def __init__(
        self,
        engine: Engine,
        view: LoginView,
        team: int,
        ended: Callable[[], None] = lambda: None,
    ) -> None:
        self._engine = engine
        self._view = view
        self._ended = ended
        self._tasks = Tasks(self._failed)
        self.login = Login(team)

    def load(self) -> None:
        """Ask the server how things stand."""
        self.login = replace(self.login, loading=True, error="", advice="")
        self._view.show_login(self.login)
        self._tasks.start(self._load())

    def reload(self) -> None:
        """Ask again: something may have changed. What was said last stays."""
        self._tasks.start(self._reload())

    def change_password(self, old: str, new: str, code: str = "") -> None:
        done = "Your password is changed. Your other devices have to sign in again."
        self._do(ChangePassword(team=self.login.team, old=old, new=new, code=code), done)

    def begin_two_factor(self, password: str) -> None:
        self._tasks.start(self._begin(password))

    def cancel_two_factor(self) -> None:
        self._show(replace(self.login, offer=None, codes=(), error="", advice=""))

    def confirm_two_factor(self, code: str) -> None:
        self._tasks.start(self._codes(TwoFactorConfirm(team=self.login.team, code=_plain(code))))

    def new_codes(self, password: str, code: str) -> None:
        request = TwoFactorCodes(team=self.login.team, password=password, code=_plain(code))
        self._tasks.start(self._codes(request))

    def codes_kept(self) -> None:
        self._show(replace(self.login, codes=()))

    def end_two_factor(self, password: str, code: str) -> None:
        request = TwoFactorOff(team=self.login.team, password=password, code=_plain(code))
        self._do(request, "The second factor is off.")

    def approve(self, code: str) -> None:
        """Let in the device of one's own that shows this code."""
        request = ApproveDevice(team=self.login.team, code=code.strip())
        self._do(request, "The device is let in. It can read your team's mail from now on.")

    def revoke(self, device: str) -> None:
        words = "The device is signed out, and gets no new keys."
        self._do(RevokeDevice(team=self.login.team, device=device), words)

    def end_others(self) -> None:
        self._do(EndSession(team=self.login.team), "All other devices have to sign in again.")

    def sign_out(self, *, forget: bool) -> None:
        self._tasks.start(self._sign_out(forget))

    def close(self) -> None:
        self._tasks.cancel()

    # -- how it comes about

    def _do(self, request: Request, done: str) -> None:
        self._tasks.start(self._carry_out(request, done))

    async def _carry_out(self, request: Request, done: str) -> None:
        await self._engine.call(request)
        await self._load(done)

    async def _load(self, done: str = "") -> None:
        found = await self._ask()
        self._show(replace(self.login, **found, error="", advice="", done=done))

    async def _reload(self) -> None:
        found = await self._ask()
        self._show(replace(self.login, **found))

    async def _ask(self) -> dict[str, Any]:
        team = self.login.team
        standing = await self._engine.call(TeamStanding(team=team))
        listed = await self._engine.call(ListDevices(team=team))
        return {
            "loading": False,
            "known": True,
            "email": str(standing.get("email", "")),
            "two_factor": bool(standing.get("two_factor")),
            "required": bool(standing.get("required")),
            "codes_left": int(standing.get("codes", 0)),
            "devices": _devices(listed.get("devices", ())),
        }

    async def _begin(self, password: str) -> None:
        answer = await self._engine.call(TwoFactorBegin(team=self.login.team, password=password))
        offer = (str(answer["key"]), str(answer["svg"]))
        self._show(replace(self.login, offer=offer, codes=(), error="", advice="", done=""))

    async def _codes(self, request: Request) -> None:
        answer = await self._engine.call(request)
        await self._load()
        self._show(replace(self.login, offer=None, codes=tuple(answer["codes"])))

    def leave(self) -> None:
        """End one's membership."""
        self._tasks.start(self._leave())

    async def _leave(self) -> None:
        await self._engine.call(LeaveTeam(team=self.login.team))
        self._ended()

    async def _sign_out(self, forget: bool) -> None:
        await self._engine.call(TeamLogout(team=self.login.team, forget=forget))
        self._ended()

    def _failed(self, error: KnownError) -> None:
        self._show(
            replace(self.login, loading=False, error=str(error), advice=error.advice, done="")
        )

    def _show(self, login: Login) -> None:
        self.login = login
        self._view.show_login(login)


def _devices(found: Sequence[Any]) -> tuple[Device, ...]:
    """The one that waits first, then this one, then by when they were used."""
    known = [shapes.convert(each, Device) for each in found]
    known.sort(key=lambda each: (each.state != "pending", not each.current, -each.used))
    return tuple(each for each in known if each.state != "revoked")


def _plain(code: str) -> str:
    return "".join(code.split())
