"""The composer: a card under the conversation, or the whole of a window of its own.

It shows a draft and says what stands in it; when to save and what may be sent its presenter knows.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

from PySide6.QtCore import QLocale, Qt, QTime, Signal
from PySide6.QtGui import QKeySequence, QShortcut, QTextCharFormat
from PySide6.QtWidgets import (
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QInputDialog,
    QLineEdit,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from missive_desktop.app.presenters.composer import Sender
from missive_desktop.app.presenters.meanwhile import News
from missive_desktop.app.presenters.writing import Doubt, Written
from missive_desktop.app.theme import Theme
from missive_desktop.app.views.composer_parts import DoubtLine, Editor, Files, FormatBar
from missive_desktop.app.views.controls import IconButton, TextButton, label, line, restyle
from missive_desktop.app.views.recipients import Complete, RecipientField
from missive_desktop.app.views.rich_text import to_html, to_text
from missive_desktop.app.views.send_button import SendButton
from missive_desktop.app.views.small import Choice
from missive_desktop.domain.draft import Draft, DraftAttachment
from missive_desktop.domain.message import Address

_LABEL_WIDTH = 48


class Composer(QFrame):
    """`send_asked` says whether one is sure, and what follows: "", archive or close;
    `sender_chosen` the account."""

    touched = Signal()
    sender_chosen = Signal(int)
    send_asked = Signal(bool, str)
    discard_asked = Signal()
    close_asked = Signal()
    window_asked = Signal()
    files_chosen = Signal(list)
    image_pasted = Signal(str, bytes, str)
    file_removed = Signal(int)

    def __init__(self, theme: Theme, complete: Complete, *, card: bool = True) -> None:
        super().__init__()
        self._theme = theme
        self._senders: tuple[Sender, ...] = ()
        self._after = ""  # what was to follow when doubts were shown
        self._loading = True
        self.setProperty("ground", "popup" if card else "surface")
        self.editor = Editor(theme)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(1, 1, 1, 1)
        self._column.setSpacing(0)
        self._from = self._from_row(card)
        self._rows: dict[str, QWidget] = {}
        self.to = self._people_row("to", self.tr("To"), complete)
        self.cc = self._people_row("cc", self.tr("Cc"), complete)
        self.bcc = self._people_row("bcc", self.tr("Bcc"), complete)
        self.subject = self._subject_row()
        self.doubts = DoubtLine(theme)
        self._column.addWidget(self.doubts)
        self._body()
        self.format_bar = FormatBar(theme, self.editor, self._ask_link)
        self.format_bar.hide()
        self._column.addWidget(self.format_bar)
        self._foot()
        self._connect()
        self._loading = False

    # -- what the presenter asks

    def show_draft(self, draft: Draft, own: str, quote: str, senders: Sequence[Sender]) -> None:
        self._loading = True
        self._senders = tuple(senders)
        self._sender.clear()
        for sender in senders:
            name = sender.address.name
            text = f"{name}   {sender.address.email}" if name else sender.address.email
            self._sender.addItem(text, sender.account)
        self._offer_also()
        accounts = [sender.account for sender in senders]
        if draft.account in accounts:
            self._sender.setCurrentIndex(accounts.index(draft.account))
        self.to.set_people(draft.to)
        self.cc.set_people(draft.cc)
        self.bcc.set_people(draft.bcc)
        self._rows["cc"].setVisible(bool(draft.cc))
        self._rows["bcc"].setVisible(bool(draft.bcc))
        self.subject.setText(draft.subject)
        answer = draft.kind in ("reply", "reply_all") and bool(draft.subject)
        self._rows["subject"].setVisible(not answer)
        self._links["subject"].setVisible(answer)
        self._links["cc"].setVisible(not draft.cc)
        self._links["bcc"].setVisible(not draft.bcc)
        self._quote.setText(quote)
        self._unfold.setVisible(bool(quote))
        self._quote_box.hide()
        self._set_rich(bool(draft.html))
        if draft.html:
            self.editor.set_rich(draft.html)
        else:
            self.editor.set_text(own)
        start = self.editor.textCursor()
        start.movePosition(start.MoveOperation.Start)
        self.editor.setTextCursor(start)
        self._loading = False

    def stand_alone(self) -> None:
        """Look like the whole of a window, no longer like a card."""
        self._out.hide()
        restyle(self, "ground", "surface")

    def begin(self) -> None:
        """Put the caret where writing begins."""
        if not self.to.people():
            self.to.setFocus()
        elif self._rows["subject"].isVisible() and not self.subject.text():
            self.subject.setFocus()
        else:
            self.editor.setFocus()

    def written(self) -> Written:
        index = max(0, self._sender.currentIndex())
        sender = self._senders[index] if self._senders else Sender(0, Address("", ""), "")
        document = self.editor.document()
        rich = self.editor.rich
        return Written(
            account=sender.account,
            sender=sender.address,
            to=self.to.people(),
            cc=self.cc.people(),
            bcc=self.bcc.people(),
            subject=self.subject.text(),
            text=to_text(document) if rich else self.editor.toPlainText(),
            html=to_html(document) if rich else "",
        )

    def exchange_text(self, text: str) -> None:
        if not self.editor.rich:
            self.editor.set_text(text)

    def show_files(self, files: Sequence[DraftAttachment], pending: Sequence[str]) -> None:
        self._files.show_files([(file.raw, file.name, file.size) for file in files], pending)

    def show_saved(self) -> None:
        now = datetime.now()  # noqa: DTZ005 - the writer's own clock
        time = QLocale().toString(QTime(now.hour, now.minute), QLocale.FormatType.ShortFormat)
        self._saved.setText(self.tr("Draft saved {0}").format(time))

    def show_doubts(self, found: Sequence[Doubt], news: Sequence[News] = ()) -> None:
        self.doubts.show_doubts(found, news)
        if Doubt.NO_RECIPIENT in found:
            self.to.setFocus()
        elif Doubt.NO_SUBJECT in found:
            self._reveal("subject")

    def show_trouble(self, message: str, advice: str) -> None:
        self.doubts.show_trouble(message, advice)

    def show_sending(self, sending: bool) -> None:
        self.setEnabled(not sending)

    def place_image(self, file: DraftAttachment, data: bytes) -> None:
        self._set_rich(True)  # only an HTML body can hold it
        self.editor.place_image(file.content_id, data, insert=True)

    # -- how it is built

    def _from_row(self, card: bool) -> QWidget:
        self._sender = Choice(self._theme, bare=True)
        self._sender.setAccessibleName(self.tr("From"))
        self._sender.setFixedHeight(self._theme.size("token"))
        self._sender.setSizeAdjustPolicy(Choice.SizeAdjustPolicy.AdjustToContents)
        tip = self.tr("Write in a window of its own")
        out = self._out = IconButton(self._theme, "external-link", tip)
        out.clicked.connect(self.window_asked)
        out.setVisible(card)
        row, inner = self._row(self.tr("From"), Qt.AlignmentFlag.AlignVCenter)
        inner.addWidget(self._sender)
        inner.addStretch(1)
        inner.addWidget(out)
        return row

    def _people_row(self, key: str, text: str, complete: Complete) -> RecipientField:
        field = RecipientField(self._theme, text, complete)
        row, inner = self._row(text)
        inner.addWidget(field, 1)
        if key == "to":
            self._links = {}
            for name, title in (
                ("subject", self.tr("Subject")),
                ("cc", self.tr("Cc")),
                ("bcc", self.tr("Bcc")),
            ):
                link = TextButton(self._theme, title, "more", small=True)
                link.clicked.connect(lambda _=False, name=name: self._reveal(name))
                self._links[name] = link
                inner.addWidget(link, 0, Qt.AlignmentFlag.AlignTop)
        self._rows[key] = row
        row.setVisible(key == "to")
        return field

    def _subject_row(self) -> QLineEdit:
        field = QLineEdit()
        field.setProperty("bare", "true")
        field.setAccessibleName(self.tr("Subject"))
        row, inner = self._row(self.tr("Subject"))
        inner.addWidget(field, 1)
        self._rows["subject"] = row
        return field

    def _row(
        self, text: str, place: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignTop
    ) -> tuple[QWidget, QHBoxLayout]:
        row = QWidget()
        column = QVBoxLayout(row)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        inner = QHBoxLayout()
        inner.setContentsMargins(16, 5, 8, 5)
        inner.setSpacing(0)
        name = label(text, face="small", tone="secondary")
        name.setFixedSize(_LABEL_WIDTH, self._theme.size("token"))
        inner.addWidget(name, 0, place)
        column.addLayout(inner)
        column.addWidget(line())
        self._column.addWidget(row)
        return row, inner

    def _body(self) -> None:
        self._unfold = TextButton(self._theme, "•••", "fold", small=True)
        self._unfold.setToolTip(self.tr("Show the quoted history"))
        self._unfold.setAccessibleName(self.tr("Show the quoted history"))
        self._unfold.clicked.connect(self._toggle_quote)
        self._quote_box = QScrollArea()
        self._quote = label(tone="secondary", wrap=True)
        self._quote.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeading)
        self._quote_box.setWidget(self._quote)
        self._quote_box.setWidgetResizable(True)
        self._quote_box.setMaximumHeight(160)
        self._files = Files(self._theme)
        body = QWidget()
        column = QVBoxLayout(body)
        column.setContentsMargins(16, 12, 12, 12)
        column.setSpacing(8)
        column.addWidget(self.editor, 1)
        column.addWidget(self._unfold, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(self._quote_box)
        column.addWidget(self._files)
        self._column.addWidget(body, 1)

    def _foot(self) -> None:
        self._send_button = SendButton(self._theme, self)
        self._send_button.asked.connect(self._send)
        self._format = IconButton(self._theme, "type", self.tr("Formatting"))
        self._format.setCheckable(True)
        self._format.clicked.connect(self._format_asked)
        attach = IconButton(self._theme, "paperclip", self.tr("Attach files"))
        attach.clicked.connect(self._choose_files)
        self._saved = label(face="small", tone="secondary")
        bin_ = IconButton(self._theme, "trash-2", self.tr("Discard the draft"))
        bin_.clicked.connect(self.discard_asked)
        self._column.addWidget(line())
        row = QHBoxLayout()
        row.setContentsMargins(8, 8, 8, 8)
        row.setSpacing(4)
        row.addWidget(self._send_button)
        row.addSpacing(6)
        row.addWidget(self._format)
        row.addWidget(attach)
        row.addStretch(1)
        row.addWidget(self._saved)
        row.addSpacing(8)
        row.addWidget(bin_)
        self._column.addLayout(row)

    def _offer_also(self) -> None:
        index = self._sender.currentIndex()
        shared = 0 <= index < len(self._senders) and self._senders[index].shared
        self._send_button.offer(shared=shared)

    def _send(self, after: str = "") -> None:
        self._after = after
        self.send_asked.emit(False, after)

    def _connect(self) -> None:
        for field in (self.to, self.cc, self.bcc):
            field.changed.connect(self._say_touched)
        self.subject.textEdited.connect(self._say_touched)
        self.editor.textChanged.connect(self._say_touched)
        self.editor.files_dropped.connect(self.files_chosen)
        self.editor.image_pasted.connect(self.image_pasted)
        self._files.removed.connect(self.file_removed)
        self._sender.activated.connect(
            lambda index: self.sender_chosen.emit(self._senders[index].account)
        )
        self._sender.currentIndexChanged.connect(lambda _: self._offer_also())
        self.doubts.sure.connect(lambda: self.send_asked.emit(True, self._after))
        for keys, act in (
            ("Ctrl+Return", lambda: self._send()),
            ("Ctrl+Enter", lambda: self._send()),
            ("Ctrl+Shift+Return", lambda: self._send(self._send_button.also)),
            ("Escape", self.close_asked.emit),
        ):
            self._shortcut(keys, act)

    def _shortcut(self, keys: str, act: Callable[[], object]) -> None:
        shortcut = QShortcut(QKeySequence(keys), self)
        shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        shortcut.activated.connect(act)

    # -- what it does by itself

    def _say_touched(self) -> None:
        if not self._loading:
            self.touched.emit()

    def _reveal(self, name: str) -> None:
        self._rows[name].show()
        self._links[name].hide()
        fields = {"cc": self.cc, "bcc": self.bcc, "subject": self.subject}
        fields[name].setFocus()

    def _toggle_quote(self) -> None:
        self._quote_box.setVisible(self._quote_box.isHidden())

    def _format_asked(self, on: bool) -> None:
        if not on:  # back to plain text: what cannot be kept is given up knowingly
            text = to_text(self.editor.document())
            self.editor.setCurrentCharFormat(QTextCharFormat())
            self.editor.set_text(text)
        self._set_rich(on)
        self._say_touched()
        self.editor.setFocus()

    def _set_rich(self, on: bool) -> None:
        self.editor.rich = on
        self.format_bar.setVisible(on)
        self._format.setChecked(on)

    def _ask_link(self) -> None:
        dialog = QInputDialog(self)
        dialog.setWindowTitle(self.tr("Link"))
        dialog.setLabelText(self.tr("Address"))
        dialog.setTextValue(self.editor.textCursor().charFormat().anchorHref() or "https://")
        dialog.textValueSelected.connect(self._set_link)
        dialog.open()

    def _set_link(self, address: str) -> None:
        if not address.startswith(("https://", "http://", "mailto:")) or len(address) < 9:
            return
        cursor = self.editor.textCursor()
        style = QTextCharFormat()
        style.setAnchor(True)
        style.setAnchorHref(address)
        style.setForeground(self._theme.color("accent-text"))
        style.setFontUnderline(True)
        if cursor.hasSelection():
            cursor.mergeCharFormat(style)
        else:
            cursor.insertText(address, style)

    def _choose_files(self) -> None:
        dialog = QFileDialog(self, self.tr("Attach files"))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
        dialog.filesSelected.connect(
            lambda names: self.files_chosen.emit([Path(name) for name in names])
        )
        dialog.open()
