"""The report's screen: what it says, what it asks for, and its plot by keyboard."""

from datetime import date, timedelta

import pytest
from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QPushButton

from missive_desktop.app.presenters.report_values import (
    OTHERS,
    Column,
    Report,
    SenderLine,
    Span,
    VendorLine,
)
from missive_desktop.app.views.report import ReportPage

FIRST = date(2025, 9, 1)


def columns(*counts):
    return tuple(
        Column(FIRST + timedelta(7 * at), FIRST + timedelta(7 * at + 6), each)
        for at, each in enumerate(counts)
    )


def report(**given):
    values = {
        "span": Span.QUARTER, "since": FIRST, "trackers": 9, "mails": 4, "loaded": 0,
        "companies": 2, "unnamed": 1, "legend": ("SendGrid", OTHERS),
        "columns": columns((2, 1), (0, 0), (4, 2)),
        "vendors": (
            VendorLine("SendGrid", ("pixel", "link"), 6),
            VendorLine(OTHERS, ("pixel",), 3),
        ),
        "senders": (
            SenderLine("Parts & Co", "offers@parts.example", ("SendGrid",), 3, 3, 8, (3, 0, 5), 77),
            SenderLine("", "digest@forum.example", (OTHERS,), 1, 5, 1, (0, 0, 1)),
        ),
    }  # fmt: skip
    return Report(**(values | given))


@pytest.fixture
def page(qtbot, theme):
    made = ReportPage(theme)
    qtbot.addWidget(made)
    made.resize(1100, 800)
    made.show_report(report())
    made.show()
    qtbot.waitExposed(made)
    return made


def texts(page):
    QCoreApplication.processEvents()  # widgets that were put in are shown by the loop
    shown = [one for kind in (QLabel, QPushButton) for one in page.findChildren(kind)]
    return [one.text() for one in shown if one.isVisibleTo(page)]


def button(page, text):
    return next(one for one in page.findChildren(QPushButton) if one.text().strip() == text)


def test_it_says_what_was_found_and_that_nothing_was_loaded(page):
    said = " ".join(texts(page))
    assert "9 trackers in 4 mails since" in said
    assert "None of them was loaded." in said
    assert "2 companies and 1 other server would have known" in said
    assert "pixel, links" in said
    assert "Not on any list" in said
    assert "every mail" in said
    assert "1 of 5 mails" in said
    page.show_report(report(loaded=3))
    assert "3 of these mails showed images that you asked for." in " ".join(texts(page))


def test_what_is_wanted_is_told(page):
    spans, sought, leaves = [], [], []
    page.span_chosen.connect(spans.append)
    page.sought.connect(sought.append)
    page.unsubscribe_asked.connect(leaves.append)
    button(page, "1 year").click()
    button(page, "SendGrid").click()
    button(page, "Parts && Co").click()
    button(page, "Unsubscribe").click()
    assert spans == [Span.YEAR]
    assert sought == ["tracker:SendGrid", "from:offers@parts.example is:tracked"]
    assert leaves == [77]


def test_who_offers_no_way_out_gets_no_button_and_a_left_list_says_so(page):
    assert texts(page).count("Unsubscribe") == 1
    gone = SenderLine("A", "a@x.example", ("B",), 1, 1, 1, (1, 0, 0), 5, True)
    page.show_report(report(senders=(gone,)))
    assert "Unsubscribe" not in texts(page)
    assert "Unsubscribed" in texts(page)


def test_the_bars_are_reached_by_keys_and_spoken(page):
    chart = page.chart
    chart.setFocus()
    QTest.keyClick(chart, Qt.Key.Key_Right)
    assert chart.chosen == 0
    assert chart.accessibleDescription().endswith(": 3 (SendGrid 2, Others 1)")
    QTest.keyClick(chart, Qt.Key.Key_End)
    assert chart.chosen == 2
    QTest.keyClick(chart, Qt.Key.Key_Left)
    assert chart.sentence(1).endswith(": 0")
    QTest.keyClick(chart, Qt.Key.Key_Escape)
    assert chart.chosen == -1
    assert not chart.grab().isNull()


def test_nothing_found_is_said_in_words(page):
    empty = report(trackers=0, mails=0, companies=0, columns=columns((0,)), legend=("SendGrid",),
                   vendors=(), senders=())  # fmt: skip
    page.show_report(empty)
    said = " ".join(texts(page))
    assert "Nobody tracked you in this time" in said
    assert "By sender" not in said
    assert not button(page, "Export as CSV").isEnabled()


def test_a_narrow_screen_puts_one_card_under_the_other(page, qtbot):
    page.resize(600, 800)
    assert "Vendor" not in texts(page)
    page.resize(1100, 800)
    assert "Vendor" in texts(page)
