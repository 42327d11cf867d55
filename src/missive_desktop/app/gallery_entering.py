"""Pictures of coming into a team and of its settings, as presenters hand them to the views."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from missive_desktop.app.presenters.team_members import Members
    from missive_desktop.app.views.desk import Desk

Shot = Callable[..., Awaitable[None]]
_KEY = "K7QM 3FZX 91TD 8HVB 2RCE W4NP 6YGA JS5K 0D3M T8XV 7HQC 4BZN 9FRE 2WKP"
_PRINT = "M3QK 71XD T8HV B2RC EW4N P6YG AJS5 K0D3"


async def paint(desk: Desk, shot: Shot) -> None:
    """Each step of coming in; login, members, what is on its way; notices."""
    await _steps(desk, shot)
    await _settings(desk, shot)
    await _notices(desk, shot)


async def _steps(desk: Desk, shot: Shot) -> None:
    from missive_desktop.app.presenters.entering import State, Step
    from missive_desktop.app.views.entering import EnteringScreen

    desk.teams.ask()
    screen = next(page for page in desk.window.findChildren(EnteringScreen) if page.isVisible())
    host = "https://team.halden.example"
    ana = "ana@halden.example"
    wrong = State(Step.LINK, error="This is not an invitation link. Copy it whole, as it was sent.")
    for name, state in {
        "link": State(),
        "link-wrong": wrong,
        "join": State(
            Step.JOIN, server=host, organization="Halden Cycles", inviter="Ana Ribeiro",
            name="Chiara Lunghi", email="chiara@halden.example", role="member", spaces=2,
            fingerprint=_PRINT, back=True,
        ),
        "join-refused": State(
            Step.JOIN, server=host, role="drafter", spaces=1, fingerprint=_PRINT, back=True,
            error="Somebody has this address here already.",
        ),
        "create": State(Step.CREATE, server=host, organization="Halden Cycles", email=ana),
        "key": State(Step.KEY, recovery=_KEY),
        "prove": State(Step.PROVE, recovery=_KEY, asked=(3, 13)),
        "login": State(Step.LOGIN, server=host, email=ana, back=True),
        "code": State(Step.CODE, server=host, email=ana),
        "approval": State(Step.APPROVAL, code="40721 90355 11874 62093 58820 77146"),
        "recover": State(Step.RECOVER, server=host, back=True),
    }.items():  # fmt: skip
        screen.show_state(state)
        await shot(name)
    desk.window.show_desk()


async def _settings(desk: Desk, shot: Shot) -> None:
    from missive_desktop.app.presenters.team_login import Device, Login
    from missive_desktop.app.presenters.team_notices import Waiting
    from missive_desktop.team import qr

    desk.teams.open_settings()
    made = desk.teams.settings
    if made is None:
        return
    await asyncio.sleep(0.3)
    now = 1_760_000_000_000
    devices = (
        Device("d", "Laptop", "macOS", "pending", now, now, current=False),
        Device("a", "Desktop", "Linux", "approved", now, now, current=True),
        Device("b", "Laptop", "Windows", "approved", now, now - 86_400_000, current=False),
    )
    plain = Login(1, "ana@halden.example", loading=False, known=True, devices=devices)
    uri = "otpauth://totp/Halden:ana%40halden.example?secret=JBSWY3DPEHPK3PXP&issuer=Halden"
    offer = ("JBSWY3DPEHPK3PXP", qr.svg(uri).decode())
    codes = tuple(f"{_KEY[at : at + 4]}-7HQC-4BZN-{_KEY[-4:]}" for at in range(0, 50, 5))
    for name, login in {
        "security": plain,
        "security-two-factor": replace(plain, offer=offer),
        "security-codes": replace(plain, codes=codes, two_factor=True),
        "security-unknown": Login(1, loading=False, error="The team's server cannot be reached."),
    }.items():
        made.security.show_login(login)
        await shot(name)
    made.view.open(made.people)
    made.people.show_members(_members(made.people.members))
    await shot("members")
    bar = made.people.verticalScrollBar()
    bar.setValue(bar.maximum())
    await shot("members-below")
    made.people.show_members(_many(made.people.members))
    bar.setValue(0)
    await shot("members-many")
    made.view.open(made.waiting)
    made.waiting.show_waiting(
        [
            Waiting(1, "Your comment", "Your role does not allow it."),
            Waiting(2, "Closing a conversation"),
        ]
    )
    await shot("waiting")
    made.waiting.show_waiting([])
    desk.teams.close_settings()


def _members(members: Members) -> Members:
    from missive_desktop.app.presenters.team_members import Invited

    chiara = Invited("i", "chiara@halden.example", "Chiara", "member", 1_760_600_000_000)
    link = f"https://team.halden.example/join#1.{_KEY.replace(' ', '')}"
    return replace(
        members, link=link, invited=chiara.email, waiting=(chiara,), required=False,
        prints={"": _PRINT},
    )  # fmt: skip


def _many(members: Members) -> Members:
    """Of five hundred, some with names as long as they come."""
    from missive_desktop.app.presenters.team_members import Member

    names = ("Maximiliane von Wolfenbüttel-Stackelberg zu Hohenlohe", "محمد عبد الرحمن", "陳大文")
    seats = tuple((inbox.scope, "active") for inbox in members.inboxes)
    return replace(
        members, link="", name="Bundesvereinigung Deutscher Fahrradhersteller",
        members=tuple(
            Member(
                f"{number}", f"{names[number % 3]} {number}", f"person{number}@halden.example",
                "drafter", number == 0, seats,
            )
            for number in range(500)
        ),
    )  # fmt: skip


async def _notices(desk: Desk, shot: Shot) -> None:
    from missive_desktop.app.presenters.team_notices import Help, Notice, Tone

    removed = "You were removed from Support; its mail was removed from this computer."
    out = Notice(
        0, "You are signed out of Halden Cycles.", "Another device ended this session.",
        Tone.WARNING, Help.SIGN_IN, 1,
    )  # fmt: skip
    waits = Notice(
        2, "A device signed in to Halden Cycles as you, and waits to be let in.",
        "If it is not yours, turn it away and change your password.", Tone.WARNING,
        Help.DEVICES, 1,
    )  # fmt: skip
    tampered = Notice(
        3, "The server shows another organization than the invitation is for.",
        "Do not go on. Ask who invited you.", Tone.GRAVE,
    )  # fmt: skip
    bar = desk.teams.notice_bar()
    for name, notices in {
        "notice-removed": [Notice(1, removed), out],
        "notice-signed-out": [out],
        "notice-waits": [waits],
        "notice-tampered": [tampered],
    }.items():
        bar.show_notices(notices)
        await shot(name)
    bar.show_notices([])
