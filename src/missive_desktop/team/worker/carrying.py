"""Members' acts out to the mailbox, and what is done there with other clients into the space.

Both sides are compared with where they last agreed, so that what comes back is no news. Where
both changed, the space counts.
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterable, Sequence
from functools import partial

from missive_desktop.domain.act import Act, Deed
from missive_desktop.domain.changes import Changes
from missive_desktop.domain.folder import Role
from missive_desktop.domain.message import Flags
from missive_desktop.domain.serving import Lies
from missive_desktop.domain.spaces import Conversation
from missive_desktop.domain.team import Intent
from missive_desktop.store import folders, served_mail, team_rows
from missive_desktop.store.clock import now_ms
from missive_desktop.store.database import Connection
from missive_desktop.store.served_mail import Agreed, Lying
from missive_desktop.store.team_pending import Pending
from missive_desktop.sync import actions
from missive_desktop.team.worker import judging
from missive_desktop.team.worker.ground import Ground, Place
from missive_desktop.team.worker.judging import Errand, Verdict

_STEP = 200  # conversations in one transaction


class Carrying:
    """Keeps the states of one mailbox and its space in step. `changed` is for any thread."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._lock = threading.Lock()
        self._messages: set[int] = set()
        self._conversations: set[int] = set()
        self._dirty: set[str] = set()
        self._all = True

    def changed(self, messages: Collection[int], conversations: Collection[int]) -> None:
        with self._lock:
            self._messages.update(messages)
            self._conversations.update(conversations)

    def everything(self) -> None:
        """Compare all anew: somebody else may have served meanwhile."""
        with self._lock:
            self._all = True

    def doubt(self) -> None:
        """Forget where both last agreed: another device has served since."""

        def work(conn: Connection, _: Changes) -> None:
            served_mail.doubt(conn, self._ground.place(conn).row.account)

        self._ground.write(work)
        self.everything()

    def step(self) -> bool:
        """Compare some; False when all that changed was looked at."""
        self._let_go()
        fence = self._ground.lease.fence
        if not fence:
            return False
        self._gather()
        with self._lock:
            chosen = sorted(self._dirty)[:_STEP]
        if not chosen:
            return False
        if self._ground.write(partial(self._compare, chosen, fence)):
            self._ground.mailbox.poke()
            self._ground.team.poke()
        with self._lock:
            self._dirty -= set(chosen)
        return True

    def _gather(self) -> None:
        """Find out which conversations are meant by what changed."""
        with self._lock:
            whole, self._all = self._all, False
            messages, self._messages = self._messages, set()
            conversations, self._conversations = self._conversations, set()
        if not (whole or messages or conversations):
            return
        with self._ground.reading() as conn:
            place = self._ground.place(conn)
            mailbox, shown = place.row.account, place.space.account
            found = served_mail.conversations(conn, mailbox, messages)
            found |= served_mail.of_shown(conn, shown, conversations)
            if whole:
                found |= set(served_mail.all_conversations(conn, mailbox))
        with self._lock:
            self._dirty |= found

    # -- in the transaction

    def _compare(
        self, convs: Iterable[str], fence: int, conn: Connection, changes: Changes
    ) -> bool:
        """Compare conversations; say whether anything was done."""
        place = self._ground.place(conn)
        intents: list[Intent] = []
        done = False
        for conv in convs:
            header = self._ground.header(conn, place.space.account, conv)
            mails = served_mail.of_conversation(conn, place.row.account, conv)
            if header is None:
                done |= self._deleted(conn, place, conv, mails, changes)
                continue
            before = served_mail.agreed(conn, place.row.account, conv)
            verdict = judging.verdict(
                header,
                before.place,
                judging.actual([each.roles for each in mails]),
                archives=place.row.options.archive_closed and _has_archive(conn, place),
                now=now_ms(),
            )
            done |= _run(conn, place, verdict, mails, changes)
            done |= _mark(conn, header, before, mails, changes)
            closed = header.since if header.state == "closed" else 0
            after = Agreed(verdict.place, closed)
            if after != before:
                served_mail.agree(conn, place.row.account, conv, after)
            if verdict.news is not None:
                pre = {"st": header.state}
                act, change = verdict.news
                scope = self._ground.scope
                intents.append(
                    Intent("patch", scope, "conv", conv, act, change, pre=pre, fence=fence)
                )
        if intents:
            self._ground.submit(conn, changes, intents)
        return done or bool(intents)

    def _deleted(
        self, conn: Connection, place: Place, conv: str, mails: Sequence[Lying], changes: Changes
    ) -> bool:
        """Delete for good what members deleted for good, if it lies in the trash already.

        What was moved to another space is left alone.
        """
        row = team_rows.get(conn, place.scope.id, "conv", conv)
        if row is None or row.there:
            return False
        gone = [each.message for each in mails if Role.TRASH in each.roles]
        if gone:
            actions.act(conn, Act(Deed.DELETE, tuple(gone)), changes)
        return bool(gone)

    def _let_go(self) -> None:
        """See to what the server refused: compared once more, over what stands there now."""
        with self._ground.reading() as conn:
            if not any(_is_news(each) for each in self._ground.refused(conn)):
                return
        convs = self._ground.write(self._dropped)
        with self._lock:
            self._dirty |= convs

    def _dropped(self, conn: Connection, changes: Changes) -> set[str]:
        refused = [each for each in self._ground.refused(conn) if _is_news(each)]
        self._ground.drop(conn, changes, refused)
        return {each.entity for each in refused}


