"""The screen "Who tracks me": totals, a plot over time, by vendor, by sender, a file to take away.

It shows what its presenter hands it and says what the reader wants.
"""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QStandardPaths, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QApplication,
    QBoxLayout,
    QButtonGroup,
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from missive_desktop.app.presenters.report_values import OTHERS, Report, Span, VendorLine
from missive_desktop.app.theme import Theme
from missive_desktop.app.views.controls import Icon, TextButton, ground, label, line
from missive_desktop.app.views.dates import day_text
from missive_desktop.app.views.report_chart import ShareBar, StackedBars
from missive_desktop.app.views.report_senders import SenderTable

_NARROW = 860  # under which plot and vendors stand one above the other


class ReportPage(QWidget):
    """`span_chosen` a Span, `export_asked` a path, `unsubscribe_asked` a message, `sought` what to
    search for."""

    span_chosen = Signal(object)
    export_asked = Signal(str)
    unsubscribe_asked = Signal(object)  # ids of messages are wider than Qt's int
    sought = Signal(str)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        ground(self, "page")
        self.setAccessibleName(self.tr("Who tracks me"))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._heading = label(self.tr("Who tracks me"), face="title")
        self._totals = label(tone="secondary", wrap=True)
        self.chart = StackedBars(theme)
        self._vendors = QVBoxLayout()
        self._senders = SenderTable(theme)
        self._senders.unsubscribe_asked.connect(self.unsubscribe_asked)
        self._senders.sought.connect(self.sought)
        self._foot = _Foot(theme)
        self._nothing = _Nothing(theme)
        self._lay_out()

    def show_report(self, report: Report) -> None:
        """Show all of it anew."""
        focused = QApplication.focusWidget()
        if focused is not None and self._senders.isAncestorOf(focused):
            self.setFocus()  # before Qt gives it to the next widget it finds
        for button in self._spans.buttons():
            if button.property("value") == report.span.value:
                button.setChecked(True)
        filled = report.trackers > 0
        self._nothing.setVisible(not filled)
        for part in (self._cards, self._senders, self._foot):
            part.setVisible(filled)
        self._export.setEnabled(filled)
        self._totals.setText(self._sentence(report))
        self.chart.show_columns(self._chart_title(report), report.legend, report.columns)
        self._fill_vendors(report.vendors)
        self._senders.show_senders(report.senders, self._over(report.span))
        self._foot.show_watchers(report.companies, report.unnamed)

    def show_waiting(self) -> None:
        """Say that it is being counted."""
        self._totals.setText(self.tr("Counting…"))

    # -- words

    def _sentence(self, report: Report) -> str:
        number = self.locale().toString
        since = day_text(report.since)
        if not report.trackers:
            return self.tr("No trackers since {0}.").format(since)
        what = self.tr("1 tracker") if report.trackers == 1 else self.tr("{0} trackers")
        where = self.tr("1 mail") if report.mails == 1 else self.tr("{0} mails")
        found = self.tr("{0} in {1} since {2}.").format(
            what.format(number(report.trackers)), where.format(number(report.mails)), since
        )
        told = self.tr("None of them was loaded.")
        if report.loaded == 1:
            told += " " + self.tr("1 of these mails showed images that you asked for.")
        elif report.loaded:
            told += " " + self.tr("{0} of these mails showed images that you asked for.").format(
                number(report.loaded)
            )
        return f"{found} {told}"

    def _chart_title(self, report: Report) -> str:
        if report.span is Span.MONTH:
            return self.tr("Trackers per day")
        return self.tr("Trackers per week")

    def _over(self, span: Span) -> str:
        return {
            Span.MONTH: self.tr("Over 30 days"),
            Span.QUARTER: self.tr("Over 12 weeks"),
            Span.YEAR: self.tr("Over 1 year"),
        }[span]

    def _kinds(self, line: VendorLine) -> str:
        if line.name == OTHERS:
            return self.tr("found by shape")
        words = {
            "pixel": self.tr("pixel"),
            "beacon": self.tr("beacon"),
            "link": self.tr("links"),
            "receipt": self.tr("read receipt"),
        }
        return ", ".join(words[kind] for kind in line.kinds if kind in words)

    # -- parts

    def _lay_out(self) -> None:
        inner = QWidget()
        ground(inner, "page")
        column = QVBoxLayout(inner)
        column.setContentsMargins(32, 20, 32, 24)
        column.setSpacing(16)
        column.addLayout(self._head())
        self._cards = QWidget()
        self._pair = QBoxLayout(QBoxLayout.Direction.LeftToRight, self._cards)
        self._pair.setContentsMargins(0, 0, 0, 0)
        self._pair.setSpacing(16)
        self._pair.addWidget(_card(self.chart), 62)
        self._pair.addWidget(self._vendor_card(), 36)
        column.addWidget(self._cards)
        column.addWidget(self._senders)
        column.addWidget(self._foot)
        column.addWidget(self._nothing)
        column.addStretch(1)
        self._area = QScrollArea()
        self._area.setWidgetResizable(True)
        self._area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._area.setWidget(inner)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(line())
        whole.addWidget(self._area)

    def _head(self) -> QBoxLayout:
        words = QVBoxLayout()
        words.setSpacing(4)
        words.addWidget(self._heading)
        words.addWidget(self._totals)
        self._spans = QButtonGroup(self)
        row = QHBoxLayout()
        row.setSpacing(0)
        row.addLayout(words, 1)
        row.addSpacing(16)
        for span, text in (
            (Span.MONTH, self.tr("30 days")),
            (Span.QUARTER, self.tr("12 weeks")),
            (Span.YEAR, self.tr("1 year")),
        ):
            button = TextButton(self._theme, text, "filter")
            button.setCheckable(True)
            button.setProperty("value", span.value)
            self._spans.addButton(button)
            row.addWidget(button, 0, Qt.AlignmentFlag.AlignVCenter)
        self._spans.buttonClicked.connect(
            lambda button: self.span_chosen.emit(Span(button.property("value")))
        )
        self._export = TextButton(
            self._theme, self.tr("Export as CSV"), icon="download", small=True
        )
        self._export.clicked.connect(self._choose_file)
        row.addSpacing(16)
        row.addWidget(self._export, 0, Qt.AlignmentFlag.AlignVCenter)
        return row

    def _vendor_card(self) -> QFrame:
        inner = QWidget()
        column = QVBoxLayout(inner)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(label(self.tr("By vendor"), face="strong"))
        column.addSpacing(10)
        self._vendors.setSpacing(12)
        column.addLayout(self._vendors)
        column.addStretch(1)
        return _card(inner)

    def _fill_vendors(self, vendors: tuple[VendorLine, ...]) -> None:
        _empty(self._vendors)
        most = max((each.count for each in vendors), default=1)
        for each in vendors:
            self._vendors.addWidget(self._vendor(each, most))

    def _vendor(self, line: VendorLine, most: int) -> QWidget:
        known = line.name != OTHERS
        name = line.name if known else self.tr("Not on any list")
        holder = QWidget()
        column = QVBoxLayout(holder)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(5)
        row = QHBoxLayout()
        row.setSpacing(8)
        if known:
            button = TextButton(self._theme, name.replace("&", "&&"), "plain")
            button.setToolTip(self.tr("Show the mails"))
            button.clicked.connect(lambda: self.sought.emit(f"tracker:{_quoted(line.name)}"))
            row.addWidget(button)
        else:
            row.addWidget(label(name, face="small"))
        row.addWidget(label(self._kinds(line), face="small", tone="secondary"))
        row.addStretch(1)
        row.addWidget(label(self.locale().toString(line.count), face="small"))
        column.addLayout(row)
        column.addWidget(ShareBar(self._theme, line.count / most, known=known))
        return holder

    def _choose_file(self) -> None:
        folder = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
        dialog = QFileDialog(
            self, self.tr("Export as CSV"), str(Path(folder) / "trackers.csv"), "CSV (*.csv)"
        )
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix("csv")
        dialog.finished.connect(dialog.deleteLater)
        dialog.fileSelected.connect(self.export_asked)
        dialog.open()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        narrow = event.size().width() < _NARROW
        across, down = QBoxLayout.Direction.LeftToRight, QBoxLayout.Direction.TopToBottom
        self._pair.setDirection(down if narrow else across)
        self._senders.set_narrow(narrow)


