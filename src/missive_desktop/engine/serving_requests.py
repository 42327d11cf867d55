"""Requests about who serves a shared inbox: the mailbox behind it, and from which computer."""

from __future__ import annotations

from missive_desktop.engine.request import Request


class ServeInbox(Request, frozen=True):
    """Serve a shared inbox from a mailbox of this profile, from now on → {}.

    The mailbox is no account of this person's own any more; its mail is in the shared inbox.
    """

    scope: str
    account: int
    archive_closed: bool = False


class StopServing(Request, frozen=True):
    """Serve it no more from here; the mailbox is this person's own again → {}."""

    scope: str


class HandInbox(Request, frozen=True):
    """Have another device of the team serve it: hand it the mailbox, password included → {}.

    `account` 0: the one that serves it here, which then stands by. `back`: take it back instead.
    """

    scope: str
    device: str
    account: int = 0
    back: bool = False


class Serving(Request, frozen=True):
    """Serve shared inboxes from now on, for this is no window; or no more → {} at once."""

    on: bool = True


ServingRequest = ServeInbox | StopServing | HandInbox | Serving
