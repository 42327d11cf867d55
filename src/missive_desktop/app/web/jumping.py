"""Lets a click on a link to a place in its own mail scroll there: our own code in the application
world. A browser does not find such places, since every mail lies in a shadow root of its own."""

from __future__ import annotations

from PySide6.QtWebEngineCore import QWebEngineScript

# Only what the reader does counts, and only places in the same shadow root: no mail can lead into
# another, or to our own page.
_JUMP = """
(() => {
  addEventListener("click", (event) => {
    const link = event.composedPath().find((node) => node.localName === "a"
      || node.localName === "area");
    const to = link?.getAttribute("href") ?? "";
    if (!event.isTrusted || !to.startsWith("#mvx-")) return;
    event.preventDefault();
    const root = link.getRootNode();
    const place = root instanceof ShadowRoot ? root.getElementById(to.slice(1)) : null;
    if (!place) return;
    for (let fold = place.closest("details"); fold; fold = fold.parentElement?.closest("details")) {
      fold.open = true;
    }
    place.scrollIntoView({block: "start"});
  }, {capture: true});
})();
"""


def script() -> QWebEngineScript:
    """Return the script that hears clicks in all mails of a page."""
    made = QWebEngineScript()
    made.setName("jump")
    made.setWorldId(QWebEngineScript.ScriptWorldId.ApplicationWorld.value)
    made.setInjectionPoint(QWebEngineScript.InjectionPoint.DocumentCreation)
    made.setSourceCode(_JUMP)
    return made
