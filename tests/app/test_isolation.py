"""What a mail cannot do to the window: leave its card, take the keyboard, scroll, sound, run.

Most pages here are opened as they stand, without the sanitizer: the view holds by itself.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from concurrent.futures import Future
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWebEngineWidgets import QWebEngineView
from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget

from missive_desktop.app.presenters.preparing import prepare
from missive_desktop.app.web.handler import page_url
from missive_desktop.app.web.sandbox import Sandbox
from missive_desktop.app.web.watch import resident

SANDBOXED = Path(__file__).with_name("sandboxed_view.py")


def none(_message: int, _part: int) -> "Future[bytes]":
    return Future()


class Shown:
    """A view with a field of the program above it, as the window has."""

    def __init__(self, qtbot, until, theme) -> None:
        self._until = until
        self._theme = theme
        self.sandbox = Sandbox(none, none)
        self.window = QWidget()
        qtbot.addWidget(self.window)
        self.field = QLineEdit()
        self.view = QWebEngineView()
        self.page = self.sandbox.page()
        self.view.setPage(self.page)
        column = QVBoxLayout(self.window)
        column.addWidget(self.field)
        column.addWidget(self.view)
        self.window.resize(700, 600)
        self.window.show()
        self.field.setFocus()

    def open(self, html: str, token: str = "t1") -> None:
        painted: list[str] = []
        self.page.painted.connect(painted.append)
        self.sandbox.handler.put(token, html)
        self.page.show_page(page_url(token))
        self._until(lambda: token in painted)

    def mail(self, html: str) -> None:
        """Open a mail the product's whole way."""
        raw = b"From: a@b.example\r\nContent-Type: text/html; charset=utf-8\r\n\r\n" + html.encode()
        self.open(prepare(raw, self._theme.css_variables(), False).page)

    def ask(self, code: str) -> str:
        answers: list[object] = []
        self.page.own_code(f"JSON.stringify({code})", answers.append)
        self._until(lambda: answers)
        return str(answers[0])


@pytest.fixture
def shown(qtbot, until, theme):
    made = Shown(qtbot, until, theme)
    yield made
    made.view.close()
    made.sandbox.close()


# Ways out of a card, each with its size given so large that it would cover everything.
OUT = (
    "<div style='position:fixed;inset:0;z-index:9999;background:red'>x</div>",
    "<div style='position:absolute;top:-500px;left:-500px;width:9999px;height:9999px'>x</div>",
    "<div style='position:sticky;top:0;height:2000px'>x</div>",
    "<div style='margin:-3000px;width:9000px;height:9000px;background:red'>x</div>",
    "<div style='transform:translate(-500px,-500px) scale(50)'>x</div>",
    "<div style='width:9000px;height:20px;float:left;margin-left:-900px'>x</div>",
    "<dialog open style='position:fixed;inset:0;width:9000px'>x</dialog>",
    "<div popover style='display:block;position:fixed;inset:0'>x</div>",
    "<style>body,html,:host,article,main{position:fixed!important;inset:0;z-index:9}</style>x",
    "<style>@media all{*{position:fixed;top:0;left:0;width:9000px}}</style><b>x</b>",
    "<div style='box-shadow:0 0 0 9000px red;outline:9000px solid red'>x</div>",
    "<div style='line-height:0;font-size:4000px'>x</div>",
)


@pytest.mark.parametrize("way", OUT)
def test_a_mail_does_not_draw_outside_its_card(shown, way):
    shown.mail(f"<p>harmless kingfisher</p>{way}")
    found = shown.ask(
        "(() => { const body = document.querySelector('.body').getBoundingClientRect();"
        "const head = document.querySelector('.head').getBoundingClientRect();"
        "const at = document.elementFromPoint(head.x + 5, head.y + 5);"
        "return [at.closest('.head') !== null, document.documentElement.scrollWidth <= innerWidth,"
        "body.width <= innerWidth, body.top >= head.bottom - 1]; })()"
    )
    assert found == "[true,true,true,true]"
    head = shown.view.grab().toImage().pixelColor(3, 3)
    assert head.red() < 250 or head.green() > 200  # the page's own ground, not the mail's red


@pytest.mark.parametrize(
    "way",
    [
        "<input autofocus>",
        "<textarea autofocus></textarea>",
        "<button autofocus>x</button>",
        "<a href='#x' autofocus tabindex=1>x</a>",
        "<div contenteditable autofocus>x</div>",
        "<dialog open><input autofocus></dialog>",
        "<iframe srcdoc='<input autofocus>'></iframe>",
        "<meta http-equiv=refresh content='0;url=#x'><input id=x autofocus>",
    ],
)
@pytest.mark.parametrize("cleaned", [True, False])
def test_a_mail_does_not_take_the_keyboard(shown, rest, way, cleaned):
    if cleaned:
        shown.mail(f"<p>harmless</p>{way}")
    else:
        shown.open(f"<!doctype html><p>harmless</p>{way}")
    rest(0.1)
    assert shown.field.hasFocus()
    QTest.keyClicks(shown.field, "typed")
    assert shown.field.text() == "typed"


def test_keys_of_a_mail_are_dead(shown):
    shown.mail("<a accesskey=a href='https://x.example/'>x</a><button accesskey=b>y</button>")
    found = shown.ask(
        "[...document.querySelectorAll('.body')].flatMap((b) =>"
        "[...b.shadowRoot.querySelectorAll('[accesskey],[tabindex],[autofocus],[popover]')]).length"
    )
    assert found == "0"
    clicked: list[object] = []
    shown.page.link_clicked.connect(clicked.append)
    target = shown.view.focusProxy()
    for key in (Qt.Key.Key_A, Qt.Key.Key_B):
        QTest.keyClick(target, key, Qt.KeyboardModifier.AltModifier)
    assert clicked == []


