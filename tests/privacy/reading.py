"""Reads mail in the real window as a person would, in a network where everything is heard. A
program: the whole of the product runs in it, engine process and store among it.

Argument: a folder for pictures of the window, or nothing. Prints what was seen and heard.
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
import sys
import tempfile
import time
from collections.abc import Callable
from email.utils import formatdate
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any

from tests.privacy import namespace
from tests.privacy.canary import DOMAIN, Canary, label
from tests.servers.pictures import answer, png, redirect

from missive_desktop.app.main import run_session
from missive_desktop.engine.protocol import Import, SetSetting
from missive_desktop.profile import Profile

if TYPE_CHECKING:
    from missive_desktop.app.views.context_panel import ContextPanel
    from missive_desktop.app.views.desk import Desk

PATIENCE = 60.0
GOOD, PIXEL, LEADS_ON, TARGET, SLOW, GONE, TO_TRACKER, LATER = range(8)
TRACKER = "http://u1.ct.sendgrid.net/wf/open?upn=kingfisher-0123456789abcdef"
WORDS = "harmless kingfisher"
# Where the first thing is that a selector finds, in the page or in a mail's own root.
_WHERE = """(() => {
  const roots = [document, ...[...document.querySelectorAll('.body')].map((b) => b.shadowRoot)];
  const found = roots.map((root) => root.querySelector(%s)).find((one) => one);
  if (!found) return "";
  const box = found.getBoundingClientRect();
  return JSON.stringify([box.x + box.width / 2, box.y + box.height / 2]);
})()"""
_IMAGES = """JSON.stringify([...document.querySelectorAll('.body')].flatMap((body) =>
  [...body.shadowRoot.querySelectorAll('img')].map((one) => one.naturalWidth).filter((w) => w)))"""
# Nothing of a page that says that they are loaded is still on its way to the view.
_DRAWN = """JSON.stringify([...document.querySelectorAll('.body')].every((body) =>
  [...body.shadowRoot.querySelectorAll('img')].every((one) => one.complete)))"""

_FIND_LINE = """[...document.querySelectorAll('.body')].map((body) =>
  [...body.shadowRoot.querySelectorAll('p')].find((p) => p.textContent == 'line 30'))[0]"""
_SCROLL = f"JSON.stringify({_FIND_LINE}.scrollIntoView() || 1)"
_LINE = f"JSON.stringify({_FIND_LINE}.getBoundingClientRect().top)"


def url(number: int) -> str:
    return f"http://{label(number)}.{DOMAIN}/{number}.png"


def mail(subject: str, sender: str, body: str) -> bytes:
    return (
        f"From: {sender}\r\nTo: me@example.org\r\nSubject: {subject}\r\n"
        f"Message-ID: <{subject.replace(' ', '-')}@shop.example.org>\r\n"
        f"Date: {formatdate(time.time() - 60)}\r\nContent-Type: text/html; charset=utf-8\r\n\r\n"
        f"<p>{WORDS}, {subject}</p>{body}\r\n"
    ).encode()


def image(number: int) -> str:
    return f'<p><img src="{url(number)}" alt="picture {number}"></p>'


class Reader:
    """A person before the window."""

    def __init__(self, desk: Desk, canary: Canary, folder: Path, pictures: Path | None) -> None:
        self.desk, self.canary, self.folder, self.pictures = desk, canary, folder, pictures
        self.seen: dict[str, Any] = {}
        self._count = 0

    async def until(self, done: Callable[[], object], what: str) -> None:
        end = time.monotonic() + PATIENCE
        while not done():
            if time.monotonic() > end:
                await self.picture("stuck")
                raise TimeoutError(what)
            await asyncio.sleep(0.05)

    async def asked(self, code: str) -> Any:
        """Return what code of ours says of the page."""
        said: asyncio.Future[object] = asyncio.get_running_loop().create_future()
        self.desk.pane.stack.page.own_code(code, said.set_result)
        found = await asyncio.wait_for(said, PATIENCE)
        return json.loads(str(found)) if found else None

    async def text(self) -> str:
        said: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self.desk.pane.stack.page.visible_text(said.set_result)
        return " ".join((await asyncio.wait_for(said, PATIENCE)).split())

    async def until_text(self, words: str) -> str:
        end = time.monotonic() + PATIENCE
        while words not in (text := await self.text()):
            if time.monotonic() > end:
                await self.picture("stuck")
                raise TimeoutError(f"{words!r} is not in {text!r}")
            await asyncio.sleep(0.05)
        return text

    async def take_in(self, name: str, raw: bytes) -> None:
        path = self.folder / f"{name}.eml"
        path.write_bytes(raw)
        await self.desk._link.call(Import(paths=(str(path),), account=1, folder="INBOX"))

    async def open(self, subject: str) -> None:
        """Open a mail as from the list."""
        sql = "SELECT conversation_id FROM messages WHERE subject = ?"
        ((conversation,),) = self.desk._conn.execute(sql, (subject,)).fetchall()
        await self.until(lambda: conversation in self.desk.list.model().ids, "a row")
        self.desk.open_conversation(conversation)
        await self.until_text(f"{WORDS}, {subject}")

    async def click(self, selector: str) -> None:
        """Click with the mouse on what a selector finds."""
        from PySide6.QtCore import QPoint, Qt
        from PySide6.QtTest import QTest

        where = await self.asked(_WHERE % json.dumps(selector))
        assert where, selector
        view = self.desk.pane.stack._front.view
        at = QPoint(round(where[0] * view.zoomFactor()), round(where[1] * view.zoomFactor()))
        QTest.mouseClick(view.focusProxy(), Qt.MouseButton.LeftButton, pos=at)

    async def picture(self, name: str) -> None:
        if self.pictures is not None:
            await asyncio.sleep(0.6)
            self._count += 1
            path = self.pictures / f"{self._count:02}-{name}.png"
            self.desk.window.grab().save(str(path))

    def heard(self) -> dict[str, list[str]]:
        """Return who was heard since this was last asked."""
        found = {word: sorted(signs) for word, signs in self.canary.heard.items()}
        found["other"] = sorted(self.canary.other)
        self.canary.heard.clear()
        self.canary.other.clear()
        return found

    async def keep(self, step: str) -> None:
        """Remember how the open mail looks after a step, and what was heard."""
        await self.picture(step)
        end = time.monotonic() + PATIENCE
        while not await self.asked(_DRAWN):
            if time.monotonic() > end:
                raise TimeoutError(f"images are not drawn: {step}")
            await asyncio.sleep(0.05)
        images = await self.asked(_IMAGES)
        self.seen[step] = {"text": await self.text(), "images": images, "heard": self.heard()}


async def read(reader: Reader) -> None:
    """Open, show once, show always, and what fails, leads elsewhere or takes its time."""
    desk, go_on = reader.desk, Event()
    canary = reader.canary

    def slow(connection: socket.socket) -> None:
        go_on.wait(PATIENCE)
        connection.sendall(answer(png(90, 40), Content_Type="image/png"))

    canary.answers = {
        label(GOOD): answer(png(300, 80), Content_Type="image/png"),
        label(LATER): answer(png(200, 80, fill=120), Content_Type="image/png"),
        label(TARGET): answer(png(120, 60, fill=60), Content_Type="image/png"),
        label(LEADS_ON): redirect(url(TARGET)),
        label(TO_TRACKER): redirect(TRACKER),
        label(GONE): answer(b"nothing", "404 Not Found"),
        label(SLOW): slow,
    }
    await desk._link.call(SetSetting(name="verify_signatures", value=False))
    pixel = f'<img src="{url(PIXEL)}" width="1" height="1"><img src="{TRACKER}">'
    shop = "Shop <news@shop.example.org>"
    await desk.accounts.import_sample()
    desk.window.show_desk()
    desk.reload()
    await reader.take_in("first", mail("One picture", shop, image(GOOD) + pixel))
    await reader.open("One picture")
    await reader.keep("opened")
    await reader.click('a[href*="scope=once"]')
    await reader.until_text("loaded for you")
    await reader.keep("once")

    await reader.take_in("second", mail("Another picture", shop, image(TARGET)))
    await reader.open("Another picture")
    await reader.click('a[href*="scope=sender"]')
    await reader.until_text("loaded for you")
    await reader.keep("always")
    await reader.take_in("third", mail("Fetched ahead", shop, image(LATER)))
    await reader.until(lambda: "http" in canary.heard[label(LATER)], "images fetched ahead")
    await asyncio.sleep(0.5)
    reader.seen["ahead"] = {"heard": reader.heard()}
    await reader.open("Fetched ahead")
    await reader.keep("opened later")

    odd = "".join(image(one) for one in (GONE, LEADS_ON, TO_TRACKER, SLOW))
    await reader.take_in("fourth", mail("Trouble", "Eve <eve@other.example.net>", odd))
    await reader.open("Trouble")
    await reader.click('a[href*="scope=once"]')
    await reader.until_text("Loading images")
    await reader.keep("loading")
    go_on.set()
    await reader.until_text("loaded for you")
    await reader.keep("trouble")
    await reader.click(".more > summary")
    await reader.click('a[href*="scope=never"]')
    await reader.until_text("You never load images of this sender")
    panel = desk.mail.context.panel
    await reader.until(lambda: "Never load" in words_of(panel), "the panel to say it too")
    await keep_place(reader)


def words_of(panel: ContextPanel) -> list[str]:
    from PySide6.QtWidgets import QAbstractButton

    return [button.text() for button in panel.findChildren(QAbstractButton)]


async def keep_place(reader: Reader) -> None:
    """Scroll into a mail whose images come above what is read."""
    lines = "".join(f'<p id="line{number}">line {number}</p>' for number in range(60))
    body = image(GOOD) + image(TARGET) + lines
    await reader.take_in("long", mail("Long", "Lea <lea@long.example.net>", body))
    await reader.open("Long")
    await reader.asked(_SCROLL)
    await asyncio.sleep(0.3)
    before = await reader.asked(_LINE)
    reader.desk.mail.reading.presenter.show_images()
    await reader.until_text("2 images loaded")
    await asyncio.sleep(0.5)
    reader.seen["kept place"] = [before, await reader.asked(_LINE)]
    await reader.picture("kept place")


async def session(desk: Desk, canary: Canary, folder: Path, pictures: Path | None) -> int:
    desk.window.resize(1440, 900)
    reader = Reader(desk, canary, folder, pictures)
    await read(reader)
    print(json.dumps(reader.seen))
    return 0


def main(pictures: str = "") -> None:
    namespace.open_up()
    canary = Canary()
    shown = Path(pictures) if pictures else None
    with tempfile.TemporaryDirectory(prefix="missive-reading-") as folder:
        profile = Profile(Path(folder) / "profile")
        code = run_session(
            profile, os.urandom(32), lambda desk: session(desk, canary, Path(folder), shown)
        )
    sys.stdout.flush()
    os._exit(code)  # the threads that listen hold nothing that must be kept


if __name__ == "__main__":
    main(*sys.argv[1:])
