"""Requests on how a team is kept in step: what was refused, older history, who looks at what."""

from __future__ import annotations

from typing import Literal

from missive_desktop.engine.request import Request


class DropPending(Request, frozen=True):
    """Let go of something that a team's server refused, or that has not gone to it yet → {}."""

    pending: int


class RedoPending(Request, frozen=True):
    """Do it again, over what stands there now → {}."""

    pending: int


class SeeNotice(Request, frozen=True):
    """The person has seen a notice of a team → {}."""

    notice: int


class LookBack(Request, frozen=True):
    """Fetch a space's history down to a time (unix milliseconds; 0: all of it), or, with `conv`,
    all of one conversation → {} at once."""

    scope: str
    until: int = 0
    conv: str = ""


class ShowPresence(Request, frozen=True):
    """Tell the others what this person looks at (to be repeated; state "": nothing more) → {}."""

    scope: str
    conv: str
    state: Literal["viewing", "typing", ""] = "viewing"


class WhoIsThere(Request, frozen=True):
    """→ {"seen": [[scope, conv, user, state], …]}: what others look at, in all teams.

    "presence" among `Changes.teams` says that it is another now.
    """


TeamSyncRequest = DropPending | RedoPending | SeeNotice | LookBack | ShowPresence | WhoIsThere
