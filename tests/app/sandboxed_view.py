"""Opens the product's view as whoever runs this, and says how its renderer is locked in. Linux."""

import os
import sys
import time
from concurrent.futures import Future
from pathlib import Path

os.environ["QT_QPA_PLATFORM"] = "offscreen"

from PySide6.QtWebEngineWidgets import QWebEngineView
from PySide6.QtWidgets import QApplication

from missive_desktop.app.web import flags
from missive_desktop.app.web.handler import page_url
from missive_desktop.app.web.sandbox import Sandbox


def main() -> None:
    assert os.geteuid() != 0
    flags.prepare()
    application = QApplication(["sandboxed"])
    sandbox = Sandbox(lambda _m, _p: Future(), lambda _m, _i: Future())
    view, page = QWebEngineView(), sandbox.page()
    view.setPage(page)
    view.show()
    painted: list[str] = []
    page.painted.connect(painted.append)
    sandbox.handler.put("t", "<!doctype html><p>hello</p>")
    page.show_page(page_url("t"))
    end = time.monotonic() + 60
    while not painted and time.monotonic() < end:
        application.processEvents()
        time.sleep(0.01)
    pid = page.renderProcessPid()
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    filtered = status.split("Seccomp:")[1].split()[0]
    process_ids = status.split("NSpid:")[1].splitlines()[0].split()  # one for each namespace
    locked = "own processes" if len(process_ids) > 1 else "the system's processes"
    print(f"seccomp {filtered}, {locked}", flush=True)
    view.close()
    sandbox.close()
    application.processEvents()


main()
sys.exit(0)
