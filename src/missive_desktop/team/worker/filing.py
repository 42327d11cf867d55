"""Mail into the space: each message once, newest first, sealed, with its conversation.

A batch is planned outside of the transaction and kept in one. Its names follow from its content,
so whoever files it twice files the same; mail that cannot be read is noted and passed over.
"""

from __future__ import annotations

import io
import threading
from collections.abc import Collection, Sequence
from functools import partial
from typing import Any, NamedTuple

import msgspec

from missive_desktop.domain.changes import Changes
from missive_desktop.domain.message import Digest
from missive_desktop.domain.spaces import (
    Checked,
    Conversation,
    ConversationBody,
    MessageBody,
)
from missive_desktop.domain.team import Intent, PendingState
from missive_desktop.errors import DiskTrouble
from missive_desktop.store import raws, served_mail, team_blobs, team_pending, team_rows
from missive_desktop.store.clock import now_ms
from missive_desktop.store.database import Connection
from missive_desktop.store.packs import PackWriter
from missive_desktop.store.served_mail import Filed, Local
from missive_desktop.store.team_pending import Pending
from missive_desktop.sync.digesting import digest
from missive_desktop.team import blobs
from missive_desktop.team.blobs import Ready
from missive_desktop.team.spaces.events import whole
from missive_desktop.team.spaces.sending import envelope
from missive_desktop.team.worker import judging, vouching
from missive_desktop.team.worker.ground import Ground, Place
from missive_desktop.team.worker.judging import Came
from missive_wire import limits
from missive_wire.patching import patched

BATCH = 32  # messages in one transaction
BATCH_BYTES = 8 << 20
UNDER_WAY = 96  # messages that may wait for the server: later mail overtakes what is not begun
UNDER_WAY_BYTES = 64 << 20
_BODY = limits.BODY - (8 << 10)  # what is sealed may grow by so much
_LARGEST = limits.BLOB - (1 << 20)
_MANY = 2_000  # arrivals that are remembered one by one
_TOP = 1 << 62
_TRIES = 3  # of a file that the server refuses, until its mail is passed over
_MATES = 200  # of one thread, whose names are found before a new mail of it is filed
_SECOND = 999  # INTERNALDATE has no milliseconds: whatever happened in it came before the mail


class Read(NamedTuple):
    """A message, taken apart. `ready` None: the space has it already."""

    local: Local
    id: str
    digest: Digest
    came: Came
    ready: Ready | None
    conv: str = ""  # where it was filed, if it was
    checked: Checked = Checked()
    told: bool = True