def test_a_mail_does_not_scroll_the_page(shown, rest):
    tall = "<p style='height:3000px'>x</p>"
    shown.mail(f"<p>harmless</p>{tall}<p id=x tabindex=0 autofocus>y</p><style>"
               "html{scroll-snap-type:y mandatory}#x{scroll-snap-align:start}</style>")  # fmt: skip
    rest(0.2)
    assert shown.ask("Math.round(scrollY)") == "0"


def test_a_click_goes_to_a_place_in_the_same_mail(shown, rest, until):
    clicked: list[object] = []
    shown.page.link_clicked.connect(clicked.append)
    shown.mail(
        "<a href='#end' style='display:block;height:90px'>End</a><p style='height:3000px'>x</p>"
        "<details><summary>y</summary><p id=end>z</p></details><p style='height:3000px'>x</p>"
    )
    top = "Math.round(document.querySelector('.body').getBoundingClientRect().top)"
    target = shown.view.focusProxy()
    QTest.mouseClick(target, Qt.MouseButton.LeftButton, pos=QPoint(60, int(shown.ask(top)) + 40))
    until(lambda: int(shown.ask("Math.round(scrollY)")) > 2000)
    assert clicked == []


def test_a_place_in_another_mail_is_not_found(shown, rest):
    shown.open(
        "<!doctype html><body style='margin:0'><div><template shadowrootmode=open>"
        "<a href='#mvx-end' style='display:block;height:90px'>End</a></template></div>"
        "<p style='height:3000px'>x</p><div><template shadowrootmode=open><p id=mvx-end>y</p>"
        "</template></div><p id=mvx-end style='height:3000px'>x</p>"
    )
    target = shown.view.focusProxy()
    QTest.mouseClick(target, Qt.MouseButton.LeftButton, pos=QPoint(60, 40))
    rest(0.3)
    assert shown.ask("Math.round(scrollY)") == "0"


def test_a_mail_makes_no_sound(shown, rest):
    quiet: list[bool] = []
    shown.page.recentlyAudibleChanged.connect(quiet.append)
    sound = "data:audio/wav;base64,UklGRiQAAABXQVZFZm10IBAAAAABAAEAgD4AAIA+AAABAAgAZGF0YQAAAAA="
    shown.open(
        f"<!doctype html><audio src='{sound}' autoplay loop></audio><bgsound src='{sound}'>"
        f"<video src='{sound}' autoplay></video><embed src='{sound}'>"
    )
    rest(0.3)
    assert quiet == []
    assert shown.ask("[...document.querySelectorAll('audio,video')].every((m) => !m.readyState)")


BOMB = (
    "<style>@keyframes k{to{transform:rotate(9turn)}}</style>"
    + "<div style='filter:blur(90px);width:3000px;height:3000px;background:red'>x</div>" * 40
    + "<b>x</b>" * 300_000
    + "<table>" + ("<tr>" + "<td colspan=900 rowspan=900>x" * 50) * 60 + "</table>"
)  # fmt: skip


@pytest.mark.skipif(sys.platform != "linux", reason="looks at the renderer's memory in /proc")
def test_the_memory_of_a_mail_is_bounded(shown):
    shown.mail("<p>harmless kingfisher</p>" + BOMB)
    texts: list[str] = []
    shown.page.visible_text(texts.append)
    shown._until(lambda: texts)
    assert "harmless kingfisher" in texts[0]
    assert resident(shown.page.renderProcessPid()) < 700_000_000


@pytest.mark.skipif(sys.platform == "win32", reason="kills a process by signal")
def test_a_killed_renderer_is_replaced(shown):
    crashed: list[int] = []
    shown.page.crashed.connect(lambda: crashed.append(1))
    shown.mail("<p>one</p>")
    os.kill(shown.page.renderProcessPid(), signal.SIGKILL)
    shown._until(lambda: crashed)
    shown.open("<!doctype html><p>two</p>", "t2")
    assert shown.ask("document.body.innerText.trim()") == '"two"'


@pytest.mark.skipif(sys.platform != "linux", reason="Chromium's sandbox as /proc shows it")
def test_chromiums_own_sandbox_is_on():
    """As an ordinary user the renderer has a filter of system calls and sees no other process."""
    # Not below pytest's own folder, which is closed to others.
    with tempfile.TemporaryDirectory() as home:
        assert_sandboxed(home)


def assert_sandboxed(home: str) -> None:
    command = [sys.executable, str(SANDBOXED)]
    environment = os.environ | {"HOME": home, "XDG_RUNTIME_DIR": home}
    if os.geteuid() == 0:
        if shutil.which("setpriv") is None:
            pytest.skip("there is no setpriv (util-linux) to become an ordinary user")
        nobody = 65534
        os.chown(home, nobody, nobody)
        as_nobody = ("setpriv", f"--reuid={nobody}", f"--regid={nobody}", "--clear-groups")
        command = [*as_nobody, *command]
        there = f"open({str(SANDBOXED)!r}); import PySide6, missive_desktop"
        tried = [*as_nobody, sys.executable, "-c", there]
        if subprocess.run(tried, cwd=home, capture_output=True, check=False).returncode:
            pytest.skip("an ordinary user cannot run this checkout")
    done = subprocess.run(
        command, env=environment, cwd=home, capture_output=True, text=True, timeout=90,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.strip().splitlines()[-1] == "seccomp 2, own processes"
