"""States of private reading for the gallery: cards, the panel beside them, the report, settings.

What needs a hostile or a long history is handed to the views as their presenters would do it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from missive_desktop.app.presenters.report_values import Report
    from missive_desktop.app.views.desk import Desk
    from missive_desktop.content.page import Card

Shot = Callable[..., Awaitable[None]]

_RAW = (
    b"From: Claire Fontaine <commandes@atelier-velo.example>\r\n"
    b"To: Ana Ribeiro <ana@halden.example>, Ben Okafor <ben@halden.example>\r\n"
    b"Subject: Delivery report 48213\r\nContent-Type: text/html\r\n\r\n"
    b"<h2>Delivery report 48213</h2><p>Hello Ben, the driver says the last two parcels were never"
    b" loaded. We counted again.</p><img src='https://img.atelier-velo.example/1.png' width=96"
    b" height=40>"
)


async def paint(desk: Desk, shot: Shot) -> None:
    """Paint all of them."""
    await _cards(desk, shot)
    await _panel(desk, shot)
    await _report(desk, shot)
    await _settings(desk, shot)


async def _cards(desk: Desk, shot: Shot) -> None:
    from missive_desktop.app.presenters.preparing import Look, document
    from missive_desktop.app.presenters.shown import Page
    from missive_desktop.app.views.shot import wait_until_painted

    look = Look(desk.theme.css_variables(), desk.theme.dark)
    cards = _states()
    for name, part in {"cards": cards[:3], "cards-doubtful": cards[3:]}.items():
        desk.pane.stack.show_page(Page(document(part, look, ["ana@halden.example"]), ""))
        await asyncio.sleep(0.8)
        await shot(name)
    desk.list.step(1)
    await wait_until_painted(desk)


def _states() -> list[Card]:
    """Cards in the states that a mail can be in."""
    import msgspec

    from missive_desktop.content import rendered
    from missive_desktop.content.page import Card
    from missive_desktop.content.page_privacy import Images
    from missive_desktop.content.page_tools import Leaving
    from missive_desktop.content.unsubscribe import Ways
    from missive_desktop.domain.sender import Caution, Verdict
    from missive_desktop.domain.tracking import Tracker

    mail = rendered.render(_RAW)
    change = msgspec.structs.replace
    pixel = Tracker("SendGrid", "pixel", "vendor", "u1.sendgrid.example", "")
    link = Tracker("HubSpot", "link", "vendor", "hs.example", "")
    receipt = Tracker("", "receipt", "header", "atelier-velo.example", "")
    pictures = tuple(f"https://img.atelier-velo.example/{number}.png" for number in range(5))
    name = Caution("name", "The name says “Halden Bank”, the address is at konto-pruefung.example.")
    elsewhere = Caution("reply", "Answers would go to antwort@konto-pruefung.example.")
    disowned = Caution("dmarc", "atelier-velo.example says that this mail is not from there.")
    ways = Ways(mail_to="off@atelier-velo.example")
    first = Caution("first", "This is the first mail from this address.", serious=False)
    return [
        Card(1, change(mail, trackers=(pixel, link), remote=pictures, unsubscribe=ways), "10:44",
             verdict=Verdict("genuine", "Sender is genuine"),
             images=Images(domain="atelier-velo.example")),
        Card(2, change(mail, trackers=(pixel, receipt), remote=pictures), "10:45",
             verdict=Verdict("unknown", "First mail from this address", warnings=(first,)),
             images=Images(loading=True)),
        Card(3, change(mail, trackers=(pixel,), loaded=3, remote=pictures[:2], unsubscribe=ways),
             "10:46", images=Images(problem="2 images were not loaded: the server did not answer.",
             known=True, rule="allow"), leaving=Leaving("Unsubscribed")),
        Card(4, change(mail, trackers=()), "10:47", images=Images(off=True),
             verdict=Verdict("doubtful", "Be careful", warnings=(name, elsewhere))),
        Card(5, change(mail, trackers=(link,), unsubscribe=ways), "10:48", mode="text",
             verdict=Verdict("forged", "Not from atelier-velo.example", warnings=(disowned,)),
             leaving=Leaving(doubt="This mail is spam. To leave would tell that you read it.")),
    ]  # fmt: skip


async def _panel(desk: Desk, shot: Shot) -> None:
    from missive_desktop.app.presenters.context import Context, Person, Privacy, Watcher
    from missive_desktop.domain.message import Address
    from missive_desktop.domain.sender import Caution, Verdict
    from missive_desktop.store.correspondents import Correspondent, Past, PastList

    now = 1_795_000_000
    past = tuple(
        Past(number, subject, now - number * 900_000, number == 1)
        for number, subject in enumerate(
            ("Spring order, 12 bikes", "Brake pads out of stock", "Facture 2026-077"), 1
        )
    )
    claire = Address("Claire Fontaine", "commandes@atelier-velo.example")
    person = Person(
        claire, Correspondent(31, now - 9_000_000, now, 4), now, PastList(past, 14, False)
    )
    told = "when you open the mail, how often, on what device and roughly where"
    watchers = (
        Watcher("SendGrid", True, (("pixel", "size", 1),), told),
        Watcher("HubSpot", True, (("link", "vendor", 6),), "which links you follow, and when"),
        Watcher("t.odd.example", False, (("pixel", "unique", 2), ("beacon", "style", 1)), ""),
        Watcher("atelier-velo.example", False, (("receipt", "header", 1),), ""),
    )
    for name, verdict in {
        "panel": Verdict("genuine", "Sender is genuine", (), "passed", "passed", "passed"),
        "panel-forged": Verdict(
            "forged", "Not from atelier-velo.example",
            ("Whoever sent this has no right to use that address.",),
            "failed: sent by mail.konto-pruefung.example", "not signed", "failed: to be refused",
            (Caution("dmarc", "atelier-velo.example says that this mail is not from there."),),
        ),
    }.items():  # fmt: skip
        shown = Privacy(1, claire.name, now, True, watchers, verdict, "ask", False, 5, 0)
        desk.mail.context.show_context(Context(person, shown))
        await shot(name)
    desk.window.resize(1000, 700)
    desk.mail.context.toggle()
    await asyncio.sleep(0.4)
    await shot("panel-narrow")
    desk.mail.context.toggle()
    desk.window.resize(1440, 900)


async def _report(desk: Desk, shot: Shot) -> None:
    from missive_desktop.app.presenters import place as places
    from missive_desktop.app.presenters.report_values import Span
    from missive_desktop.app.views.report import ReportPage

    desk.open_place(places.WHO_TRACKS)
    await asyncio.sleep(1.5)
    await shot("report")
    page = desk.window.findChild(ReportPage)
    assert page is not None
    page.show_report(_full_report())
    page.chart.choose(9)
    await shot("report-full")
    desk.window.resize(720, 900)
    await asyncio.sleep(0.2)
    await shot("report-narrow")
    desk.window.resize(1440, 900)
    page.show_report(_empty_report(Span.MONTH))
    await shot("report-empty")
    page.show_waiting()
    await shot("report-counting")
    desk.open_place(places.INBOX)


def _full_report() -> Report:
    from missive_desktop.app.presenters.report_values import (
        OTHERS,
        Column,
        Report,
        SenderLine,
        Span,
        VendorLine,
    )

    first = date(2026, 8, 31)
    tops = (14, 18, 12, 20, 22, 17, 25, 19, 28, 31, 24, 11)
    columns = tuple(
        Column(
            first + timedelta(7 * week),
            first + timedelta(7 * week + 6),
            (top, top * 6 // 11, top * 5 // 11, top * 4 // 11, top // 3),
        )
        for week, top in enumerate(tops)
    )
    vendors = (
        VendorLine("SendGrid", ("pixel", "link"), 241),
        VendorLine("HubSpot", ("link",), 136),
        VendorLine("Mailchimp", ("pixel", "link"), 116),
        VendorLine("Klaviyo", ("pixel",), 77),
        VendorLine("Braze", ("pixel",), 38),
        VendorLine(OTHERS, ("pixel",), 58),
    )
    people = (
        ("Cargo Bike Summit", "news@cargosummit.example", ("SendGrid", "HubSpot"), 12, 12, 84, 1),
        ("Parts Bazaar", "offers@partsbazaar.example", ("Klaviyo",), 12, 12, 71, 2),
        ("Tool Kontor", "news@tool-kontor.example", ("Mailchimp",), 9, 9, 52, 3),
        ("Cargo Forum digest", "digest@cargoforum.example", ("t.forum.example",), 8, 12, 29, 4),
        ("Claire Fontaine", "commandes@atelier-velo.example", ("SendGrid",), 2, 31, 4, 0),
    )
    senders = tuple(
        SenderLine(*person[:6], tops[at:] + tops[:at], person[6], at == 3)
        for at, person in enumerate(people)
    )
    legend = ("SendGrid", "HubSpot", "Mailchimp", "Klaviyo", OTHERS)
    return Report(Span.QUARTER, first, 666, 318, 0, 14, 6, legend, columns, vendors, senders)


def _empty_report(span: object) -> Report:
    from missive_desktop.app.presenters.report_values import Report, Span

    assert isinstance(span, Span)
    return Report(span, date(2026, 10, 25), 0, 0, 0, 0, 0, (), (), (), ())


async def _settings(desk: Desk, shot: Shot) -> None:
    from missive_desktop.store.image_rules import Rule

    async def dialog(name: str, made: QWidget) -> None:
        await shot(name, made)
        made.close()

    rules = desk.settings.privacy.open_rules()
    await dialog("image-rules-none", rules)
    rules = desk.settings.privacy.open_rules()
    rules.show_rules(
        [Rule("sender", "news@velowire.example", True), Rule("domain", "ads.example", False)]
    )
    await dialog("image-rules", rules)
    proxy = desk.settings.privacy.open_proxy()
    proxy.show_problem("A proxy is written as http://HOST:PORT or socks5h://HOST:PORT.")
    await dialog("proxy", proxy)
