"""The table of all acts: to which type, how, to which header fields and values, by whom.

Nothing but data; `rules` reads it. The words are what the audit trail says: "Ana assigned this".
"""

from __future__ import annotations

from typing import Any, NamedTuple

from missive_wire.entities import Type

Roles = frozenset[str]

EVERYONE: Roles = frozenset({"owner", "admin", "member", "drafter", "viewer", "guest"})
ADMINS: Roles = frozenset({"owner", "admin"})
MEMBERS: Roles = ADMINS | {"member"}
SPEAKERS: Roles = MEMBERS | {"drafter", "guest"}
NOBODY: Roles = frozenset()  # only the server itself


class Rule(NamedTuple):
    t: str  # "": of any type
    op: str  # put, patch, del, note; "event": recorded by the server, no mutation
    words: str
    who: Roles
    fields: frozenset[str]  # of the header, that it may change; "*": all
    sets: dict[str, tuple[Any, ...]]  # fields that must be named, and their values
    before: dict[str, tuple[Any, ...]]  # what must have stood there
    body: bool  # may bring one
    own: Roles  # of these may only touch what is theirs
    new: bool  # a put that makes, and never overwrites
    worker: bool  # only with the fence of a lease


def _rule(
    t: str,
    op: str,
    words: str,
    who: Roles,
    fields: str = "",
    *,
    sets: dict[str, tuple[Any, ...]] | None = None,
    before: dict[str, tuple[Any, ...]] | None = None,
    body: bool = False,
    own: Roles = NOBODY,
    new: bool = True,
    worker: bool = False,
) -> Rule:
    names = frozenset(fields.split())
    return Rule(t, op, words, who, names, sets or {}, before or {}, body, own, new, worker)


_CONV, _MSG, _COMMENT = Type.CONVERSATION, Type.MESSAGE, Type.COMMENT
_TASK, _SEND, _LABEL = Type.TASK, Type.SEND, Type.LABEL
_STATE = "st inbox assignees last since"
_UNDER_WAY = ("sending",)

