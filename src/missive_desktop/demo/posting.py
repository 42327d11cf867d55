"""What the user of the demo answers from a shared inbox: taken for sent, and kept on this machine.

The worker of a real inbox sends it through its mailbox; here its addresses are nobody's. What is
said of it is said as a worker says it, under the lease of the space.
"""

from __future__ import annotations

import time

import msgspec

from missive_desktop.demo.member import Member
from missive_desktop.domain.team import Intent
from missive_desktop.store import team_spaces, team_talk
from missive_desktop.store.team_talk import SendRow
from missive_desktop.team.spaces import events
from missive_desktop.team.worker import outcomes
from missive_desktop.team.worker.lease import Lease
from missive_wire.ids import split_scope


class Posting:
    """The mail that leaves one space."""

    def __init__(self, member: Member, scope: str) -> None:
        self._member, self._scope = member, scope
        self._team = member.runtime.teams.of(member.team)
        self._lease = Lease(self._team.calls, self._team.vault.me.device.id, scope)
        self._done: set[str] = set()

    def send(self) -> bool:
        """Take for sent what is due; tell whether more waits."""
        asked = self._asked()
        due = [row for row in asked if row.due <= time.time() * 1000]
        if due and not self._lease.fence:
            self._lease.ask()
        fence = self._lease.fence
        for row in due if fence else ():
            self._done.add(row.id)
            self._member.submit(self._sent(row, fence))
        return len(asked) > len(due) or bool(due and not fence)

    def _asked(self) -> list[SendRow]:
        with self._member.runtime.reading() as conn:
            space = team_spaces.get(conn, self._scope)
            rows = team_talk.sends(conn, space.account) if space else []
        return [row for row in rows if row.state == "requested" and row.id not in self._done]

    def _sent(self, row: SendRow, fence: int) -> list[Intent]:
        scope, under_way = self._scope, msgspec.structs.replace(row, state="sending")
        mail = outcomes.mail(scope, split_scope(scope)[1], row, self._size(row), fence)
        said = [
            outcomes.said(scope, row, "sending", fence),
            outcomes.said(scope, under_way, "sent", fence),
            mail,
        ]
        change = events.sent(self._member.header(scope, row.conv), int(mail.h["at"]))
        if change:
            act = "conversation.replied"
            said.append(Intent("patch", scope, "conv", row.conv, act, change, fence=fence))
        return said

    def _size(self, row: SendRow) -> int:
        with self._member.runtime.reading() as conn:
            space = team_spaces.get(conn, self._scope)
        account = space.account if space else 0
        key = bytes.fromhex(row.asked.envelope.key)
        return len(self._team.files.bytes_of(account, self._scope, row.blob, key, row.id))
