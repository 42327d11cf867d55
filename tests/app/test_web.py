"""The sandbox that shows mail: what it loads, what it refuses, what it says."""

import struct
import zlib
from concurrent.futures import Future

import pytest
from PySide6.QtCore import QObject, QPoint, Qt, QUrl, Slot
from PySide6.QtGui import QDesktopServices
from PySide6.QtTest import QTest
from PySide6.QtWebEngineWidgets import QWebEngineView

from missive_desktop.app.web import flags
from missive_desktop.app.web.handler import POLICY, page_url
from missive_desktop.app.web.sandbox import Sandbox
from missive_desktop.domain.pictures import raster_type


def png(width: int, height: int) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    rows = b"".join(b"\0" + b"\xff\0\0" * width for _ in range(height))
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        chunk(kind, data)
        for kind, data in ((b"IHDR", head), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    )


PARTS = {
    (5, 1): png(40, 30),
    (5, 2): b"<svg xmlns='http://www.w3.org/2000/svg' width='90' height='90'/>",
    (5, -9): png(60, 50),  # a remote image, number 9
    (5, 4): b"<svg xmlns='http://www.w3.org/2000/svg' width='50'><rect width='9' height='9'/>"
    b"<script>1</script></svg>",
}


@pytest.fixture
def asked():
    return []


@pytest.fixture
def sandbox(qapp, asked):
    def images(message: int, part: int) -> "Future[bytes]":
        asked.append((message, part))
        found: Future[bytes] = Future()
        if (message, part) in PARTS:
            found.set_result(PARTS[message, part])
        else:
            found.set_exception(LookupError("no such part"))
        return found

    def remote(message: int, image: int) -> "Future[bytes]":
        return images(message, -image)

    made = Sandbox(images, remote)
    yield made
    made.close()


@pytest.fixture
def view(qtbot):
    shown = QWebEngineView()
    qtbot.addWidget(shown)
    shown.resize(400, 300)
    shown.show()
    return shown


def show(sandbox, until, view, html: str, token: str = "t1"):
    page = sandbox.page()
    view.setPage(page)  # only what is shown is painted
    painted: list[str] = []
    page.painted.connect(painted.append)
    sandbox.handler.put(token, html)
    page.show_page(page_url(token))
    until(lambda: token in painted)
    return page


def ask(page, until, code: str):
    """Return what our own code finds in the page."""
    answers: list[object] = []
    page.own_code(f"JSON.stringify({code})", answers.append)
    until(lambda: answers)
    return answers[0]


def test_the_environment_cannot_loosen_the_sandbox():
    environment = {
        "QTWEBENGINE_CHROMIUM_FLAGS": "--no-sandbox --proxy-server=evil:1",
        "QTWEBENGINE_REMOTE_DEBUGGING": "9222",
        "QTWEBENGINE_DISABLE_SANDBOX": "1",
        "QTWEBENGINEPROCESS_PATH": "/tmp/evil",
        "HOME": "/home/ann",
    }
    flags.set_environment(environment, root=False)
    assert environment.pop("QTWEBENGINE_CHROMIUM_FLAGS").split() == [
        word for flag in flags.CHROMIUM_FLAGS for word in flag.split()
    ]
    assert environment == {"HOME": "/home/ann"}
    flags.set_environment(environment, root=True)
    assert environment["QTWEBENGINE_DISABLE_SANDBOX"] == "1"


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (png(1, 1), "image/png"),
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"GIF89a", "image/gif"),
        (b"RIFF\0\0\0\0WEBPVP8 ", "image/webp"),
        (b"\0\0\0\x20ftypavif", "image/avif"),
        (b"<svg xmlns=''/>", ""),
        (b"<html>", ""),
        (b"%PDF-1.7", ""),
        (b"", ""),
    ],
)
def test_only_raster_images_are_images(data, expected):
    assert raster_type(data) == expected


def test_the_policy_lets_a_document_load_our_images_and_nothing_else():
    rules = dict(rule.strip().split(" ", 1) for rule in POLICY.split(";"))
    assert rules["default-src"] == "'none'"
    assert rules["img-src"] == "missive: data:"
    assert rules["form-action"] == rules["base-uri"] == "'none'"
    assert "script-src" not in rules


def test_code_of_a_mail_is_dead_and_styles_stay_in_their_card(sandbox, until, view):
    page = show(
        sandbox,
        until,
        view,
        "<!doctype html><body><p id=p>Hello</p>"
        "<script>document.getElementById('p').textContent = 'script ran'</script>"
        "<img src=x onerror=\"document.body.dataset.ran='yes'\">"
        "<article id=a><template shadowrootmode=open><style>p { color: rgb(255, 0, 0) }</style>"
        "<p>red</p></template></article></body>",
    )
    assert ask(page, until, "document.getElementById('p').textContent") == '"Hello"'
    assert ask(page, until, "document.body.dataset.ran || ''") == '""'
    color = "getComputedStyle({}).color"
    outside = color.format("document.getElementById('p')")
    inside = color.format("document.getElementById('a').shadowRoot.querySelector('p')")
    assert ask(page, until, inside) == '"rgb(255, 0, 0)"'
    assert ask(page, until, outside) == '"rgb(0, 0, 0)"'


