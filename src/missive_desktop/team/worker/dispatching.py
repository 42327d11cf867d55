"""Members' mail through SMTP: at most once, whatever breaks, and never again by itself.

The copy is frozen in the outbox, held back; then the server is told that it is under way, under
our lease; only when it says so is the copy let go. From then on nobody else touches it: a worker
that finds it under way by another looks among what was sent, and else says that it cannot tell.
"""

from __future__ import annotations

import time
from contextlib import closing
from functools import partial
from hashlib import sha256
from typing import NamedTuple

from missive_desktop.content import build
from missive_desktop.domain.changes import Changes
from missive_desktop.domain.message import Flags
from missive_desktop.domain.outgoing import Outgoing
from missive_desktop.domain.spaces import SendBody
from missive_desktop.domain.team import REFUSED, Intent, NoticeKind, PendingState
from missive_desktop.errors import KnownError, Offline, Refused
from missive_desktop.store import (
    outbox,
    raws,
    served_mail,
    served_sends,
    team_notices,
    team_pending,
    team_rows,
    team_talk,
)
from missive_desktop.store.clock import now_ms
from missive_desktop.store.database import Connection
from missive_desktop.store.outbox import Outbound, OutboxRow
from missive_desktop.store.packs import PackWriter, Sealed
from missive_desktop.store.served_sends import SendingRow
from missive_desktop.store.team_pending import Pending
from missive_desktop.store.team_talk import SendRow
from missive_desktop.team.keys import blobs
from missive_desktop.team.spaces import events
from missive_desktop.team.worker import asked, judging, outcomes
from missive_desktop.team.worker.ground import Ground, Place

HELD = 1 << 40  # unix seconds: not to be sent before it is let go
SURE = 12.0  # seconds that a lease must last when a mail is let go
_PATIENCE = 900  # seconds for a server for sending that cannot be reached
_TOLD = -1  # in place of a number: the team was told what came of it


class Frozen(NamedTuple):
    """A mail as it will be sent, checked and kept in the packs."""

    row: SendRow
    body: SendBody
    sealed: Sealed
    message_id: str
    answers: int


def check(ground: Ground, conn: Connection, place: Place, row: SendRow, body: SendBody) -> None:
    """A server can show any request as new, and ask in the name of who may not: neither may make
    a mail leave."""
    base = team_rows.get(conn, place.scope.id, "send", row.id)
    if base is not None and base.body != row.body:
        raise Offline("What is to be sent is just being changed.")
    if why := asked.refusal(ground.team.vault.roster, place.space_id, base, body):
        raise Refused(why)
    name = body.envelope.message_id
    became = outcomes.mail(ground.scope, place.space_id, row, 0, 0).id
    filed = team_rows.get(conn, place.scope.id, "msg", became)
    if (filed is not None and filed.there) or (
        name and served_mail.size_in_sent(conn, place.row.account, name) is not None
    ):
        raise Refused("This message was sent already.")


