"""Opens documents in a web view, in a network where everything is heard. A program.

Arguments: "ours" (the product's flags and sandbox) or "bare" (a view as Qt makes it, scripts on),
and a file of documents: JSON, each {"id", "kind", "html", "words"}. A "mail" takes the product's
whole way from bytes to page; a "page" is opened as it stands; "cleaned" is what the sanitizer
left, without frame and policy; "later" is put, as it stands, where a folded mail opens. `words`
must be visible.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any

from PySide6.QtCore import QUrl, qInstallMessageHandler
from PySide6.QtWebEngineCore import QWebEngineScript
from PySide6.QtWebEngineWidgets import QWebEngineView
from PySide6.QtWidgets import QApplication
from tests.privacy import namespace
from tests.privacy.canary import DOMAIN, PAGES, Canary

from missive_desktop.app.presenters.preparing import prepare
from missive_desktop.app.theme import Theme
from missive_desktop.app.web import flags
from missive_desktop.app.web.filling import fill
from missive_desktop.app.web.handler import page_url
from missive_desktop.app.web.sandbox import Sandbox
from missive_desktop.content.page import LATER

_FOLDED = (
    "<!doctype html><meta charset=utf-8><body><article id=m1><details class=mail open>"
    f"<summary>x</summary>{LATER}</details></article>"
)
PATIENCE = 60.0  # seconds for one document
LINGER = 2.0  # after the last: what is asked for late


class Views:
    """A view that opens one document after the other."""

    def __init__(self, canary: Canary) -> None:
        self.canary = canary
        self.application = QApplication(["opened"])
        self.theme = Theme(self.application, "light")
        self.view = QWebEngineView()
        self.view.resize(800, 900)

    def body(self, case: dict[str, str]) -> str:
        """Return the document that a case is opened as."""
        if case["kind"] == "later":
            return _FOLDED
        if case["kind"] == "page":
            return case["html"]
        raw = b"Subject: x\r\nContent-Type: text/html; charset=utf-8\r\n\r\n"
        prepared = prepare(raw + case["html"].encode(), self.theme.css_variables(), False)
        if case["kind"] == "cleaned":
            return f"<!doctype html><meta charset=utf-8><body>{prepared.html}</body>"
        return prepared.page

    def wait(self, done: Callable[[], object], seconds: float = PATIENCE) -> bool:
        end = time.monotonic() + seconds
        while not done() and time.monotonic() < end:
            self.application.processEvents()
            time.sleep(0.002)
        return bool(done())

    def rest(self, seconds: float) -> None:
        self.wait(lambda: False, seconds)


class Ours(Views):
    """The product's own sandbox."""

    def __init__(self, canary: Canary) -> None:
        super().__init__(canary)
        self.sandbox = Sandbox(lambda _message, _part: Future(), lambda _message, _image: Future())
        self.page = self.sandbox.page()
        self.painted: list[str] = []
        self.page.painted.connect(self.painted.append)
        self.view.setPage(self.page)
        self.view.show()

    def open(self, number: int, case: dict[str, str]) -> str:
        token = f"t{number}"
        self.sandbox.handler.put(token, self.body(case))
        self.page.show_page(page_url(token))
        self.wait(lambda: token in self.painted)
        if case["kind"] == "later":
            filled: list[bool] = []
            fill(self.page, token, ((1, case["html"]),), lambda: filled.append(True))
            self.wait(lambda: filled)
            self.rest(0.03)
        texts: list[str] = []
        self.page.visible_text(texts.append)
        self.wait(lambda: texts)
        return texts[0] if texts else ""

    def close(self) -> None:
        self.view.close()
        self.sandbox.close()


class Bare(Views):
    """What a program has that takes no care."""

    def __init__(self, canary: Canary) -> None:
        super().__init__(canary)
        self.loaded: list[bool] = []
        self.view.loadFinished.connect(self.loaded.append)
        self.view.show()

    def open(self, number: int, case: dict[str, str]) -> str:
        path = f"/{number}"
        self.canary.pages[path] = self.body(case).encode()
        self.loaded.clear()
        self.view.load(QUrl(f"http://{PAGES}.{DOMAIN}{path}"))
        self.wait(lambda: self.loaded, 3.0)
        self.rest(0.05)
        texts: list[Any] = []
        world = QWebEngineScript.ScriptWorldId.ApplicationWorld.value
        self.view.page().runJavaScript("document.body.innerText", world, texts.append)
        self.wait(lambda: texts, 3.0)
        return str(texts[0]) if texts else ""

    def close(self) -> None:
        self.view.close()


def main(kind: str, source: str) -> None:
    namespace.open_up()
    canary = Canary()
    qInstallMessageHandler(lambda *_: None)
    if kind == "ours":
        flags.prepare()
    else:
        os.environ["QTWEBENGINE_CHROMIUM_FLAGS"] = "--disable-gpu"
        os.environ["QTWEBENGINE_DISABLE_SANDBOX"] = "1"
    views: Ours | Bare = Ours(canary) if kind == "ours" else Bare(canary)
    hidden = []
    for number, case in enumerate(json.loads(Path(source).read_text(encoding="utf-8"))):
        text = " ".join(views.open(number, case).split())
        if not all(word in text for word in case["words"].split()):
            hidden.append(case["id"])
    views.rest(LINGER)
    heard = {word: sorted(signs) for word, signs in canary.heard.items()}
    print(json.dumps({"heard": heard, "other": sorted(canary.other), "hidden": hidden}))
    views.close()
    canary.close()
    sys.stdout.flush()
    os._exit(0)  # the threads that listen hold nothing that must be kept


if __name__ == "__main__":
    main(*sys.argv[1:])
