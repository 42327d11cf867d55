"""What a notification says. Without names it tells nothing that a mail holds, nor whose it is."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from missive_desktop.app.presenters.notifying import Happening, News
from missive_desktop.team.spaces.semantics import Call


def worded(news: News, *, names: bool) -> tuple[str, str]:
    """Return title and text."""
    if not names:
        return _amount(news.mails, news.calls), ""
    if news.one is not None:
        return _one(news.one)
    amount = _amount(news.mails, news.calls)
    if len(news.places) == 1:
        return _tr("{0} in {1}").format(amount, news.places[0][0]), ""
    shown = [_tr("{0} in {1}").format(count, place) for place, count in news.places]
    return amount, ", ".join(shown)


def _one(told: Happening) -> tuple[str, str]:
    subject = told.subject or _tr("No subject")
    who = told.who or _tr("A colleague")
    match told.call:
        case Call.ASSIGNED:
            title = _tr("{0} assigned this to you").format(who)
        case Call.MENTIONED:
            title = _tr("{0} mentioned you").format(who)
        case Call.COMMENTED:
            title = _tr("{0} commented").format(who)
        case _:
            title = _tr("{0} in {1}").format(who, told.place) if told.shared else who
    return title, subject


def _amount(mails: int, calls: int) -> str:
    new = _tr("1 new mail") if mails == 1 else _tr("{0} new mails").format(mails)
    for_you = (
        _tr("1 conversation for you")
        if calls == 1
        else _tr("{0} conversations for you").format(calls)
    )
    if mails and calls:
        return _tr("{0}, {1}").format(new, for_you)
    return new if mails else for_you


def _tr(text: str) -> str:
    return QCoreApplication.translate("Notifications", text)
