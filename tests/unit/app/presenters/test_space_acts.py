"""What is told to the engine for acts of spaces, and in which words it is said."""

from __future__ import annotations

from datetime import datetime

import pytest
from tests import instant
from tests.app.engines import RecordingEngine

from missive_desktop.app.presenters.snooze_times import Until, times
from missive_desktop.app.presenters.space_acts import SpaceActs
from missive_desktop.engine.space_requests import (
    Assign,
    Label,
    MakeLabel,
    ReturnToTeam,
    SetOpen,
    Snooze,
    Transfer,
    WatchConversations,
)
from missive_desktop.errors import Refused, UsageError

REVERT = {"kind": "revert", "team": 1}


class View:
    def __init__(self):
        self.said = []
        self.trouble = []

    def offer_undo(self, text, undo):
        self.said.append((text, [act.kind for act in undo]))

    def show_trouble(self, message, advice):
        self.trouble.append((message, advice))

    def acting_on(self, conversations):
        self.acted = set(conversations)


def refuse(error):
    def answer(_request):
        raise error

    return answer


@pytest.fixture
def view():
    return View()


def acts(view, **more):
    kinds = (Assign, SetOpen, ReturnToTeam, Label, Snooze, WatchConversations)
    answers = {kind: lambda _: {"undo": [REVERT]} for kind in kinds}
    engine = RecordingEngine(answers | {MakeLabel: lambda _: {"label": "new", "undo": []}} | more)
    return SpaceActs(engine, view), engine


def done(work):
    instant.run(work)


def test_each_act_says_whom_it_affects_and_can_be_undone(view):
    on, engine = acts(view)
    for work in (
        on.assign((1,), ["ana"], [], "Ana"),
        on.assign((1, 2), [], ["ana"]),
        on.set_open((1,), opened=False, whom="for the 6 people of Support"),
        on.set_open((1, 2), opened=True, whom="for the 6 people of Support"),
        on.return_to_team((1,)),
        on.label((1, 2), ["dealer"], [], "Dealer"),
        on.label((1,), [], ["dealer"], "Dealer"),
        on.label((1,), ["a"], ["b"]),
        on.snooze((1,), 100, "Thu 09:00"),
        on.snooze((1,), 0, ""),
        on.watch((1,), False),
    ):
        done(work)
    assert [text for text, _ in view.said] == [
        "Assigned to Ana",
        "Nobody has these 2 now",
        "Closed for the 6 people of Support",
        "2 open again for the 6 people of Support",
        "Back in the team inbox",
        "2 labelled Dealer",
        "Label Dealer off",
        "Labels changed",
        "Put off until Thu 09:00",
        "Not put off any more",
        "Comments leave you in peace",
    ]
    assert all(undo == ["revert"] for _, undo in view.said)
    assert engine.asked[0] == Assign(conversations=(1,), add=("ana",))


def test_a_new_label_is_made_for_all_and_put_on(view):
    on, engine = acts(view)
    done(on.make_label(7, "Urgent", "", (1, 2)))
    assert engine.asked == [
        MakeLabel(account=7, name="Urgent", shared=True),
        Label(conversations=(1, 2), add=("new",)),
    ]


def test_what_is_moved_to_another_space_is_only_told(view):
    on, _ = acts(view)
    done(on.move((1,), 9, "Orders"))
    assert view.said == [("Moved to Orders", [])]


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (Refused("A viewer may not assign."), ("A viewer may not assign.", "")),
        (UsageError("This is only for a shared inbox."), ("This is only for a shared inbox.", "")),
    ],
)
def test_what_is_refused_is_said_and_nothing_offered(view, error, told):
    on, _ = acts(view)
    engine = RecordingEngine({Assign: refuse(error), Transfer: refuse(error)})
    on = SpaceActs(engine, view)
    done(on.assign((1,), ["ana"], [], "Ana"))
    done(on.move((1,), 9, "Orders"))
    assert [message for message, _ in view.trouble] == [told[0]] * 2
    assert view.said == []


@pytest.mark.parametrize(
    ("now", "wanted"),
    [
        ("2026-11-23 09:12", ["later", "evening", "tomorrow", "weekend", "next_week"]),  # a Monday
        ("2026-11-23 18:00", ["later", "tomorrow", "weekend", "next_week"]),
        ("2026-11-23 23:30", ["tomorrow", "weekend", "next_week"]),
        ("2026-11-28 10:00", ["later", "evening", "tomorrow", "next_week"]),  # a Saturday
    ],
)
def test_only_times_to_come_are_offered(now, wanted):
    moment = datetime.fromisoformat(now)
    found = times(moment)
    assert [until.value for until in found] == wanted
    assert all(each > moment for each in found.values())
    assert found[Until.NEXT_WEEK].weekday() == 0
    assert found[Until.TOMORROW].hour == 8
