"""The look of the window, one place for all of it: colours, type, sizes, durations, icons.

A Theme is made once and handed to the widgets. It follows the system's scheme unless the user
chose light or dark, and says `changed` when what it gives has changed.
"""

from __future__ import annotations

import zlib
from functools import cached_property
from typing import Literal

from PySide6.QtCore import QObject, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QGuiApplication, QIcon, QPixmap
from PySide6.QtWidgets import QApplication

from missive_desktop.app.theme import fonts, icons, sheet
from missive_desktop.app.theme.tokens import Scheme, Tokens, load, rgba

Choice = Literal["light", "dark", "system"]

__all__ = ["Choice", "Scheme", "Theme", "Tokens"]


class Theme(QObject):
    """Colours, fonts, sizes, durations and icons of the scheme that is shown now."""

    changed = Signal()

    def __init__(
        self, application: QApplication, choice: Choice = "system", tokens: Tokens | None = None
    ) -> None:
        super().__init__(application)
        self._application = application
        self._choice: Choice = choice
        self.tokens = tokens or load()
        self._families = fonts.register(self.tokens.family)
        self._colors: dict[str, QColor] = {}
        self._texts: dict[str, str] = {}
        hints = QGuiApplication.styleHints()
        hints.colorSchemeChanged.connect(self._refresh)
        accessibility = hints.accessibility()
        if accessibility is not None:
            accessibility.contrastPreferenceChanged.connect(self._refresh)
        self.scheme: Scheme = "light"
        self._apply()

    # -- which scheme

    @property
    def choice(self) -> Choice:
        return self._choice

    @property
    def dark(self) -> bool:
        return self.scheme == "dark"

    def choose(self, choice: Choice) -> None:
        """Show light, dark, or what the system shows; at once."""
        self._choice = choice
        self._refresh()

    def _refresh(self) -> None:
        self._apply()
        self.changed.emit()

    def _apply(self) -> None:
        hints = QGuiApplication.styleHints()
        system = hints.colorScheme()
        if self._choice == "system":
            self.scheme = "dark" if system == Qt.ColorScheme.Dark else "light"
        else:
            self.scheme = self._choice
        self._texts = dict(self.tokens.colors[self.scheme])
        accessibility = hints.accessibility()
        high = Qt.ContrastPreference.HighContrast
        if accessibility is not None and accessibility.contrastPreference() == high:
            self._texts["hairline-strong"] = self._texts["text-tertiary"]
            self._texts["hairline"] = self._texts["text-tertiary"]
        self._colors = {name: QColor(*rgba(text)) for name, text in self._texts.items()}
        labels = self.tokens.labels[self.scheme].items()
        self._colors |= {f"label-{name}": QColor(*rgba(text)) for name, text in labels}
        self._application.setFont(self.font("body"))
        self._application.setPalette(sheet.palette(self._colors))
        self._application.setStyleSheet(sheet.style_sheet(self._colors, self.tokens))

    # -- values

    def color(self, name: str) -> QColor:
        return self._colors[name]

    def size(self, name: str) -> int:
        return self.tokens.sizes[name]

    def radius(self, name: str = "normal") -> int:
        return self.tokens.radii[name]

    def duration(self, name: str) -> int:
        """Return milliseconds; what only moves takes 0 where the system asks for calm."""
        calm = not QApplication.isEffectEnabled(Qt.UIEffect.UI_General)
        return 0 if calm and not name.startswith("undo") else self.tokens.durations[name]

    def font(self, face: str = "body", *, strong: bool = False, tabular: bool = False) -> QFont:
        """Return the face "small", "body", "title" or "mail"."""
        key = (face, strong, tabular)
        found = self._fonts.get(key)
        if found is None:
            found = fonts.make(self._families, self.tokens.faces[face].size, strong, tabular)
            if face == "title":
                found.setLetterSpacing(QFont.SpacingType.PercentageSpacing, 99)
            self._fonts[key] = found
        return found

    def line(self, face: str = "body") -> int:
        return self.tokens.faces[face].line

    def metrics(self, face: str = "body", *, strong: bool = False) -> QFontMetricsF:
        key = (face, strong)
        if key not in self._metrics:
            self._metrics[key] = QFontMetricsF(self.font(face, strong=strong))
        return self._metrics[key]

    @cached_property
    def _fonts(self) -> dict[tuple[str, bool, bool], QFont]:
        return {}

    @cached_property
    def _metrics(self) -> dict[tuple[str, bool], QFontMetricsF]:
        return {}

    def avatar(self, address: str) -> tuple[QColor, QColor]:
        """Return ground and letters for a person, always the same for one address."""
        pairs = self.tokens.avatars[self.scheme]
        ground, letters = pairs[zlib.crc32(address.lower().encode()) % len(pairs)]
        return QColor(ground), QColor(letters)

    def square(self, color: str) -> tuple[QColor, QColor]:
        """Return ground and letter for a team whose colour is that of a label."""
        pairs = self.tokens.avatars[self.scheme]
        ground, letters = pairs[list(self.tokens.labels[self.scheme]).index(color) % len(pairs)]
        return QColor(ground), QColor(letters)

    def label(self, name: str) -> QColor:
        return self._colors[f"label-{name}"]

    def chart(self, step: int) -> QColor:
        """Return a step of the chart's one hue; the last (-1) is for all others together."""
        return QColor(*rgba(self.tokens.charts[self.scheme][step]))

    # -- icons

    def pixmap(
        self,
        name: str,
        color: str = "text-secondary",
        size: int = 0,
        *,
        ratio: float = 0.0,
        filled: bool = False,
    ) -> QPixmap:
        """Return an icon of the set in a colour of the theme."""
        return icons.render(
            name,
            self._colors[color].name(),
            size or self.size("icon"),
            ratio or self._application.devicePixelRatio(),
            self.tokens.icon_stroke,
            filled,
        )

    def icon(
        self,
        name: str,
        color: str = "text-secondary",
        size: int = 0,
        *,
        active: str = "text",
        filled: bool = False,
    ) -> QIcon:
        """Return an icon for a button: `active` is its colour under the pointer."""
        edge = size or self.size("icon")
        result = QIcon()
        ratios = {screen.devicePixelRatio() for screen in QGuiApplication.screens()} | {1.0}
        for ratio in sorted(ratios):
            result.addPixmap(self.pixmap(name, color, edge, ratio=ratio, filled=filled))
            near = self.pixmap(name, active, edge, ratio=ratio, filled=filled)
            result.addPixmap(near, QIcon.Mode.Active)
            faint = self.pixmap(name, "hairline-strong", edge, ratio=ratio)
            result.addPixmap(faint, QIcon.Mode.Disabled)
            chosen = self.pixmap(name, "accent-text", edge, ratio=ratio)
            result.addPixmap(chosen, QIcon.Mode.Normal, QIcon.State.On)
            result.addPixmap(chosen, QIcon.Mode.Active, QIcon.State.On)
        return result

    def icon_size(self) -> QSize:
        return QSize(self.size("icon"), self.size("icon"))

    # -- the mail page

    def css_variables(self) -> dict[str, str]:
        """Return what the mail page's style sheet needs, by name without the leading dashes."""
        values = dict(self._texts)
        for index, (ground, letters) in enumerate(self.tokens.avatars[self.scheme]):
            values[f"avatar-{index}"] = ground
            values[f"avatar-{index}-text"] = letters
        for name, color in self.tokens.labels[self.scheme].items():
            values[f"label-{name}"] = color
        for name, face in self.tokens.faces.items():
            values[f"type-{name}"] = f"{face.size}px"
            values[f"line-{name}"] = f"{face.line}px"
        for name, pixels in self.tokens.radii.items():
            values[f"radius-{name}"] = f"{pixels}px"
        for name, pixels in self.tokens.sizes.items():
            values[f"size-{name}"] = f"{pixels}px"
        for name, milliseconds in self.tokens.durations.items():
            values[f"duration-{name}"] = f"{milliseconds}ms"
        values["family"] = ", ".join(f'"{family}"' for family in self._families) + ", sans-serif"
        values["mono"] = self.tokens.mono
        mirrored = QGuiApplication.layoutDirection() == Qt.LayoutDirection.RightToLeft
        values["direction"] = "rtl" if mirrored else "ltr"
        return values