def test_images_come_from_the_store_if_they_are_images(sandbox, until, view, asked):
    urls = [f"missive://mail/image/5/{part}" for part in ("1", "2", "3", "4", "../../x")]
    page = show(sandbox, until, view, "<!doctype html>" + "".join(f"<img src='{u}'>" for u in urls))
    sizes = "[...document.images].map((i) => i.naturalWidth)"
    until(lambda: ask(page, until, "[...document.images].every((i) => i.complete)") == "true")
    assert ask(page, until, sizes) == "[40,0,0,50,0]"
    assert set(asked) == {(5, 1), (5, 2), (5, 3), (5, 4)}


def test_remote_images_that_were_allowed_come_by_a_way_of_their_own(sandbox, until, view, asked):
    urls = [f"missive://mail/remote/{path}" for path in ("5/9", "6/9", "5/-9", "5/9/1", "5")]
    page = show(sandbox, until, view, "<!doctype html>" + "".join(f"<img src='{u}'>" for u in urls))
    sizes = "[...document.images].map((i) => i.naturalWidth)"
    until(lambda: ask(page, until, "[...document.images].every((i) => i.complete)") == "true")
    assert ask(page, until, sizes) == "[60,0,0,0,0]"
    assert set(asked) == {(5, -9), (6, -9)}


def test_the_visible_text_is_what_a_reader_sees(sandbox, until, view):
    page = show(
        sandbox,
        until,
        view,
        "<!doctype html><body><h1>Head</h1><section><template shadowrootmode=open>"
        "<style>p{}</style><p>one <b>two</b></p><p style='display:none'>hidden</p>"
        "</template></section><details><summary>more</summary>folded</details></body>",
    )
    heard: list[str] = []
    page.visible_text(heard.append)
    until(lambda: heard)
    assert heard[0].split() == ["Head", "one", "two", "more"]


class Opener(QObject):
    """Stands where the desktop would open a link."""

    def __init__(self) -> None:
        super().__init__()
        self.opened: list[str] = []

    @Slot(QUrl)
    def open(self, url: QUrl) -> None:
        self.opened.append(url.toString())


LINKS = (
    "https://example.org/x",
    "mailto:ann@example.org",
    "tel:+123",
    "odd:thing",
    "file:///etc/x",
)


def test_a_click_goes_nowhere_and_is_said(sandbox, until, view, rest):
    rows = "".join(f"<a style='display:block;height:40px' href='{url}'>{url}</a>" for url in LINKS)
    page = show(sandbox, until, view, f"<!doctype html><body style='margin:0'>{rows}</body>")
    clicked: list[str] = []
    page.link_clicked.connect(lambda url: clicked.append(url.toString()))
    desktop = Opener()
    for scheme in ("https", "mailto", "tel", "odd", "file"):
        QDesktopServices.setUrlHandler(scheme, desktop, "open")
    try:
        for index in range(len(LINKS)):
            target = view.focusProxy()
            QTest.mouseClick(target, Qt.MouseButton.LeftButton, pos=QPoint(30, index * 40 + 10))
            until(lambda index=index: clicked[min(index, 2) :])
            rest(0.2)
    finally:
        for scheme in ("https", "mailto", "tel", "odd", "file"):
            QDesktopServices.unsetUrlHandler(scheme)
    assert clicked[:3] == list(LINKS[:3])
    assert desktop.opened == []
    assert page.url().toString() == page_url("t1")


def test_nothing_leaves_without_a_click(sandbox, until, view, rest):
    desktop = Opener()
    for scheme in ("mailto", "odd"):
        QDesktopServices.setUrlHandler(scheme, desktop, "open")
    try:
        page = show(
            sandbox,
            until,
            view,
            "<!doctype html><meta http-equiv=refresh content='0;url=mailto:ann@example.org'>"
            "<meta http-equiv=refresh content='0;url=odd:thing'><body>still here</body>",
        )
        clicked: list[str] = []
        page.link_clicked.connect(lambda url: clicked.append(url.toString()))
        rest(0.4)
    finally:
        for scheme in ("mailto", "odd"):
            QDesktopServices.unsetUrlHandler(scheme)
    assert desktop.opened == clicked == []
    assert ask(page, until, "document.body.innerText") == '"still here"'


def test_a_page_goes_nowhere_by_itself(sandbox, until, view, rest):
    page = show(
        sandbox,
        until,
        view,
        "<!doctype html><meta http-equiv=refresh content='0;url=missive://mail/page/t2'>"
        "<meta http-equiv=refresh content='0;url=https://example.org/'><body>still here</body>",
    )
    sandbox.handler.put("t2", "<!doctype html>elsewhere")
    rest(0.5)
    assert ask(page, until, "document.body.innerText") == '"still here"'


def test_paint_is_said_for_each_page_again(sandbox, until, view):
    page = show(sandbox, until, view, "<!doctype html>one", "t1")
    painted: list[str] = []
    page.painted.connect(painted.append)
    for token in ("t2", "t3"):
        sandbox.handler.put(token, f"<!doctype html>{token}")
        page.show_page(page_url(token))
        until(lambda token=token: token in painted)