class Filing:
    """Files one mailbox: what arrives at once, what was there from the newest down.

    `arrived` is for any thread, the rest for one.
    """

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._packs = PackWriter(ground.team.books.store.packs)
        self._lock = threading.Lock()
        self._fresh: set[int] = set()
        self._below = _TOP  # what has a lower id was not looked at yet

    def close(self) -> None:
        self._packs.close()

    def arrived(self, messages: Collection[int]) -> None:
        """Look at these messages before all that was there."""
        with self._lock:
            self._fresh.update(messages)
            if len(self._fresh) > _MANY:
                self._fresh.clear()
                self._below = _TOP

    def step(self) -> bool:
        """File the next batch; False where nothing is left that can be filed now."""
        ground = self._ground
        self._settle()
        fence = ground.lease.fence
        if not fence:
            return False
        with ground.reading() as conn:
            place = ground.place(conn)
            locals_ = self._next(conn, place)
            read = [self._read(conn, place, each) for each in locals_]
        if not read:
            return self._tell(fence)
        self._packs.sync()
        good = [each for each in read if isinstance(each, Read)]
        bad = [each for each in read if isinstance(each, Filed)]
        ground.write(partial(self._keep, place, good, bad, fence))
        with self._lock:
            self._fresh -= {each.message for each in locals_}
        ground.team.poke()
        return True

    def _tell(self, fence: int) -> bool:
        """Tell the space of signatures that were verified since their mail was filed."""
        ground = self._ground
        with ground.reading() as conn:
            place = ground.place(conn)
            untold = served_mail.untold(conn, place.row.account, BATCH)
            rows = team_rows.many(conn, place.scope.id, {("msg", id_) for _, id_ in untold})
            here = [(message, rows["msg", id_]) for message, id_ in untold if ("msg", id_) in rows]
            intents = [
                vouching.told(
                    ground.scope, row, vouching.checked(conn, place.row.account, message), fence
                )
                for message, row in here
                if row.there and row.own == ground.team.vault.me.user and not row.trouble
            ]
        if not here:
            return False

        def work(conn: Connection, changes: Changes) -> None:
            ground.submit(conn, changes, [each for each in intents if each is not None])
            served_mail.tell(conn, [message for message, _ in here])

        ground.write(work)
        ground.team.poke()
        return True

    def _next(self, conn: Connection, place: Place) -> list[Local]:
        """Choose what is filed next: what has just arrived, else older mail, step by step."""
        account = place.row.account
        with self._lock:
            fresh, below = set(self._fresh), self._below
        found = served_mail.unfiled_of(conn, account, fresh) if fresh else []
        with self._lock:
            self._fresh -= fresh - {each.message for each in found}
        waits = team_pending.under_way(conn, self._ground.team.id, self._ground.scope)
        if found:  # a mailbox that comes here for the first time is all new
            return _fitting(found[: _room(waits, 2)])
        room = _room(waits, 1)
        if not room or not below:
            return []
        chosen = _fitting(served_mail.unfiled(conn, account, below, room))
        with self._lock:
            if self._below == below:
                self._below = chosen[-1].message if chosen else 0
        return chosen

    def check(self) -> None:
        """File again what the server lost, as after it went back to a backup."""

        def work(conn: Connection, _: Changes) -> None:
            place = self._ground.place(conn)
            gone = served_mail.lost(conn, place.row.account, place.scope.id)
            served_mail.again(conn, place.row.account, gone)

        self._ground.write(work)
        self._begin_anew()

    def _begin_anew(self) -> None:
        with self._lock:
            self._below = _TOP

    # -- before the transaction

    def _read(self, conn: Connection, place: Place, local: Local) -> Read | Filed:
        """Take a message apart and seal it, unless the space has it."""
        try:
            return self._taken_apart(conn, place, local)
        except DiskTrouble as error:
            return Filed(local.message, "", "", local.message_id, str(error))
        except _TooLarge:
            words = "This message is too large for the team's server."
            return Filed(local.message, "", "", local.message_id, words)

    def _taken_apart(self, conn: Connection, place: Place, local: Local) -> Read:
        raw = raws.load(conn, self._ground.team.books.store, local.raw)
        roles = served_mail.roles(conn, [local.message]).get(local.message, frozenset())
        out = judging.is_out(roles, local.sender, place.own)
        came = Came(roles, out, local.received * 1000 + _SECOND)
        known = digest(raw)
        id_ = judging.message_id(place.space_id, raw, known.message_id)
        conv = _filed_as(conn, self._ground, place, id_)
        if conv is None and out and known.message_id:
            sent = served_mail.sent_as(conn, place.space.account, known.message_id)
            if sent is not None:  # the provider's own copy of what the team sent
                id_, conv = sent
        if conv is not None:
            return Read(local, id_, known, came, None, conv)
        if len(raw) > _LARGEST:
            raise _TooLarge
        ready = blobs.seal(self._packs, io.BytesIO(raw), wait=False)
        checked = vouching.checked(conn, place.row.account, local.message)
        told = out or vouching.settles(checked, raw)
        return Read(local, id_, known, came, ready, checked=checked, told=told)

    # -- in the transaction

    def _keep(
        self,
        place: Place,
        good: Sequence[Read],
        bad: Sequence[Filed],
        fence: int,
        conn: Connection,
        changes: Changes,
    ) -> None:
        account = place.row.account
        served_mail.put(conn, account, bad)
        chosen = _Chosen(self._ground, conn, place, fence)
        intents: list[Intent] = []
        for each in good:
            self._recognize_mates(conn, place, each)
            conv = each.conv
            if each.ready is not None:
                conv = chosen.conversation(each)
                intents += chosen.intents(each, each.ready, conv)
                blobs.keep_up(
                    conn, place.row.team, place.space.account, self._ground.scope, each.id,
                    each.ready,
                )  # fmt: skip
            name = each.digest.message_id
            filed = Filed(each.local.message, each.id, conv, name, told=each.told)
            served_mail.put(conn, account, [filed])
        self._ground.submit(conn, changes, intents)

    def _recognize_mates(self, conn: Connection, place: Place, each: Read) -> None:
        """Find mail of the same thread that another device filed: it says where this belongs."""
        local = each.local
        if each.ready is None or served_mail.of_thread(conn, local.conversation):
            return
        for mate in served_mail.mates(conn, local.conversation, local.message, _MATES):
            try:
                raw = raws.load(conn, self._ground.team.books.store, mate.raw)
            except DiskTrouble:
                continue
            id_ = judging.message_id(place.space_id, raw, mate.message_id)
            conv = _filed_as(conn, self._ground, place, id_)
            if conv is not None:
                filed = Filed(mate.message, id_, conv, mate.message_id)
                served_mail.put(conn, place.row.account, [filed])

    def _settle(self) -> None:
        """See to what the server refused: filed again under a new lease, or noted as bad."""
        team, scope = self._ground.team.id, self._ground.scope
        with self._ground.reading() as conn:
            stuck = team_blobs.refused(conn, team, scope, _TRIES)
            refused = any(_is_mail(each) for each in self._ground.refused(conn))
        if stuck:
            self._ground.write(partial(self._pass_over, stuck))
        if not refused:
            return
        self._ground.write(self._let_go)
        self._begin_anew()

    def _pass_over(
        self, stuck: Sequence[tuple[int, int, str]], conn: Connection, changes: Changes
    ) -> None:
        """Let no mail that the server does not take hold up what comes after it."""
        account = self._ground.place(conn).row.account
        for pending, blob, why in stuck:
            row = team_pending.get(conn, pending)
            if row is None or row.state is not PendingState.WAITING:
                continue
            served_mail.refuse(conn, account, row.entity, why or "It could not be stored.")
            self._ground.drop(conn, changes, [row])
            team_blobs.remove(conn, blob)

    def _let_go(self, conn: Connection, changes: Changes) -> None:
        refused = [each for each in self._ground.refused(conn) if _is_mail(each)]
        account = self._ground.place(conn).row.account
        for each in refused:
            if each.t != "msg" or each.act == "message.checked":
                continue
            if each.state in (PendingState.STALE, PendingState.CONFLICT):
                served_mail.again(conn, account, [each.entity])
            else:
                served_mail.refuse(conn, account, each.entity, each.why or each.state.value)
        self._ground.drop(conn, changes, refused)


