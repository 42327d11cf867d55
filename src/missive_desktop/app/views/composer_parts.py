"""Parts of the composer: the text field, its formatting bar, the files, the line of doubts."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import (
    QBuffer,
    QByteArray,
    QIODevice,
    QMimeData,
    QRectF,
    QSize,
    QUrl,
    Signal,
)
from PySide6.QtGui import (
    QDragEnterEvent,
    QDropEvent,
    QFont,
    QImage,
    QImageWriter,
    QPainter,
    QPaintEvent,
    QTextBlockFormat,
    QTextCharFormat,
    QTextDocument,
    QTextImageFormat,
    QTextListFormat,
)
from PySide6.QtWidgets import QHBoxLayout, QTextEdit, QVBoxLayout, QWidget

from missive_desktop.app.presenters.meanwhile import Kind, News
from missive_desktop.app.presenters.writing import BLOCKING, Doubt
from missive_desktop.app.theme import Theme
from missive_desktop.app.views.controls import IconButton, TextButton, ground, label, line
from missive_desktop.app.views.flow import FlowLayout
from missive_desktop.app.views.painting import fill_rounded
from missive_desktop.app.views.small import OneLine, divider, key_text

_WIDEST_IMAGE = 640


class Editor(QTextEdit):
    """Where the mail is written. It loads nothing: images come from `place_image` only."""

    files_dropped = Signal(list)
    image_pasted = Signal(str, bytes, str)  # name, PNG, content id

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._images: dict[str, QImage] = {}
        self.rich = False
        self.setAcceptRichText(False)
        self.setTabChangesFocus(True)
        self.setFrameShape(QTextEdit.Shape.NoFrame)
        self.setAccessibleName(self.tr("Text of the mail"))
        self.setFont(theme.font("mail"))
        self.document().setDocumentMargin(0)
        self.document().setDefaultFont(theme.font("mail"))
        self.setViewportMargins(0, 0, 4, 0)

    def set_text(self, text: str) -> None:
        self.setPlainText(text)
        self._space()

    def set_rich(self, html: str) -> None:
        self.setHtml(html)
        self._space()

    def _space(self) -> None:
        """Give all lines the height of the mail's type."""
        cursor = self.textCursor()
        cursor.select(cursor.SelectionType.Document)
        style = QTextBlockFormat()
        height = self._theme.line("mail")
        style.setLineHeight(height, QTextBlockFormat.LineHeightTypes.MinimumHeight.value)
        cursor.mergeBlockFormat(style)
        self.document().clearUndoRedoStacks()

    def loadResource(self, kind: int, name: QUrl | str) -> object:
        """Serve the images of this draft; never a file or an address that pasted text names."""
        if kind == QTextDocument.ResourceType.ImageResource.value:
            return self._images.get(QUrl(name).toString(), QImage())
        return QByteArray()

    def place_image(self, content_id: str, data: bytes, *, insert: bool) -> None:
        image = QImage.fromData(data)
        name = f"cid:{content_id}"
        self._images[name] = image
        self.document().addResource(
            QTextDocument.ResourceType.ImageResource.value, QUrl(name), image
        )
        self.document().markContentsDirty(0, self.document().characterCount())
        if insert:
            style = QTextImageFormat()
            style.setName(name)
            style.setWidth(min(_WIDEST_IMAGE, image.width() / max(1.0, image.devicePixelRatio())))
            cursor = self.textCursor()
            if not cursor.atBlockStart():
                cursor.insertBlock()
            cursor.insertImage(style)
            cursor.insertBlock()

    def canInsertFromMimeData(self, source: QMimeData) -> bool:
        return source.hasImage() or source.hasUrls() or source.hasText()

    def insertFromMimeData(self, source: QMimeData) -> None:
        """Files become attachments, pictures stand in the text, all else is plain text."""
        files = [Path(url.toLocalFile()) for url in source.urls() if url.isLocalFile()]
        if files:
            self.files_dropped.emit(files)
        elif source.hasImage() and not source.hasText():
            self._paste_image(source.imageData())
        else:
            self.textCursor().insertText(source.text())

    def _paste_image(self, data: object) -> None:
        image = data if isinstance(data, QImage) else QImage()
        if image.isNull():
            return
        store = QByteArray()
        buffer = QBuffer(store)
        buffer.open(QIODevice.OpenModeFlag.WriteOnly)
        QImageWriter(buffer, QByteArray(b"png")).write(image)
        content_id = f"{secrets.token_hex(8)}@missive.invalid"
        self.image_pasted.emit("image.png", bytes(store.data()), content_id)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if event.mimeData().hasUrls():
            event.acceptProposedAction()
        else:
            super().dragEnterEvent(event)

    def dropEvent(self, event: QDropEvent) -> None:
        if event.mimeData().hasUrls():
            self.insertFromMimeData(event.mimeData())
            event.acceptProposedAction()
        else:
            super().dropEvent(event)


