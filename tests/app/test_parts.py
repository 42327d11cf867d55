"""Undo bar, sync line and theme, as far as they decide something."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QDateTime, QLocale
from PySide6.QtWidgets import QWidget

from missive_desktop.app.presenters.sync_state import (
    AccountSync,
    FolderState,
    Overall,
    SyncState,
    summarize,
)
from missive_desktop.app.views.dates import list_time, mail_time
from missive_desktop.app.views.painting import initials
from missive_desktop.app.views.sidebar import SyncLine
from missive_desktop.app.views.undo_bar import UndoBar
from missive_desktop.domain.account import AccountState


@pytest.mark.parametrize(
    ("name", "address", "letters"),
    [
        ("Ana Ribeiro", "a@example.org", "AR"),
        ("佐藤 美咲", "s@example.org", "佐"),
        ("ليلى حداد", "l@example.org", "ل"),
        ("", "ana.ribeiro@example.org", "AR"),
        ("", "@", "?"),
        ("(x)", "n@example.org", "N"),
    ],
)
def test_initials(name, address, letters):
    assert initials(name, address) == letters


def test_undo_is_offered_once(qtbot, theme):
    parent = QWidget()
    qtbot.addWidget(parent)
    bar = UndoBar(theme, parent)
    parent.show()
    done = []
    bar.show_act("3 archived", lambda: done.append(1))
    assert bar.undo()
    assert not bar.undo()
    assert done == [1]
    bar.show_countdown("Sends in %1 s", lambda: done.append(2), 150)
    assert bar._label.text() == "Sends in 1 s"
    qtbot.waitUntil(lambda: not bar.isVisible())
    assert done == [1]


def test_the_sync_line_says_it_in_a_few_words(qtbot, theme):
    line = SyncLine(theme)
    qtbot.addWidget(line)
    line.setLocale(QLocale(QLocale.Language.English))
    folders = (FolderState("INBOX", 1240, 20_000, ""),)
    account = AccountSync(1, "a@example.org", AccountState.SYNCING, "", folders)
    line.show_sync(summarize([account]))
    assert line.accessibleName() == "1,240 of 20,000"
    for overall, text in {
        Overall.UP_TO_DATE: "Up to date",
        Overall.OFFLINE: "Offline",
        Overall.SIGN_IN: "Sign in again",
    }.items():
        line.show_sync(SyncState(overall))
        assert line.accessibleName() == text


def test_times_that_no_calendar_has_are_shown_all_the_same():
    for seconds in (1 << 53, -5, (1 << 63) - 1):
        assert list_time(seconds)
        assert mail_time(seconds)


def test_times_are_short():
    now = QDateTime.fromString("2026-11-23T12:00:00", "yyyy-MM-ddTHH:mm:ss")
    today = now.toPython()

    def shown(text):
        then = QDateTime.fromString(text, "yyyy-MM-ddTHH:mm:ss")
        return list_time(then.toSecsSinceEpoch(), today)

    before = QLocale()
    QLocale.setDefault(QLocale(QLocale.Language.German, QLocale.Country.Germany))
    try:
        assert shown("2026-11-23T10:44:00") == "10:44"
        assert shown("2026-11-20T10:44:00") in ("Fr", "Fr.")
        assert shown("2026-11-03T10:44:00").startswith("3 Nov")
        assert shown("2025-11-03T10:44:00") == "2025-11-03"
    finally:
        QLocale.setDefault(before)


def test_a_theme_gives_the_mail_page_its_values(theme):
    theme.choose("light")
    light = theme.css_variables()
    theme.choose("dark")
    dark = theme.css_variables()
    theme.choose("light")
    assert light["surface-page"] != dark["surface-page"]
    assert light.keys() == dark.keys()
    assert "Inter" in light["family"]
    assert not theme.pixmap("archive", "text", 16, ratio=2.0).isNull()
