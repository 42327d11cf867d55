"""What members do to conversations, as changes of shared and of their own state. Pure.

Each function returns the changes that an act leads to, in order. `undone` turns changes into
those that take them back; they hold only where nobody did something else meanwhile.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

import msgspec

from missive_desktop.domain.spaces import Conversation, Personal, PersonalBody, Settings
from missive_desktop.domain.team import Intent
from missive_desktop.team.spaces.events import whole
from missive_wire.ids import derived_id, split_scope, user_scope


class Subject(NamedTuple):
    """A conversation as the person sees it when they act on it."""

    scope: str
    conv: str
    header: Conversation
    personal: Personal
    me: str
    newest: int = 0  # when its newest mail came, milliseconds
    said: int = 0  # the newest comment of somebody else

    @property
    def last(self) -> int:
        return max(self.header.last, self.newest)

    def after(self, now: int) -> int:
        """Return when something is done that follows all that is seen, whoever's clock is wrong."""
        return max(now, 1 + max(self.last, self.said, self.header.since))


# -- the shared half


def _patch(subject: Subject, act: str, h: dict[str, Any], *held: str) -> Intent:
    """Change the header; `held` are the fields that must stand as the person saw them."""
    seen = whole(subject.header)
    pre = {name: seen[name] for name in held} or None
    return Intent("patch", subject.scope, "conv", subject.conv, act, h, pre=pre)


def assign(
    subject: Subject,
    add: Collection[str],
    remove: Collection[str],
    now: int,
    *,
    leaves: bool = False,
) -> list[Intent]:
    """Give it to somebody: out of the team inbox, into theirs; back when nobody is left. With
    `leaves` out of one's own sight, too, where others have it."""
    old = subject.header.assignees
    new = [each for each in dict.fromkeys((*old, *add)) if each not in set(remove)]
    if tuple(new) == old:
        return []
    change: dict[str, Any] = {"assignees": new, "inbox": not new, "since": subject.after(now)}
    if subject.header.state == "closed":
        change["st"] = "open"
    act = "conversation.assigned" if set(new) - set(old) else "conversation.unassigned"
    aside = archive(subject, now) if leaves and new and subject.me not in new else []
    return [_patch(subject, act, change, "assignees"), *aside]


def close(subject: Subject, now: int) -> list[Intent]:
    """Done with, for all; and out of one's own Inbox."""
    if subject.header.state == "closed":
        return []
    change = {"st": "closed", "inbox": False, "since": subject.after(now)}
    return [_patch(subject, "conversation.closed", change, "st"), *archive(subject, now)]


def reopen(subject: Subject, now: int) -> list[Intent]:
    """Back to whom it was assigned, else to the team inbox."""
    if subject.header.state == "open":
        return []
    change = {"st": "open", "inbox": not subject.header.assignees, "since": subject.after(now)}
    return [_patch(subject, _opening(subject.header.state), change, "st")]


def _opening(state: str) -> str:
    return {"trash": "conversation.restored", "spam": "conversation.unspam"}.get(
        state, "conversation.reopened"
    )


def return_to_team(subject: Subject, now: int) -> list[Intent]:
    """Back into the team inbox, nobody's."""
    header = subject.header
    if header.state == "open" and header.inbox and not header.assignees:
        return []
    if header.state in ("trash", "spam"):
        change = {"st": "open", "inbox": True, "assignees": [], "since": subject.after(now)}
        return [_patch(subject, _opening(header.state), change, "st")]
    change = {"st": "open", "inbox": True, "assignees": [], "since": subject.after(now)}
    return [_patch(subject, "conversation.returned", change, "assignees")]


def trash(subject: Subject) -> list[Intent]:
    if subject.header.state == "trash":
        return []
    change = {"st": "trash", "inbox": False}
    return [_patch(subject, "conversation.trashed", change, "st")]


def spam(subject: Subject) -> list[Intent]:
    if subject.header.state == "spam":
        return []
    return [_patch(subject, "conversation.spam", {"st": "spam", "inbox": False}, "st")]


def not_spam(subject: Subject, now: int) -> list[Intent]:
    return reopen(subject, now) if subject.header.state == "spam" else []


def label(subject: Subject, add: Collection[str], remove: Collection[str]) -> list[Intent]:
    """Labels of several people at once all hold."""
    new = [each for each in dict.fromkeys(add) if each not in subject.header.labels]
    old = [each for each in dict.fromkeys(remove) if each in subject.header.labels]
    result = []
    if new:
        result.append(_patch(subject, "conversation.labelled", {"labels+": new}))
    if old:
        result.append(_patch(subject, "conversation.unlabelled", {"labels-": old}))
    return result


