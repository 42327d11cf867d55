"""Adding an account: the address, what was found for it, the password, what went wrong. No Qt.

The password is asked for, and sent, only after the servers that will get it were shown.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Protocol

from missive_desktop.app.presenters.link import Engine
from missive_desktop.app.presenters.recipients import valid
from missive_desktop.app.presenters.tasks import Tasks
from missive_desktop.domain.account import AccountSettings, Endpoint, Security
from missive_desktop.domain.message import Address
from missive_desktop.engine.protocol import AddAccount, Discover
from missive_desktop.errors import CertificateRefused, KnownError, LoginRefused, Offline
from missive_wire import shapes

PAUSE = 0.7  # seconds without a key, after which a whole address is looked up

# What a provider asks of mail programs, said before the password is typed.
_HINTS: dict[str, str] = {
    "gmail": "Google takes an app password here, not your own: turn on 2-step verification, "
    "then make one at myaccount.google.com/apppasswords.",
    "outlook": "Microsoft takes no passwords from mail programs for most accounts any more. "
    "Signing in through the browser comes with a later version.",
    "icloud": "Apple takes an app-specific password here: make one at account.apple.com, "
    "under Sign-In and Security.",
    "yahoo": "Yahoo takes an app password here: make one in the security page of your account.",
    "aol": "AOL takes an app password here: make one in the security page of your account.",
    "fastmail": "Fastmail takes an app password here: make one under Privacy & Security.",
    "proton": "Proton is reached through Proton Mail Bridge on this computer: use the user name "
    "and password that Bridge shows.",
}
_DOMAINS: dict[str, str] = {
    "gmail.com": "gmail",
    "googlemail.com": "gmail",
    "outlook.com": "outlook",
    "hotmail.com": "outlook",
    "live.com": "outlook",
    "icloud.com": "icloud",
    "me.com": "icloud",
    "mac.com": "icloud",
}


class Stage(StrEnum):
    ADDRESS = "address"
    LOOKING = "looking"
    FOUND = "found"
    MANUAL = "manual"
    SIGNING_IN = "signing_in"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class State:
    """All that the screen shows."""

    stage: Stage = Stage.ADDRESS
    settings: AccountSettings | None = None
    source: str = ""  # who said so, in plain words
    hint: str = ""
    error: str = ""
    advice: str = ""
    password_wrong: bool = False


class AddAccountView(Protocol):
    def show_state(self, state: State) -> None: ...


class AddAccountPresenter:
    """`added` is called with the new account's id."""

    def __init__(
        self,
        engine: Engine,
        view: AddAccountView,
        added: Callable[[int], None],
        *,
        pause: float = PAUSE,
    ) -> None:
        self._engine = engine
        self._view = view
        self._added = added
        self._pause = pause
        self._tasks = Tasks(self._failed)
        self._looking: asyncio.Task[None] | None = None
        self._address = ""
        self.state = State()

    def typed(self, address: str) -> None:
        """The address changed: what was found for another one does not hold any more."""
        self._address = address.strip()
        self._stop_looking()
        self._show(State())
        if valid(Address("", self._address)):
            self._looking = self._tasks.start(self._look_after(self._pause))

    def look(self) -> None:
        """Look the address up now."""
        if self.state.stage in (Stage.FOUND, Stage.SIGNING_IN, Stage.MANUAL):
            return
        self._stop_looking()
        if not valid(Address("", self._address)):
            self._show(State(error="This is not an e-mail address yet.", advice=""))
            return
        self._looking = self._tasks.start(self._look_after(0))

    def change_settings(self) -> None:
        """Let the user say where the servers are."""
        settings = self.state.settings or guess(self._address)
        self._stop_looking()
        self._show(State(Stage.MANUAL, settings, hint=self.state.hint))

    def sign_in(self, secret: str, settings: AccountSettings | None = None) -> None:
        """Try the password at the servers that were shown (or typed in by the user)."""
        settings = settings or self.state.settings
        if settings is None or self.state.stage is Stage.SIGNING_IN:
            return
        before = replace(self.state, settings=settings, error="", advice="", password_wrong=False)
        if problem := wrong(settings):
            self._show(replace(before, stage=Stage.MANUAL, error=problem))
        elif not secret:
            self._show(replace(before, error="The password is missing.", password_wrong=True))
        else:
            self._show(replace(before, stage=Stage.SIGNING_IN))
            self._tasks.start(self._sign_in(settings, secret, before))

    def close(self) -> None:
        self._tasks.cancel()

    async def _look_after(self, pause: float) -> None:
        await asyncio.sleep(pause)
        address = self._address
        self._show(State(Stage.LOOKING))
        try:
            answer = await self._engine.call(Discover(address=address))
        except KnownError as error:
            self._show(State(Stage.MANUAL, guess(address), error=str(error), advice=error.advice))
            return
        settings = shapes.convert(answer["settings"], AccountSettings)
        self._show(
            State(Stage.FOUND, settings, source=str(answer["source"]), hint=hint_for(settings))
        )

    async def _sign_in(self, settings: AccountSettings, secret: str, before: State) -> None:
        try:
            answer = await self._engine.call(AddAccount(settings=settings, secret=secret))
        except KnownError as error:
            refused = isinstance(error, LoginRefused)
            self._show(
                replace(
                    before,
                    error=str(error),
                    advice=advice_for(error, settings),
                    password_wrong=refused,
                )
            )
            return
        self._show(replace(before, stage=Stage.DONE))
        self._added(int(answer["account"]))

    def _failed(self, error: KnownError) -> None:
        self._show(State(error=str(error), advice=error.advice))

    def _stop_looking(self) -> None:
        if self._looking is not None:
            self._looking.cancel()
            self._looking = None

    def _show(self, state: State) -> None:
        self.state = state
        self._view.show_state(state)


