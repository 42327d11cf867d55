"""The menus of acts on conversations of spaces: their lines, and what is said under them."""

from __future__ import annotations

from datetime import datetime

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QWidget

from missive_desktop.app.presenters.shown import Colleague
from missive_desktop.app.presenters.snooze_times import Until, times
from missive_desktop.app.presenters.spaces import Chosen
from missive_desktop.app.theme import Theme
from missive_desktop.app.views.dates import until_time
from missive_desktop.app.views.pick_menu import Choice, PickMenu
from missive_desktop.app.views.space_words import whom

A_DATE = "date"
_tr = QCoreApplication.translate


def assign(theme: Theme, window: QWidget, chosen: Chosen) -> PickMenu:
    """Return the menu of who can have conversations: oneself first, nobody last."""
    choices = [
        _person(each)._replace(
            checked=each.user in chosen.assigned,
            partly=each.user in chosen.some_assigned - chosen.assigned,
        )
        for each in chosen.people
    ]
    if chosen.some_assigned:
        choices.append(Choice("", _tr("SpaceMenus", "Nobody"), "icon", "x"))
    return PickMenu(theme, window, _tr("SpaceMenus", "Assign to"), choices, several=True)


def people(theme: Theme, window: QWidget, chosen: Chosen) -> PickMenu:
    """Return the list of who shares a conversation."""
    choices = [_person(each, each.email) for each in chosen.people]
    foot = _tr("SpaceMenus", "They see mail and comments of {0}. Enter assigns.").format(
        chosen.space
    )
    return PickMenu(
        theme, window, _tr("SpaceMenus", "People of {0}").format(chosen.space), choices, foot=foot
    )


def _person(each: Colleague, detail: str = "") -> Choice:
    name = _tr("SpaceMenus", "{0} (you)").format(each.name) if each.me else each.name
    detail = _tr("SpaceMenus", "observer") if each.observer else detail
    return Choice(each.user, name, "person", each.email, detail=detail)


def label(theme: Theme, window: QWidget, chosen: Chosen) -> PickMenu:
    choices = [
        Choice(mark.id, mark.name, "dot", mark.color, checked=mark.id in chosen.labelled)
        for mark in chosen.labels
    ]
    return PickMenu(
        theme,
        window,
        _tr("SpaceMenus", "Label"),
        choices,
        several=True,
        making=_tr("SpaceMenus", "Make label “{0}”"),
    )


def snooze(theme: Theme, window: QWidget, chosen: Chosen) -> PickMenu:
    """Return the menu of times; keys are unix seconds, 0 for not any more."""
    words = {
        Until.LATER: _tr("SpaceMenus", "Later today"),
        Until.EVENING: _tr("SpaceMenus", "This evening"),
        Until.TOMORROW: _tr("SpaceMenus", "Tomorrow"),
        Until.WEEKEND: _tr("SpaceMenus", "At the weekend"),
        Until.NEXT_WEEK: _tr("SpaceMenus", "Next week"),
    }
    found = times(datetime.now())  # noqa: DTZ005 - the person's own clock
    choices = [
        Choice(
            str(int(moment.timestamp())),
            words[until],
            "icon",
            "alarm-clock",
            detail=until_time(int(moment.timestamp())),
        )
        for until, moment in found.items()
    ]
    choices.append(Choice(A_DATE, _tr("SpaceMenus", "Another time…"), "icon", "calendar"))
    if chosen.snoozed:
        choices.append(Choice("0", _tr("SpaceMenus", "Not any more"), "icon", "x"))
    foot = _tr("SpaceMenus", "Only for you. A new mail or a mention brings it back sooner.")
    return PickMenu(theme, window, _tr("SpaceMenus", "Put off until"), choices, foot=foot)


def move(theme: Theme, window: QWidget, chosen: Chosen) -> PickMenu:
    choices = [
        Choice(str(account), name, "square", color) for account, name, color in chosen.others
    ]
    foot = _tr("SpaceMenus", "Leaves with all that was said, {0}.").format(
        whom(chosen.size, chosen.space)
    )
    return PickMenu(theme, window, _tr("SpaceMenus", "Move to team"), choices, foot=foot)
