"""What a mailbox and its space mean to each other: names, states, where mail is to lie. Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from enum import StrEnum
from hashlib import sha256
from typing import Any, NamedTuple

from missive_desktop.domain.folder import Role
from missive_desktop.domain.serving import Lies
from missive_desktop.domain.spaces import Conversation, Settings
from missive_desktop.team.spaces import events
from missive_desktop.team.spaces.events import whole
from missive_wire.ids import derived_id

Roles = frozenset[Role]


def message_id(space: str, raw: bytes, name: str) -> str:
    """Return the id of a mail in a space: the same, whoever files it. `name`: its Message-ID."""
    return derived_id(space, f"{sha256(raw).hexdigest()} {name}")


def conversation_id(space: str, message: str) -> str:
    """Return the id of the conversation that a mail begins."""
    return derived_id(space, f"conversation {message}")


def lies(roles: Roles) -> Lies:
    """Return where a mail lies; unknown for what is only sent, a draft, or gone."""
    for role, where in (
        (Role.INBOX, Lies.INBOX),
        (Role.TRASH, Lies.TRASH),
        (Role.SPAM, Lies.SPAM),
    ):
        if role in roles:
            return where
    return Lies.ASIDE if roles - {Role.SENT, Role.DRAFTS} else Lies.UNKNOWN


def actual(mails: Sequence[Roles]) -> Lies:
    """Return where a conversation lies: as the newest of its mail that came, the newest first."""
    return next((where for roles in mails if (where := lies(roles))), Lies.UNKNOWN)


def is_out(roles: Roles, sender: str, own: Collection[str]) -> bool:
    """Say whether a mail was written by the team: filed as sent, or from its own address."""
    return Role.SENT in roles or (sender.casefold() in own and Role.INBOX not in roles)


class Came(NamedTuple):
    """A mail of the mailbox, as far as the state of its conversation follows from it."""

    roles: Roles
    out: bool
    at: int  # milliseconds


def begun(mail: Came) -> dict[str, Any]:
    """Return the header of a conversation that a mail begins."""
    where = lies(mail.roles)
    if where is Lies.INBOX:
        return events.received(None, Settings(), mail.at, mail.at)
    if mail.out:
        return events.sent(None, mail.at)
    state = where.value if where in (Lies.TRASH, Lies.SPAM) else "open"
    return whole(Conversation(state, last=mail.at))


def went_on(header: Conversation, settings: Settings, mail: Came, now: int) -> dict[str, Any]:
    """Return what of its conversation's header changes with a further mail. Old mail: nothing."""
    if mail.at < header.last:
        return {}
    at = max(
        mail.at, header.last + 1
    )  # mailboxes count in seconds: a second mail in one is news too
    if mail.out or lies(mail.roles) is not Lies.INBOX:
        return events.sent(header, at)
    change = events.received(header, settings, at, now)
    if header.state != "spam":  # said anyway: somebody may be closing it at this moment
        change.setdefault("st", "open")
    return change


# -- members' acts out, and what others do in the mailbox in


class Errand(StrEnum):
    """What is to be done in the mailbox."""

    TRASH = "trash"
    SPAM = "spam"
    BACK = "back"  # into the inbox
    ARCHIVE = "archive"


_ERRANDS = {
    Lies.TRASH: Errand.TRASH,
    Lies.SPAM: Errand.SPAM,
    Lies.INBOX: Errand.BACK,
    Lies.ASIDE: Errand.ARCHIVE,
}


class News(NamedTuple):
    """What somebody did in the mailbox, as a change of the conversation."""

    act: str
    h: dict[str, Any]


class Verdict(NamedTuple):
    """What follows where space and mailbox differ; `place`: where they agree that it lies now."""

    place: Lies
    errand: Errand | None = None
    news: News | None = None


def verdict(
    header: Conversation, agreed: Lies, actual: Lies, *, archives: bool, now: int
) -> Verdict:
    """Compare: what members did since they last agreed goes out, else what was done there in."""
    if actual is Lies.UNKNOWN:
        return Verdict(agreed)
    wanted = _wanted(header, agreed, actual, archives)
    if wanted is not agreed or agreed is Lies.UNKNOWN:
        return Verdict(wanted, _ERRANDS[wanted] if wanted is not actual else None)
    if actual is agreed:
        return Verdict(agreed)
    return Verdict(actual, news=_news(header, actual, now))


def _wanted(header: Conversation, agreed: Lies, actual: Lies, archives: bool) -> Lies:
    if header.state in ("trash", "spam"):
        return Lies(header.state)
    before = agreed if agreed is not Lies.UNKNOWN else actual
    if before in (Lies.TRASH, Lies.SPAM):
        return Lies.INBOX
    if archives and header.state == "closed":
        return Lies.ASIDE
    if archives and header.inbox:
        return Lies.INBOX
    return before


def _news(header: Conversation, actual: Lies, now: int) -> News | None:
    back = {"st": "open", "inbox": actual is Lies.INBOX and not header.assignees, "since": now}
    match actual, header.state:
        case Lies.TRASH, _:
            return News("conversation.trashed", {"st": "trash", "inbox": False})
        case Lies.SPAM, _:
            return News("conversation.spam", {"st": "spam", "inbox": False})
        case _, "trash":
            return News("conversation.restored", back)
        case _, "spam":
            return News("conversation.unspam", back)
        case Lies.INBOX, "closed":
            return News("conversation.reopened", back)
        case Lies.ASIDE, "open" if header.inbox:
            return News("conversation.archived", {"inbox": False})
        case Lies.INBOX, "open" if not header.inbox and not header.assignees:
            return News("conversation.returned", back)
    return None
