"""Times as the reader's locale writes them, short enough for a list."""

from __future__ import annotations

from datetime import date, datetime

from PySide6.QtCore import QDate, QDateTime, QLocale

_LAST = 253_402_214_400  # a day before the last that Python's calendar has


def list_time(seconds: int, now: datetime | None = None) -> str:
    """Return 10:44 today, Mon within a week, 3 Nov within a year, else the short date."""
    seconds = min(max(seconds, 0), _LAST)  # what others wrote may be in no calendar
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
        return locale.toString(stamp.date(), day_and_month(locale))
    return locale.toString(stamp.date(), "yyyy-MM-dd")


def until_time(seconds: int, now: datetime | None = None) -> str:
    """Return 17:00 today, Thu 09:00 within a week, else the day: of what is to come."""
    locale = QLocale()
    moment = datetime.fromtimestamp(seconds)  # noqa: DTZ006 - shown in the reader's own zone
    today = now or datetime.now()  # noqa: DTZ005
    stamp = QDateTime.fromSecsSinceEpoch(seconds)
    time = locale.toString(stamp.time(), QLocale.FormatType.ShortFormat)
    days = (moment.date() - today.date()).days
    if days == 0:
        return time
    if 0 < days <= 7:
        return f"{locale.toString(stamp.date(), 'ddd')} {time}"
    return locale.toString(stamp.date(), day_and_month(locale))


def day_and_month(locale: QLocale) -> str:
    """Return the pattern of day and short month in the order of the locale."""
    pattern = locale.dateFormat(QLocale.FormatType.ShortFormat)
    return "MMM d" if pattern.find("M") < pattern.find("d") else "d MMM"


def full_time(seconds: int) -> str:
    """Return day, year and time, for those who read it later and elsewhere."""
    stamp = QDateTime.fromSecsSinceEpoch(seconds)
    locale = QLocale()
    day = locale.toString(stamp.date(), f"{day_and_month(locale)} yyyy")
    return f"{day}, {locale.toString(stamp.time(), QLocale.FormatType.ShortFormat)}"


def mail_time(seconds: int, now: datetime | None = None) -> str:
    """Return 10:44 today, Mon 10:44 within a week, else the date and the time."""
    seconds = min(max(seconds, 0), _LAST)
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
    pattern = day_and_month(locale) if near else f"{day_and_month(locale)} yyyy"
    return locale.toString(QDate(day.year, day.month, day.day), pattern)
