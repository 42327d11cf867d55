"""Draws templates of newsletters before and after us, for `templates`. A program.

Arguments: a JSON file of [{"name", "html"}], a folder for the pictures, a width. Before: the
template as it stands in a bare view without scripts; after: the same bytes as a mail, through the
sanitizer and the page, in the product's view, cut to the mail's own box. Pictures that a template
loads are made here, the same for both.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import sys
import time
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QRect, Qt, qInstallMessageHandler
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWebEngineCore import (
    QWebEnginePage,
    QWebEngineProfile,
    QWebEngineScript,
    QWebEngineSettings,
    QWebEngineUrlRequestJob,
    QWebEngineUrlSchemeHandler,
)
from PySide6.QtWebEngineWidgets import QWebEngineView
from PySide6.QtWidgets import QApplication

from missive_desktop.app.presenters.allowing import RemoteImages
from missive_desktop.app.presenters.preparing import prepare
from missive_desktop.app.theme import Theme
from missive_desktop.app.web import flags
from missive_desktop.app.web.handler import page_url
from missive_desktop.app.web.sandbox import Sandbox

TALLEST = 6000
PATIENCE = 60.0  # seconds; a busy machine draws late
_WORLD = QWebEngineScript.ScriptWorldId.ApplicationWorld.value
_HOST = "https://templates.example/"
_ADDRESS = re.compile(
    r"""(=["']?|url\((?:["']|&quot;|&#39;)?)(https?://(?:(?!&quot;|&#39;)[^\s"'<>()])+)"""
)
_RELATIVE = re.compile(r"""(\s(?:src|background)=["']?|url\(\s*["']?)(?!https?:|data:|#|cid:|\{)""")
_UNFILLED = re.compile(r"""(\shref=["']?)\{\{[^}]*\}\}""")  # by whoever sends the newsletter
_REMOTE = re.compile(r"/remote/1/(\d+)")
_BOX = "[...document.querySelectorAll('.body')].map((b) => b.getBoundingClientRect())[0]"
_FRAMES = "requestAnimationFrame(() => requestAnimationFrame(() => { document.title = %s; }))"


def picture(address: str) -> bytes:
    """Return a PNG that is known again: two colours and a line that depend on the address."""
    seed = hashlib.sha256(address.encode()).digest()
    image = QImage(480, 240, QImage.Format.Format_RGB32)
    image.fill(QColor(*seed[:3]))
    painter = QPainter(image)
    painter.fillRect(QRect(40, 40, 200, 160), QColor(*seed[3:6]))
    painter.setPen(QColor(Qt.GlobalColor.black))
    painter.drawLine(0, 0, 480, 240)
    painter.end()
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")
    return bytes(data.data())


class Pictures:
    """The pictures of one template by number, the same for both views."""

    def __init__(self) -> None:
        self._addresses: dict[str, int] = {}

    def number(self, address: str) -> int:
        return self._addresses.setdefault(address.replace("&amp;", "&"), len(self._addresses) + 1)

    def data(self, number: int) -> bytes:
        return next((picture(a) for a, known in self._addresses.items() if known == number), b"")

    def future(self, _message: int, number: int) -> Future[bytes]:
        found: Future[bytes] = Future()
        found.set_result(self.data(number))
        return found


class _Source(QWebEngineUrlSchemeHandler):
    """Gives the bare view its page and pictures."""

    def __init__(self, pictures: Pictures) -> None:
        super().__init__()
        self._pictures = pictures
        self.page = b""

    def requestStarted(self, job: QWebEngineUrlRequestJob) -> None:
        path = job.requestUrl().path()
        data, kind = self.page, b"text/html; charset=utf-8"
        if asked := _REMOTE.match(path):
            data, kind = self._pictures.data(int(asked[1])), b"image/png"
        buffer = QBuffer(job)
        buffer.setData(QByteArray(data))
        buffer.open(QIODevice.OpenModeFlag.ReadOnly)
        job.reply(QByteArray(kind), buffer)


class Drawn:
    """Both views, drawing one template after the other."""

    def __init__(self, application: QApplication, width: int) -> None:
        self._application = application
        self._width = width
        self.pictures = Pictures()
        self._theme = Theme(application, "light")
        self._sandbox = Sandbox(self.pictures.future, self.pictures.future)
        self._ours = self._sandbox.page()
        self._profile = QWebEngineProfile()
        self._source = _Source(self.pictures)
        self._profile.installUrlSchemeHandler(flags.SCHEME.encode(), self._source)
        self._bare = QWebEnginePage(self._profile)
        script = QWebEngineSettings.WebAttribute.JavascriptEnabled
        self._bare.settings().setAttribute(script, False)
        bars = QWebEngineSettings.WebAttribute.ShowScrollBars
        self._bare.settings().setAttribute(bars, False)
        self._views = [self._shown(self._bare), self._shown(self._ours)]

    def _shown(self, page: QWebEnginePage) -> QWebEngineView:
        view = QWebEngineView()
        view.setPage(page)
        view.show()
        return view

    def draw(self, name: str, html: str, folder: Path) -> None:
        """Write NAME-before.png and NAME-after.png."""
        html = _RELATIVE.sub(rf"\g<1>{_HOST}", html)
        html = _UNFILLED.sub(rf"\g<1>{_HOST}", html)
        values = self._theme.css_variables()

        def load(shown: object) -> RemoteImages:
            urls = getattr(shown, "remote", ())
            return RemoteImages(loaded={url: self.pictures.number(url) for url in urls})

        head = b"From: a@b.example\r\nSubject: x\r\nContent-Type: text/html; charset=utf-8\r\n\r\n"
        prepared = prepare(head + html.encode(), values, False, load)
        token = hashlib.sha256(name.encode()).hexdigest()[:12]
        self._sandbox.handler.put(token, prepared.page)
        view = self._views[1]
        view.resize(self._width, 900)
        self._load(self._ours, page_url(token))
        left, top, width = self._ask(
            self._ours, f"(() => {{ const b = {_BOX}; return [b.x, b.y, b.width]; }})()"
        )
        height = min(TALLEST, round(self._height(self._ours)))
        after = self._grab(view, self._ours, self._width, height)
        bottom = self._ask(self._ours, f"(() => {{ const b = {_BOX}; return b.y + b.height; }})()")
        rect = QRect(round(left), round(top), round(width), round(bottom - top))
        after.copy(rect).save(str(folder / f"{name}-after.png"))
        mapped = _ADDRESS.sub(self._mapped, html)
        ground = (
            "<style>html{font:14px/normal Inter,sans-serif;color:#23231F;background:#fff}"
            "body{margin:0}</style>"
        )
        start = mapped.lower().find("<head")
        at = mapped.find(">", start) + 1 if start >= 0 else 0
        self._source.page = (mapped[:at] + ground + mapped[at:]).encode()
        self._views[0].resize(round(width), 900)
        self._load(self._bare, f"{flags.SCHEME}://{flags.HOST}/before/{token}")
        tall = min(TALLEST, round(self._height(self._bare)))
        before = self._grab(self._views[0], self._bare, round(width), max(1, tall))
        before.save(str(folder / f"{name}-before.png"))

    def _mapped(self, found: re.Match[str]) -> str:
        number = self.pictures.number(found[2])
        return f"{found[1]}{flags.SCHEME}://{flags.HOST}/remote/1/{number}"

    def _load(self, page: QWebEnginePage, url: str) -> None:
        page.load(url)
        there = f"location.href === {json.dumps(url)} && document.readyState === 'complete'"
        self._until(lambda: self._ask(page, there) is True)

    def _grab(self, view: QWebEngineView, page: QWebEnginePage, width: int, height: int) -> QImage:
        view.resize(width, height)
        self._until(lambda: self._ask(page, "[innerWidth, innerHeight]") == [width, height])
        word = f"drawn {time.monotonic()}"
        page.runJavaScript(_FRAMES % json.dumps(word), _WORLD)
        self._wait(lambda: page.title() == word)
        image, same = view.grab().toImage(), 0
        end = time.monotonic() + PATIENCE
        while same < 3 and time.monotonic() < end:  # until nothing changes any more
            self._wait(lambda: False, 0.2)
            last, image = image, view.grab().toImage()
            same = same + 1 if image == last else 0
        return image

    def _height(self, page: QWebEnginePage) -> float:
        code = "Math.max(document.body.scrollHeight, document.body.getBoundingClientRect().bottom)"
        found = self._ask(page, code)
        return float(str(found))

    def _ask(self, page: QWebEnginePage, code: str):
        answers: list[str] = []
        page.runJavaScript(f"JSON.stringify({code})", _WORLD, answers.append)
        self._wait(lambda: answers)
        return json.loads(answers[0]) if answers and answers[0] else None

    def _until(self, true: Callable[[], bool]) -> None:
        end = time.monotonic() + PATIENCE
        while not true():
            self._wait(lambda: False, 0.02)
            if time.monotonic() > end:
                print("not in time", file=sys.stderr)
                return

    def _wait(self, done: Callable[[], object], seconds: float = PATIENCE) -> None:
        end = time.monotonic() + seconds
        while not done() and time.monotonic() < end:
            self._application.processEvents()
            time.sleep(0.002)


def main(source: str, out: str, width: str) -> None:
    qInstallMessageHandler(lambda *_: None)
    flags.prepare()
    application = QApplication(["pictured"])
    drawn = Drawn(application, int(width))
    for one in json.loads(Path(source).read_text(encoding="utf-8")):
        drawn.draw(one["name"], one["html"], Path(out))
    sys.stdout.flush()
    os._exit(0)  # profiles and pages end in no order that Qt likes


if __name__ == "__main__":
    main(*sys.argv[1:])