class FormatBar(QWidget):
    """What can be done to the text once formatting was asked for."""

    def __init__(self, theme: Theme, editor: Editor, ask_link: Callable[[], None]) -> None:
        super().__init__()
        self._editor = editor
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(line())
        row = QHBoxLayout()
        row.setContentsMargins(8, 3, 16, 3)
        row.setSpacing(2)
        self._marks: dict[str, IconButton] = {}
        for name, tip, keys in (
            ("bold", self.tr("Bold"), "Ctrl+B"),
            ("italic", self.tr("Italic"), "Ctrl+I"),
            ("underline", self.tr("Underline"), "Ctrl+U"),
            ("strikethrough", self.tr("Strike through"), "Ctrl+Shift+X"),
        ):
            button = IconButton(theme, name, f"{tip} ({key_text(keys)})")
            button.setShortcut(keys)
            button.setCheckable(True)
            button.clicked.connect(lambda on, name=name: self._mark(name, on))
            self._marks[name] = button
            row.addWidget(button)
        row.addWidget(divider())
        for name, tip, act in (
            ("list", self.tr("List"), lambda: self._list(QTextListFormat.Style.ListDisc)),
            (
                "list-ordered",
                self.tr("Numbered list"),
                lambda: self._list(QTextListFormat.Style.ListDecimal),
            ),
            ("link", self.tr("Link"), ask_link),
        ):
            button = IconButton(theme, name, tip)
            button.clicked.connect(act)
            row.addWidget(button)
        row.addWidget(divider())
        clear = IconButton(theme, "remove-formatting", self.tr("Remove formatting"))
        clear.clicked.connect(self._clear)
        row.addWidget(clear)
        row.addStretch(1)
        row.addWidget(
            label(self.tr("Sent as HTML and as plain text"), face="small", tone="secondary")
        )
        column.addLayout(row)
        editor.currentCharFormatChanged.connect(self._follow)

    def _mark(self, name: str, on: bool) -> None:
        style = QTextCharFormat()
        if name == "bold":
            style.setFontWeight(QFont.Weight.DemiBold if on else QFont.Weight.Normal)
        elif name == "italic":
            style.setFontItalic(on)
        elif name == "underline":
            style.setFontUnderline(on)
        else:
            style.setFontStrikeOut(on)
        self._editor.mergeCurrentCharFormat(style)
        self._editor.setFocus()

    def _follow(self, style: QTextCharFormat) -> None:
        self._marks["bold"].setChecked(style.fontWeight() >= QFont.Weight.DemiBold)
        self._marks["italic"].setChecked(style.fontItalic())
        self._marks["underline"].setChecked(style.fontUnderline())
        self._marks["strikethrough"].setChecked(style.fontStrikeOut())

    def _list(self, kind: QTextListFormat.Style) -> None:
        cursor = self._editor.textCursor()
        current = cursor.currentList()
        if current is not None and current.format().style() == kind:
            block = cursor.blockFormat()
            block.setIndent(0)
            current.remove(cursor.block())
            cursor.setBlockFormat(block)
        else:
            style = QTextListFormat()
            style.setStyle(kind)
            cursor.createList(style)
        self._editor.setFocus()

    def _clear(self) -> None:
        cursor = self._editor.textCursor()
        if not cursor.hasSelection():
            cursor.select(cursor.SelectionType.BlockUnderCursor)
        cursor.setCharFormat(QTextCharFormat())
        current = cursor.currentList()
        if current is not None:
            current.remove(cursor.block())
        self._editor.setFocus()


class FileTile(QWidget):
    """One attached file: its name, its size, and a cross; without a size it is on its way."""

    removed = Signal()

    def __init__(self, theme: Theme, name: str, size: str) -> None:
        super().__init__()
        self._theme = theme
        self._icon = icon_of(name)
        row = QHBoxLayout(self)
        row.setContentsMargins(44, 0, 4, 0)
        row.setSpacing(8)
        texts = QVBoxLayout()
        texts.setSpacing(0)
        texts.setContentsMargins(0, 3, 0, 3)
        title = OneLine(name, face="small-strong")
        title.setFixedWidth(min(170, title.fontMetrics().horizontalAdvance(name) + 14))
        texts.addWidget(title)
        texts.addWidget(label(size or self.tr("taking it in…"), face="small", tone="secondary"))
        row.addLayout(texts)
        if size:
            cross = IconButton(
                theme, "x", self.tr("Remove {0}").format(name), size=theme.size("icon-small")
            )
            cross.clicked.connect(self.removed)
            row.addWidget(cross)
        self.setFixedHeight(theme.size("attachment-tile"))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        theme, box = self._theme, QRectF(self.rect())
        fill_rounded(painter, box, theme.radius(), theme.color("hairline"))
        inner = box.adjusted(1, 1, -1, -1)
        fill_rounded(painter, inner, theme.radius() - 1, theme.color("surface-raised"))
        fill_rounded(
            painter, QRectF(8, 8, 24, 24), theme.radius("small"), theme.color("surface-hover")
        )
        painter.drawPixmap(13, 13, theme.pixmap(self._icon, size=theme.size("icon-small")))
        painter.end()

    def sizeHint(self) -> QSize:
        return QSize(super().sizeHint().width(), self._theme.size("attachment-tile"))