def guess(address: str) -> AccountSettings:
    """Return what one would try first, for a form to be corrected."""
    domain = address.rpartition("@")[2].strip().lower()
    return AccountSettings(
        address=address,
        imap=Endpoint(f"imap.{domain}", 993, Security.TLS),
        smtp=Endpoint(f"smtp.{domain}", 465, Security.TLS),
        user=address,
    )


def hint_for(settings: AccountSettings) -> str:
    domain = settings.address.rpartition("@")[2].lower()
    return _HINTS.get(settings.provider or _DOMAINS.get(domain, ""), "")


def advice_for(error: KnownError, settings: AccountSettings) -> str:
    """Return what to try next, where the provider has rules of its own those."""
    if isinstance(error, LoginRefused) and (hint := hint_for(settings)):
        return hint
    if error.advice:
        return error.advice
    if isinstance(error, LoginRefused):
        return "Check the password; some providers want one made for mail programs."
    if isinstance(error, CertificateRefused):
        return "Your password was not sent. Check the server's name in the settings."
    if isinstance(error, Offline):
        return "Check the connection and the server's name, then try again."
    return ""


def wrong(settings: AccountSettings) -> str:
    """Return what is missing in settings that were typed in, or ""."""
    for endpoint, name in ((settings.imap, "incoming"), (settings.smtp, "outgoing")):
        if endpoint is None:
            continue
        if not endpoint.host or any(mark in endpoint.host for mark in " /@"):
            return f"The {name} server needs a name such as mail.example.org."
        if not 0 < endpoint.port < 65536:
            return f"The {name} server needs a port between 1 and 65535."
    return "" if settings.user else "The user name is missing; often it is the address."


def endpoint_text(endpoint: Endpoint) -> str:
    """Return how a connection is protected, and its port."""
    kind = "encrypted" if endpoint.security is Security.TLS else "encrypted by STARTTLS"
    return f"{kind}, {endpoint.port}"
