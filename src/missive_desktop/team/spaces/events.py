"""What mail that comes and goes leads to: for the worker, which files it for the space. Pure."""

from __future__ import annotations

from typing import Any

from missive_desktop.domain.spaces import Conversation, Settings


def received(header: Conversation | None, settings: Settings, at: int, now: int) -> dict[str, Any]:
    """Return what of the header changes with a mail from outside; all of it where there is none.

    New mail stands in the team inbox; a reply reopens what was closed or thrown away, and comes
    to the assignees or to the team, as the space is set. Spam stays spam.
    """
    if header is None:
        return whole(Conversation(inbox=True, last=at))
    change: dict[str, Any] = {"last": at} if at > header.last else {}
    if header.state == "spam":
        return change
    if header.state in ("closed", "trash"):
        change |= {"st": "open", "since": now}
    to_team = not header.assignees or settings.received_reply == "show_in_team_inbox"
    if to_team != header.inbox:
        change["inbox"] = to_team
    return change


def sent(header: Conversation | None, at: int) -> dict[str, Any]:
    """Return what of the header changes with a mail that a member wrote elsewhere."""
    if header is None:
        return whole(Conversation(last=at))
    return {"last": at} if at > header.last else {}


def whole(header: Conversation) -> dict[str, Any]:
    """Return a header with all its fields, so that what must hold can be asked of each."""
    return {
        "st": header.state,
        "inbox": header.inbox,
        "assignees": list(header.assignees),
        "labels": list(header.labels),
        "last": header.last,
        "since": header.since,
    }
