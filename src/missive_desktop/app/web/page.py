"""A page that shows mail: it goes nowhere, asks for nothing, and says what the reader clicked.

Our own code may run in the application world; the mail's never does.
"""

from __future__ import annotations

import json
from collections.abc import Callable

from PySide6.QtCore import QUrl, Signal
from PySide6.QtWebEngineCore import (
    QWebEngineNavigationRequest,
    QWebEngineNewWindowRequest,
    QWebEnginePage,
    QWebEnginePermission,
    QWebEngineProfile,
    QWebEngineScript,
)
from shiboken6 import delete, isValid

from missive_desktop.app.web.flags import HOST, SCHEME

_WORLD = QWebEngineScript.ScriptWorldId.ApplicationWorld.value
# Two frames after the document is there, its first contentful frame has been drawn. A page that
# takes the place of one that was being read begins where that one was, with the same parts open.
_SAY_PAINTED = """
(() => {
  const said = "painted:" + location.pathname;
  const kept = JSON.parse(new URLSearchParams(location.search).get("place") || "null");
  const card = kept && document.getElementById(kept.at);
  const held = () => {
    let found = [card, kept.top], node = card.querySelector(".body")?.shadowRoot;
    for (const [index, tag, top] of kept.within) {
      node = node?.children[index];
      if (node?.localName !== tag) break;
      found = [node, top];
    }
    return found;
  };
  const settle = () => {
    if (!card) return;
    const [node, top] = held();
    scrollBy(0, node.getBoundingClientRect().top - top);
  };
  for (const [id, open] of Object.entries(kept?.open ?? {})) {
    for (const fold of document.getElementById(id)?.querySelectorAll("details") ?? []) {
      fold.open = open.includes(fold.className);
    }
  }
  if (card) {
    globalThis.mails?.fit(card);
    card.scrollIntoView({block: "start"});
    settle();
    // What comes late pushes the rest down, until the reader moves.
    let moved = false;
    for (const kind of ["wheel", "keydown", "pointerdown"]) {
      addEventListener(kind, () => { moved = true; }, {capture: true, passive: true, once: true});
    }
    addEventListener("load", () => { if (!moved) settle(); });
  }
  requestAnimationFrame(() => {
    settle();
    requestAnimationFrame(() => { document.title = said; });
  });
})();
"""
# A long mail fills the view before all of it is read. One that begins elsewhere waits for its end.
_SAY_FILLED = """
(() => {
  if (location.hash || new URLSearchParams(location.search).has("place")) return;
  const said = "filled:" + location.pathname;
  const look = () => {
    if (document.readyState !== "loading") return;
    const card = document.querySelector("article");
    if (!card || card.getBoundingClientRect().bottom < innerHeight) requestAnimationFrame(look);
    else requestAnimationFrame(() => { document.title = said; });
  };
  requestAnimationFrame(look);
})();
"""
# Which card is at the top of the view and how far it was scrolled, and what is unfolded where. In
# a card that was scrolled into, also what of the mail is at the top, each element by its place
# among its neighbours: images above it may come and push it down.
_PLACE = """
(() => {
  const cards = [...document.querySelectorAll("article[id]")];
  const topOf = (node) => Math.round(node.getBoundingClientRect().top * 16) / 16;
  const begun = (node) => {
    const box = node.getBoundingClientRect();
    return box.bottom > 1 && box.height > 0;
  };
  const first = cards.find(begun);
  if (!first) return "";
  const open = Object.fromEntries(cards.map((card) =>
    [card.id, [...card.querySelectorAll("details[open]")].map((fold) => fold.className)]));
  const within = [];
  let node = topOf(first) < 0 ? first.querySelector(".body")?.shadowRoot : null;
  while (node && within.length < 40) {
    const index = [...node.children].findIndex(begun);
    if (index < 0) break;
    node = node.children[index];
    within.push([index, node.localName, topOf(node)]);
    if (topOf(node) >= 0) break;
  }
  return JSON.stringify({at: first.id, top: topOf(first), open, within});
})()
"""
# What a reader sees, in the order of the page, shadow roots included; folded parts are left out.
_VISIBLE_TEXT = """
(() => {
  const holdsRoots = (node) =>
    node.shadowRoot || [...node.querySelectorAll("*")].some((inner) => inner.shadowRoot);
  const read = (node) => {
    if (node.nodeType === Node.TEXT_NODE) return node.data.trim();
    if (node.nodeType !== Node.ELEMENT_NODE || !node.checkVisibility()) return "";
    if (!holdsRoots(node)) return node.innerText || "";
    return [...(node.shadowRoot || node).childNodes].map(read).filter((t) => t).join("\\n");
  };
  return JSON.stringify(read(document.body));
})()
"""
_HEIGHT = "JSON.stringify(Math.ceil(document.body.getBoundingClientRect().height))"