def replied(subject: Subject, settings: Settings, closes: bool, now: int) -> list[Intent]:
    """What answering leads to: the writer takes it, unless the space is set otherwise."""
    header = subject.header
    change: dict[str, Any] = {}
    if not header.assignees and settings.user_reply == "assign_user":
        change |= {"assignees": [subject.me], "inbox": False, "since": subject.after(now)}
    elif header.assignees and header.inbox:
        change["inbox"] = False
    if closes:
        change |= {"st": "closed", "inbox": False, "since": subject.after(now)}
    elif header.state == "closed":
        change |= {"st": "open", "since": subject.after(now)}
    result = [_patch(subject, "conversation.replied", change)] if change else []
    return result + (archive(subject, now) if closes else [])


# -- one's own half


def own(subject: Subject, new: Personal) -> list[Intent]:
    """Change one's own state."""
    if new == subject.personal:
        return []
    body = PersonalBody(subject.conv, split_scope(subject.scope)[1], *new)
    return [
        Intent(
            "put",
            user_scope(subject.me),
            "pstate",
            derived_id(subject.conv, subject.me),
            "personal.changed",
            body=msgspec.json.encode(body).decode(),
        )
    ]


def forgotten(subject: Subject) -> list[Intent]:
    """Forget one's own state, if there is any."""
    if subject.personal == Personal():
        return []
    id_ = derived_id(subject.conv, subject.me)
    return [Intent("del", user_scope(subject.me), "pstate", id_, "personal.removed")]


def archive(subject: Subject, now: int) -> list[Intent]:
    """Out of one's own sight, for oneself alone; and seen, as far as it goes."""
    until = max(now, subject.last, subject.said, subject.header.since)
    return own(subject, subject.personal._replace(archived=until, snoozed=0, snoozed_at=0))


def unarchive(subject: Subject) -> list[Intent]:
    """Into one's own sight again, for what came last; not for all that ever was."""
    until = max(0, max(subject.last, subject.header.since) - 1)
    return own(subject, subject.personal._replace(archived=min(subject.personal.archived, until)))


def read(subject: Subject, upto: int = 0) -> list[Intent]:
    """All of it is read, or what came up to a time."""
    new = max(subject.personal.read, upto or max(subject.last, subject.said))
    return own(subject, subject.personal._replace(read=new))


def unread(subject: Subject, since: int = 0) -> list[Intent]:
    """The newest mail is unread, or what came from a time on."""
    return own(subject, subject.personal._replace(read=max(0, (since or subject.newest) - 1)))


def star(subject: Subject, on: bool) -> list[Intent]:
    return own(subject, subject.personal._replace(starred=on))


def snooze(subject: Subject, until: int, now: int) -> list[Intent]:
    """Put it off; 0 brings it back."""
    at = max(now, subject.last, subject.said) if until else 0
    return own(subject, subject.personal._replace(snoozed=until, snoozed_at=at))


def watch(subject: Subject, watching: bool | None) -> list[Intent]:
    return own(subject, subject.personal._replace(watching=watching))


# -- taking back


def undone(subject: Subject, intents: Sequence[Intent]) -> list[Intent]:
    """Return what takes these changes of a conversation back, the last one first."""
    result: list[Intent] = []
    for intent in reversed(intents):
        if intent.t == "pstate" and intent.op == "put":
            result += own(subject._replace(personal=_NO_STATE), subject.personal)
        elif intent.t == "conv" and intent.op == "patch":
            result.append(_back(subject, intent))
    return result


_NO_STATE = Personal(read=-1)  # none that anybody has: what was before is always a change


def _back(subject: Subject, intent: Intent) -> Intent:
    if "labels+" in intent.h:
        return _patch(subject, "conversation.unlabelled", {"labels-": intent.h["labels+"]})
    if "labels-" in intent.h:
        return _patch(subject, "conversation.labelled", {"labels+": intent.h["labels-"]})
    seen = whole(subject.header)
    old = {name: seen[name] for name in intent.h}
    act = "conversation.assigned"
    if "st" in old:
        act = {
            "closed": "conversation.closed",
            "trash": "conversation.trashed",
            "spam": "conversation.spam",
        }.get(subject.header.state, _opening(str(intent.h["st"])))
    elif old.get("inbox") is True:
        act = "conversation.returned"
    return Intent("patch", subject.scope, "conv", subject.conv, act, old, pre=dict(intent.h))