class Dispatching:
    """Sends the mail of one space; for one thread."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._looked: set[str] = set()  # strangers' sends that were looked for among what was sent
        self._seen: dict[tuple[str, int], float] = {}  # what is asked for: since when it is known

    def step(self) -> float | None:
        """Do all that can be done now; return in how many seconds there is more, None: when told.

        Raises KnownError when it has to be tried again.
        """
        ground = self._ground
        with ground.reading() as conn:
            place = ground.place(conn)
            under_way = served_sends.all_(conn, place.row.account)
            sends = team_talk.sends(conn, place.space.account)
            refused = [each for each in ground.refused(conn) if _is_stray(each, under_way)]
        if refused:
            ground.write(lambda conn, changes: ground.drop(conn, changes, refused))
        for row in under_way:
            ground.write(partial(self._go_on, row))
        if under_way:
            ground.team.poke()
            ground.mailbox.poke()
        if not ground.lease.fence:
            return None
        mine = {row.id for row in under_way}
        return self._others(place, [row for row in sends if row.id not in mine])

    def guard(self) -> None:
        """Raise unless this device surely serves for a while: just before a mail leaves."""
        if self._ground.lease.remaining() <= 0:
            raise Offline("Another computer may be serving this inbox by now.")

    def _others(self, place: Place, sends: list[SendRow]) -> float | None:
        now = self._ground.lease.server_ms()
        waits: list[float] = []
        trouble: KnownError | None = None
        asked_for = [row for row in sends if row.state == "requested"]
        left = {row.id: self._left(row, now) for row in asked_for}
        self._seen = {key: at for key, at in self._seen.items() if key[0] in left}
        for row in sends:
            if row.pending:
                continue
            try:
                if left.get(row.id):
                    waits.append(left[row.id])
                elif row.state == "requested":
                    self._begin(place, row)
                elif row.state in ("sending", "uncertain"):
                    self._find(place, row)
            except Offline as error:
                trouble = error
        if trouble is not None:
            raise trouble
        return min(waits, default=None)

    def _left(self, row: SendRow, now: int) -> float:
        body, at = row.asked, time.monotonic()
        since = self._seen.setdefault((row.id, body.due), at)
        return asked.wait(row.due, body, now, at - since)

    # -- beginning

    def _begin(self, place: Place, row: SendRow) -> None:
        """Freeze the mail here, held back, and tell the server that it is under way."""
        try:
            frozen = self._frozen(place, row)
        except Offline:
            raise
        except KnownError as error:
            self._ground.write(partial(self._refuse, row, error))
            self._ground.team.poke()
            return
        self._ground.write(partial(self._started, place, frozen))
        self._ground.team.poke()

    def _refuse(self, row: SendRow, error: KnownError, conn: Connection, changes: Changes) -> None:
        words, kind = str(error), NoticeKind.NOT_SENT
        if isinstance(error, Refused):  # said here too: the row may be a lie that nobody else sees
            team = self._ground.team.id
            told = f"A mail of a shared inbox was not sent. {words}"
            team_notices.add(conn, team, kind, self._ground.scope, told, now_ms(), changes)
        self._fail(conn, changes, row, words)

    def _frozen(self, place: Place, row: SendRow) -> Frozen:
        body = row.asked
        with self._ground.reading() as conn:
            check(self._ground, conn, place, row, body)
        files = self._ground.team.files
        key = blobs.key_of(body.envelope.key)
        raw = files.bytes_of(place.space.account, self._ground.scope, row.blob, key, row.id)
        if sha256(raw).hexdigest() != body.envelope.hash:
            raise Refused("This message is not the one that was written.")
        _, _, without_bcc = build.envelope(raw)
        with closing(PackWriter(self._ground.team.books.store.packs)) as packs:
            sealed = packs.append(without_bcc)
        with self._ground.reading() as conn:
            answers = self._answered(conn, place, row, body)
        return Frozen(row, body, sealed, body.envelope.message_id, answers)

    def _answered(self, conn: Connection, place: Place, row: SendRow, body: SendBody) -> int:
        """Return the message of the mailbox that this one answers; 0: none."""
        mailbox = place.row.account
        for name in reversed(body.envelope.references):
            if found := served_mail.named(conn, mailbox, name):
                return found[0]
        mails = served_mail.of_conversation(conn, mailbox, row.conv)
        return next((each.message for each in mails if judging.lies(each.roles)), 0)

    def _started(self, place: Place, frozen: Frozen, conn: Connection, changes: Changes) -> None:
        fence = self._ground.lease.fence
        row, mailbox = frozen.row, place.row.account
        now = team_talk.send(conn, place.space.account, row.id)
        if not fence or now is None or now.state != "requested" or now.pending:
            return
        number = outbox.enqueue(
            conn,
            Outbound(
                account=mailbox,
                raw_id=raws.insert(conn, mailbox, frozen.sealed),
                sender=place.address,
                recipients=frozen.body.recipients,
                subject=frozen.body.envelope.subject,
                message_id=frozen.message_id,
                not_before=HELD,
                created=int(time.time()),
                answers=frozen.answers,
                answer_flag=Flags.ANSWERED | Flags.SEEN if frozen.answers else Flags(0),
            ),
            changes,
        )
        (pending,) = self._ground.submit(conn, changes, [self._said(row, "sending", fence)])
        served_sends.put(
            conn, SendingRow(mailbox, row.id, pending, 0, number, False, int(time.time()))
        )

    def _said(self, row: SendRow, state: str, fence: int) -> Intent:
        return outcomes.said(self._ground.scope, row, state, fence)

    # -- going on with what was begun here

    def _go_on(self, row: SendingRow, conn: Connection, changes: Changes) -> None:
        place = self._ground.place(conn)
        send = team_talk.send(conn, place.space.account, row.id)
        queued = outbox.get(conn, row.outbox)
        if queued is None or send is None:
            self._forget(conn, changes, row)
            return
        if not row.begun:
            self._let_go(conn, changes, place, row, send)
            return
        if row.seq == _TOLD:
            self._told(conn, changes, row)
        else:
            self._settle(conn, changes, row, send, queued)

    def _let_go(
        self, conn: Connection, changes: Changes, place: Place, row: SendingRow, send: SendRow
    ) -> None:
        """Send it, if the server says that it is ours to be sent."""
        said = team_pending.get(conn, row.pending)
        if said is not None and said.state in REFUSED:
            self._ground.drop(conn, changes, [said])
            self._forget(conn, changes, row)
            return
        if said is not None and not row.seq and self._ground.scope in said.seqs:
            row = row._replace(seq=said.seqs[self._ground.scope])
            served_sends.put(conn, row)
        if said is not None and said.state is not PendingState.DONE:
            return  # not accepted, or its row has not come yet
        base = team_rows.get(conn, place.scope.id, "send", row.id)
        if base is None or base.h.get("st") != "sending" or base.seq != row.seq or not row.seq:
            self._forget(conn, changes, row)  # somebody else has seen to it since
            return
        if self._ground.lease.remaining() < SURE:
            return
        outbox.let_go(conn, row.outbox, int(time.time()), changes)
        served_sends.put(conn, row._replace(begun=True))

    def _settle(
        self,
        conn: Connection,
        changes: Changes,
        row: SendingRow,
        send: SendRow,
        queued: OutboxRow,
    ) -> None:
        """Tell the team what came of it, and let go."""
        fence = self._ground.lease.fence
        match queued.state:
            case Outgoing.SENT:
                size = raws.get(conn, queued.raw_id)
                said = self._sent(conn, send, size.size if size else 0, queued.error, fence)
            case Outgoing.UNCERTAIN:
                said = self._ended(conn, send, "uncertain", queued.error, fence)
            case Outgoing.FAILED:
                said = self._ended(conn, send, "failed", queued.error, fence)
            case Outgoing.QUEUED if self._gave_up(row, queued):
                said = self._ended(conn, send, "failed", queued.error, fence)
            case _:
                return
        if said is None:
            return
        if not said:
            self._end(conn, changes, row)
            return
        pending = self._ground.submit(conn, changes, said)[0]
        served_sends.put(conn, row._replace(pending=pending, seq=_TOLD))

    def _told(self, conn: Connection, changes: Changes, row: SendingRow) -> None:
        """Let go once the server knows; what it refused is said anew under the next lease."""
        said = team_pending.get(conn, row.pending)
        if said is None or said.state in (PendingState.OK, PendingState.DONE):
            self._end(conn, changes, row)
        elif said.state in REFUSED:
            self._ground.drop(conn, changes, [said])
            served_sends.put(conn, row._replace(pending=0, seq=0))

    def _end(self, conn: Connection, changes: Changes, row: SendingRow) -> None:
        served_sends.remove(conn, row.account, row.id)
        queued = outbox.get(conn, row.outbox)
        if queued is not None and queued.state is not Outgoing.SENT:  # that is still to be filed
            outbox.remove(conn, row.outbox, changes)

    def _gave_up(self, row: SendingRow, queued: OutboxRow) -> bool:
        waited = time.time() - row.created
        return bool(queued.error) and (waited > _PATIENCE or not self._ground.lease.fence)

    def _sent(
        self, conn: Connection, send: SendRow, size: int, error: str, fence: int
    ) -> list[Intent] | None:
        """What follows from a mail that left; None: it can only be said later."""
        place = self._ground.place(conn)
        if send.state == "sending" and not fence:
            return None
        said = outcomes.said(self._ground.scope, send, "sent", fence, error)
        if not fence:
            said = outcomes.settled(self._ground.scope, send)
        header = self._ground.header(conn, place.space.account, send.conv)
        mail = outcomes.mail(self._ground.scope, place.space_id, send, size, fence)
        known = team_rows.get(conn, place.scope.id, "msg", mail.id)
        found = [said] if send.state in ("sending", "uncertain") else []
        if known is None:
            found.append(mail)
        at = int(mail.h["at"])
        change = events.sent(header, at) if header is not None else {}
        if change:
            scope, act = self._ground.scope, "conversation.replied"
            found.append(Intent("patch", scope, "conv", send.conv, act, change, fence=fence))
        return found

    def _ended(
        self, conn: Connection, send: SendRow, state: str, error: str, fence: int
    ) -> list[Intent] | None:
        if send.state != "sending":
            return []  # somebody has decided on it already
        if not fence:
            return None
        return self._unsent(conn, send, state, error, fence)

    def _unsent(
        self, conn: Connection, send: SendRow, state: str, error: str, fence: int
    ) -> list[Intent]:
        place = self._ground.place(conn)
        header = self._ground.header(conn, place.space.account, send.conv)
        scope = self._ground.scope
        found = [outcomes.said(scope, send, state, fence, error)]
        back = outcomes.reopened(scope, send, header, fence)
        return [*found, back] if back is not None and state == "failed" else found

    def _fail(self, conn: Connection, changes: Changes, row: SendRow, words: str) -> None:
        fence = self._ground.lease.fence
        if fence:
            self._ground.submit(conn, changes, self._unsent(conn, row, "failed", words, fence))

    def _forget(self, conn: Connection, changes: Changes, row: SendingRow) -> None:
        """Let go of what is not ours to send: the frozen copy goes."""
        served_sends.remove(conn, row.account, row.id)
        queued = outbox.get(conn, row.outbox)
        if queued is not None and queued.state in (Outgoing.QUEUED, Outgoing.FAILED):
            outbox.remove(conn, row.outbox, changes)

    # -- what others began

    def _find(self, place: Place, row: SendRow) -> None:
        """Look among what was sent for a mail that another worker began to send."""
        name = row.asked.envelope.message_id
        if row.state == "sending" and row.id not in self._looked:
            self._ground.mailbox.round()
            self._looked.add(row.id)

        def work(conn: Connection, changes: Changes) -> None:
            now = team_talk.send(conn, place.space.account, row.id)
            fence = self._ground.lease.fence
            if now is None or now.pending or now.state != row.state or not fence:
                return
            size = served_mail.size_in_sent(conn, place.row.account, name) if name else None
            if size is not None:
                said = self._sent(conn, now, size, "", fence)
            elif now.state == "sending":
                said = self._unsent(conn, now, "uncertain", outcomes.CUT_OFF, fence)
            else:
                return
            self._ground.submit(conn, changes, said or [])

        self._ground.write(work)
        self._ground.team.poke()


def _is_stray(each: Pending, under_way: list[SendingRow]) -> bool:
    """Say whether a refused change of a send is of none that is under way here."""
    return each.t == "send" and each.id not in {row.pending for row in under_way}


def withdraw(ground: Ground, conn: Connection, changes: Changes) -> None:
    """The lease is over: nothing that has not left yet may leave any more."""
    account = ground.place(conn).row.account
    for row in served_sends.all_(conn, account):
        queued = outbox.get(conn, row.outbox)
        if row.begun and queued is not None and queued.state is Outgoing.QUEUED:
            outbox.let_go(conn, row.outbox, HELD, changes)
            served_sends.put(conn, row._replace(begun=False))
