"""Trackers beside messages: kept on arrival, made anew, gone with the message, reported."""

from datetime import UTC, datetime, timedelta

import pytest
from tests.factories import ANN, BEN, NOON, digest, mailbox

from missive_desktop.domain.ids import message_date
from missive_desktop.domain.message import Address, Digest
from missive_desktop.domain.tracking import Tally, Tracker, tally, watchers
from missive_desktop.store import integrity, messages, settings, tracking, tracking_report
from missive_desktop.store.forgetting import forget

GRID = Tally("SendGrid", "pixel", "vendor", "u1.ct.sendgrid.net", 1)
CLICK = Tally("SendGrid", "link", "vendor", "u1.ct.sendgrid.net", 3)
SPOT = Tally("HubSpot", "link", "vendor", "t.hubspotemail.net", 2)
SHAPE = Tally("", "pixel", "size", "t.shop.example", 1)
SHOP = Address("The Shop", "News@Shop.example")
WEEK = 7 * 86_400


@pytest.fixture
def box(tmp_path):
    with mailbox(tmp_path) as box:
        yield box
        assert integrity.check(box.reader, box.store) == []


def add(box, tracked, *, sender=SHOP, date=NOON, count=1):
    found = []
    for number in range(count):
        content = digest(sender=sender, date=date + number, tracked=tracked)
        uid = int(box.reader.execute("SELECT count(*) FROM messages").fetchone()[0]) + 1
        found += box.add([box.arrival(uid, content)])
    return found


def test_trackers_are_counted_together_by_host():
    one = Tracker("A", "link", "vendor", "a.example", "https://a.example/1")
    two = Tracker("A", "link", "unique", "a.example", "https://a.example/2")
    other = Tracker("", "pixel", "size", "b.example", "https://b.example/")
    assert tally([one, two, other]) == (
        Tally("A", "link", "vendor", "a.example", 2),
        Tally("", "pixel", "size", "b.example", 1),
    )
    assert watchers([one, other, two]) == ("A", "b.example")
    assert watchers(tally([one, other, two])) == ("A", "b.example")


def test_what_is_found_comes_and_goes_with_the_message(box):
    (message,) = add(box, (GRID, CLICK, SHAPE))
    assert set(tracking.of(box.reader, message)) == {GRID, CLICK, SHAPE}
    row = messages.get(box.reader, message)
    assert row is not None
    assert row.trackers == 2
    box.writer.run(lambda conn, changes: forget(conn, [message], changes))
    assert box.reader.execute("SELECT count(*) FROM trackers").fetchone() == (0,)


def test_what_is_found_anew_takes_its_place(box):
    first, second = add(box, (GRID,), count=2)
    box.published.clear()
    box.writer.run(
        lambda conn, changes: tracking.replace(
            conn, [(first, (SPOT, SHAPE)), (second, (GRID,)), (7, (SPOT,))], changes
        )
    )
    assert set(tracking.of(box.reader, first)) == {SPOT, SHAPE}
    assert tracking.of(box.reader, second) == (GRID,)
    assert [changes.messages for changes in box.published] == [{first}]
    row = messages.get(box.reader, first)
    assert row is not None
    assert row.trackers == 2


def test_rebuilding_asks_the_parser_and_keeps_what_it_cannot_read(box):
    first, second = add(box, (GRID,), count=2)

    def parse(_: bytes) -> Digest:
        return digest(tracked=(SPOT,))

    box.writer.run(lambda conn, changes: integrity.rebuild(conn, box.store, parse, changes))
    assert tracking.of(box.reader, first) == tracking.of(box.reader, second) == (SPOT,)


def test_a_wrong_number_is_found(tmp_path):
    with mailbox(tmp_path) as box:
        (message,) = add(box, (GRID,))
        box.writer.run(lambda conn, _: conn.execute("UPDATE messages SET trackers = 5"))
        problems = integrity.check(box.reader, box.store)
        assert f"Message {message} counts 5 trackers and has 1." in problems


