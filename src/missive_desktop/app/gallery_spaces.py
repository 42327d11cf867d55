"""Pictures of what a team adds to the window, full and empty, light and dark."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Awaitable, Callable
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from missive_desktop.app.gallery_team import BEN, ORDERS, SUPPORT, TEAM, fill
from missive_desktop.profile import Profile
from missive_desktop.store import database, team_conversations, team_spaces
from missive_wire.ids import derived_id

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from missive_desktop.app.views.desk import Desk

SIZE = (1440, 900)


class Filled(NamedTuple):
    """`spaces` are accounts by name; `claire` is the conversation that is open in the pictures,
    `trouble` one with what waits and what was refused."""

    spaces: dict[str, int]
    claire: int
    trouble: int


Shot = Callable[..., Awaitable[None]]


def run(profile: Profile, out: Path, *, twice: bool) -> int:
    """Paint all pictures; at 200 % only the window with a conversation."""
    from missive_desktop.app.main import run_session

    key = os.urandom(32)
    fill(profile, key)
    filled = _filled(profile, key)
    return run_session(profile, key, lambda desk: paint(desk, filled, out, twice=twice))


def _filled(profile: Profile, key: bytes) -> Filled:
    with closing(database.open_reader(database.create_or_open(profile, key))) as conn:
        found = {row.name: row.account for row in team_spaces.mine(conn)}
        here = team_conversations.here
        return Filled(
            found,
            here(conn, found["Support"], derived_id(SUPPORT, "batteries")),
            here(conn, found["Orders"], derived_id(ORDERS, "trouble")),
        )


async def paint(desk: Desk, filled: Filled, out: Path, *, twice: bool) -> int:
    from missive_desktop.app.views.shot import wait_until_painted

    failed: list[str] = []
    desk.window.show_desk()
    await desk.accounts.import_sample()
    desk.reload()
    from missive_desktop.app import gallery_entering

    for scheme in ("light", "dark"):
        desk.theme.choose("dark" if scheme == "dark" else "light")
        desk.window.resize(*SIZE)

        async def shot(name: str, shown: QWidget = desk.window, scheme: str = scheme) -> None:
            await asyncio.sleep(0.05)
            suffix = "@2x" if twice else ""
            if not shown.grab().save(str(out / f"team-{name}-{scheme}{suffix}.png")):
                failed.append(name)

        _open(desk, filled, "Support")
        desk.list.set_current(filled.claire)
        await wait_until_painted(desk, first=False)
        ben = {filled.claire: ((BEN, "viewing"),)}
        desk.spaces.looking.looking = ben
        desk.spaces.show_looking(ben)
        _show_sync(desk)
        await asyncio.sleep(1.0)  # the page is drawn anew in the colours of the scheme
        await shot("main")
        if not twice:
            for states in (_talk, _menus, _lists, _sync, _sizes):
                await states(desk, filled, shot)
            await gallery_entering.paint(desk, shot)
    return 1 if failed else 0


def _open(desk: Desk, filled: Filled, space: str, tab: str = "open") -> None:
    from missive_desktop.app.presenters.place import Kind, Place, Tab

    desk.open_place(Place(Kind.SPACE, space, account=filled.spaces[space], tab=Tab(tab)))


async def _talk(desk: Desk, filled: Filled, shot: Shot) -> None:
    """What is written, who is there, what others do meanwhile, what waits and what was refused."""
    from missive_desktop.app.views.shot import wait_until_painted

    field = desk.pane.foot.comment
    field.show_text("The carrier answered. @b", editing=False)
    field.show_file(Path(__file__))
    field.begin()
    await shot("comment")
    field.show_file(None)
    field.show_text("", editing=False)
    everybody = {filled.claire: tuple((user, "typing") for user, _, _ in TEAM[1:7])}
    desk.spaces.looking.looking = everybody
    desk.spaces.show_looking(everybody)
    desk.pane.departed.say("Ben closed this. It stays here until you go on.")
    await shot("departed")
    desk.pane.departed.say("")
    _open(desk, filled, "Orders")
    desk.list.set_current(filled.trouble)
    await wait_until_painted(desk, first=False)
    await asyncio.sleep(0.5)
    await shot("trouble")
    _open(desk, filled, "Support")
    desk.list.set_current(filled.claire)
    await wait_until_painted(desk, first=False)


async def _menus(desk: Desk, filled: Filled, shot: Shot) -> None:
    for name in ("assign", "label", "snooze", "move", "people"):
        desk.spaces.ask(name, [filled.claire], desk.pane.bar.anchor(name))
        await shot(f"menu-{name}")
        menu = desk.spaces.menu
        if menu is not None and name == "label":
            menu.type_text("Urgent")
            await shot("menu-label-new")
        if menu is not None:
            menu.close_menu()
    desk.list.toggle_mark()
    desk.list.step(2)
    desk.list.toggle_mark()
    desk.spaces.ask("assign")
    await shot("several")
    if desk.spaces.menu is not None:
        desk.spaces.menu.close_menu()
    desk.list.clear_marks()
    desk.window.undo_bar.show_act("Closed for the 6 people of Support", lambda: None)
    await shot("closed")
    desk.window.undo_bar.dismiss()
    desk.window.key_sheet.open()
    await shot("keys")
    desk.window.key_sheet.close_sheet()


async def _lists(desk: Desk, filled: Filled, shot: Shot) -> None:
    from missive_desktop.app.presenters import place as places

    for tab in ("unassigned", "closed", "others"):
        _open(desk, filled, "Support", tab)
        await shot(f"tab-{tab}")
    _open(desk, filled, "Workshop")
    await shot("empty")
    for place in (places.INBOX, places.ASSIGNED, places.SNOOZED, places.TEAM_INBOXES):
        desk.open_place(place)
        await shot(f"place-{place.title.lower().replace(' ', '-')}")
    _open(desk, filled, "Support")


async def _sync(desk: Desk, filled: Filled, shot: Shot) -> None:
    from missive_desktop.domain.team import TeamState

    popup, side = desk.window.sync_popup, desk.window.sidebar
    for state in (
        TeamState.READY, TeamState.CONNECTING, TeamState.OFFLINE, TeamState.SIGNED_OUT,
        TeamState.APPROVAL,
    ):  # fmt: skip
        _show_sync(desk, state)
        popup.open_above(side.sync_line)
        await shot(f"sync-{state.value}")
        popup.close_popup()
    _show_sync(desk)


async def _sizes(desk: Desk, filled: Filled, shot: Shot) -> None:
    desk.window.resize(1000, 700)
    desk.list.set_compact(True)
    desk.list.set_current(filled.claire)
    await asyncio.sleep(0.8)
    await shot("narrow")
    desk.list.set_compact(False)
    desk.window.resize(*SIZE)


def _show_sync(desk: Desk, state: str = "ready") -> None:
    """Say how a team is: the one of the pictures has no server."""
    from missive_desktop.app.presenters.sync_state import SpaceSync, TeamSync, summarize
    from missive_desktop.domain.team import TeamState

    spaces = (
        SpaceSync("Support", 12, whole=True),
        SpaceSync("Orders", 4, whole=state == "ready"),
        SpaceSync("Workshop", 0, whole=True),
    )
    shown = TeamState(state)
    since = int(time.time()) - 4000 if shown is TeamState.OFFLINE else 0
    error = "The team’s server cannot be reached." if shown is TeamState.OFFLINE else ""
    team = TeamSync(1, "Halden Cargo Bikes", shown, error, spaces, since=since)
    desk.show_sync(summarize((), (team,)))
