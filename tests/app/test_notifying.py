"""What is told of while somebody looks elsewhere, and how the system's notifications say it."""

from __future__ import annotations

import time

import pytest
from PySide6.QtWidgets import QMenu, QWidget
from tests.app.engines import RecordingEngine
from tests.factories import digest, mailbox
from tests.team_factories import (
    ANA,
    ME,
    TeamBox,
    comment,
    conv,
    mail,
    member,
    name,
    own,
    seat,
    space,
)

from missive_desktop.app.presenters import notifying
from missive_desktop.app.presenters.notifying import Happening, News, NotifyingPresenter
from missive_desktop.app.views import tray
from missive_desktop.app.views.notification_words import worded
from missive_desktop.app.views.settings_menu import SettingsMenu
from missive_desktop.domain.changes import Changes
from missive_desktop.domain.folder import Role
from missive_desktop.domain.message import Address, Flags
from missive_desktop.engine.protocol import SetSetting
from missive_desktop.store import placements, settings, team_conversations
from missive_desktop.team.spaces.semantics import Call


class View:
    """What a desk does, written down; the person sees what is in `seen`."""

    def __init__(self):
        self.gathering = 0
        self.said = []
        self.seen = set()

    def gather(self):
        self.gathering += 1

    def say(self, news, *, names):
        self.said.append((news, names))

    def sees(self, conversation):
        return conversation in self.seen


def told(number, place="Support", call=None, mails=1):
    return Happening(number, number, f"Who {number}", f"About {number}", place, call, mails)


def called(number, call):
    return told(number, call=call, mails=0)


# -- deciding


def test_one_conversation_is_named_several_are_counted():
    assert notifying.news([]) is None
    one = told(7, mails=3)
    assert notifying.news([one]) == News(one, 7, 3, 0, (("Support", 3),))
    several = [told(1), told(9, mails=2), told(4, "me@example.org"), called(5, Call.ASSIGNED)]
    assert notifying.news(several) == News(None, 9, 4, 1, (("Support", 4), ("me@example.org", 1)))


@pytest.mark.parametrize(
    ("found", "named", "unnamed"),
    [
        ([told(1)], ("Who 1", "About 1"), "1 new mail"),
        ([told(1)._replace(shared=True)], ("Who 1 in Support", "About 1"), "1 new mail"),
        ([called(1, Call.ASSIGNED)], ("Who 1 assigned this to you", "About 1"),
         "1 conversation for you"),
        ([called(1, Call.MENTIONED)], ("Who 1 mentioned you", "About 1"),
         "1 conversation for you"),
        ([called(1, Call.COMMENTED)._replace(who="", subject="")],
         ("A colleague commented", "No subject"), "1 conversation for you"),
        ([told(1, mails=4), told(2)], ("5 new mails in Support", ""), "5 new mails"),
        ([told(1, mails=4), told(2, "b@example.org")],
         ("5 new mails", "4 in Support, 1 in b@example.org"), "5 new mails"),
        ([told(1), called(2, Call.MENTIONED)],
         ("1 new mail, 1 conversation for you in Support", ""),
         "1 new mail, 1 conversation for you"),
    ],
)  # fmt: skip
def test_the_words_name_somebody_only_where_they_may(found, named, unnamed):
    news = notifying.news(found)
    assert worded(news, names=True) == named
    assert worded(news, names=False) == (unnamed, "")


def test_a_line_among_the_systems_own_holds_no_tags_and_no_turns():
    assert tray.plain("<img src=x>\n  hi\u202e!") == "‹img src=x› hi!"
    assert len(tray.plain("long " * 100)) <= 160


# -- reading what of it still is news


@pytest.fixture
def box(tmp_path):
    with mailbox(tmp_path, "me@example.org") as made:
        made.folder("Spam", Role.SPAM)
        yield made


def arrive(box, uid, sender="Cara <cara@example.org>", flags=0):
    name_, _, email = sender.rstrip(">").partition(" <")
    found = digest(subject=f"Mail {uid}", sender=Address(name_, email))
    (message,) = box.add([box.arrival(uid, found, flags=flags)])
    return message


