"""Draws mail that was designed wider than the pane a little smaller, so that it fits: our own
code in the application world. What is far too wide keeps its size and can be scrolled."""

from __future__ import annotations

from PySide6.QtWebEngineCore import QWebEnginePage, QWebEngineScript

SMALLEST = 0.6  # below this nobody can read it
_WORLD = QWebEngineScript.ScriptWorldId.ApplicationWorld.value

# A mail is measured as it was designed, in the room that it has before the reader enlarges. An
# observer sees each box before it is painted, and again when its width changes.
_FIT = """
(() => {
  const MOST = 20;  // images come one by one
  let enlarged = 1;
  const measured = new WeakMap();  // the width of a box when it was last fitted, and how often
  const fit = (body) => {
    const inner = [...body.shadowRoot?.children ?? []].find((one) => one.localName === "div");
    if (!inner) return;
    const before = measured.get(body)?.times ?? 0;
    measured.set(body, {width: body.clientWidth, times: before + 1});
    if (inner.style.zoom) inner.style.zoom = "";
    const style = getComputedStyle(body);
    const frame = parseFloat(style.paddingLeft) + parseFloat(style.paddingRight);
    const wide = body.scrollWidth, room = body.clientWidth;
    if (wide <= room + 1 || room <= frame) return;
    const scale = enlarged * (room - frame) / (wide - frame);
    if (scale < 1 && scale >= %s) inner.style.zoom = scale;
  };
  const sizes = new ResizeObserver((entries) => {
    for (const { target } of entries) {
      const last = measured.get(target);
      const grown = target.scrollWidth > target.clientWidth + 1;  // an image came
      if (last?.width !== target.clientWidth || (grown && last.times < MOST)) fit(target);
    }
  });
  const seen = new WeakSet();
  const look = () => {
    for (const body of document.querySelectorAll(".body.rich")) {
      if (!seen.has(body)) { seen.add(body); sizes.observe(body); }
    }
  };
  globalThis.mails = {
    fit: (card) => { for (const body of card.querySelectorAll(".body.rich")) fit(body); },
    enlarge: (by) => {
      enlarged = by;
      for (const body of document.querySelectorAll(".body.rich")) fit(body);
    },
  };
  new MutationObserver(look).observe(document, {childList: true, subtree: true});
})();
"""


def script() -> QWebEngineScript:
    """Return the script that watches the boxes of all mails of a page."""
    made = QWebEngineScript()
    made.setName("fit")
    made.setWorldId(_WORLD)
    made.setInjectionPoint(QWebEngineScript.InjectionPoint.DocumentCreation)
    made.setSourceCode(_FIT % SMALLEST)
    return made


def enlarge(page: QWebEnginePage, by: float) -> None:
    """Say how much the reader enlarged a page: what fits is enlarged with the rest."""
    page.runJavaScript(f"globalThis.mails?.enlarge({by:.3f})", _WORLD)