class _TooLarge(Exception):
    pass


class _Chosen:
    """The conversations of one batch, as they stand after what is to be filed before."""

    def __init__(self, ground: Ground, conn: Connection, place: Place, fence: int) -> None:
        self._ground, self._conn, self._place, self._fence = ground, conn, place, fence
        self._headers: dict[str, Conversation | None] = {}

    def conversation(self, each: Read) -> str:
        """Return where a mail belongs: by what it answers, by its thread, or where it begins."""
        account, space = self._place.row.account, self._place.space.account
        names = [name for name in each.digest.references if name != each.digest.message_id]
        found = served_mail.of_reference(self._conn, account, space, names)
        found += served_mail.of_thread(self._conn, each.local.conversation)
        for conv in found:
            if self._header(conv) is not None:
                return conv
        return judging.conversation_id(self._place.space_id, each.id)

    def intents(self, each: Read, ready: Ready, conv: str) -> list[Intent]:
        """Return what files it: a conversation that begins or goes on, and the mail."""
        scope, fence = self._ground.scope, self._fence
        known, result = self._header(conv), []
        if known is None:
            header = judging.begun(each.came)
            body = _begun(each.digest, out=each.came.out)
            result.append(
                Intent(
                    "put", scope, "conv", conv, "conversation.created", header, body, fence=fence
                )
            )
        else:
            change = judging.went_on(known, self._place.space.settings, each.came, now_ms())
            header = patched(whole(known), change)
            if change:
                act = "conversation.replied" if each.came.out else "conversation.received"
                result.append(Intent("patch", scope, "conv", conv, act, change, fence=fence))
        self._headers[conv] = _header(header)
        mail = envelope(each.digest, ready)
        if not each.came.out:
            mail = msgspec.structs.replace(mail, checked=vouching.as_body(each.checked))
        return [*result, added(scope, conv, each.id, each.came, ready, mail, fence)]

    def _header(self, conv: str) -> Conversation | None:
        if conv not in self._headers:
            account = self._place.space.account
            self._headers[conv] = self._ground.header(self._conn, account, conv)
        return self._headers[conv]