def paint_signals() -> list[QWebEngineScript]:
    """Return the scripts that say when a page is drawn; they belong to the profile, since a page's
    own scripts are lost when Chromium changes the renderer after a refused navigation."""
    found = []
    for name, code, point in (
        ("filled", _SAY_FILLED, QWebEngineScript.InjectionPoint.DocumentCreation),
        ("painted", _SAY_PAINTED, QWebEngineScript.InjectionPoint.DocumentReady),
    ):
        script = QWebEngineScript()
        script.setName(name)
        script.setWorldId(_WORLD)
        script.setInjectionPoint(point)
        script.setSourceCode(code)
        found.append(script)
    return found


class MailPage(QWebEnginePage):
    """`painted` says the token of the page whose first frame is on the screen's way; `filled` says
    it earlier of a long one, when its beginning fills the view."""

    link_clicked = Signal(QUrl)
    painted = Signal(str)
    filled = Signal(str)
    crashed = Signal()

    def __init__(self, profile: QWebEngineProfile) -> None:
        super().__init__(profile)  # no parent: `end` deletes it, before the profile
        self.titleChanged.connect(self._title)
        self.newWindowRequested.connect(self._new_window)
        self.permissionRequested.connect(_deny)
        self.navigationRequested.connect(self._navigation)
        self.fullScreenRequested.connect(lambda request: request.reject())
        self.fileSystemAccessRequested.connect(lambda request: request.reject())
        self.registerProtocolHandlerRequested.connect(lambda request: request.reject())
        self.certificateError.connect(lambda error: error.rejectCertificate())
        self._reborn = (
            False  # in a renderer that took a dead one's place: it has no scripts of ours
        )
        self.renderProcessTerminated.connect(self._terminated)
        self.loadFinished.connect(self._finished)

    def show_page(self, url: str) -> None:
        self.load(QUrl(url))

    def acceptNavigationRequest(
        self, url: QUrl | str, kind: QWebEnginePage.NavigationType, is_main_frame: bool
    ) -> bool:
        url = QUrl(url)
        if kind == QWebEnginePage.NavigationType.NavigationTypeLinkClicked:
            if is_main_frame:
                self.link_clicked.emit(url)
            return False
        ours = url.scheme() == SCHEME and url.host() == HOST
        typed = kind == QWebEnginePage.NavigationType.NavigationTypeTyped
        return ours and typed and is_main_frame

    def visible_text(self, answer: Callable[[str], None]) -> None:
        self.runJavaScript(_VISIBLE_TEXT, _WORLD, lambda text: answer(json.loads(text or '""')))

    def height(self, answer: Callable[[int], None]) -> None:
        self.runJavaScript(_HEIGHT, _WORLD, lambda text: answer(int(json.loads(text or "0"))))

    def place(self, answer: Callable[[str], None]) -> None:
        """Say where the reader is on the page, for the one that takes its place."""
        self.runJavaScript(_PLACE, _WORLD, lambda place: answer(str(place or "")))

    def own_code(self, source: str, answer: Callable[[object], None] | None = None) -> None:
        """Run code of ours in the application world: never anything that a mail said."""
        if answer is None:
            self.runJavaScript(source, _WORLD)
        else:
            self.runJavaScript(source, _WORLD, answer)

    def end(self) -> None:
        if isValid(self):
            delete(self)

    def javaScriptConsoleMessage(
        self,
        level: QWebEnginePage.JavaScriptConsoleMessageLevel,
        message: str,
        line: int,
        source: str,
    ) -> None:
        """Keep what the policy blocked out of our logs: it would name addresses in the mail."""

    def _terminated(self) -> None:
        self._reborn = True
        self.crashed.emit()

    def _finished(self, ok: bool) -> None:
        if ok and self._reborn:
            self.own_code(_SAY_PAINTED)

    def _title(self, title: str) -> None:
        word, _, token = title.partition(":/page/")
        if word == "painted":
            self.painted.emit(token)
        elif word == "filled":
            self.filled.emit(token)

    def _new_window(self, request: QWebEngineNewWindowRequest) -> None:
        """A link with a target: the same as any click, if there was one."""
        if request.isUserInitiated():
            self.link_clicked.emit(request.requestedUrl())

    def _navigation(self, request: QWebEngineNavigationRequest) -> None:
        url = request.url()
        if url.scheme() != SCHEME or url.host() != HOST:
            request.reject()


def _deny(permission: QWebEnginePermission) -> None:
    permission.deny()