class Files(QWidget):
    """All files of the draft, in rows."""

    removed = Signal(int)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._flow = FlowLayout(self)
        self.hide()

    def show_files(self, files: Sequence[tuple[int, str, int]], pending: Sequence[str]) -> None:
        while (item := self._flow.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        for raw, name, size in files:
            tile = FileTile(self._theme, name, size_text(size))
            tile.removed.connect(lambda raw=raw: self.removed.emit(raw))
            self._flow.addWidget(tile)
            tile.show()
        for name in pending:
            tile = FileTile(self._theme, name, "")
            self._flow.addWidget(tile)
            tile.show()
        self.setVisible(bool(files or pending))
        self.updateGeometry()


class DoubtLine(QWidget):
    """What is to be said before sending, with a way to go on where one may."""

    sure = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        ground(self, "raised")
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 4, 8, 4)
        self._text = label(wrap=True)
        self._go_on = TextButton(theme, self.tr("Send anyway"), "quiet", small=True)
        self._go_on.clicked.connect(self.sure)
        close = IconButton(theme, "x", self.tr("Close"), size=theme.size("icon-small"))
        close.clicked.connect(self.hide)
        row.addWidget(self._text, 1)
        row.addWidget(self._go_on)
        row.addWidget(close)
        self.hide()

    def show_doubts(self, found: Sequence[Doubt], news: Sequence[News] = ()) -> None:
        texts = {
            Doubt.NO_RECIPIENT: self.tr("Who is it for? Nobody stands in To, Cc or Bcc yet."),
            Doubt.WRONG_RECIPIENT: self.tr("One of the addresses cannot be one; it is marked."),
            Doubt.NO_SUBJECT: self.tr("It has no subject."),
            Doubt.NO_ATTACHMENT: self.tr("You write of an attachment, and there is none."),
            Doubt.MEANWHILE: self._told(news),
        }
        blocking = [doubt for doubt in found if doubt in BLOCKING]
        said = blocking or list(found)
        self._say(" ".join(texts[doubt] for doubt in said), "danger" if blocking else "warning")
        self._go_on.setVisible(bool(found) and not blocking)
        if blocking:
            self._go_on.hide()
        if not found:
            self._say(self.tr("A file is still on its way into the mail."), "warning")

    def _told(self, news: Sequence[News]) -> str:
        """Say what others wrote meanwhile: the reader decides whether it changes the answer."""
        somebody = self.tr("Somebody")
        words = {
            Kind.MAIL: self.tr("A new mail of {0} has come."),
            Kind.ANSWER: self.tr("{0} answered meanwhile."),
            Kind.COMMENT: self.tr("{0} commented meanwhile."),
            Kind.TYPING: self.tr("{0} is writing here, too."),
        }
        return " ".join(words[one.kind].format(one.who or somebody) for one in news[:3])

    def show_trouble(self, message: str, advice: str) -> None:
        self._say(f"{message} {advice}".strip(), "danger")
        self._go_on.hide()

    def _say(self, text: str, tone: str) -> None:
        self._text.setText(text)
        self._text.setProperty("tone", tone)
        self._text.style().unpolish(self._text)
        self._text.style().polish(self._text)
        self.show()


_ICONS = {
    "file-image": (
        "png",
        "jpg",
        "jpeg",
        "gif",
        "webp",
        "heic",
        "bmp",
        "svg",
        "tif",
        "tiff",
        "avif",
    ),
    "file-text": ("pdf", "txt", "md", "doc", "docx", "odt", "rtf"),
    "file-spreadsheet": ("csv", "xls", "xlsx", "ods"),
    "file-audio": ("mp3", "wav", "ogg", "flac", "m4a"),
    "file-video": ("mp4", "mov", "mkv", "webm", "avi"),
    "file-archive": ("zip", "gz", "tar", "7z", "rar", "xz"),
    "calendar": ("ics",),
    "mail": ("eml",),
}


def icon_of(name: str) -> str:
    """Return the icon for a file of this name."""
    ending = name.rpartition(".")[2].lower()
    return next((icon for icon, endings in _ICONS.items() if ending in endings), "file")


def size_text(size: int) -> str:
    """Return a size as people say it: 184 KB, 1.8 MB."""
    if size < 1000:
        return f"{size} B"
    if size < 999_500:
        return f"{round(size / 1000)} KB"
    return f"{size / 1e6:.1f} MB" if size < 999.5e6 else f"{size / 1e9:.1f} GB"
