"""Forms, shown and dead: what looks like a field is a box with its text in it.

Nothing of it takes the focus, is filled in by a browser, or is sent.
"""

from __future__ import annotations

from collections.abc import Mapping

_UNSEEN = frozenset(("hidden", "image"))
_BUTTONS = {"submit": "Submit", "reset": "Reset", "button": "", "file": "Choose file"}
_TICKS = {"checkbox": ("☐", "☑"), "radio": ("○", "◉")}
_BARS = frozenset(("range", "color"))

# What each element of a form is written as: an element and the class that sheets find it by.
STANDS_FOR = {
    "form": ("div", "mv-form"),
    "button": ("span", "mv-button"),
    "fieldset": ("div", "mv-fieldset"),
    "legend": ("div", "mv-legend"),
    "textarea": ("span", "mv-textarea"),
}
MAX_TEXT = 200


def of_input(given: Mapping[str, str]) -> tuple[str, str] | None:
    """Return the class and the text of the box that stands for a field; None for an unseen one."""
    kind = given.get("type", "text").strip().lower()
    if kind in _UNSEEN:
        return None
    if kind in _BUTTONS:
        return "mv-button", given.get("value", _BUTTONS[kind])[:MAX_TEXT]
    if kind in _TICKS:
        return "mv-input mv-tick", _TICKS[kind]["checked" in given]
    if kind == "password" or kind in _BARS:
        return "mv-input", ""
    return "mv-input", (given.get("value") or given.get("placeholder") or "")[:MAX_TEXT]


class Selection:
    """Reads the options of a list, of which one is shown."""

    _INSIDE = frozenset(("option", "optgroup", "hr", "b", "i", "em", "strong", "span", "img"))

    def __init__(self) -> None:
        self._options: list[str] = []
        self._chosen = -1

    def takes(self, name: str, given: Mapping[str, str]) -> bool:
        """Read a start tag; False when the list has ended without saying so."""
        if name == "option" and len(self._options) < 1_000:
            if "selected" in given:
                self._chosen = len(self._options)
            self._options.append("")
        return name in self._INSIDE

    def text(self, data: str) -> None:
        if self._options and len(self._options[-1]) < MAX_TEXT:
            self._options[-1] += data

    def shown(self) -> str:
        """Return the option that a reader would see."""
        if not self._options:
            return "▾"
        return " ".join(f"{self._options[max(self._chosen, 0)][:MAX_TEXT]} ▾".split())
