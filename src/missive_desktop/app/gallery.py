"""Every screen and state of the window as PNG, light and dark, made from the sample mail.

States that need trouble (offline, a refused login) are handed to the views as presenters do it.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import subprocess
import sys
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING

from missive_desktop.profile import Profile

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from missive_desktop.app.views.desk import Desk

TWICE = "MISSIVE_GALLERY_TWICE"  # set in the second run, which paints at 200 %
TEAM = "MISSIVE_GALLERY_TEAM"  # set in the runs that paint a team
SIZE = (1440, 900)

Shot = Callable[..., Awaitable[None]]  # a name, and a widget if it is not the window


def run(chosen: argparse.Namespace) -> int:
    """Paint into the folder `chosen.out`; return the exit code."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    out = Path(chosen.out).resolve()
    out.mkdir(parents=True, exist_ok=True)
    from missive_desktop.app import gallery_spaces
    from missive_desktop.app.main import run_session

    if os.environ.get(TEAM):
        with tempfile.TemporaryDirectory(prefix="missive-gallery-") as folder:
            return gallery_spaces.run(Profile(Path(folder)), out, twice=bool(os.environ.get(TWICE)))
    with tempfile.TemporaryDirectory(prefix="missive-gallery-") as folder:
        code = run_session(Profile(Path(folder)), os.urandom(32), lambda desk: paint(desk, out))
    if code or os.environ.get(TWICE):
        return code
    arguments = [sys.executable, "-P", "-m", "missive_desktop", "gallery", "--out", str(out)]
    double = {TWICE: "1", "QT_SCALE_FACTOR": "2"}
    runs = (double, {TEAM: "1"}, {TEAM: "1"} | double)
    return max(
        subprocess.run(arguments, env=os.environ | more, check=False).returncode for more in runs
    )


async def paint(desk: Desk, out: Path) -> int:
    """Paint all pictures; at 200 % only the main window."""
    from missive_desktop.app import gallery_privacy
    from missive_desktop.app.views.shot import wait_until_painted

    twice = bool(os.environ.get(TWICE))
    theme = desk.theme
    failed: list[str] = []

    for scheme in ("light", "dark"):
        theme.choose("dark" if scheme == "dark" else "light")
        desk.window.resize(*SIZE)

        async def shot(name: str, shown: QWidget = desk.window, scheme: str = scheme) -> None:
            await asyncio.sleep(0.05)
            suffix = "@2x" if twice else ""
            if not shown.grab().save(str(out / f"{name}-{scheme}{suffix}.png")):
                failed.append(name)

        if scheme == "light":
            await shot("first-run")
            await _accounts(desk, shot, first=True)
            await desk.accounts.import_sample()
            desk.window.show_desk()
            desk.reload()
        await wait_until_painted(desk)
        await shot("main")
        if not twice:
            for states in (_mails, _writing, _list, _search, _sync, _sizes, _links, _overlays):
                await states(desk, shot)
            await gallery_privacy.paint(desk, shot)
            if scheme == "dark":
                await _accounts(desk, shot, first=False)
                desk.window.show_desk()
    return 1 if failed else 0


async def _accounts(desk: Desk, shot: Shot, *, first: bool) -> None:
    """The screen that asks for an account, from the address to what goes wrong."""
    from missive_desktop.app.presenters.add_account import Stage, State
    from missive_desktop.domain.account import AccountSettings, Endpoint, Security

    settings = AccountSettings(
        "ana@halden.example",
        Endpoint("imap.halden.example", 993, Security.TLS),
        Endpoint("smtp.halden.example", 465, Security.TLS),
        "ana@halden.example",
    )
    screen = desk.accounts.ask(first=first)
    screen.show_address(settings.address)
    found = State(Stage.FOUND, settings, "published by halden.example")
    wrong = State(
        Stage.FOUND,
        settings,
        "published by halden.example",
        error="The server does not accept this password.",
        advice="Check it, or make an app password in the settings of your provider.",
        password_wrong=True,
    )
    for name, state in {
        "account-looking": State(Stage.LOOKING),
        "account-found": found,
        "account-settings": State(Stage.MANUAL, settings),
        "account-signing-in": State(Stage.SIGNING_IN, settings, found.source),
        "account-refused": wrong,
    }.items():
        screen.show_state(state)
        await shot(name)


async def _mails(desk: Desk, shot: Shot) -> None:
    """The first mails of the list, each open."""
    from missive_desktop.app.views.shot import wait_until_painted

    for number in range(2, 9):
        desk.list.step(1)
        await wait_until_painted(desk, first=False)
        await shot(f"mail-{number}")
    desk.list.step(-99)


async def _writing(desk: Desk, shot: Shot) -> None:
    """An answer under its conversation, and what is said before a doubtful mail goes out."""
    from missive_desktop.app.presenters.composer import Sender
    from missive_desktop.app.presenters.writing import Doubt
    from missive_desktop.app.views.composer import Composer
    from missive_desktop.domain.draft import Draft
    from missive_desktop.domain.message import Address

    ana = Address("Ana Ribeiro", "ana@halden.example")
    claire = Address("Claire Fontaine", "commandes@atelier-velo.example")
    text = "Bonjour Claire,\n\nyou counted right: the last two are on their way.\n\nAna Ribeiro"
    draft = Draft(1, "reply", sender=ana, to=(claire,), subject="Re: Order 48213", text=text)
    composer = Composer(desk.theme, lambda _: [])
    composer.show_draft(draft, text, "> We counted again: six batteries.", [Sender(1, ana, "")])
    desk.pane.put_composer(composer)
    await asyncio.sleep(0.5)
    await shot("composer")
    composer.show_doubts([Doubt.NO_ATTACHMENT])
    await shot("composer-doubt")
    desk.pane.put_composer(None)
    composer.deleteLater()
    await asyncio.sleep(0.8)


