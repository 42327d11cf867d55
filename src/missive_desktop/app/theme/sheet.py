"""The style sheet and the palette, made from the tokens.

Widgets say what they are by properties: buttons `role` = primary, secondary, quiet, danger, icon
or link; labels `face` = title, strong, small and `tone` = secondary, tertiary, danger, warning,
success; fields `wrong`; frames `ground` = sunken, page, raised, surface, popup.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from PySide6.QtGui import QColor, QPalette

from missive_desktop.app.theme.tokens import Tokens

_SHEET = """
QWidget { color: @text; }
QMainWindow, QDialog, *[ground="surface"] { background: @surface; }
*[ground="sunken"] { background: @surface-sunken; }
*[ground="page"] { background: @surface-page; }
*[ground="raised"] {
    background: @surface-raised; border: 1px solid @hairline; border-radius: %normal;
}
*[ground="popup"] {
    background: @surface-raised; border: 1px solid @hairline-strong; border-radius: %normal;
}
*[ground="hover"] { background: @surface-hover; }

QLabel { background: transparent; }
QLabel[face="title"] { font-size: ^title; font-weight: 600; }
QLabel[face="strong"] { font-weight: 600; }
QLabel[face="small"] { font-size: ^small; }
QLabel[face="small-strong"] { font-size: ^small; font-weight: 600; }
QLabel[tone="secondary"] { color: @text-secondary; }
QLabel[tone="tertiary"] { color: @text-tertiary; }
QLabel[tone="accent"] { color: @accent-text; }
QLabel[tone="danger"] { color: @danger; }
QLabel[tone="warning"] { color: @warning; }
QLabel[tone="success"] { color: @success; }
QLabel[key="true"] {
    font-size: ^small; color: @text-secondary; background: @surface-raised;
    border: 1px solid @hairline; border-radius: %small; padding: 0 5px;
    min-height: 18px; max-height: 18px;
}

QPushButton, QToolButton { border-radius: %normal; }
QPushButton {
    min-height: 30px; padding: 0 15px;
    background: @surface-raised; border: 1px solid @hairline-strong;
}
QPushButton:hover { background: @surface-hover; }
QPushButton:pressed { background: @surface-pressed; }
QPushButton:disabled { color: @hairline-strong; border-color: @hairline; background: @surface; }
QPushButton[small="true"] { min-height: 26px; padding: 0 11px; font-size: ^body; }
QPushButton[role="primary"], QToolButton[role="primary"] {
    background: @accent; border: 1px solid @accent; color: @on-accent; font-weight: 600;
}
QPushButton[role="primary"]:hover, QToolButton[role="primary"]:hover {
    background: @accent-hover; border-color: @accent-hover;
}
QPushButton[role="primary"]:pressed, QToolButton[role="primary"]:pressed {
    background: @accent-pressed; border-color: @accent-pressed;
}
QPushButton[role="primary"]:disabled, QToolButton[role="primary"]:disabled {
    background: @accent-soft-line; border-color: @accent-soft-line; color: @on-accent;
}
QPushButton[role="quiet"] {
    background: transparent; border-color: transparent; color: @text-secondary;
}
QPushButton[role="quiet"]:hover { background: @surface-hover; border-color: transparent; }
QPushButton[role="quiet"]:pressed { background: @surface-pressed; }
QPushButton[role="quiet"]:disabled { color: @hairline-strong; }
QPushButton[role="danger"] { color: @danger; }
QPushButton[role="danger"]:hover { background: @danger-soft; }
QPushButton[role="link"] {
    background: transparent; border: none; color: @accent-text; padding: 0; min-height: 20px;
}
QPushButton[role="link"]:hover { text-decoration: underline; }
QPushButton[role="link-small"] {
    background: transparent; border: none; color: @accent-text; padding: 0; min-height: 16px;
    font-size: ^small;
}
QPushButton[role="link-small"]:disabled { color: @text-tertiary; }
QPushButton[role="link-small"]:hover { text-decoration: underline; }
QPushButton[role="plain"], QPushButton[role="plain-strong"], QPushButton[role="plain-body"] {
    background: transparent; border: none; padding: 0; min-height: 16px; text-align: left;
}
QPushButton[role="plain"] { font-size: ^small; }
QPushButton[role="plain-strong"] { font-weight: 600; }
QPushButton[role="plain"]:hover, QPushButton[role="plain-strong"]:hover,
QPushButton[role="plain-body"]:hover {
    text-decoration: underline;
}
QPushButton[role="filter"] {
    background: transparent; border: none; color: @text-secondary; font-size: ^small;
    min-height: 24px; padding: 0 8px; border-radius: %normal;
}
QPushButton[role="filter"]:hover { background: @surface-hover; }
QPushButton[role="filter"]:checked {
    background: @surface-hover; color: @text; font-weight: 600;
}
QPushButton[role="chip"] {
    background: @surface; border: 1px solid @hairline; color: @text-secondary;
    font-size: ^small; min-height: 22px; padding: 0 7px; border-radius: %small;
}
QPushButton[role="chip"]:hover { background: @surface-hover; color: @text; }
QPushButton[role="shared"] {
    background: transparent; border: none; color: @text-secondary; font-size: ^small;
    min-height: 20px; padding: 0 4px; border-radius: %small;
}
QPushButton[role="shared"]:hover { background: @surface-hover; color: @text; }
QPushButton[role="inverse"] {
    background: transparent; border: none; color: @text-inverse; font-weight: 600;
    min-height: 24px; padding: 0 6px; border-radius: %small;
}
QPushButton[role="inverse"]:hover { text-decoration: underline; }
QPushButton[role="row"] {
    background: transparent; border: none; text-align: left; padding: 0 8px; min-height: 32px;
}
QPushButton[role="row"]:hover { background: @surface-hover; }
QPushButton[role="row"][chosen="true"] { background: @surface-pressed; font-weight: 600; }