ACTS: dict[str, Rule] = {
    # Conversations
    "conversation.created": _rule(_CONV, "put", "started this", MEMBERS, "*", body=True),
    "conversation.received": _rule(
        _CONV, "patch", "received mail", MEMBERS, f"{_STATE} labels", body=True
    ),
    "conversation.replied": _rule(_CONV, "patch", "replied", MEMBERS, _STATE, body=True),
    "conversation.assigned": _rule(_CONV, "patch", "assigned", MEMBERS, _STATE),
    "conversation.unassigned": _rule(_CONV, "patch", "unassigned", MEMBERS, _STATE),
    "conversation.closed": _rule(
        _CONV, "patch", "closed", MEMBERS, _STATE, sets={"st": ("closed",)}
    ),
    "conversation.reopened": _rule(
        _CONV, "patch", "reopened", MEMBERS, _STATE, sets={"st": ("open",)}
    ),
    "conversation.archived": _rule(
        _CONV, "patch", "archived", MEMBERS, "inbox last", sets={"inbox": (False,)}
    ),
    "conversation.returned": _rule(
        _CONV, "patch", "moved back to the team inbox", MEMBERS, _STATE, sets={"inbox": (True,)}
    ),
    "conversation.trashed": _rule(
        _CONV, "patch", "moved to the trash", MEMBERS, _STATE, sets={"st": ("trash",)}
    ),
    "conversation.restored": _rule(
        _CONV, "patch", "restored from the trash", MEMBERS, _STATE,
        sets={"st": ("open", "closed")}, before={"st": ("trash",)},
    ),
    "conversation.spam": _rule(
        _CONV, "patch", "marked as spam", MEMBERS, _STATE, sets={"st": ("spam",)}
    ),
    "conversation.unspam": _rule(
        _CONV, "patch", "marked as no spam", MEMBERS, _STATE,
        sets={"st": ("open", "closed")}, before={"st": ("spam",)},
    ),
    "conversation.labelled": _rule(_CONV, "patch", "labelled", MEMBERS, "labels last"),
    "conversation.unlabelled": _rule(_CONV, "patch", "took a label off", MEMBERS, "labels last"),
    "conversation.renamed": _rule(_CONV, "patch", "renamed", MEMBERS, "last", body=True),
    "conversation.moved": _rule(_CONV, "del", "moved to another space", MEMBERS),
    "conversation.deleted": _rule(_CONV, "del", "deleted for good", MEMBERS),
    # Messages
    "message.added": _rule(_MSG, "put", "added a message", MEMBERS, "*", body=True),
    "message.checked": _rule(  # who serves the inbox tells the others what a check found later
        _MSG, "patch", "checked who a message is from", MEMBERS, body=True, own=EVERYONE,
        worker=True,
    ),
    "message.deleted": _rule(_MSG, "del", "deleted a message", MEMBERS),
    "attachment.opened": _rule(_MSG, "note", "opened an attachment", EVERYONE, "part"),
    "attachment.saved": _rule(_MSG, "note", "saved an attachment", EVERYONE, "part"),
    # Comments
    "comment.added": _rule(_COMMENT, "put", "commented", SPEAKERS, "*", body=True),
    "comment.edited": _rule(
        _COMMENT, "patch", "edited a comment", SPEAKERS, "mentions made", body=True, own=EVERYONE
    ),
    "comment.deleted": _rule(
        _COMMENT, "del", "deleted a comment", SPEAKERS, own=EVERYONE - ADMINS
    ),
    # Tasks
    "task.added": _rule(_TASK, "put", "added a task", MEMBERS, "*", body=True),
    "task.edited": _rule(_TASK, "patch", "changed a task", MEMBERS, "due conv", body=True),
    "task.assigned": _rule(_TASK, "patch", "assigned a task", MEMBERS, "assignees"),
    "task.started": _rule(
        _TASK, "patch", "started a task", MEMBERS, "st", sets={"st": ("doing",)}
    ),
    "task.closed": _rule(_TASK, "patch", "closed a task", MEMBERS, "st", sets={"st": ("closed",)}),
    "task.reopened": _rule(
        _TASK, "patch", "reopened a task", MEMBERS, "st", sets={"st": ("todo",)}
    ),
    "task.deleted": _rule(_TASK, "del", "deleted a task", MEMBERS),
    # Labels
    "label.added": _rule(_LABEL, "put", "made a label", MEMBERS, "*", body=True),
    "label.edited": _rule(_LABEL, "patch", "changed a label", MEMBERS, "*", body=True),
    "label.deleted": _rule(_LABEL, "del", "deleted a label", MEMBERS),
    # Mail to be sent: the worker alone says that it is under way, and then what came of it.
    "send.requested": _rule(
        _SEND, "put", "asked to send", MEMBERS, "*", sets={"st": ("requested",)}, body=True
    ),
    "send.cancelled": _rule(
        _SEND, "patch", "took back a mail", MEMBERS, "st",
        sets={"st": ("cancelled",)}, before={"st": ("requested", "failed", "uncertain")},
    ),
    "send.retried": _rule(
        _SEND, "patch", "asked to send again", MEMBERS, "st due", body=True,
        sets={"st": ("requested",)}, before={"st": ("failed", "uncertain", "cancelled")},
    ),
    "send.started": _rule(
        _SEND, "patch", "began to send", MEMBERS, "st", worker=True,
        sets={"st": ("sending",)}, before={"st": ("requested",)},
    ),
    "send.sent": _rule(
        _SEND, "patch", "sent", MEMBERS, "st", body=True, worker=True,
        sets={"st": ("sent",)}, before={"st": (*_UNDER_WAY, "uncertain")},
    ),
    "send.uncertain": _rule(
        _SEND, "patch", "cannot tell whether it was sent", MEMBERS, "st", body=True, worker=True,
        sets={"st": ("uncertain",)}, before={"st": _UNDER_WAY},
    ),
    "send.failed": _rule(
        _SEND, "patch", "could not send", MEMBERS, "st", body=True, worker=True,
        sets={"st": ("failed",)}, before={"st": ("requested", *_UNDER_WAY)},
    ),
    "send.settled": _rule(
        _SEND, "patch", "found that it was sent", MEMBERS, "st",
        sets={"st": ("sent",)}, before={"st": ("uncertain",)},
    ),
    "send.deleted": _rule(
        _SEND, "del", "removed a mail that was not sent", MEMBERS,
        before={"st": ("sent", "cancelled", "failed", "uncertain")},
    ),
    # A person's own state
    "personal.changed": _rule(
        Type.PERSONAL, "put", "changed their own state", EVERYONE, "*", body=True, new=False
    ),
    "personal.removed": _rule(Type.PERSONAL, "del", "removed their own state", EVERYONE),
    # The organization, spaces and seats
    "organization.named": _rule(
        Type.ORGANIZATION, "put", "named the organization", ADMINS, body=True, new=False
    ),
    "restore.accepted": _rule(
        Type.RESTORE, "put", "accepted that the server was restored", ADMINS, body=True, new=False
    ),
    "space.created": _rule(Type.SPACE, "put", "made a space", ADMINS, "*", body=True),
    "space.edited": _rule(Type.SPACE, "patch", "changed a space", ADMINS, "kind", body=True),
    "space.deleted": _rule(Type.SPACE, "del", "deleted a space", ADMINS),
    "seat.given": _rule(Type.SEAT, "put", "gave access to", ADMINS, "*"),
    "seat.changed": _rule(Type.SEAT, "patch", "changed access of", ADMINS, "user kind role cert"),
    "seat.taken": _rule(Type.SEAT, "del", "took access from", ADMINS, "user cert"),
    "seat.left": _rule(Type.SEAT, "del", "left", EVERYONE, "user cert", own=EVERYONE),
    "mailbox.handed": _rule(
        Type.MAILBOX, "put", "handed the mailbox to a device", ADMINS, "*", body=True
    ),
    "mailbox.withdrawn": _rule(
        Type.MAILBOX, "del", "took the mailbox from a device", ADMINS
    ),
    # People
    "member.joined": _rule(Type.MEMBER, "put", "joined", NOBODY, "*", body=True),
    "member.renamed": _rule(
        Type.MEMBER, "patch", "changed a name", EVERYONE, "", body=True, own=EVERYONE - ADMINS
    ),
    "member.changed": _rule(
        Type.MEMBER, "patch", "changed the role of", ADMINS, "role cert", body=True
    ),
    "member.removed": _rule(Type.MEMBER, "del", "removed", ADMINS, "cert"),
    "member.left": _rule(
        Type.MEMBER, "del", "left the organization", EVERYONE, "cert", own=EVERYONE
    ),
    # Made by another device of the same user, or by an admin with the recovery key: it approves.
    "device.added": _rule(
        Type.DEVICE, "put", "approved a device", EVERYONE, "*", body=True, own=EVERYONE - ADMINS
    ),
    "device.renamed": _rule(
        Type.DEVICE, "patch", "renamed a device", EVERYONE, "cert", body=True, own=EVERYONE
    ),
    "device.revoked": _rule(
        Type.DEVICE, "del", "revoked a device", EVERYONE, "user cert", own=EVERYONE - ADMINS
    ),
    "invite.made": _rule(Type.INVITE, "put", "invited", ADMINS, "*", body=True),
    "invite.withdrawn": _rule(Type.INVITE, "del", "withdrew an invitation", ADMINS, "cert"),
    "invite.used": _rule(Type.INVITE, "del", "used an invitation", NOBODY),
    # Keys
    "grant.made": _rule(Type.GRANT, "put", "gave keys", EVERYONE, "*"),
    "grant.rotated": _rule(Type.GRANT, "put", "changed the keys", MEMBERS, "*"),
    "grant.asked": _rule(Type.GRANT, "put", "asked for keys", EVERYONE, "*"),
    # Written by the server alone
    "checkpoint.made": _rule(
        Type.CHECKPOINT, "put", "signed the trail", NOBODY, "*", new=False
    ),
    "organization.created": _rule("", "event", "made the organization", NOBODY),
    "organization.restored": _rule("", "event", "restored it from a backup", NOBODY),
    "organization.reopened": _rule("", "event", "let everybody in again", NOBODY),
    "entity.erased": _rule("", "event", "erased for good", NOBODY),
    "account.login": _rule("", "event", "signed in", NOBODY),
    "account.refused": _rule("", "event", "could not sign in", NOBODY),
    "account.logout": _rule("", "event", "signed out", NOBODY),
    "account.password": _rule("", "event", "changed the password", NOBODY),
    "account.twofactor": _rule("", "event", "changed two-factor login", NOBODY),
    "account.recovered": _rule("", "event", "used a recovery code", NOBODY),
    "account.policy": _rule("", "event", "changed what logins need", NOBODY),
    "account.revoked": _rule("", "event", "ended a device", NOBODY),
    "device.recovered": _rule("", "event", "approved a device by the recovery key", NOBODY),
    "blob.read": _rule("", "event", "fetched a message", NOBODY),
    "audit.read": _rule("", "note", "read the trail", EVERYONE),
    "scope.purged": _rule("", "event", "removed what a device held", NOBODY),
    "lease.taken": _rule("", "event", "began to serve the inbox", NOBODY),
    "export.made": _rule("", "note", "exported", EVERYONE, "count"),
}  # fmt: skip
