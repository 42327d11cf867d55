"""What a change was, and why a team's server did not take it, in words for people. Pure."""

from __future__ import annotations

from missive_desktop.domain.team import PendingState

_WORDS = {
    "not in this role": "Your role does not allow it.",
    "too many of them": "There are as many of them as there can be. Remove some first.",
    "not for you": "You may not do this.",
    "only your own": "It is somebody else's.",
    "only an owner": "Only an owner may do this.",
}
_ACTS = {
    "comment.added": "Your comment",
    "comment.edited": "The change of your comment",
    "comment.deleted": "Deleting a comment",
    "conversation.assigned": "Assigning a conversation",
    "conversation.unassigned": "Taking back a conversation",
    "conversation.closed": "Closing a conversation",
    "conversation.reopened": "Reopening a conversation",
    "conversation.archived": "Archiving a conversation",
    "conversation.labelled": "Labelling a conversation",
    "conversation.unlabelled": "Taking off a label",
    "conversation.trashed": "Moving a conversation to the trash",
    "conversation.renamed": "Renaming a conversation",
    "conversation.returned": "Moving a conversation back to the team inbox",
    "send.cancelled": "Taking back a mail",
    "send.retried": "Sending a mail again",
    "send.deleted": "Removing a mail that was not sent",
    "send.requested": "Your mail",
    "task.added": "Your task",
    "label.added": "Your label",
}
_STATES = {
    PendingState.CONFLICT: "Somebody else changed it meanwhile.",
    PendingState.GONE: "It is no longer there.",
    PendingState.DENIED: "You may not do this.",
}


def words(state: PendingState, why: str) -> str:
    known = _WORDS.get(why) or (why if why[:1].isupper() else "")
    return known or _STATES.get(state, "The team's server did not take it.")


def what(act: str) -> str:
    """Return what a change is called in a list of such."""
    return _ACTS.get(act, "A change")