QPushButton[role="begin"] {
    text-align: left; color: @text-tertiary; padding: 0 11px; min-height: 34px;
}

QPushButton[role="more"] {
    background: transparent; border: none; color: @text-secondary; font-size: ^small;
    min-height: 24px; padding: 0 8px; border-radius: %small;
}
QPushButton[role="more"]:hover { background: @surface-hover; color: @text; }
QPushButton[role="fold"] {
    background: @surface-hover; border: none; color: @text-secondary; font-size: 8px;
    min-height: 16px; max-height: 16px; padding: 0 8px; border-radius: %small;
}
QPushButton[role="fold"]:hover { background: @surface-pressed; }
QComboBox[bare="true"], QComboBox[bare="true"]:focus {
    background: transparent; border: none; padding: 0; min-height: 24px;
}
QListWidget#suggestions { padding: 4px; }
QListWidget#suggestions::item { border-radius: %small; padding: 0 6px; color: @text; }
QListWidget#suggestions::item:selected { background: @accent-soft; }

QToolButton { border: none; background: transparent; padding: 5px; }
QToolButton:hover { background: @surface-hover; }
QToolButton:pressed { background: @surface-pressed; }
QToolButton:checked { background: @accent-soft; }
QToolButton[on-sunken="true"]:hover { background: @surface-pressed; }
QToolButton::menu-indicator { image: none; }

