"""Mail that a member asks the worker of a space to send: sealed, asked for, taken back in time.

The worker sends it once its time is over; until then the one who wrote it may have it back.
"""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from missive_desktop.domain.draft import Draft
from missive_desktop.domain.message import Digest
from missive_desktop.domain.spaces import (
    Conversation,
    ConversationBody,
    MessageBody,
    Personal,
    SendBody,
)
from missive_desktop.domain.team import Intent
from missive_desktop.errors import Refused, UsageError
from missive_desktop.store import drafts, raws, team_mail, team_outbox, team_talk
from missive_desktop.store.database import Connection
from missive_desktop.team import blobs
from missive_desktop.team.blobs import Ready
from missive_desktop.team.spaces import acting, acts
from missive_desktop.team.spaces.acting import Desk, Done
from missive_desktop.team.spaces.acts import Subject
from missive_desktop.team.spaces.events import whole
from missive_desktop.team.spaces.saying import space_of
from missive_desktop.team.spaces.standin import MOST_TRACKED
from missive_wire import shapes
from missive_wire.ids import new_id

TEXT = 4 << 10  # bytes of a mail's text that its envelope holds


class Outgoing(NamedTuple):
    """A frozen mail: its sealed file, what it says, and to whom it goes."""

    ready: Ready
    digest: Digest
    size: int
    sender: str
    recipients: tuple[str, ...]


def ask(
    desk: Desk, account: int, mail: Outgoing, draft: Draft | None, due: int, closes: bool
) -> tuple[int, Done]:
    """Ask for a mail to be sent when `due` (milliseconds) is over; return how to take it back.

    Who answers takes the conversation, unless the space is set otherwise.
    """
    space, me = space_of(desk.conn, account)
    conv = _conversation(desk.conn, account, mail, draft)
    intents: list[Intent] = []
    undo: list[Intent] = []
    if conv:
        one = acting.meant(desk.conn, account, conv)
        intents = acts.replied(one.subject, space.settings, closes, desk.now + one.ahead)
        undo = acts.undone(one.subject, intents)
    else:
        conv = new_id(desk.now)
        intents = [_begun(space.scope, conv, me, mail, closes, desk.now)]
        undo = [Intent("del", space.scope, "conv", conv, "conversation.deleted")]
        if closes:
            subject = Subject(space.scope, conv, Conversation(), Personal(), me)
            intents += acts.archive(subject, desk.now)
    send = new_id(desk.now)
    header = {
        "conv": conv,
        "st": "requested",
        "due": due,
        "blob": mail.ready.blob.hash,
        "close": closes,
    }
    body = SendBody(
        envelope(mail.digest, mail.ready), mail.sender, mail.recipients,
        conv=conv, due=due, undo=max(0, due - desk.now), close=closes,
    )  # fmt: skip
    written = msgspec.json.encode(body).decode()
    intents.append(Intent("put", space.scope, "send", send, "send.requested", header, written))
    acting.refuse(desk.conn, space, me, intents)
    blobs.keep_up(desk.conn, space.team, account, space.scope, send, mail.ready)
    number = team_outbox.add(desk.conn, account, send, draft, tuple(undo))
    return number, acting.submit(desk, space.team, intents)


def _conversation(conn: Connection, account: int, mail: Outgoing, draft: Draft | None) -> str:
    """Return the conversation of the space that a mail answers in; "" where it begins one."""
    if draft is None:  # written elsewhere: it says itself what it answers
        return team_mail.answered(conn, account, mail.digest.references)
    parent = team_mail.get(conn, draft.parent) if draft.parent else None
    forwards = draft.kind == "forward"
    return parent.conv if parent is not None and parent.account == account and not forwards else ""


def _begun(scope: str, conv: str, me: str, mail: Outgoing, closes: bool, now: int) -> Intent:
    state = "closed" if closes else "open"
    header = Conversation(state, assignees=(me,), last=now, since=now)
    people = tuple((person.name, person.email) for person in mail.digest.to)
    body = ConversationBody(mail.digest.subject, people, mail.digest.snippet)
    written = msgspec.json.encode(body).decode()
    return Intent("put", scope, "conv", conv, "conversation.created", whole(header), written)


