"""Remote images in the real view: what was allowed for a message is drawn, from the store."""

from __future__ import annotations

import json

import pytest
from PySide6.QtWebEngineWidgets import QWebEngineView
from tests.servers.desk import Desk, html
from tests.servers.pictures import answer, png

from missive_desktop.app.presenters.parts import PartReader
from missive_desktop.app.presenters.preparing import Look, document
from missive_desktop.app.web.handler import page_url
from missive_desktop.app.web.sandbox import Sandbox
from missive_desktop.content.page import Card

DRAWING = (
    b"<svg xmlns='http://www.w3.org/2000/svg' width='60' height='20'>"
    b"<rect width='60' height='20' fill='red'/><script>x()</script></svg>"
)
# The images of all mails: each is in a shadow root of its own.
SIZES = """JSON.stringify([...document.querySelectorAll('.body')].map((card) =>
    [...card.shadowRoot.querySelectorAll('img')].map((i) => [i.complete, i.naturalWidth])))"""


@pytest.fixture
def desk(tmp_path, picture_server):
    picture_server.pages["/a.png"] = answer(png(40, 30))
    picture_server.pages["/b.svg"] = answer(DRAWING)
    desk = Desk(tmp_path, picture_server)
    yield desk
    desk.runtime.close()


@pytest.fixture
def parts(desk):
    reader = PartReader(desk.runtime.store)
    yield reader
    reader.close()


def test_images_are_drawn_from_the_store(desk, parts, qapp, qtbot):
    allowed, other = desk.take(html("a.png", "b.svg")), desk.take(html("a.png"))
    assert desk.load(allowed).loaded == 2
    heard = len(desk.server.heard)
    shown = desk.shown(allowed)
    # The second card asks for what was allowed for the first: it is given nothing.
    cards = [Card(allowed, shown, ""), Card(other, shown, "")]
    sandbox = Sandbox(parts.read, parts.remote)
    view = QWebEngineView()
    qtbot.addWidget(view)
    page = sandbox.page()
    view.setPage(page)
    view.resize(500, 900)
    view.show()
    sandbox.handler.put("t1", document(cards, Look({}, False)))
    page.show_page(page_url("t1"))
    found: list[list[list[object]]] = []

    def drawn() -> bool:
        page.own_code(SIZES, lambda text: found.append(json.loads(text)) if text else None)
        every = [done for row in found[-1] for done, _ in row] if found else []
        return len(every) == 4 and all(every)

    qtbot.waitUntil(drawn)
    widths = [[width for _, width in row] for row in found[-1]]
    view.close()
    sandbox.close()
    assert widths == [[40, 60], [0, 0]]
    assert len(desk.server.heard) == heard
