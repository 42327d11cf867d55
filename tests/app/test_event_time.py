"""When an event is, in words: the reader's clock first, the sender's beside it."""

import pytest
from PySide6.QtCore import QDateTime, QLocale

from missive_desktop.app.views.event_dates import event_time
from missive_desktop.domain.invitation import Invitation, Moment


@pytest.fixture(autouse=True)
def english():
    before = QLocale()
    QLocale.setDefault(QLocale(QLocale.Language.English, QLocale.Country.UnitedKingdom))
    yield
    QLocale.setDefault(before)


def event(start, end=None):
    return Invitation(part=1, method="request", summary="", start=start, end=end)


def test_whole_days():
    one = event_time(event(Moment("2026-11-24"), Moment("2026-11-24")))
    assert one == ("Tue 24 Nov 2026", "all day")
    more = event_time(event(Moment("2026-11-24"), Moment("2026-11-26")))
    assert more.text == "Tue 24 Nov 2026 – Thu 26 Nov 2026"


def test_the_readers_clock_with_the_senders_beside_it():
    start = QDateTime(2026, 11, 24, 15, 0, 0).toSecsSinceEpoch()
    end = Moment("x", start + 3600)
    away = event_time(event(Moment("2026-11-24T09:30", start, "New York"), end))
    assert away == ("Tue 24 Nov 2026, 15:00 – 16:00", "09:30 in New York")
    here = event_time(event(Moment("2026-11-24T15:00", start, "Berlin"), end))
    assert here.remark == "Berlin time"
    later = Moment("x", start + 90_000)
    night = event_time(event(Moment("2026-11-25T01:00", start, "Tokyo"), later))
    assert night == ("Tue 24 Nov 2026, 15:00 – Wed 25 Nov 2026, 16:00", "Wed 01:00 in Tokyo")
    assert event_time(event(Moment("2026-11-24T14:00", start, "UTC"))).remark == ""


def test_times_that_cannot_be_placed_say_so():
    assert event_time(event(None)) == ("", "")
    unknown = event_time(event(Moment("2026-11-24T15:00", 0, "Nowhere")))
    assert unknown == ("2026-11-24 15:00", "in a time zone that is not known here: Nowhere")
    assert event_time(event(Moment("2026-11-24T15:00"))).remark == "no time zone is given"
