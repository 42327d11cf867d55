"""What an empty list says: what belongs there and how to get it."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from missive_desktop.app.presenters.place import Filter, Kind, Place, Tab
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
    said = _of_team(place)
    if said is not None:
        return said
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


def _of_team(place: Place) -> tuple[str, str] | None:
    tr = QCoreApplication.translate
    nothing = tr("Emptiness", "Nothing here")
    match place.kind:
        case Kind.ASSIGNED:
            return (
                tr("Emptiness", "Nothing is assigned to you"),
                tr("Emptiness", "Press A on a conversation of a team to take it."),
            )
        case Kind.SNOOZED:
            return (
                tr("Emptiness", "Nothing is put off"),
                tr("Emptiness", "Press Z on a conversation of a team to see it later."),
            )
        case Kind.LABEL:
            return (
                tr("Emptiness", "No open conversation has this label"),
                tr("Emptiness", "Press L on a conversation of a team to label it."),
            )
        case Kind.TEAMS:
            return (
                tr("Emptiness", "No team waits"),
                tr("Emptiness", "New mail to the teams that you work in comes here."),
            )
        case Kind.SPACE if place.tab is Tab.UNASSIGNED:
            return (
                tr("Emptiness", "Nothing waits for {0}").format(place.title),
                tr("Emptiness", "New mail stands here until somebody takes or answers it."),
            )
        case Kind.SPACE if place.tab is Tab.OPEN:
            return (
                tr("Emptiness", "All is done in {0}").format(place.title),
                tr("Emptiness", "New mail comes here for everybody of the team."),
            )
        case Kind.SPACE if place.tab is Tab.CLOSED:
            return nothing, tr("Emptiness", "What is closed for all is kept here.")
        case Kind.SPACE:
            return nothing, ""
        case _:
            return None
