"""The window's link to a real engine: while it is there, somebody watches."""

import asyncio
import time
from contextlib import closing

from missive_desktop.app.presenters.link import EngineLink
from missive_desktop.content.sanitize import VERSION
from missive_desktop.engine.protocol import Import, LoadDemo
from missive_desktop.profile import Profile
from missive_desktop.store import rendered
from missive_desktop.store.database import create_or_open, open_reader

KEY = bytes(range(32))
PATIENCE = 60


def test_mail_is_made_ready_while_a_window_is_open_and_again_after_a_crash(tmp_path):
    profile = Profile(tmp_path / "profile").create()
    store = create_or_open(profile, KEY)

    async def ready(link, name):
        path = tmp_path / f"{name}.eml"
        path.write_bytes(f"From: a@b.example\r\nSubject: {name}\r\n\r\nwords\r\n".encode())
        await link.call(Import(paths=(str(path),), account=1, folder="INBOX"))
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            with closing(open_reader(store)) as conn:
                found = conn.execute("SELECT id FROM messages WHERE subject = ?", (name,))
                if rendered.version(conn, found.fetchone()[0]) == VERSION:
                    return
            await asyncio.sleep(0.1)
        raise AssertionError(f"{name} was not made ready")

    async def window():
        link = EngineLink(profile, KEY)
        await link.start()
        await link.call(LoadDemo(now=int(time.time())))
        await ready(link, "first")
        link.restart()
        await asyncio.sleep(0.2)
        await ready(link, "second")
        await link.close()

    asyncio.run(window())