def _is_news(each: Pending) -> bool:
    return each.t == "conv" and each.op == "patch" and each.act not in _FILED


_FILED = {"conversation.received", "conversation.replied"}  # of `filing` and `sending`


def _run(
    conn: Connection, place: Place, verdict: Verdict, mails: Sequence[Lying], changes: Changes
) -> bool:
    """Do in the mailbox what is to be done: here at once, and queued for its server."""
    if verdict.errand is None:
        return False
    for act in _acts(conn, place, verdict.errand, mails):
        actions.act(conn, act, changes)
    return True


def _acts(conn: Connection, place: Place, errand: Errand, mails: Sequence[Lying]) -> Iterable[Act]:
    named = tuple(each.message for each in mails)
    match errand:
        case Errand.TRASH:
            yield Act(Deed.TRASH, named)
        case Errand.SPAM:
            yield Act(Deed.SPAM, named)
        case Errand.ARCHIVE:
            yield from _moved(conn, place, Role.ARCHIVE, _lying(mails, Lies.INBOX))
            yield from _back(conn, place, mails, Role.ARCHIVE)
        case Errand.BACK:
            aside = [each for each in mails if judging.lies(each.roles) is Lies.ASIDE]
            if not any(judging.lies(each.roles) in _AWAY for each in mails):
                yield from _moved(conn, place, Role.INBOX, [each.message for each in aside])
            yield from _back(conn, place, mails, Role.INBOX)


_AWAY = (Lies.TRASH, Lies.SPAM)


def _back(conn: Connection, place: Place, mails: Sequence[Lying], role: Role) -> Iterable[Act]:
    """Fetch mail out of trash and spam."""
    yield from _moved(conn, place, role, [m for where in _AWAY for m in _lying(mails, where)])


def _lying(mails: Sequence[Lying], where: Lies) -> list[int]:
    return [each.message for each in mails if judging.lies(each.roles) is where]


def _moved(conn: Connection, place: Place, role: Role, messages: Sequence[int]) -> Iterable[Act]:
    found = folders.by_role(conn, role, place.row.account)
    if found and messages:
        yield Act(Deed.MOVE, tuple(messages), target=found[0].id)


def _mark(
    conn: Connection, header: Conversation, before: Agreed, mails: Sequence[Lying], changes: Changes
) -> bool:
    """Mark the mail of what the team has closed as read, once for each closing."""
    if header.state != "closed" or before.closed == header.since:
        return False
    named = [each.message for each in mails]
    return bool(actions.set_flags(conn, named, Flags.SEEN, Flags(0), changes))


def _has_archive(conn: Connection, place: Place) -> bool:
    return bool(folders.by_role(conn, Role.ARCHIVE, place.row.account))
