"""Opens mails whose images are allowed, in a network where everything is heard. A program.

Argument: a file of documents as `opened` takes them. First the product fetches what it would show
of each, as its engine does, then each is opened in the real view. Prints who was heard when.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from concurrent.futures import Future
from pathlib import Path

from PySide6.QtCore import qInstallMessageHandler
from tests.privacy import namespace
from tests.privacy.canary import Canary
from tests.privacy.opened import LINGER, Ours, Views

from missive_desktop.app.presenters import allowing
from missive_desktop.app.presenters.preparing import Prepared, prepare
from missive_desktop.app.web import flags
from missive_desktop.app.web.sandbox import Sandbox
from missive_desktop.remote.fetch import Fetcher

_COUNT = """JSON.stringify([...document.querySelectorAll('.body')].flatMap((card) =>
    [...card.shadowRoot.querySelectorAll('img')].map((i) => i.naturalWidth)))"""


class Allowed(Ours):
    """The product's own sandbox, with the images that were fetched before."""

    def __init__(self, canary: Canary) -> None:
        Views.__init__(self, canary)
        self.remote: Mapping[int, bytes] = {}
        self.pages: dict[str, Prepared] = {}
        self.sandbox = Sandbox(lambda _message, _part: Future(), self.found)
        self.page = self.sandbox.page()
        self.painted: list[str] = []
        self.page.painted.connect(self.painted.append)
        self.view.setPage(self.page)
        self.view.show()

    def fetch(self, case: dict[str, str], fetcher: Fetcher) -> None:
        raw = b"Subject: x\r\nContent-Type: text/html; charset=utf-8\r\n\r\n"
        raw += case["html"].encode()
        values = self.theme.css_variables()
        self.pages[case["id"]] = prepare(
            raw, values, False, lambda shown: allowing.load(shown, fetcher)
        )

    def body(self, case: dict[str, str]) -> str:
        prepared = self.pages[case["id"]]
        self.remote = prepared.remote.data
        return prepared.page

    def found(self, _message: int, number: int) -> Future[bytes]:
        future: Future[bytes] = Future()
        future.set_result(self.remote.get(number, b""))
        return future

    def drawn(self) -> int:
        """Return how many images of the open document have pixels."""
        answers: list[str] = []
        self.page.own_code(_COUNT, answers.append)
        self.wait(lambda: answers, 3.0)
        return sum(width > 0 for width in json.loads(answers[0] or "[]")) if answers else 0


def main(source: str) -> None:
    namespace.open_up()
    canary = Canary()
    qInstallMessageHandler(lambda *_: None)
    flags.prepare()
    views = Allowed(canary)
    cases = json.loads(Path(source).read_text(encoding="utf-8"))
    fetcher = Fetcher()
    for case in cases:
        views.fetch(case, fetcher)
    views.rest(LINGER)  # what was sent meanwhile may lie unread in the capture: it is the fetcher's
    fetched = {word: sorted(signs) for word, signs in canary.heard.items()}
    loaded = sum(len(one.remote.loaded) for one in views.pages.values())
    canary.heard.clear()
    hidden, drawn = [], 0
    for number, case in enumerate(cases):
        text = " ".join(views.open(number, case).split())
        drawn += views.drawn()
        if not all(word in text for word in case["words"].split()):
            hidden.append(case["id"])
    views.rest(LINGER)
    heard = {word: sorted(signs) for word, signs in canary.heard.items()}
    print(json.dumps({"fetched": fetched, "heard": heard, "other": sorted(canary.other),
                      "hidden": hidden, "loaded": loaded, "drawn": drawn}))  # fmt: skip
    views.close()
    canary.close()
    sys.stdout.flush()
    os._exit(0)  # the threads that listen hold nothing that must be kept


if __name__ == "__main__":
    main(*sys.argv[1:])
