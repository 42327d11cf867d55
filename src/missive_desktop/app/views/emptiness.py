"""What an empty list says: what belongs there and how to get it."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from missive_desktop.app.presenters.place import Filter, Kind, Place
from missive_desktop.domain.folder import Role


def emptiness(place: Place, only: Filter) -> tuple[str, str]:
    """Return the title and the sentence for a place that shows nothing."""
    tr = QCoreApplication.translate
    if place.kind is Kind.SEARCH:
        return (
            tr("Emptiness", "Nothing found"),
            tr("Emptiness", "Try fewer words, or another spelling."),
        )
    if only is not Filter.ALL:
        return (
            tr("Emptiness", "Nothing here"),
            tr("Emptiness", "No conversation here matches the filter."),
        )
    if place.role is Role.INBOX:
        return tr("Emptiness", "Nothing waits for you"), tr("Emptiness", "New mail comes here.")
    if place.kind is Kind.STARRED:
        return (
            tr("Emptiness", "No stars yet"),
            tr("Emptiness", "Press S on a conversation to find it here."),
        )
    return tr("Emptiness", "Nothing here"), _belongs(place.role)


def _belongs(role: Role) -> str:
    tr = QCoreApplication.translate
    match role:
        case Role.DRAFTS:
            return tr("Emptiness", "What you begin to write is kept here until it is sent.")
        case Role.SENT:
            return tr("Emptiness", "What you send is kept here.")
        case Role.ARCHIVE:
            return tr("Emptiness", "Press E on a conversation to put it here.")
        case Role.SPAM:
            return tr("Emptiness", "Unwanted mail lands here. Press ! to put mail here yourself.")
        case Role.TRASH:
            return tr("Emptiness", "Press # on a conversation to put it here.")
        case _:
            return tr("Emptiness", "Drag conversations here, or press V to move them.")
