"""A colleague's acts reach a person's window over a real server, and are told as far as they
concern them."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

import pytest
from tests.app.windows import NearLink, Reading
from tests.servers.colleagues import Firm

from missive_desktop.app.presenters import notifying
from missive_desktop.app.presenters.place import TEAM_INBOXES
from missive_desktop.app.views.desk import Desk
from missive_desktop.engine.protocol import SetSetting
from missive_desktop.engine.space_admin_requests import GiveSeat, MakeSpace
from missive_desktop.engine.space_requests import Assign
from missive_desktop.store import database

RAW = b"From: Cara <cara@example.org>\r\nSubject: Batteries\r\nMessage-ID: <%d@x>\r\n\r\nWhere?\r\n"


class Outlet:
    """Notifications, written down."""

    def __init__(self):
        self.said = []
        self.clicked = []
        self.unread = 0

    def say(self, title, text, clicked):
        self.said.append((title, text))
        self.clicked.append(clicked)

    def count(self, unread):
        self.unread = unread

    def close(self):
        pass


class Link(NearLink):
    """To an engine that somebody else began and ends."""

    def __init__(self, who):
        self._loop = asyncio.get_running_loop()
        self._listeners = []
        self._threads = ThreadPoolExecutor(4)
        self.runtime = who.runtime
        who.listeners.append(self._told)

    def close(self):
        self._listeners.clear()
        self._threads.shutdown(cancel_futures=True)


@pytest.fixture
def desk(firm: Firm, qt_loop, theme):
    link = Link(firm.ben)
    firm.ben.call(SetSetting(name=notifying.NAMES, value=True))
    opened = lambda: database.open_reader(firm.ben.runtime.store)  # noqa: E731
    made = Desk(theme, firm.ben.conn, link, lambda _: Reading(), opened)
    made.begin()
    made.notifying.gathering.setInterval(0)
    made.notifying.load()
    made.notifying.outlet = Outlet()
    yield made
    made.window.hide()
    made.close()
    link.close()
    made.window.deleteLater()
    made.deleteLater()


def test_a_colleague_assigns_and_exactly_one_thing_is_said(firm: Firm, desk, until):
    said, outlet = desk.notifying.outlet.said, desk.notifying.outlet
    conv, _ = firm.ana.file_mail(firm.scope, RAW % 1)
    until(lambda: said)
    assert said == [("Cara in Help", "Batteries")]

    def assign(**who):
        firm.ana.call(Assign(conversations=(firm.ana.here(firm.scope, conv),), **who))

    assign(add=(firm.ben.user,))
    until(lambda: len(said) > 1)
    assert said[1:] == [("Ana assigned this to you", "Batteries")]
    until(lambda: outlet.unread == 1)
    outlet.clicked[1]()
    assert desk.list.current == firm.ben.here(firm.scope, conv)

    tree = desk.window.sidebar.tree

    def unified():
        """The line that lists all inboxes where one is active; one alone has a line of its own."""
        return tree._find(TEAM_INBOXES, tree.invisibleRootItem())

    sales = firm.ana.call(MakeSpace(team=firm.ana.team, name="Sales"))["scope"]
    firm.ana.call(GiveSeat(scope=sales, user=firm.ben.user))
    until(unified)
    firm.ana.call(GiveSeat(scope=firm.scope, user=firm.ben.user, kind="observer"))
    until(lambda: not unified())
    firm.ana.file_mail(firm.scope, RAW % 2)
    assign(remove=(firm.ben.user,))
    assign(add=(firm.ben.user,))
    until(lambda: len(said) > 2)
    assert [title for title, _ in said[2:]] == ["Ana assigned this to you"]
