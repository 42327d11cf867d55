"""The list of those whose images are loaded always or never, each with a way to take it back."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from missive_desktop.app.theme import Theme
from missive_desktop.app.views.controls import TextButton, label, line
from missive_desktop.app.views.small import OneLine
from missive_desktop.store.image_rules import Rule

WIDTH = 480


class ImageRulesDialog(QDialog):
    """`removed` says the scope and the value of a rule that is no longer wanted."""

    removed = Signal(str, str)

    def __init__(self, theme: Theme, rules: Sequence[Rule], parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._theme = theme
        self.setWindowTitle(self.tr("Whose images are loaded"))
        self.setFixedWidth(WIDTH)
        self.setMinimumHeight(320)
        self._area = QScrollArea()
        self._area.setWidgetResizable(True)
        self._area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 20)
        column.setSpacing(12)
        column.addWidget(label(self.tr("Whose images are loaded"), face="title"))
        text = self.tr(
            "Rules that you made in mails. They do not count for spam, nor where the sender is in"
            " doubt."
        )
        column.addWidget(label(text, tone="secondary", wrap=True))
        column.addWidget(self._area, 1)
        close = TextButton(theme, self.tr("Close"))
        close.clicked.connect(self.accept)
        column.addWidget(close, 0, Qt.AlignmentFlag.AlignRight)
        self.show_rules(rules)

    def show_rules(self, rules: Sequence[Rule]) -> None:
        inner = QWidget()
        column = QVBoxLayout(inner)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        if not rules:
            none = self.tr("No rules yet: images are loaded only when you ask for them in a mail.")
            column.addWidget(label(none, tone="secondary", wrap=True))
        for index, rule in enumerate(rules):
            if index:
                column.addWidget(line())
            column.addWidget(self._row(rule))
        column.addStretch(1)
        self._area.setWidget(inner)

    def _row(self, rule: Rule) -> QWidget:
        holder = QWidget()
        holder.setFixedHeight(40)
        row = QHBoxLayout(holder)
        row.setContentsMargins(0, 0, 4, 0)
        row.setSpacing(12)
        name = rule.value if rule.scope == "sender" else self.tr("all of {0}").format(rule.value)
        row.addWidget(OneLine(name), 1)
        said = self.tr("always loaded") if rule.allow else self.tr("never loaded")
        row.addWidget(label(said, face="small", tone="secondary"))
        remove = TextButton(self._theme, self.tr("Remove"), "link-small")
        remove.setAccessibleName(self.tr("Remove the rule for {0}").format(rule.value))
        remove.clicked.connect(lambda: self.removed.emit(rule.scope, rule.value))
        row.addWidget(remove)
        return holder