QLineEdit, QPlainTextEdit[field="true"], QTextEdit[field="true"], QComboBox, QSpinBox {
    background: @surface-raised; border: 1px solid @hairline-strong; border-radius: %normal;
    padding: 0 10px; min-height: 30px; color: @text;
    selection-background-color: @accent; selection-color: @on-accent;
    placeholder-text-color: @text-tertiary;
}
QLineEdit:focus, QPlainTextEdit[field="true"]:focus, QTextEdit[field="true"]:focus,
QComboBox:focus, QSpinBox:focus {
    border: 2px solid @accent-mark; padding: 0 9px; min-height: 28px;
}
QLineEdit[wrong="true"] { border-color: @danger; }
QLineEdit:disabled, QComboBox:disabled, QSpinBox:disabled {
    color: @text-tertiary; border-color: @hairline; background: @surface;
    placeholder-text-color: @hairline-strong;
}
QLineEdit[bare="true"], QLineEdit[bare="true"]:focus {
    border: none; background: transparent; padding: 0; min-height: 20px;
}
QTextEdit, QPlainTextEdit {
    background: transparent; border: none;
    selection-background-color: @accent; selection-color: @on-accent;
}
QComboBox::drop-down { border: none; width: 20px; }

QMenu {
    background: @surface-raised; border: 1px solid @hairline-strong; padding: 4px;
}
QMenu::item { padding: 6px 24px 6px 10px; border-radius: %small; min-height: 20px; }
QMenu::item:selected { background: @accent-soft; }
QMenu::item:disabled { color: @text-tertiary; }
QMenu::icon { padding-left: 8px; }
QMenu::separator { height: 1px; background: @hairline; margin: 4px 6px; }
QToolTip {
    background: @surface-inverse; color: @text-inverse; border: none; padding: 4px 8px;
    font-size: ^small;
}

QScrollArea, QAbstractScrollArea { border: none; background: transparent; }
QAbstractItemView { outline: none; border: none; }
QScrollBar:vertical { width: 12px; background: transparent; margin: 0; }
QScrollBar:horizontal { height: 12px; background: transparent; margin: 0; }
QScrollBar::handle {
    background: @hairline-strong; border-radius: 3px; margin: 3px;
    min-height: 32px; min-width: 32px;
}
QScrollBar::handle:hover { background: @text-tertiary; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }

QSplitter::handle { background: @hairline; }
QProgressBar {
    background: @surface-pressed; border: none; border-radius: 2px;
    max-height: 4px; min-height: 4px;
}
QProgressBar::chunk { background: @accent; border-radius: 2px; }
QFrame[line="true"] { background: @hairline; border: none; }
"""

_NAME = re.compile(r"([@%^])([a-z-]+)")


def style_sheet(colors: Mapping[str, QColor], tokens: Tokens) -> str:
    """Return the application's style sheet: @colour, %radius and ^size of type filled in."""

    def fill(match: re.Match[str]) -> str:
        kind, name = match.groups()
        if kind == "@":
            color = colors[name]
            if color.alpha() == 255:
                return color.name()
            return f"rgba({color.red()}, {color.green()}, {color.blue()}, {color.alpha()})"
        if kind == "%":
            return f"{tokens.radii[name]}px"
        return f"{tokens.faces[name].size}px"

    return _NAME.sub(fill, _SHEET)


def palette(colors: Mapping[str, QColor]) -> QPalette:
    """Return the palette for what the style sheet does not reach."""
    role = QPalette.ColorRole
    result = QPalette()
    for name, color in {
        role.Window: "surface",
        role.WindowText: "text",
        role.Base: "surface-raised",
        role.AlternateBase: "surface-sunken",
        role.Text: "text",
        role.PlaceholderText: "text-tertiary",
        role.Button: "surface-raised",
        role.ButtonText: "text",
        role.ToolTipBase: "surface-inverse",
        role.ToolTipText: "text-inverse",
        role.Highlight: "accent",
        role.HighlightedText: "on-accent",
        role.Link: "accent-text",
        role.LinkVisited: "accent-text",
        role.Accent: "accent",
        role.Light: "surface-hover",
        role.Midlight: "hairline",
        role.Mid: "hairline-strong",
        role.Dark: "text-tertiary",
        role.Shadow: "hairline-strong",
        role.BrightText: "danger",
    }.items():
        result.setColor(name, colors[color])
    for name in (role.Text, role.ButtonText, role.WindowText):
        result.setColor(QPalette.ColorGroup.Disabled, name, colors["text-tertiary"])
    return result