def added(
    scope: str, conv: str, id_: str, came: Came, ready: Ready, body: MessageBody, fence: int
) -> Intent:
    """Return what adds a mail to a conversation; nothing where it is there already."""
    header = {
        "conv": conv,
        "out": came.out,
        "at": came.at,
        "size": ready.blob.plain_size,
        "blob": ready.blob.hash,
    }
    written = _json(trimmed(body))
    return Intent(
        "put", scope, "msg", id_, "message.added", header, written, pre={"v": 0}, fence=fence
    )


def trimmed(body: MessageBody) -> MessageBody:
    """Return the envelope with so much left out that it fits: who sends mail decides its length."""
    for people, text in ((200, 4 << 10), (40, 4 << 10), (10, 1 << 10), (0, 0)):
        short = msgspec.structs.replace(
            body,
            message_id=body.message_id[:1_000],
            references=tuple(each[:500] for each in body.references if len(each) <= 500),
            sender=(body.sender[0][:500], body.sender[1][:500]),
            to=_people(body.to, people),
            cc=_people(body.cc, people),
            bcc=_people(body.bcc, people),
            reply_to=_people(body.reply_to, people),
            text=body.text[:text],
            snippet=body.snippet[:500],
            list_id=body.list_id[:500],
        )
        if len(_json(short)) <= _BODY:
            return short
    return msgspec.structs.replace(short, references=(), files=())


def _people(people: Sequence[tuple[str, str]], most: int) -> tuple[tuple[str, str], ...]:
    return tuple((name[:300], address[:300]) for name, address in people[:most])


def _begun(known: Digest, *, out: bool) -> str:
    people = known.to if out else (known.sender,)
    named = _people([(each.name, each.email) for each in people], 20)
    return _json(ConversationBody(known.subject[:2_000], named, known.snippet[:500]))


def _filed_as(conn: Connection, ground: Ground, place: Place, id_: str) -> str | None:
    """Return the conversation of a mail that the space has, had, or is about to get."""
    row = team_rows.get(conn, place.scope.id, "msg", id_)
    if row is not None:
        return str(row.h.get("conv", ""))
    for each in team_pending.of_entities(conn, ground.team.id, [id_]):
        if each.scope == ground.scope and each.t == "msg":
            return str(each.h.get("conv", ""))
    return None


def _room(waits: Sequence[int], share: int) -> int:
    """Return how many may be filed while mails of these sizes wait for the server."""
    if sum(waits) >= share * UNDER_WAY_BYTES:
        return 0
    return max(0, min(BATCH, share * UNDER_WAY - len(waits)))


def _fitting(found: Sequence[Local]) -> list[Local]:
    """Return as many as may be held in memory at once: one at least."""
    result: list[Local] = []
    size = 0
    for each in found:
        size += each.size
        if result and size > BATCH_BYTES:
            break
        result.append(each)
    return result


def _is_mail(each: Pending) -> bool:
    return each.t == "msg" or (each.t == "conv" and each.act in _FILES)


_FILES = {"conversation.created", "conversation.received", "conversation.replied"}


def _header(h: dict[str, Any]) -> Conversation:
    assignees, labels = tuple(h["assignees"]), tuple(h["labels"])
    return Conversation(h["st"], h["inbox"], assignees, labels, h["last"], h["since"])


def _json(body: msgspec.Struct) -> str:
    return msgspec.json.encode(body).decode()