class _Foot(QWidget):
    """What it would have meant, said with what the store knows."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._text = label(face="small", tone="secondary", wrap=True)
        row = QHBoxLayout(self)
        row.setContentsMargins(4, 0, 4, 0)
        row.setSpacing(12)
        row.addWidget(Icon(theme, "eye-off"), 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self._text, 1)

    def show_watchers(self, companies: int, unnamed: int) -> None:
        number = self.locale().toString
        who = self.tr("1 company") if companies == 1 else self.tr("{0} companies")
        who = who.format(number(companies)) if companies else ""
        hosts = self.tr("1 other server") if unnamed == 1 else self.tr("{0} other servers")
        hosts = hosts.format(number(unnamed)) if unnamed else ""
        both = self.tr("{0} and {1}").format(who, hosts) if who and hosts else who or hosts
        self._text.setText(
            self.tr(
                "With these loaded, {0} would have known when and how often you read mail,"
                " on what kind of device, and from which address."
            ).format(both)
        )


class _Nothing(QFrame):
    """What the report will hold, as long as it holds nothing."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        ground(self, "raised")
        column = QVBoxLayout(self)
        column.setContentsMargins(32, 40, 32, 40)
        column.setSpacing(8)
        title = label(self.tr("Nobody tracked you in this time"), face="strong")
        text = label(
            self.tr(
                "Invisible images, links that report clicks and requests for read receipts are"
                " counted here as mail arrives, by who runs them and who sent them."
            ),
            tone="secondary",
            wrap=True,
        )
        for part in (title, text):
            part.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            column.addWidget(part)


def _card(inner: QWidget) -> QFrame:
    frame = QFrame()
    ground(frame, "raised")
    column = QVBoxLayout(frame)
    column.setContentsMargins(20, 16, 20, 12)
    column.addWidget(inner)
    return frame


def _empty(layout: QBoxLayout) -> None:
    while (item := layout.takeAt(0)) is not None:
        widget = item.widget()
        if widget is not None:
            widget.setParent(None)
            widget.deleteLater()


def _quoted(value: str) -> str:
    return f'"{value}"' if " " in value else value
