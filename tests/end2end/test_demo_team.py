"""The demo with its team: who uses the window is in it soon, is answered, and leaves nothing."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest

from missive_desktop.app.presenters.link import EngineLink
from missive_desktop.demo.board import CHIARA, PEOPLE
from missive_desktop.demo.companion import Companion
from missive_desktop.demo.guest import Guest
from missive_desktop.domain.draft import Draft
from missive_desktop.domain.message import Address
from missive_desktop.domain.spaces import Place
from missive_desktop.engine.protocol import SaveDraft, SendDraft
from missive_desktop.engine.space_requests import Comment
from missive_desktop.engine.team_sync_requests import WhoIsThere
from missive_desktop.profile import Profile
from missive_desktop.store import team_views
from missive_desktop.store.database import create_or_open, open_reader
from missive_desktop.store.team_views import Timeline

ROOT = Path(__file__).parents[2]
PATIENCE = 90.0
T = TypeVar("T")


def living(folder: Path) -> list[str]:
    """Return the command lines of processes that were started in an environment of `folder`."""
    found = []
    for each in Path("/proc").glob("[0-9]*"):
        try:
            if f"TMPDIR={folder}".encode() in (each / "environ").read_bytes().split(b"\0"):
                found.append((each / "cmdline").read_bytes().replace(b"\0", b" ").decode())
        except OSError:
            continue
    return [line for line in found if line]


def until(holds: Callable[[], object]) -> None:
    end = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < end, "it did not come to be"
        time.sleep(0.05)


class Visit:
    """The window's engine and the companion, without the window."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "demo"
        profile, key = Profile(self.folder / "window").create(), os.urandom(32)
        self.conn = open_reader(create_or_open(profile, key))
        self.link = EngineLink(profile, key)
        self.companion = Companion.of(self.folder, profile.directory, int(time.time()), live=True)
        self.opened = 0
        self.moved = asyncio.Event()
        self.link.subscribe(lambda _: self.moved.set())

    def there(self, conversation: int) -> None:
        self.opened = conversation

    def timeline(self) -> Timeline:
        seen = team_views.timeline(self.conn, self.opened)
        assert seen is not None
        return seen

    def sent(self, space: str) -> int:
        """Return how many conversations stand in what a space has sent."""
        view = next(each for each in team_views.sidebar(self.conn) if each.space.name == space)
        return view.folders[Place.SENT].conversations

    async def until(self, found: Callable[[], T]) -> T:
        async with asyncio.timeout(PATIENCE):
            while not (result := found()):
                self.moved.clear()
                await self.moved.wait()
        return result

    async def seen(self) -> list[list[str]]:
        """Return who is where."""
        return (await self.link.call(WhoIsThere()))["seen"]

    async def end(self) -> None:
        await self.link.close()
        self.conn.close()
        await asyncio.to_thread(self.companion.close)


async def visit(folder: Path) -> None:
    at = Visit(folder)
    try:
        await at.link.start()
        at.companion.attend()
        async with asyncio.timeout(PATIENCE):
            assert await Guest(at.link, at.conn, at.there).settle(at.companion.news) == ""
        spaces = {view.space.name: view for view in team_views.sidebar(at.conn)}
        assert spaces.keys() == {"Support", "Orders"}
        assert spaces["Support"].waiting > 3
        assert spaces["Support"].folders[Place.CLOSED].conversations == 2
        seen = at.timeline()
        assert {each.name for each in seen.people.values()} == {p.name for p in PEOPLE.values()}
        assert len(seen.comments) == 2
        await at.link.call(Comment(conversation=at.opened, text="@Chiara Lombardi is it so?"))
        chiara = next(p.user for p in seen.people.values() if p.email == PEOPLE[CHIARA].email)
        place = [seen.scope, seen.conv, chiara]
        await at.until(lambda: [c for c in at.timeline().comments if c.author == chiara])
        before = at.sent("Support")
        to = (Address("Claire", "claire@atelier.example"),)
        draft = Draft(account=seen.account, to=to, subject="About it", text="Hello.")
        saved = await at.link.call(SaveDraft(draft=0, content=draft))
        await at.link.call(SendDraft(draft=saved["draft"], undo_seconds=0))
        await at.until(lambda: at.sent("Support") > before)
        async with asyncio.timeout(PATIENCE):  # she is told of every so often, and may be late
            at.moved.clear()
            while place not in [list(each[:3]) for each in await at.seen()]:
                await at.moved.wait()
                at.moved.clear()
    finally:
        await at.end()
    assert not at.folder.exists()


def test_a_team_is_there_and_answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    asyncio.run(visit(tmp_path))
    until(lambda: not living(tmp_path))


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_nothing_stays_of_a_window_that_is_killed(tmp_path: Path) -> None:
    environment = os.environ | {
        "PYTHONPATH": str(ROOT / "src"),
        "TMPDIR": str(tmp_path),
        "QT_QPA_PLATFORM": "offscreen",
        "MISSIVE_TIMING": "1",
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "missive_desktop", "--demo"],
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr
    marks = (line.split()[0] for line in process.stderr if line.strip())
    assert "team" in marks  # reads until it is said
    assert any("missive_server" in line for line in living(tmp_path))
    process.send_signal(signal.SIGKILL)
    process.wait()
    until(lambda: not living(tmp_path) and not list(tmp_path.glob("missive-demo-*")))
    process.stderr.close()
