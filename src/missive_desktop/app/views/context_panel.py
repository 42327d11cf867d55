"""The column beside a conversation: the person, what there was with them, privacy of one mail.

It shows what its presenter hands it; it reads nothing itself.
"""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QApplication,
    QBoxLayout,
    QHBoxLayout,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from missive_desktop.app.presenters.context import Context, Person
from missive_desktop.app.presenters.shown import TaskList
from missive_desktop.app.theme import Theme
from missive_desktop.app.views.controls import (
    Avatar,
    Icon,
    TextButton,
    ground,
    label,
    line,
    plain_tip,
)
from missive_desktop.app.views.dates import list_time
from missive_desktop.app.views.privacy_section import PrivacySection
from missive_desktop.app.views.small import OneLine
from missive_desktop.app.views.tasks_section import TasksSection


class ContextPanel(QWidget):
    """`opened` names a conversation, `sought` what to search for, `rule_chosen` allow, never or
    ask, `acted` an act of the mail whose privacy is shown, `task_asked` what is asked of which
    task (or of the list, with a new title), and what a menu opens under."""

    task_asked = Signal(str, object, object)
    opened = Signal(int)
    sought = Signal(str)
    rule_chosen = Signal(str)
    acted = Signal(str, object)  # ids of messages are wider than Qt's int

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        ground(self, "surface")
        self.setAccessibleName(self.tr("People and privacy"))
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self._area = QScrollArea()
        self._area.setWidgetResizable(True)
        self._area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self._area)
        self.privacy: PrivacySection | None = None
        self.tasks: TasksSection | None = None
        self.show_context(None)

    def show_context(self, context: Context | None) -> None:
        """Show all of it anew; nothing while no mail is open."""
        focused = QApplication.focusWidget()
        within = focused is not None and self.isAncestorOf(focused)
        if within:
            self.setFocus()  # before Qt gives it to the next widget it finds
        inner = QWidget()
        ground(inner, "surface")
        column = QVBoxLayout(inner)
        column.setContentsMargins(0, 0, 0, 16)
        column.setSpacing(0)
        self.privacy = None
        before = self.tasks
        writing = before is not None and before.typing
        if context is None or context.tasks is None:
            self.tasks = None
        if context is None:
            text = label(
                self.tr("Who wrote a mail, and who would have watched you read it, stands here."),
                face="small",
                tone="secondary",
                wrap=True,
            )
            text.setContentsMargins(16, 20, 16, 0)
            column.addWidget(text)
        else:
            column.addLayout(self._person(context.person))
            self._section(column, self._past(context.person))
            if context.privacy is not None:
                self.privacy = PrivacySection(self._theme, context.privacy)
                self.privacy.rule_chosen.connect(self.rule_chosen)
                self.privacy.acted.connect(self.acted)
                self._section(column, self.privacy)
            if context.tasks is not None:
                self._section(column, self._tasks(context.tasks))
        column.addStretch(1)
        position = self._area.verticalScrollBar().value()
        self._area.setWidget(inner)  # the one before is deleted
        self._area.verticalScrollBar().setValue(position)
        if writing and self.tasks is not None and self.tasks.typed is not None:
            self.tasks.begin()
        elif within and self.privacy is not None:
            self.privacy.take_focus()

    def show_privacy(self) -> None:
        """Bring the part about trackers into view, and give it the focus."""
        if self.privacy is not None:
            self._area.ensureWidgetVisible(self.privacy, 0, 24)
            self.privacy.take_focus()

    def begin_task(self) -> None:
        if self.tasks is not None:
            self._area.ensureWidgetVisible(self.tasks, 0, 24)
            self.tasks.begin()

    def _section(self, column: QBoxLayout, part: QWidget | QBoxLayout) -> None:
        column.addSpacing(20)
        column.addWidget(line())
        column.addSpacing(16)
        if isinstance(part, QWidget):
            column.addWidget(part)
        else:
            column.addLayout(part)

    def _tasks(self, tasks: TaskList) -> TasksSection:
        """Return the tasks; what was being typed goes on where the same list is read again."""
        before = self.tasks
        same = before is not None and before.tasks.conversation == tasks.conversation
        made = TasksSection(self._theme, tasks, before.typed if before and same else None)
        made.added.connect(lambda title: self.task_asked.emit("add", tasks, title))
        made.acted.connect(
            lambda name, item, anchor: self.task_asked.emit(name, (tasks, item), anchor)
        )
        self.tasks = made
        return made

    # -- the person

    def _person(self, person: Person) -> QBoxLayout:
        name, email = person.address.name, person.address.email
        avatar = Avatar(self._theme, self._theme.size("avatar-person"))
        avatar.set_person(name, email)
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addStretch(1)
        words.addWidget(OneLine(name or email, face="strong"))
        if name:
            address = OneLine(email, face="small", tone="secondary")
            address.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            words.addWidget(address)
        words.addStretch(1)
        top = QHBoxLayout()
        top.setSpacing(12)
        top.addWidget(avatar)
        top.addLayout(words, 1)
        column = QVBoxLayout()
        column.setContentsMargins(16, 16, 16, 0)
        column.setSpacing(8)
        column.addLayout(top)
        column.addSpacing(8)
        for icon, text in self._facts(person):
            column.addLayout(self._fact(icon, text))
        return column

    def _facts(self, person: Person) -> list[tuple[str, str]]:
        known = person.known
        found: list[tuple[str, str]] = []
        if known.mails == 1:
            found.append(("mail", self.tr("First mail from this address")))
        elif known.mails:
            number = self.locale().toString(known.mails)
            since = self.tr("{0} mails since {1}").format(number, list_time(known.first))
            found.append(("mail", since))
        else:
            found.append(("mail", self.tr("No mail from this address")))
        if person.written:
            found.append(("send", self.tr("You last wrote {0}").format(list_time(person.written))))
        else:
            found.append(("send", self.tr("You have not written to them")))
        return found

    def _fact(self, icon: str, text: str) -> QBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(Icon(self._theme, icon, small=True))
        row.addWidget(label(text, face="small"), 1)
        return row

    # -- what there was

    def _past(self, person: Person) -> QBoxLayout:
        past = person.past
        column = QVBoxLayout()
        column.setContentsMargins(16, 0, 16, 0)
        column.setSpacing(6)
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(label(self.tr("Past conversations"), face="small-strong"))
        if past.number:
            number = self.locale().toString(past.number) + ("+" if past.more else "")
            head.addWidget(label(number, face="small", tone="tertiary"))
        head.addStretch(1)
        column.addLayout(head)
        if not past.number:
            column.addWidget(label(self.tr("None yet"), face="small", tone="secondary"))
        for each in past.newest:
            row = QHBoxLayout()
            row.setSpacing(8)
            name = "mail" if each.unread else "mail-open"
            tone = "accent-mark" if each.unread else "text-tertiary"
            subject = each.subject or self.tr("(no subject)")
            button = _Subject(self._theme, subject)
            button.clicked.connect(
                lambda _=False, conversation=each.conversation: self.opened.emit(conversation)
            )
            row.addWidget(Icon(self._theme, name, tone, small=True))
            row.addWidget(button, 1)
            row.addWidget(label(list_time(each.date), face="small", tone="tertiary"))
            column.addLayout(row)
        if past.number > len(past.newest) or past.more:
            everything = TextButton(self._theme, self.tr("Show all"), "link-small")
            everything.clicked.connect(lambda: self.sought.emit(f"from:{person.address.email}"))
            column.addWidget(everything, 0, Qt.AlignmentFlag.AlignLeft)
        return column


class _Subject(TextButton):
    """A subject that opens its conversation, cut where there is no room."""

    def __init__(self, theme: Theme, text: str) -> None:
        super().__init__(theme, "", "plain-body")
        self._whole = text
        self.setAccessibleName(text)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._cut()

    def minimumSizeHint(self) -> QSize:
        return QSize(40, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._cut()

    def _cut(self) -> None:
        metrics = self._theme.metrics("body")
        text = metrics.elidedText(
            self._whole, Qt.TextElideMode.ElideRight, max(40, self.width() - 4)
        )
        self.setText(text.replace("&", "&&"))
        self.setToolTip(plain_tip(self._whole) if text != self._whole else "")