def test_how_far_old_mail_is_looked_through(box):
    conn = box.reader
    assert tracking.progress(conn, "1.2") == ("1.2", 0)
    assert not tracking.is_current(conn, "1.2")
    ids = sorted(add(box, (), count=5), reverse=True)
    box.writer.run(lambda conn, _: tracking.set_progress(conn, tracking.Progress("1.1", 0)))
    now = tracking.progress(conn, "1.2")
    assert tracking.next_(conn, now.below, 3) == ids[:3]
    box.writer.run(lambda conn, _: tracking.set_progress(conn, now._replace(below=ids[2])))
    assert tracking.next_(conn, tracking.progress(conn, "1.2").below, 3) == ids[3:]
    box.writer.run(lambda conn, _: settings.put(conn, "tracking", "nonsense"))
    assert tracking.progress(conn, "1.2").below > ids[0]


def test_the_report(box):
    start = NOON // WEEK * WEEK
    add(box, (GRID, CLICK, SPOT), date=start, count=2)
    add(box, (GRID,), date=start + WEEK)
    add(box, (), date=start + WEEK + 60)
    add(box, (SHAPE,), sender=ANN, date=start + WEEK + 120)
    add(box, (SHAPE, GRID), sender=BEN, date=start + WEEK + 180)  # the reader's own
    add(box, (Tally("beehiiv", "link", "vendor", "b.example", 1),), sender=BEN, date=start)
    starts = (start, start + WEEK)
    conn = box.reader
    vendors = tracking_report.by_vendor(conn)
    assert [(row.name, row.trackers, row.mails, row.senders, row.kinds) for row in vendors] == [
        ("SendGrid", 3, 3, 1, ("pixel", "link")),
        ("HubSpot", 2, 2, 1, ("link",)),
        ("", 1, 1, 1, ("pixel",)),
    ]
    shop, ann = tracking_report.by_sender(conn, starts)
    assert (shop.name, shop.address, shop.vendors) == (
        "The Shop",
        "news@shop.example",
        ("SendGrid", "HubSpot"),
    )
    assert (shop.tracked, shop.mails, shop.trackers, shop.weeks) == (3, 4, 5, (4, 1))
    assert shop.kinds == ("pixel", "link")
    assert message_date(shop.latest) == start + WEEK
    assert (ann.vendors, ann.tracked, ann.mails, ann.weeks) == (("t.shop.example",), 1, 1, (0, 1))
    weeks = tracking_report.over_time(conn, starts, top=1)
    assert (weeks.names, weeks.counts) == (("SendGrid", ""), ((2, 2), (1, 1)))
    assert tracking_report.names(conn) == ["beehiiv", "HubSpot", "SendGrid"]
    assert tracking_report.totals(conn) == tracking_report.Totals(6, 4, 5, 2, 1, start)
    later = tracking_report.totals(conn, start + WEEK)
    assert (later.trackers, later.mails, later.of, later.since) == (2, 2, 3, start + WEEK)
    rows = list(tracking_report.csv_rows(conn, start + WEEK))
    assert len(rows[0]) == len(tracking_report.CSV_HEADER)
    assert [row[5] for row in rows if row[2] == ANN.email] == ["t.shop.example"]


def test_an_empty_report(box):
    conn = box.reader
    assert tracking_report.totals(conn) == tracking_report.Totals(0, 0, 0, 0, 0, 0)
    assert tracking_report.by_vendor(conn) == []
    assert tracking_report.by_sender(conn, (NOON,)) == []
    assert tracking_report.over_time(conn, (NOON,)) == tracking_report.Weeks(
        (NOON,), ("",), ((0,),)
    )
    assert list(tracking_report.csv_rows(conn)) == []


def test_weeks_begin_on_monday():
    now = int(datetime(2026, 11, 19, 12, tzinfo=UTC).timestamp())
    starts = tracking_report.week_starts(3, now, UTC)
    days = [datetime.fromtimestamp(one, UTC) for one in starts]
    assert [day.strftime("%a %d %H:%M") for day in days] == [
        "Mon 02 00:00",
        "Mon 09 00:00",
        "Mon 16 00:00",
    ]
    assert days[1] - days[0] == timedelta(weeks=1)
    assert len(tracking_report.week_starts(4, now)) == 4
