"""A code in groups, as people compare it on two screens: one type, one width, set apart."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QFont, QFontDatabase
from PySide6.QtWidgets import QGridLayout, QWidget

from missive_desktop.app.theme import Theme
from missive_desktop.app.views.controls import ground, label

_LONG = 9  # letters of a group


class CodeGroups(QWidget):
    """Groups that are parted by spaces; numbered where there are many, so that none is missed."""

    def __init__(self, theme: Theme, code: str, *, small: bool = False) -> None:
        super().__init__()
        ground(self, "raised")
        self.setAccessibleName(code)
        # It is read out as it is written down, also in a window that goes from right to left.
        self.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
        groups = code.split()
        many = len(groups) > 8
        across = 4 if small or many else 3
        if any(len(group) > _LONG for group in groups):
            across = 2
        grid = QGridLayout(self)
        grid.setContentsMargins(16, 12, 16, 12)
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(6 if small else 10)
        font = QFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        font.setPixelSize(14 if small or many else 20)
        font.setLetterSpacing(QFont.SpacingType.AbsoluteSpacing, 1)
        for index, group in enumerate(groups):
            text = label(group)
            text.setFont(font)
            text.setStyleSheet(f"font-family: '{font.family()}'; font-size: {font.pixelSize()}px;")
            text.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
            text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            row, column = divmod(index, across)
            if many:
                number = label(f"{index + 1}", face="small", tone="tertiary")
                number.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
                number.setFixedWidth(16)
                grid.addWidget(number, row, 2 * column)
            grid.addWidget(text, row, 2 * column + 1)
        for column in range(across):
            grid.setColumnStretch(2 * column + 1, 1)
