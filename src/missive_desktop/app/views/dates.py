"""Times as the reader's locale writes them, short enough for a list."""

from __future__ import annotations

from datetime import date, datetime

from PySide6.QtCore import QCoreApplication, QDate, QDateTime, QLocale, Qt

from missive_desktop.content.page_invitation import When, plain_when
from missive_desktop.domain.invitation import Invitation, Moment


def list_time(seconds: int, now: datetime | None = None) -> str:
    """Return 10:44 today, Mon within a week, 3 Nov within a year, else the short date."""
    moment = datetime.fromtimestamp(seconds)  # noqa: DTZ006 - shown in the reader's own zone
    today = now or datetime.now()  # noqa: DTZ005
    locale = QLocale()
    stamp = QDateTime.fromSecsSinceEpoch(seconds)
    days = (today.date() - moment.date()).days
    if days == 0:
        return locale.toString(stamp.time(), QLocale.FormatType.ShortFormat)
    if 0 < days < 7:
        return locale.toString(stamp.date(), "ddd")
    if 0 < days < 330:
        return locale.toString(stamp.date(), _day_and_month(locale))
    return locale.toString(stamp.date(), "yyyy-MM-dd")


def _day_and_month(locale: QLocale) -> str:
    """Return the pattern of day and short month in the order of the locale."""
    pattern = locale.dateFormat(QLocale.FormatType.ShortFormat)
    return "MMM d" if pattern.find("M") < pattern.find("d") else "d MMM"


def full_time(seconds: int) -> str:
    """Return day, year and time, for those who read it later and elsewhere."""
    stamp = QDateTime.fromSecsSinceEpoch(seconds)
    locale = QLocale()
    day = locale.toString(stamp.date(), f"{_day_and_month(locale)} yyyy")
    return f"{day}, {locale.toString(stamp.time(), QLocale.FormatType.ShortFormat)}"


def mail_time(seconds: int, now: datetime | None = None) -> str:
    """Return 10:44 today, Mon 10:44 within a week, else the date and the time."""
    day = list_time(seconds, now)
    moment = datetime.fromtimestamp(seconds)  # noqa: DTZ006 - shown in the reader's own zone
    today = now or datetime.now()  # noqa: DTZ005
    if (today.date() - moment.date()).days == 0:
        return day
    time = QDateTime.fromSecsSinceEpoch(seconds).time()
    return f"{day} {QLocale().toString(time, QLocale.FormatType.ShortFormat)}"


def day_text(day: date, today: date | None = None) -> str:
    """Return 3 Nov within a year, else with its year."""
    locale = QLocale()
    near = abs(((today or date.today()) - day).days) < 330  # noqa: DTZ011 - the reader's own day
    pattern = _day_and_month(locale) if near else f"{_day_and_month(locale)} yyyy"
    return locale.toString(QDate(day.year, day.month, day.day), pattern)


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
    return locale.toString(day, f"ddd {_day_and_month(locale)} yyyy")


def _date(day: str) -> str:
    locale = QLocale()
    return locale.toString(
        QDate.fromString(day, "yyyy-MM-dd"), f"ddd {_day_and_month(locale)} yyyy"
    )


def _clock(seconds: int) -> str:
    time = QDateTime.fromSecsSinceEpoch(seconds).time()
    return QLocale().toString(time, QLocale.FormatType.ShortFormat)


def _tr(text: str) -> str:
    return QCoreApplication.translate("dates", text)
