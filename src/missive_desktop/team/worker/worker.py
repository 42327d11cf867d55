"""One shared inbox served from its mailbox: the threads of it, and when each may work.

Threads: `lease` holds the right to serve, `file` takes mail in, `carry` takes acts out, `send`
sends. All wait until this device serves and knows what was done before it did.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from missive_desktop.domain.changes import Changes
from missive_desktop.domain.serving import Serving
from missive_desktop.errors import KnownError, Offline
from missive_desktop.store import served, team_pending, team_scopes
from missive_desktop.store.database import Connection
from missive_desktop.sync.loops import Loop
from missive_desktop.team.calls import Problems
from missive_desktop.team.team import Team
from missive_desktop.team.worker import dispatching
from missive_desktop.team.worker.carrying import Carrying
from missive_desktop.team.worker.dispatching import Dispatching
from missive_desktop.team.worker.filing import Filing
from missive_desktop.team.worker.ground import Ground, Mailbox
from missive_desktop.team.worker.lease import Clocks, Lease
from missive_wire import limits, routes
from missive_wire.feed import PullAnswer, PullRequest

_STOP_WAIT = 0.8
_SOON = 0.05  # seconds until it is looked again whether all is here
_ASIDE = 25.0  # seconds for another device to take over in
_LATER = 30.0  # as a net under what wakes us

Trouble = Callable[[KnownError], None]


class Worker:
    """Serves one space. `trouble` is called from its threads."""

    def __init__(
        self,
        team: Team,
        scope: str,
        mailbox: Mailbox,
        trouble: Trouble = lambda error: None,
        clocks: Clocks | None = None,
    ) -> None:
        self.scope, self._team, self._trouble = scope, team, trouble
        self.lease = Lease(team.calls, team.device, scope, clocks)
        self._ground = Ground(team, scope, mailbox, self.lease)
        self._filing = Filing(self._ground)
        self._carrying = Carrying(self._ground)
        self._dispatching = Dispatching(self._ground)
        self._stop = self._ground.stopping
        with self._ground.reading() as conn:
            place = self._ground.place(conn)
        self.account, self._shown = place.row.account, place.space.account
        self._aside_until = 0.0
        self._held = 0  # the fence under which we serve
        self._served = 0  # the fence under which all that was before is known here
        self._settled = 0  # likewise, with the mailbox brought in step as well
        self._knowing = threading.Lock()
        name = f"-served-{place.row.account}"
        self._hold = Loop("lease" + name, self._keep, self._stop, self._offline, self._wake_all)
        self._file = Loop("file" + name, self._take_in, self._stop, self._aside)
        self._carry = Loop("carry" + name, self._take_out, self._stop, self._aside)
        self._send = Loop("send" + name, self._send_due, self._stop, self._aside)
        self.lease.on_lost = self._hold.wake
        self._loops = (self._hold, self._file, self._carry, self._send)

    def start(self) -> None:
        def work(conn: Connection, _: Changes) -> None:
            scope = team_scopes.get(conn, self._team.id, self.scope)
            if scope is not None:
                team_scopes.set_until(conn, scope.id, 0)  # all of it, to know what is there

        self._ground.write(work)
        self._team.look_back()
        for loop in self._loops:
            loop.start()

    def stop(self) -> None:
        """Stop, and give the lease back: without a fence, nothing can be done under it any more."""
        self._stop.set()
        end = time.monotonic() + _STOP_WAIT
        for loop in self._loops:
            loop.wake()
        ended = [loop.join(max(0.0, end - time.monotonic())) for loop in self._loops]
        self.lease.release()
        if all(ended):
            self._filing.close()

    def step_back(self) -> None:
        """Let another device serve, and stand by."""
        self._aside_until = time.monotonic() + _ASIDE
        self.lease.release()
        self._hold.wake()

    def committed(self, changes: Changes) -> None:
        """Something in the store changed; from the writer's thread, so it only notes it."""
        if changes.messages or changes.conversations:
            self._filing.arrived(changes.messages)
            self._carrying.changed(changes.messages, changes.conversations)
        if self.scope in changes.teams or changes.outbox:
            self._send.wake()
        if self.scope in changes.teams or changes.messages:
            self._file.wake()
            self._carry.wake()

    def guard(self) -> None:
        """Raise unless a mail may leave now; asked before it does, and before its last byte."""
        self._dispatching.guard()

    # --- the threads ---------------------------------------------------------------------------

    def _keep(self) -> float | None:
        aside = self._aside_until - time.monotonic()
        if aside > 0:
            self.lease.release()
            wait = aside
        else:
            wait = self.lease.ask()
        before, self._held = self._held, self.lease.fence
        if self._held and self._held != before:
            self._taken(self._held)
        if before and before != self._held:
            self._lost()
        state = Serving.SERVING if self._held else Serving.STANDBY
        self._say(state, self.lease.holder, "")
        return wait

    def _take_in(self) -> float | None:
        if not self._knows():
            return self._wait()
        while not self._stop.is_set() and self._filing.step():
            pass
        return _LATER

    def _take_out(self) -> float | None:
        if not self._knows():
            return self._wait()
        if self._settled != self._served:
            fence = self._served
            self._ground.mailbox.round()
            self._settled = fence
            self._carrying.everything()
        while not self._stop.is_set() and self._carrying.step():
            pass
        return _LATER

    def _send_due(self) -> float | None:
        if not self._knows():
            return self._wait()
        wait = self._dispatching.step()
        return _LATER if wait is None else min(_LATER, max(_SOON, wait))

    # --- steps ---------------------------------------------------------------------------------

    def _taken(self, fence: int) -> None:
        """We serve from now on. Who served in between may have seen to anything."""
        with self._ground.reading() as conn:
            place = self._ground.place(conn)
        alone = fence == place.row.fence + 1  # nobody served since we did
        if not alone:
            self._carrying.doubt()

        def work(conn: Connection, changes: Changes) -> None:
            served.set_fence(conn, self.scope, fence)
            if alone:
                team_pending.refence(conn, self._team.id, self.scope, fence)

        self._ground.write(work)
        self._wake_all()

    def _lost(self) -> None:
        """A lease of ours ended: what had not left under it must not leave by itself."""
        self._ground.write(lambda conn, changes: dispatching.withdraw(self._ground, conn, changes))

    def _knows(self) -> bool:
        """Say whether we serve, and all that was done under leases before is here."""
        fence = self.lease.fence
        if not fence:
            return False
        with self._knowing:
            if self._served == fence:
                return True
            with self._ground.reading() as conn:
                scope = team_scopes.get(conn, self._team.id, self.scope)
            if scope is None or not scope.done or not scope.e:
                return False
            place = {self.scope: (scope.e, scope.hi)}
            asked = PullRequest(self._team.device, limits.SCHEMA, place, max=1)
            answer = self._team.calls.post(routes.PULL, asked, PullAnswer)
            page = answer.scopes.get(self.scope)
            if page is not None and (page.reset or page.head > scope.hi):
                return False
            self._filing.check()
            self._served = fence
            return True

    def _wait(self) -> float | None:
        return _SOON if self.lease.fence else None

    def _wake_all(self) -> None:
        for loop in self._loops:
            loop.wake()

    def _offline(self, error: KnownError) -> None:
        if self.lease.remaining() <= 0:
            if self._held:
                self._held = 0
                self._lost()
            state = Serving.OFFLINE if isinstance(error, Offline) else Serving.FAILED
            self._say(state, "", str(error))

    def _aside(self, error: KnownError) -> None:
        if not isinstance(error, Offline | Problems):
            self._trouble(error)

    def _say(self, state: Serving, device: str, error: str) -> None:
        self._team.books.writer.run(
            lambda conn, changes: served.set_state(conn, self.scope, state, device, error, changes)
        )
