"""Inter from our own files, then the system's face for scripts that Inter lacks."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtGui import QFont, QFontDatabase

from missive_desktop import resources

# Asked for by name where they exist; anything else is found by the system's own fallback.
_OTHER_SCRIPTS = (
    "Noto Sans",
    "Noto Sans CJK JP",
    "Noto Sans Arabic",
    "Noto Sans Hebrew",
    "Noto Color Emoji",
)


def register(family: str) -> tuple[str, ...]:
    """Load our font files and return the families to ask for, in order."""
    for file in sorted(resources.path("fonts").glob("*.[to]tf")):
        QFontDatabase.addApplicationFont(str(file))
    system = QFontDatabase.systemFont(QFontDatabase.SystemFont.GeneralFont).family()
    known = set(QFontDatabase.families())
    others = [name for name in _OTHER_SCRIPTS if name in known]
    return tuple(dict.fromkeys([family, system, *others]))


def make(families: Sequence[str], pixels: int, strong: bool, tabular: bool) -> QFont:
    font = QFont(list(families))
    font.setPixelSize(pixels)  # pixels, so that 125 % and 150 % stay sharp
    font.setWeight(QFont.Weight.DemiBold if strong else QFont.Weight.Normal)
    font.setHintingPreference(QFont.HintingPreference.PreferVerticalHinting)
    if tabular:
        font.setFeature(QFont.Tag("tnum"), 1)
    return font
