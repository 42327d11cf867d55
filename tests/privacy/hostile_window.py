"""A window that shows a page full of ways out, as if nothing had cleaned it. Run by a test.

Everything in it would tell its sender that the mail was read. Arguments: the port of a listener
on this machine. Says "shown" when the page is painted, and ends after a while.
"""

import sys
import time
from concurrent.futures import Future
from pathlib import Path

from PySide6.QtWebEngineWidgets import QWebEngineView
from PySide6.QtWidgets import QApplication

from missive_desktop.app.web import flags
from missive_desktop.app.web.handler import page_url
from missive_desktop.app.web.sandbox import Sandbox

SECONDS = 4
TARGETS = (
    "http://127.0.0.1:{port}",
    "https://192.0.2.77",
    "//tracker.example",
    "http://[::1]:{port}",
)
WAYS = Path(__file__).with_name("hostile.html").read_text(encoding="utf-8")


def main(port: str) -> None:
    flags.prepare()
    application = QApplication(["hostile"])
    sandbox = Sandbox(lambda _message, _part: Future())
    view = QWebEngineView()
    page = sandbox.page()
    view.setPage(page)
    view.resize(800, 600)
    view.show()
    ways = [
        WAYS.format(t=target.format(port=port), n=number, port=port)
        for number, target in enumerate(TARGETS)
    ]
    sandbox.handler.put("hostile", "<!doctype html><html><body>" + "".join(ways))
    page.painted.connect(lambda _token: print("shown", flush=True))
    page.show_page(page_url("hostile"))
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        application.processEvents()
        time.sleep(0.005)
    view.close()
    sandbox.close()


main(sys.argv[1])
