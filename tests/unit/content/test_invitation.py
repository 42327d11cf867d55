"""Invitations: as Outlook, Google, Apple and others write them, and as nobody should."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from missive_desktop.content import invitation, recurrence
from missive_desktop.content.page_invitation import When, cards
from missive_desktop.content.rendered import decode, encode, render

ZONE = """BEGIN:VTIMEZONE
TZID:Customized Time Zone
BEGIN:STANDARD
DTSTART:16010101T030000
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:16010101T020000
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3
END:DAYLIGHT
END:VTIMEZONE
"""


def calendar(*lines, method="REQUEST", zone=""):
    body = "\n".join(lines)
    text = (
        f"BEGIN:VCALENDAR\nMETHOD:{method}\n{zone}BEGIN:VEVENT\n{body}\nEND:VEVENT\nEND:VCALENDAR\n"
    )
    return text.replace("\n", "\r\n").encode()


def one(*lines, **options):
    return invitation.read(calendar(*lines, **options), 2)[0]


def utc(moment):
    return datetime.fromtimestamp(moment.seconds, UTC).strftime("%Y-%m-%d %H:%M")


def test_what_where_who():
    event = one(
        "SUMMARY;LANGUAGE=de:Tee\\, Kuchen\\nund mehr",
        "LOCATION:Room 4\\; upstairs",
        "DESCRIPTION:Bring <b>cake</b>\\nand https://meet.example/x",
        'ORGANIZER;CN="Lee, Ann":mailto:ann@example.org',
        "ATTENDEE;CN=Bo;PARTSTAT=ACCEPTED;ROLE=OPT-PARTICIPANT:MAILTO:bo@example.net",
        "ATTENDEE;PARTSTAT=NEEDS-ACTION:mailto:cy@ex",
        " ample.net",
        "URL:https://meet.example/room",
    )
    assert (event.method, event.part) == ("request", 2)
    assert (event.summary, event.where) == ("Tee, Kuchen und mehr", "Room 4; upstairs")
    assert event.text == "Bring cake\nand https://meet.example/x"
    assert (event.organizer.name, event.organizer.email) == ("Lee, Ann", "ann@example.org")
    assert [(g.name, g.email, g.state, g.optional) for g in event.guests] == [
        ("Bo", "bo@example.net", "accepted", True),
        ("", "cy@example.net", "no answer yet", False),
    ]
    assert event.links == ("https://meet.example/room",)
    assert event.start is None


@pytest.mark.parametrize(
    ("start", "when", "zone"),
    [
        ("DTSTART:20260724T130000Z", "2026-07-24 13:00", "UTC"),
        ("DTSTART;TZID=Europe/Berlin:20260724T150000", "2026-07-24 13:00", "Berlin"),
        ('DTSTART;TZID="America/New_York":20260724T090000', "2026-07-24 13:00", "New York"),
        ("DTSTART;TZID=W. Europe Standard Time:20260724T150000", "2026-07-24 13:00", "Berlin"),
        (
            "DTSTART;TZID=/mozilla.org/2005/Europe/Berlin:20260724T150000",
            "2026-07-24 13:00",
            "Berlin",
        ),
        ("DTSTART;TZID=Customized Time Zone:20260724T150000", "2026-07-24 13:00", None),
        ("DTSTART;TZID=Customized Time Zone:20260124T150000", "2026-01-24 14:00", None),
        ('DTSTART;TZID="(UTC+05:30) Chennai":20260724T183000', "2026-07-24 13:00", None),
    ],
)
def test_zones(start, when, zone):
    event = one(start, "DURATION:PT1H30M", zone=ZONE)
    assert utc(event.start) == when
    assert event.end.seconds - event.start.seconds == 5400
    assert zone is None or event.start.zone == zone


def test_times_that_cannot_be_placed_say_so():
    unknown = one("DTSTART;TZID=Somewhere:20260724T150000").start
    assert (unknown.wall, unknown.seconds, unknown.zone) == ("2026-07-24T15:00", 0, "Somewhere")
    floating = one("DTSTART:20260724T150000").start
    assert (floating.seconds, floating.zone) == (0, "")
    assert one("DTSTART:tomorrow").start is None


def test_whole_days_end_on_their_last_day():
    event = one("DTSTART;VALUE=DATE:20261230", "DTEND;VALUE=DATE:20270102")
    assert (event.start.wall, event.end.wall) == ("2026-12-30", "2027-01-01")
    assert one("DTSTART;VALUE=DATE:20261230", "DTEND;VALUE=DATE:20261231").end.wall == "2026-12-30"


@pytest.mark.parametrize(
    ("method", "lines", "expected", "cancelled"),
    [
        ("REQUEST", ["SEQUENCE:0"], "request", False),
        ("REQUEST", ["SEQUENCE:2"], "update", False),
        ("CANCEL", [], "cancel", True),
        ("REPLY", [], "reply", False),
        ("COUNTER", [], "counter", False),
        ("PUBLISH", ["STATUS:CANCELLED"], "publish", True),
        ("NONSENSE", [], "publish", False),
    ],
)
def test_methods(method, lines, expected, cancelled):
    event = one("SUMMARY:x", *lines, method=method)
    assert (event.method, event.cancelled) == (expected, cancelled)


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("", ""),
        ("FREQ=DAILY", "Every day"),
        ("FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", "Every week on workdays"),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE;COUNT=10",
         "Every 2 weeks on Monday and Wednesday, 10 times"),
        ("FREQ=MONTHLY;BYDAY=2TU;UNTIL=20261231T000000Z",
         "Every month on the second Tuesday, until 2026-12-31"),
        ("FREQ=MONTHLY;BYSETPOS=-1;BYDAY=MO,TU,WE,TH,FR", "Every month on the last workday"),
        ("FREQ=MONTHLY;BYSETPOS=1;BYDAY=MO", "Every month on the first Monday"),
        ("FREQ=MONTHLY;BYMONTHDAY=-1", "Every month on the last day"),
        ("FREQ=YEARLY;BYMONTH=3;BYMONTHDAY=8", "Every year on day 8 in March"),
        ("FREQ=SECONDLY", "Every second"),
        ("INTERVAL=3", "Repeats"),
    ],
)  # fmt: skip
def test_repetition_in_words(rule, said):
    assert recurrence.words(rule) == said


def mail(*parts):
    body = b"".join(b"--b\r\nContent-Type: " + each + b"\r\n" for each in parts)
    return (
        b"From: ann@example.org\r\nContent-Type: multipart/alternative; boundary=b\r\n\r\n"
        + body + b"--b--\r\n"
    )  # fmt: skip


def test_a_mail_shows_each_event_once():
    data = calendar("SUMMARY:Tea <b>", "DTSTART:20260724T130000Z")
    part = b"text/calendar; method=REQUEST\r\n\r\n" + data
    again = b"application/ics; name=invite.ics\r\n\r\n" + data
    shown = decode(encode(render(mail(b"text/plain\r\n\r\nCome", part, again))))
    assert [(event.summary, event.part) for event in shown.invitations] == [("Tea <b>", 1)]


def test_the_card_escapes_all_and_links_what_is_an_address():
    event = one(
        "SUMMARY:<script>", "LOCATION:https://meet.example/1", "DTSTART:20260724T130000Z",
        "ATTENDEE;CN=<i>:mailto:<b>@x.example", "RRULE:FREQ=DAILY", "ATTACH:https://spy.example/p.gif",
    )  # fmt: skip
    text = cards(7, (event,), (When("Fri <24> July", "9:00 in New York"),))
    assert "<script>" not in text
    assert "<i>" not in text
    assert '<a href="https://meet.example/1">' in text
    assert "Fri &lt;24&gt; July" in text
    assert "9:00 in New York" in text
    assert "spy.example" not in text
    assert "act:save?message=7&amp;part=2" in text


def test_a_strangers_rules_are_not_expanded():
    bomb = ZONE.replace("FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3", "FREQ=SECONDLY;COUNT=999999999")
    event = one(
        "DTSTART;TZID=Customized Time Zone:20260724T150000",
        "RRULE:FREQ=SECONDLY;COUNT=99999999999", zone=bomb,
    )  # fmt: skip
    assert event.recurrence.startswith("Every second")
    many = b"".join(calendar(f"SUMMARY:{index}") for index in range(300))
    assert len(invitation.read(many, 1)) == invitation.MAX_EVENTS


@given(st.binary(max_size=300), st.text(max_size=80))
def test_never_raises(noise, text):
    invitation.read(noise, 1)
    events = invitation.read(
        calendar(f"DTSTART;TZID={text}:20260724T1300{text}", f"RRULE:{text}", f"DURATION:{text}",
                 f"DTSTART;TZID={text}:20260724T130000", "SUMMARY:" + text, text) + noise,
        1,
    )  # fmt: skip
    cards(1, events, ())
