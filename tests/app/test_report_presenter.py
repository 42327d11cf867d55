"""The report's presenter on a real store: counted aside, shown, exported."""

import asyncio
import csv
from datetime import date

import pytest
from tests import instant
from tests.app.engines import RecordingEngine
from tests.factories import digest, mailbox

from missive_desktop.app.presenters import report as presenting
from missive_desktop.app.presenters.report import ReportPresenter
from missive_desktop.app.presenters.report_values import OTHERS, Span
from missive_desktop.content import rendered as content
from missive_desktop.content import trackers
from missive_desktop.content.sanitize import VERSION
from missive_desktop.domain.message import Address
from missive_desktop.domain.tracking import Tally
from missive_desktop.engine.protocol import Prepare
from missive_desktop.store import database, messages
from missive_desktop.store import rendered as kept

NOW = 1_770_030_000  # Monday, 2 February 2026, from Los Angeles to Auckland
DAY = 86_400
SHOP = Address("=Shop", "news@shop.example")
PIXEL = Tally("SendGrid", "pixel", "vendor", "u.sendgrid.net", 1)
LINKS = Tally("HubSpot", "link", "vendor", "hs.example", 6)
UNNAMED = Tally("", "pixel", "size", "t.odd.example", 1)
RAW = b"From: Shop <news@shop.example>\r\nList-Unsubscribe: <mailto:off@shop.example>\r\n\r\nx"


@pytest.fixture
def box(tmp_path):
    with mailbox(tmp_path) as made:
        mails = [
            digest(sender=SHOP, date=NOW - 1 * DAY, tracked=(PIXEL, LINKS)),
            digest(sender=SHOP, date=NOW - 9 * DAY, tracked=(PIXEL, UNNAMED)),
            digest(sender=SHOP, date=NOW - 200 * DAY, tracked=(PIXEL,)),
            digest(date=NOW - 2 * DAY),
        ]
        made.add([made.arrival(at, mail, raw=RAW + b"%d" % at) for at, mail in enumerate(mails, 1)])
        yield made


def test_what_the_report_says(box):
    report, unknown = presenting.read(box.reader, Span.QUARTER, NOW)
    assert (report.trackers, report.mails, report.companies, report.unnamed) == (4, 2, 2, 1)
    assert report.loaded == 0
    assert len(report.columns) == 12
    assert report.columns[-1].first == date(2026, 2, 2)
    assert sum(column.total for column in report.columns) == 4
    assert report.legend == ("SendGrid", "HubSpot", OTHERS)
    assert [(line.name, line.count) for line in report.vendors] == [
        ("SendGrid", 2),
        ("HubSpot", 1),
        (OTHERS, 1),
    ]
    (sender,) = report.senders
    assert (sender.tracked, sender.mails, sender.blocked, sender.leaves) == (2, 2, 4, 0)
    assert len(unknown) == 1
    year, _ = presenting.read(box.reader, Span.YEAR, NOW)
    assert (len(year.columns), year.trackers) == (52, 5)
    month, _ = presenting.read(box.reader, Span.MONTH, NOW)
    assert (len(month.columns), month.columns[-2].total) == (30, 2)
    assert month.columns[0].first == month.columns[0].last


class View:
    def __init__(self):
        self.reports = []

    def show_report(self, report):
        self.reports.append(report)

    def show_waiting(self):
        pass


def play(box, scene, answers=None):
    async def run():
        view, said = View(), []
        engine = RecordingEngine(answers or {})
        presenter = ReportPresenter(
            lambda: database.open_reader(box.store), engine, view,
            lambda url: said.append(("browse", url)), lambda text, _: said.append(("tell", text)),
            clock=lambda: NOW,
        )  # fmt: skip
        await scene(presenter, view)
        presenter.close()
        return view, engine, said

    return instant.run(run())


async def until(condition):
    for _ in range(300):
        if condition():
            return
        await asyncio.sleep(0.02)
    raise AssertionError("it did not come")


def test_mails_that_may_offer_a_way_out_are_prepared_first(box):
    def prepare(request):
        for message in request.messages:
            raw = messages.raw(box.reader, box.store, message)
            body = content.encode(content.render(raw, trackers.EMPTY))
            box.writer.run(lambda conn, _, m=message, b=body: kept.put(conn, m, VERSION, b))
        return {}

    async def scene(presenter, view):
        presenter.open()
        await until(lambda: len(view.reports) == 2)

    view, engine, _ = play(box, scene, {Prepare: prepare})
    assert engine.kinds() == ["Prepare"]
    assert view.reports[0].senders[0].leaves == 0
    assert view.reports[1].senders[0].leaves > 0


def test_export_writes_what_was_found_and_no_formulas(box, tmp_path):
    path = tmp_path / "out.csv"

    async def scene(presenter, _view):
        presenter.export(str(path))
        await until(path.exists)
        await asyncio.sleep(0.1)

    _, _, said = play(box, scene)
    assert said == [("tell", f"4 rows saved to {path}")]
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    assert rows[0][:3] == ["date", "sender", "address"]
    assert {row[1] for row in rows[1:]} == {"'=Shop"}
    assert ["HubSpot", "hs.example", "link", "vendor", "6"] in [row[4:] for row in rows]


def test_a_file_that_cannot_be_written_is_said(box, tmp_path):
    async def scene(presenter, _view):
        presenter.export(str(tmp_path / "missing" / "out.csv"))
        await asyncio.sleep(0.3)

    _, _, said = play(box, scene)
    assert len(said) == 1
