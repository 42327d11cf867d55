"""Lets Blink itself read pieces of HTML and say what lives in them. A program.

Argument: a file with a JSON list of pieces. Each is parsed as a browser parses it, then opened
with scripts on, where anything that runs could only show itself by a dialog. Prints a JSON list
of {"live": [what must not be], "text": what can be read}.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QUrl, qInstallMessageHandler
from PySide6.QtWebEngineCore import QWebEnginePage, QWebEngineProfile, QWebEngineScript
from PySide6.QtWebEngineWidgets import QWebEngineView
from PySide6.QtWidgets import QApplication

_WORLD = QWebEngineScript.ScriptWorldId.ApplicationWorld.value
_WALK = r"""
((source) => {
  const live = [];
  const bad = new Set(["script", "iframe", "frame", "frameset", "object", "embed", "applet", "base",
    "meta", "link", "portal", "fencedframe", "svg", "math", "video", "audio", "source", "track"]);
  const loads = new Set(["src", "srcset", "background", "poster", "action", "formaction", "data",
    "ping", "manifest", "cite", "longdesc", "lowsrc", "dynsrc", "xlink:href"]);
  const css = (text, where) => {
    for (const found of text.matchAll(/(?:url|image-set|src)\s*\(\s*["']?([^"')]*)/gi))
      if (!/^(missive:|data:image\/(png|jpe?g|gif|webp)|#)/i.test(found[1].trim()))
        live.push(where + " " + found[0]);
    if (/@import|expression\s*\(|-moz-binding|behavior\s*:/i.test(text)) live.push(where + " css");
  };
  // An image written into the page: pixels, or a drawing in which nothing acts or leads out.
  const isStill = (value) => {
    if (/^data:image\/(?!svg)/i.test(value)) return true;
    const written = /^data:image\/svg\+xml;base64,([A-Za-z0-9+/=]+)$/.exec(value);
    if (!written) return false;
    const drawing = new DOMParser().parseFromString(atob(written[1]), "image/svg+xml");
    return [...drawing.querySelectorAll("*")].every((element) =>
      element.namespaceURI === "http://www.w3.org/2000/svg"
      && !/^(script|foreignobject|a|set|animate.*|feimage|iframe)$/i.test(element.localName)
      && (element.localName !== "style" || !/@|url\((?!#)|\\/.test(element.textContent))
      && [...element.attributes].every(({ localName, value }) => !/^on/i.test(localName)
        && !/url\((?!#)|\\/i.test(value)
        && (localName !== "href" || /^(#|data:image\/(png|jpeg);base64,)/.test(value))));
  };
  const walk = (node) => {
    for (const element of node.querySelectorAll("*")) {
      const name = element.localName;
      if (element.namespaceURI !== "http://www.w3.org/1999/xhtml") live.push("foreign " + name);
      if (bad.has(name)) live.push(name);
      for (const { name: key, value } of element.attributes) {
        if (/^on/i.test(key)) live.push(name + " " + key);
        if (key === "style") css(value, name + " style");
        let scheme = "";
        try { scheme = new URL(value, "https://base.invalid").protocol; } catch { scheme = ""; }
        const address = loads.has(key) || key === "href";
        if (/^(javascript|vbscript|blob|file|filesystem|view-source):$/.test(scheme) && address)
          live.push(name + " " + key + "=" + scheme);
        const image = key === "src" && name === "img" && isStill(value);
        if (scheme === "data:" && address && !image) live.push(name + " " + key + "=data:");
        if (/^(https?|ftp|wss?):$/.test(scheme) && loads.has(key)) live.push(name + " " + key);
      }
      if (name === "style") css(element.textContent, "style");
      if (element.content instanceof DocumentFragment) walk(element.content);
      if (element.shadowRoot) walk(element.shadowRoot);
    }
  };
  const read = Document.parseHTMLUnsafe("<!doctype html><body>" + source);
  walk(read.body);
  for (const style of read.body.querySelectorAll("style")) style.remove();
  return JSON.stringify({ live, text: read.body.textContent });
})(%s)
"""


class _Page(QWebEnginePage):
    """A page whose dialogs tell that something ran."""

    def __init__(self, profile: QWebEngineProfile) -> None:
        super().__init__(profile)
        self.ran = 0

    def javaScriptAlert(self, _origin: QUrl, _text: str) -> None:
        self.ran += 1

    def javaScriptConfirm(self, _origin: QUrl, _text: str) -> bool:
        self.ran += 1
        return False


def main(source: str) -> None:
    pieces = json.loads(Path(source).read_text(encoding="utf-8"))
    os.environ["QTWEBENGINE_CHROMIUM_FLAGS"] = "--disable-gpu --proxy-server=127.0.0.1:9"
    if sys.platform == "linux" and os.geteuid() == 0:
        os.environ["QTWEBENGINE_DISABLE_SANDBOX"] = "1"
    qInstallMessageHandler(lambda *_: None)
    application = QApplication(["judged"])
    profile = QWebEngineProfile()
    page = _Page(profile)
    view = QWebEngineView()
    view.setPage(page)
    view.show()
    loaded: list[bool] = []
    page.loadFinished.connect(loaded.append)

    def wait(done: Callable[[], object], seconds: float = 60) -> None:
        end = time.monotonic() + seconds
        while not done() and time.monotonic() < end:
            application.processEvents()
            time.sleep(0.001)

    found = []
    for piece in pieces:
        page.ran = 0
        loaded.clear()
        page.setHtml(f"<!doctype html><body>{piece}</body>", QUrl("https://base.invalid/"))
        wait(lambda: loaded)
        wait(lambda: False, 0.01)
        answers: list[str] = []
        page.runJavaScript(_WALK % json.dumps(piece), _WORLD, answers.append)
        wait(lambda answers=answers: answers)
        judged = json.loads(answers[0]) if answers and answers[0] else {"live": ["?"], "text": ""}
        judged["live"] += ["something ran"] * bool(page.ran)
        found.append(judged)
    print(json.dumps(found), flush=True)
    os._exit(0)  # a profile and its page end in no order that Qt likes


if __name__ == "__main__":
    main(sys.argv[1])
