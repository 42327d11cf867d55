"""Notices run together without losing what changed."""

from __future__ import annotations

from missive_desktop.domain.changes import Changes
from missive_desktop.engine.pending import Pending
from missive_desktop.engine.protocol import Changed, Progress, Trouble


def test_nothing_is_nothing():
    pending = Pending()
    assert not pending
    assert pending.take() == []


def test_changes_are_united():
    pending = Pending()
    pending.merge(Changed(Changes(messages={1}, folders={9})))
    pending.merge(Changed(Changes(messages={2}, arrived={2})))
    assert pending.take() == [Changed(Changes(messages={1, 2}, folders={9}, arrived={2}))]
    assert not pending


def test_a_merged_notice_is_not_changed_itself():
    first = Changes(messages={1})
    pending = Pending()
    pending.merge(Changed(first))
    pending.merge(Changed(Changes(messages={2})))
    assert first == Changes(messages={1})


def test_progress_is_the_latest_of_each_folder():
    pending = Pending()
    for done in range(100):
        pending.merge(Progress(1, "INBOX", done, 100))
        pending.merge(Progress(1, "Sent", done, 200))
    assert pending.take() == [Progress(1, "INBOX", 99, 100), Progress(1, "Sent", 99, 200)]


def test_troubles_are_told_once_and_bounded():
    pending = Pending()
    for number in range(500):
        pending.merge(Trouble(1, "Offline", f"{number // 2}"))
    taken = pending.take()
    assert len(taken) == 50
    assert taken[-1] == Trouble(1, "Offline", "249")