def test_mail_is_told_while_it_waits_in_the_inbox_unread(box):
    new, read, moved = arrive(box, 1), arrive(box, 2, flags=Flags.SEEN), arrive(box, 3)
    mine = arrive(box, 4, "Me <ME@example.org>")
    spam = box.folder("Junk", Role.SPAM)
    box.writer.run(lambda conn, changes: placements.move(conn, box.inbox, [3], spam, changes))
    (found,) = notifying.happenings(box.reader, {new, read, moved, mine, 999}, ())
    assert (found.who, found.subject, found.place, found.mails) == (
        "Cara", "Mail 1", "me@example.org", 1,
    )  # fmt: skip


@pytest.fixture
def team(box):
    made = TeamBox(box)
    made.now = round(time.time() * 1000)
    made.take_all(member(ME, "Mia"), member(ANA, "Ana"), space())
    made.take(seat(ME), conv("c", {"subject": "Batteries"}, inbox=True))
    return made


def here(team):
    return team_conversations.here(team.box.reader, team.account, name("c"))


def calls(team):
    return [
        (each.call, each.who, each.subject, each.place)
        for each in notifying.happenings(team.box.reader, (), {here(team)})
    ]


def test_what_colleagues_call_one_to_is_told_with_who_and_how(team):
    at = team.now - 5000
    team.take(mail("m", "c", at))
    assert calls(team) == []
    team.take(conv("c", assignees=[ME], since=at + 1000))
    assert calls(team) == [(Call.ASSIGNED, "Ana", "About c", "Support")]
    team.take(comment("k", "c", "And?", at + 2000))
    assert calls(team) == [(Call.COMMENTED, "Ana", "About c", "Support")]
    team.take(comment("l", "c", "@Mia?", at + 3000, mentions=[ME]))
    assert calls(team) == [(Call.MENTIONED, "Ana", "About c", "Support")]
    team.take(mail("n", "c", at + 4000))
    assert calls(team) == [(None, "Cara Customer", "About c", "Support")]
    team.take_own(own("c", read=at + 4000))
    assert calls(team) == []


def test_a_mail_that_calls_one_is_told_once(team):
    arrived = team.take(mail("m", "c", team.now - 1)).arrived
    team.take(conv("c", inbox=True, assignees=[ME], since=team.now))
    (found,) = notifying.happenings(team.box.reader, arrived, {here(team)})
    assert (found.call, found.shared) == (Call.ASSIGNED, False)


# -- the presenter, the settings


def test_nothing_is_said_of_what_is_looked_at_or_where_nobody_wants_it(box):
    view = View()
    presenter = NotifyingPresenter(box.reader, view)
    presenter.load()
    assert presenter.on
    message = arrive(box, 1)
    presenter.changed(Changes(messages={message}))
    assert view.gathering == 0
    presenter.changed(Changes(arrived={message}))
    presenter.tell()
    ((news, names),) = view.said
    assert (news.one.subject, names) == ("Mail 1", False)
    view.seen.add(news.newest)
    presenter.changed(Changes(arrived={message}))
    presenter.tell()
    presenter.tell()
    assert len(view.said) == 1
    box.writer.run(lambda conn, changes: settings.put(conn, notifying.ON, False))
    presenter.load()
    assert not presenter.on


def test_the_menu_keeps_what_is_chosen(qt_loop, qtbot, theme, box, until):
    window, engine, changed = QWidget(), RecordingEngine({}), []
    qtbot.addWidget(window)
    made = SettingsMenu(theme, box.reader, engine, window, lambda *_: None)
    made.notifications_changed.connect(lambda: changed.append(True))
    menu = QMenu(window)
    made._notifications(menu)
    tell, names = menu.actions()
    assert (tell.isChecked(), names.isChecked(), names.isEnabled()) == (True, False, True)
    names.trigger()
    tell.trigger()
    until(lambda: len(changed) == 2)
    assert engine.asked == [
        SetSetting(name="window.notifications.names", value=True),
        SetSetting(name="window.notifications", value=False),
    ]


def test_where_the_system_has_none_there_is_no_tray(qapp, theme):
    assert tray.opened(theme, []) is None  # offscreen
    assert not tray.icon(theme).isNull()