async def _list(desk: Desk, shot: Shot) -> None:
    from missive_desktop.app.presenters import place as places
    from missive_desktop.app.presenters.place import Filter
    from missive_desktop.app.views.shot import wait_until_painted

    desk.list.step(1)
    desk.list.toggle_mark()
    desk.list.step(1)
    desk.list.toggle_mark()
    await wait_until_painted(desk, first=False)
    await shot("selected")
    desk.list.clear_marks()
    desk.list.set_compact(True)
    await shot("compact")
    desk.list.set_compact(False)
    for place in places.UNIFIED[1:]:
        desk.open_place(place)
        await shot(f"place-{place.title.lower()}")
    desk.open_place(places.INBOX)
    desk.show_place(places.INBOX, Filter.ALL, [])
    await shot("empty")
    desk.reload()


async def _search(desk: Desk, shot: Shot) -> None:
    from missive_desktop.app.views.shot import wait_until_painted

    field = desk.window.search
    field.open()
    await shot("search-open")
    for name, text in (
        ("search", "batteries"),
        ("search-mistake", "battery before:soon"),
        ("search-nothing", "zeppelin"),
    ):
        field.set_text(text)
        await asyncio.sleep(0.4)
        await shot(name)
        if name == "search":
            desk.list.step(0)
            await wait_until_painted(desk, first=False)
            await shot("search-mail")
    field.close_search()
    await asyncio.sleep(0.1)


async def _sync(desk: Desk, shot: Shot) -> None:
    from missive_desktop.app.presenters.sync_state import AccountSync, FolderState, summarize
    from missive_desktop.domain.account import AccountState

    folders = (FolderState("INBOX", 640, 9_500, ""), FolderState("Archive", 600, 10_500, ""))
    whole = (FolderState("INBOX", 9_500, 9_500, ""),)
    offline = "There is no connection to imap.halden.example."
    popup, side = desk.window.sync_popup, desk.window.sidebar
    for name, state, error, shown in (
        ("sync-done", AccountState.READY, "", whole),
        ("sync-running", AccountState.SYNCING, "", folders),
        ("sync-offline", AccountState.OFFLINE, offline, whole),
        ("sync-sign-in", AccountState.REFUSED, "The server does not accept this password.", whole),
    ):  # fmt: skip
        desk.show_sync(summarize([AccountSync(1, "ana@halden.example", state, error, shown)]))
        popup.open_above(side.sync_line)
        await shot(name)
        popup.close_popup()
    desk.show_sync(summarize([], stopped=True))
    await shot("sync-stopped")
    desk.reload()


async def _sizes(desk: Desk, shot: Shot) -> None:
    from PySide6.QtCore import Qt
    from PySide6.QtWidgets import QApplication

    from missive_desktop.app.views.shot import wait_until_painted

    desk.window.resize(1000, 700)
    desk.list.set_compact(True)
    await wait_until_painted(desk)
    await shot("narrow")
    desk.list.set_compact(False)
    desk.window.resize(600, 800)
    desk.window.show_list()
    await shot("stack-list")
    desk.window.show_conversation()
    await asyncio.sleep(0.4)
    await shot("stack-conversation")
    desk.window.show_list()
    desk.window.resize(*SIZE)
    QApplication.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    desk.theme.choose(desk.theme.choice)  # the page of mails takes the direction from the theme
    await asyncio.sleep(0.8)
    await shot("right-to-left")
    QApplication.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
    desk.theme.choose(desk.theme.choice)


async def _links(desk: Desk, shot: Shot) -> None:
    """What is said of a link, and what is asked before a doubtful one is opened."""
    from missive_desktop.app.presenters.opening import LinkBook
    from missive_desktop.app.presenters.shown import Page
    from missive_desktop.app.views.link_dialog import LinkDialog
    from missive_desktop.content.links import LinkNote

    text = "https://www.bank-halden.example/login"
    book = LinkBook()
    book.turn_to(Page("", "", (LinkNote("https://konto-pruefung.example/x?id=991", text),)))
    doubtful = book.look("https://konto-pruefung.example/x?id=991")
    plain = book.look("https://www.velowire.example/a?utm_source=mail&utm_medium=mail&id=3")
    for name, seen in {"link": plain, "link-doubtful": doubtful}.items():
        desk.pane.strip.show_link(seen)
        await shot(name)
    desk.pane.strip.hide()
    dialog = LinkDialog(desk.theme, doubtful, desk.pane)
    dialog.open()
    await shot("link-question", dialog)
    dialog.close()


async def _overlays(desk: Desk, shot: Shot) -> None:
    window = desk.window
    window.key_sheet.open()
    await shot("keys")
    window.key_sheet.close_sheet()
    window.undo_bar.show_act("3 archived", lambda: None)
    await shot("undo")
    window.undo_bar.show_act(
        "There is no connection to imap.halden.example. What you did is kept and done there later.",
        None,
    )
    await shot("trouble")
    window.undo_bar.show_countdown("Sends to Mateus in %1 s", lambda: None, 10_000)
    await shot("undo-send")
    window.undo_bar.dismiss()
