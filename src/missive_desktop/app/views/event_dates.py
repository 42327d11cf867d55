"""When an event is, as the reader's locale writes it, with what the sender's clock says."""

from __future__ import annotations

from datetime import datetime

from PySide6.QtCore import QCoreApplication, QDate, QDateTime, QLocale, Qt

from missive_desktop.app.views.dates import day_and_month
from missive_desktop.content.page_invitation import When, plain_when
from missive_desktop.domain.invitation import Invitation, Moment


def event_time(event: Invitation) -> When:
    """Return when an event is by the reader's clock, and what the sender's clock says."""
    start, end = event.start, event.end
    if start is None:
        return When("")
    if "T" not in start.wall:
        text = _date(start.wall)
        if end is not None and end.wall != start.wall:
            text = f"{text} – {_date(end.wall)}"
        return When(text, _tr("all day"))
    if not start.seconds:
        plain = plain_when(event)
        unknown = _tr("in a time zone that is not known here: {0}").format(start.zone)
        return When(plain.text, unknown if start.zone else _tr("no time zone is given"))
    text = f"{_day_of(start.seconds)}, {_clock(start.seconds)}"
    if end is not None and end.seconds > start.seconds:
        same = _day_of(start.seconds) == _day_of(end.seconds)
        text += " – " + ("" if same else f"{_day_of(end.seconds)}, ") + _clock(end.seconds)
    return When(text, _elsewhere(start))


def _elsewhere(start: Moment) -> str:
    """Name the sender's zone, and the time there where it is another."""
    if start.zone in ("", "UTC"):
        return ""
    local = datetime.fromtimestamp(start.seconds)  # noqa: DTZ006 - the reader's own zone
    there = datetime.fromisoformat(start.wall)
    if there == local.replace(second=0):
        return _tr("{0} time").format(start.zone)
    stamp = QDateTime.fromString(start.wall, Qt.DateFormat.ISODate)
    clock = QLocale().toString(stamp.time(), QLocale.FormatType.ShortFormat)
    day = "" if there.date() == local.date() else QLocale().toString(stamp.date(), "ddd ")
    return _tr("{0} in {1}").format(day + clock, start.zone)


def _day_of(seconds: int) -> str:
    locale = QLocale()
    day = QDateTime.fromSecsSinceEpoch(seconds).date()
    return locale.toString(day, f"ddd {day_and_month(locale)} yyyy")


def _date(day: str) -> str:
    locale = QLocale()
    return locale.toString(QDate.fromString(day, "yyyy-MM-dd"), f"ddd {day_and_month(locale)} yyyy")


def _clock(seconds: int) -> str:
    time = QDateTime.fromSecsSinceEpoch(seconds).time()
    return QLocale().toString(time, QLocale.FormatType.ShortFormat)


def _tr(text: str) -> str:
    return QCoreApplication.translate("event_dates", text)
