"""Joins the links of the mail that is shown to what is said of them and what opens them."""

from __future__ import annotations

from threading import Thread

from PySide6.QtCore import QObject, QPoint, Qt, QTimer, QUrl, Signal
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QMenu

from missive_desktop.app.presenters.opening import LinkBook, Seen, warm
from missive_desktop.app.theme import Theme
from missive_desktop.app.views.conversation import ConversationPane
from missive_desktop.app.views.link_dialog import LinkDialog

OWN = ("act", "missive")
QUIET = 2000  # ms until the tables are read, unless a link is looked at before


class LinkDesk(QObject):
    """`mail_link` says a mailto: link that is to be written to."""

    mail_link = Signal(str)

    def __init__(self, theme: Theme, pane: ConversationPane) -> None:
        super().__init__(pane)
        self._theme = theme
        self._pane = pane
        self._book = LinkBook()
        pane.link_hovered.connect(self._hovered)
        pane.link_menu.connect(self._menu)
        QTimer.singleShot(QUIET, self, lambda: Thread(target=warm, daemon=True).start())

    def look(self, url: QUrl) -> Seen:
        """Examine a link of the page."""
        self._book.turn_to(self._pane.page)
        return self._book.look(_text(url))

    def click(self, url: QUrl) -> None:
        """Open a link, after asking where there is doubt; places in a mail open nowhere else."""
        if url.scheme() in OWN:
            return
        seen = self.look(url)
        self._go(seen, seen.link.target)

    # -- what is said

    def _hovered(self, text: str) -> None:
        url = QUrl(text)
        if not text or url.scheme() in OWN:
            self._pane.strip.leave()
        else:
            self._pane.strip.show_link(self.look(url))

    # -- what is done

    def _go(self, seen: Seen, target: str) -> None:
        if seen.link.refused or seen.link.doubtful:
            dialog = LinkDialog(self._theme, seen, self._pane)
            dialog.agreed.connect(lambda: self._open(seen, target))
            dialog.open()
        else:
            self._open(seen, target)

    def _open(self, seen: Seen, target: str) -> None:
        if seen.link.kind == "mail":
            self.mail_link.emit(target)
        elif target:
            browse(target)

    def _menu(self, url: QUrl, place: QPoint) -> None:
        seen = self.look(url)
        link = seen.link
        menu = QMenu(self._pane)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        title = self.tr("Write to this address") if link.kind == "mail" else self.tr("Open")
        menu.addAction(title, lambda: self._go(seen, link.target))
        copied = _bare(link.target) or link.original
        menu.addAction(self.tr("Copy address"), lambda: _copy(copied))
        if link.target and link.target != link.original and link.kind == "web":
            menu.addSeparator()
            menu.addAction(self.tr("Copy original address"), lambda: _copy(link.original))
            menu.addAction(self.tr("Open without changes"), lambda: self._go(seen, link.original))
        menu.popup(place)


def browse(address: str) -> None:
    """Open an address in the browser of the system."""
    QDesktopServices.openUrl(QUrl.fromEncoded(address.encode()))


def _copy(text: str) -> None:
    QGuiApplication.clipboard().setText(text)


def _bare(target: str) -> str:
    """Return an address as it is pasted: of a mailto: link, whom it writes to."""
    if not target.startswith("mailto:"):
        return target
    return QUrl.fromPercentEncoding(target[7:].partition("?")[0].encode())


def _text(url: QUrl) -> str:
    return url.toString(QUrl.ComponentFormattingOption.FullyEncoded)
