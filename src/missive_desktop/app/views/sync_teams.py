"""Teams in the detail of sync: the state in words, each space, what waits for the server."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QCoreApplication, QLocale
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout

from missive_desktop.app.presenters.sync_state import TeamSync
from missive_desktop.app.theme import Theme
from missive_desktop.app.views.controls import TextButton, label
from missive_desktop.app.views.dates import mail_time
from missive_desktop.domain.team import TeamState

_tr = QCoreApplication.translate


def add_team(
    theme: Theme, column: QBoxLayout, team: TeamSync, asked: Callable[[int], None]
) -> None:
    """Add a team's lines to a column; `asked` when its button is pressed."""
    head = QHBoxLayout()
    head.addWidget(label(team.name, face="strong"), 1)
    text = _wanted(team)
    if text:
        button = TextButton(theme, text, "link")
        button.clicked.connect(lambda: asked(team.id))
        head.addWidget(button)
    column.addLayout(head)
    tone = {TeamState.SIGNED_OUT: "danger", TeamState.REMOVED: "danger"}.get(team.state, "")
    column.addWidget(label(sentence(team), tone=tone or "secondary", wrap=True))
    plain = (TeamState.READY, TeamState.SIGNED_OUT, TeamState.MUST, TeamState.REMOVED)
    if team.error and team.state not in plain:
        column.addWidget(label(team.error, face="small", tone="warning", wrap=True))
    if team.waiting:
        said = _tr("SyncTeams", "On its way to the team: {0}")
        if team.state is not TeamState.READY:
            said = _tr("SyncTeams", "Goes to the team when its server is reached: {0}")
        said = said.format(_changes(team.waiting))
        column.addWidget(label(said, face="small", tone="secondary", wrap=True))
    if team.refused:
        said = _tr("SyncTeams", "Not taken by the server: {0}").format(_changes(team.refused))
        column.addWidget(label(said, face="small", tone="danger", wrap=True))
    for space in team.spaces:
        row = QHBoxLayout()
        name = _tr("SyncTeams", "{0}, served by this computer") if space.serves else "{0}"
        row.addWidget(label(name.format(space.name), face="small", tone="secondary"), 1)
        state = _tr("SyncTeams", "nothing open")
        if space.open:
            state = _tr("SyncTeams", "{0} open").format(QLocale().toString(space.open))
        if not space.whole:
            state = _tr("SyncTeams", "catching up")
        row.addWidget(label(state, face="small", tone="tertiary"))
        column.addLayout(row)


def _changes(count: int) -> str:
    if count == 1:
        return _tr("SyncTeams", "one change")
    return _tr("SyncTeams", "{0} changes").format(QLocale().toString(count))


def sentence(team: TeamSync) -> str:
    """Return the state of a team in plain words."""
    since = mail_time(team.since) if team.since else ""
    match team.state:
        case TeamState.READY:
            return _tr("SyncTeams", "Up to date")
        case TeamState.OFFLINE if since:
            return _tr(
                "SyncTeams", "Offline since {0}. What you do here goes to the team later."
            ).format(since)
        case TeamState.OFFLINE:
            return _tr("SyncTeams", "Offline. What you do here goes to the team later.")
        case TeamState.SIGNED_OUT:
            return _tr("SyncTeams", "You are signed out of this team. What you did here is kept.")
        case TeamState.APPROVAL:
            return _tr(
                "SyncTeams",
                "Approve this computer on another one of yours, or with the recovery key.",
            )
        case TeamState.MUST:
            return _tr("SyncTeams", "The team asks for a second factor before anything goes on.")
        case TeamState.OUTDATED:
            return _tr("SyncTeams", "The team’s server needs a newer version of this program.")
        case TeamState.LOCKED:
            return _tr(
                "SyncTeams",
                "Not heard of for too long: what was here was put away. Sign in to have it.",
            )
        case TeamState.REMOVED:
            return _tr(
                "SyncTeams",
                "You are no longer a member. What this computer had of the team is deleted.",
            )
        case _:
            return _tr("SyncTeams", "Connecting…")


def _wanted(team: TeamSync) -> str:
    """Return what the person can do about it, or nothing."""
    if team.state in (TeamState.SIGNED_OUT, TeamState.LOCKED):
        return _tr("SyncTeams", "Sign in again")
    if team.state is TeamState.APPROVAL:
        return _tr("SyncTeams", "Approve…")
    if team.state is TeamState.MUST:
        return _tr("SyncTeams", "Set it up…")
    if team.state is TeamState.REMOVED:
        return _tr("SyncTeams", "Take it off this list…")
    return _tr("SyncTeams", "Look at them") if team.refused else ""
