"""Privacy of one mail, in the panel beside it: who would have watched, whether the sender is
genuine, and what is done with its images."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QMenu, QVBoxLayout, QWidget

from missive_desktop.app.presenters.context import Privacy, Watcher
from missive_desktop.app.theme import Theme
from missive_desktop.app.views.controls import Icon, TextButton, label
from missive_desktop.app.views.dates import mail_time
from missive_desktop.domain.sender import GRAVE
from missive_desktop.domain.tracking import LOADING

_LEVELS = {
    "genuine": ("badge-check", "success"),
    "plain": ("circle-user", "text-secondary"),
    "unknown": ("circle-question-mark", "text-secondary"),
    "doubtful": ("triangle-alert", "warning"),
    "forged": ("octagon-alert", "danger"),
}
_MOST = 12


class PrivacySection(QWidget):
    """`rule_chosen` allow, never or ask; `acted` an act and the message it is about."""

    rule_chosen = Signal(str)
    acted = Signal(str, object)  # ids of messages are wider than Qt's int

    def __init__(self, theme: Theme, privacy: Privacy) -> None:
        super().__init__()
        self._theme = theme
        self._privacy = privacy
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.setAccessibleName(self.tr("Privacy of this mail"))
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 0, 16, 0)
        column.setSpacing(8)
        column.addLayout(self._head())
        column.addLayout(self._trackers())
        for learns, group in _by_what_they_learn(privacy.watchers[:_MOST]).items():
            for each in group:
                column.addLayout(self._watcher(each))
            if learns:
                told = self._told(learns, len(group))
                column.addLayout(
                    self._under(label(told, face="small", tone="secondary", wrap=True))
                )
        if len(privacy.watchers) > _MOST:
            more = self.tr("and {0} more").format(len(privacy.watchers) - _MOST)
            column.addLayout(self._under(label(more, face="small", tone="secondary")))
        column.addSpacing(6)
        self._sender(column)
        column.addSpacing(6)
        column.addLayout(self._images())
        source = TextButton(theme, self.tr("All headers"), "link-small")
        source.clicked.connect(lambda: self.acted.emit("headers", privacy.message))
        column.addWidget(source, 0, Qt.AlignmentFlag.AlignLeft)

    def take_focus(self) -> None:
        """Take the focus to the whole part: the next Tab is at its first button."""
        self.setFocus(Qt.FocusReason.OtherFocusReason)

    # -- parts

    def _head(self) -> QBoxLayout:
        row = QHBoxLayout()
        row.addWidget(label(self.tr("Privacy"), face="small-strong"))
        row.addStretch(1)
        which = self.tr("newest mail") if self._privacy.newest else mail_time(self._privacy.date)
        row.addWidget(label(which, face="small", tone="tertiary"))
        return row

    def _trackers(self) -> QBoxLayout:
        count = len(self._privacy.watchers)
        if not count:
            return self._line("shield", "success", self.tr("Nobody would have watched you"))
        loads = any(kind in LOADING for one in self._privacy.watchers for kind, _, _ in one.things)
        number = self.locale().toString(count)
        if loads:
            text = self.tr("1 tracker blocked") if count == 1 else self.tr("{0} trackers blocked")
        else:
            text = self.tr("1 tracker") if count == 1 else self.tr("{0} trackers")
        return self._line("shield", "text-secondary", text.format(number))

    def _watcher(self, each: Watcher) -> QBoxLayout:
        words = QVBoxLayout()
        words.setSpacing(0)
        name = label(each.name, face="small", wrap=True)
        words.addWidget(name)
        what = ", ".join(self._thing(*thing) for thing in each.things)
        words.addWidget(label(what, face="small", tone="secondary", wrap=True))
        return self._under(words)

    def _told(self, learns: str, number: int) -> str:
        """Say once what some would have learned."""
        if number == 1:
            text = self.tr("It would have learned {0}.")
        elif number == 2:
            text = self.tr("Both would have learned {0}.")
        else:
            text = self.tr("They would have learned {0}.")
        return text.format(learns)

    def _thing(self, kind: str, how: str, number: int) -> str:
        """Say what was found, in a few words."""
        if kind == "link":
            one, many = self.tr("1 rewritten link"), self.tr("{0} rewritten links")
        elif kind == "receipt":
            one = many = self.tr("asks for a read receipt; none was sent")
        elif kind == "pixel":
            one, many = self._pixel(how)
        else:
            one, many = self._beacon(how)
        return one if number == 1 else many.format(self.locale().toString(number))

    def _pixel(self, how: str) -> tuple[str, str]:
        if how == "size":
            return self.tr("invisible image, 1 × 1"), self.tr("{0} invisible images, 1 × 1")
        if how == "hidden":
            return self.tr("hidden image"), self.tr("{0} hidden images")
        if how == "unique":
            return (
                self.tr("image with a code of its own for you"),
                self.tr("{0} images with a code of their own for you"),
            )
        return self.tr("image that counts openings"), self.tr("{0} images that count openings")

    def _beacon(self, how: str) -> tuple[str, str]:
        named = {
            "style": (
                self.tr("background or style sheet"),
                self.tr("{0} backgrounds or style sheets"),
            ),
            "font": (self.tr("font from the web"), self.tr("{0} fonts from the web")),
            "media": (self.tr("sound, film or frame"), self.tr("{0} sounds, films or frames")),
            "hint": (self.tr("connection made ahead"), self.tr("{0} connections made ahead")),
            "calendar": (self.tr("address in the invitation"), self.tr("{0} in the invitation")),
            "file": (self.tr("address in an attached page"), self.tr("{0} in attached pages")),
        }
        usual = (self.tr("loads by itself"), self.tr("{0} parts that load by themselves"))
        return named.get(how, usual)

    def _sender(self, column: QBoxLayout) -> None:
        verdict = self._privacy.verdict
        if verdict is None:
            return
        icon, tone = _LEVELS[verdict.level]
        column.addLayout(self._line(icon, tone, verdict.title))
        # Of an unknown sender the title has said what is only good to know.
        told = [one for one in verdict.warnings if one.serious or verdict.level != "unknown"]
        for one in told:
            tone = "warning" if one.serious else "secondary"
            column.addLayout(self._under(label(one.text, face="small", tone=tone, wrap=True)))
        for text in verdict.lines:
            column.addLayout(self._under(label(text, face="small", tone="secondary", wrap=True)))
        for name, said in (("SPF", verdict.spf), ("DKIM", verdict.dkim), ("DMARC", verdict.dmarc)):
            if said:
                row = QHBoxLayout()
                row.setSpacing(8)
                head = label(name, face="small-strong", tone="secondary")
                head.setFixedWidth(50)
                row.addWidget(head, 0, Qt.AlignmentFlag.AlignTop)
                row.addWidget(label(said, face="small", tone="secondary", wrap=True), 1)
                column.addLayout(self._under(row))

    def _images(self) -> QBoxLayout:
        privacy = self._privacy
        words = {
            "ask": self.tr("Ask before loading"),
            "allow": self.tr("Always load"),
            "never": self.tr("Never load"),
        }
        said = self.tr("Off in the settings") if privacy.off else words[privacy.rule]
        self._rule = TextButton(self._theme, said, "link-small")
        self._rule.setDisabled(privacy.off)
        self._rule.setToolTip(self.tr("Change what is done with images of this sender"))
        self._rule.setAccessibleName(self.tr("Images of this sender: {0}").format(said))
        self._rule.clicked.connect(lambda: self._choose(words))
        row = self._line("image", "text-secondary", self.tr("Images"))
        row.addWidget(self._rule)
        return row

    def _choose(self, words: dict[str, str]) -> None:
        menu = QMenu(self)
        group = QActionGroup(menu)
        verdict = self._privacy.verdict
        doubtful = verdict is not None and verdict.level in GRAVE
        for rule, text in words.items():
            if rule == "allow" and doubtful and self._privacy.rule != rule:
                continue  # who borrows an address does not get its rights
            action = menu.addAction(text)
            action.setCheckable(True)
            action.setChecked(rule == self._privacy.rule)
            group.addAction(action)
            action.triggered.connect(lambda _=False, rule=rule: self.rule_chosen.emit(rule))
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(self._rule.mapToGlobal(self._rule.rect().bottomLeft()))

    # -- lines

    def _line(self, icon: str, tone: str, text: str) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(8)
        picture = Icon(self._theme, icon, tone, small=True)
        row.addWidget(picture, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(label(text, wrap=True), 1)
        return row

    def _under(self, part: QWidget | QBoxLayout) -> QBoxLayout:
        """Indent what belongs to the line above."""
        row = QHBoxLayout()
        row.setContentsMargins(22, 0, 0, 0)
        if isinstance(part, QWidget):
            row.addWidget(part)
        else:
            row.addLayout(part)
        return row


def _by_what_they_learn(watchers: Sequence[Watcher]) -> dict[str, list[Watcher]]:
    """Bring together those of whom the same can be said; of whom nothing can, last."""
    found: dict[str, list[Watcher]] = {one.learns: [] for one in watchers if one.learns}
    for one in watchers:
        found.setdefault(one.learns, []).append(one)
    return found