def envelope(digest: Digest, ready: Ready) -> MessageBody:
    """Return what the sealed body of a mail says of it."""
    return MessageBody(
        message_id=digest.message_id,
        references=digest.references[:1] + digest.references[1:][-30:],
        subject=digest.subject[:2_000],
        sender=(digest.sender.name, digest.sender.email),
        to=tuple(digest.to[:200]),
        cc=tuple(digest.cc[:200]),
        bcc=tuple(digest.bcc[:200]),
        reply_to=tuple(digest.reply_to[:20]),
        date=digest.date,
        snippet=digest.snippet,
        text=digest.text.encode("utf-8", "replace")[:TEXT].decode("utf-8", "ignore"),
        files=tuple((name[:255], "", 0) for name in digest.filenames[:50]),
        key=ready.key.hex(),
        hash=ready.blob.plain_hash,
        list_id=digest.list_id,
        tracked=tuple(msgspec.to_builtins(each) for each in digest.tracked[:MOST_TRACKED]),
    )


def take_back(desk: Desk, number: int) -> tuple[int, Done]:
    """Have a mail not sent that is not under way yet; return the draft that it was."""
    asked, row = _asked(desk.conn, number)
    under_way = row.state == "requested" and row.due <= desk.now
    if under_way or row.state not in ("requested", "failed"):
        raise Refused("It is too late: the message is on its way.")
    if asked.draft is None:
        raise Refused("This message was not written here.")
    space, _ = space_of(desk.conn, asked.account)
    done = acting.submit(desk, space.team, [_cancelled(space.scope, row), *asked.undo])
    team_outbox.remove(desk.conn, number)
    draft = drafts.save(desk.conn, 0, asked.draft, desk.now // 1000, desk.changes)
    return draft, done


def _cancelled(scope: str, row: team_talk.SendRow) -> Intent:
    change, pre = {"st": "cancelled"}, {"st": row.state}
    return Intent("patch", scope, "send", row.id, "send.cancelled", change, pre=pre)


def _asked(conn: Connection, number: int) -> tuple[team_outbox.Asked, team_talk.SendRow]:
    asked = team_outbox.get(conn, number)
    row = team_talk.send(conn, asked.account, asked.send) if asked else None
    if asked is None or row is None:
        raise Refused("It is too late: the message is on its way.")
    return asked, row


def resolve(desk: Desk, account: int, send: str, how: str) -> Done:
    """Decide on a mail that failed, or of which nobody can tell: retry, cancel, sent, delete."""
    space, me = space_of(desk.conn, account)
    row = team_talk.send(desk.conn, account, send)
    if row is None:
        raise UsageError("This message is no longer here.")
    if how == "cancel":
        intent = _cancelled(space.scope, row)
    elif how == "delete":
        if row.state not in ("failed", "uncertain", "cancelled"):
            raise Refused("It may still be sent.", "Take it back first.")
        intent = Intent("del", space.scope, "send", row.id, "send.deleted")
    elif how in ("retry", "sent"):
        again = how == "retry"
        act = "send.retried" if again else "send.settled"
        change = {"st": "requested", "due": desk.now} if again else {"st": "sent"}
        # Who has it sent again signs for it, and no longer says that it failed.
        body = _asked_anew(row, desk.now) if again else ""
        pre = {"st": row.state}
        intent = Intent("patch", space.scope, "send", row.id, act, change, body, pre)
    else:
        raise UsageError("It can be sent again, cancelled, noted as sent, or removed.")
    acting.refuse(desk.conn, space, me, [intent])
    return acting.submit(desk, space.team, [intent])


def _asked_anew(row: team_talk.SendRow, now: int) -> str:
    try:
        body = shapes.read(row.body, SendBody)
    except msgspec.MsgspecError:
        raise UsageError("This message cannot be read here, so it cannot be sent again.") from None
    anew = msgspec.structs.replace(body, error="", due=now, undo=0)
    return msgspec.json.encode(anew).decode()


def forget_settled(desk: Desk) -> None:
    """Forget the drafts of what was sent, with the files that they kept."""
    for asked in team_outbox.settled(desk.conn):
        if asked.draft is not None:
            raws.forget(desk.conn, {file.raw for file in asked.draft.attachments})
        team_outbox.remove(desk.conn, asked.id)
