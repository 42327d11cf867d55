"""The hub's questions, asked of the database."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from missive_server.auth import sessions
from missive_server.auth.standing import caller_of
from missive_server.core.values import Caller
from missive_server.database.store import Store
from missive_server.database.work import Query, Work
from missive_server.errors import Restored
from missive_server.service import purging, reading
from missive_server.service.reading import State
from missive_server.stream.truth import Access, Head, Readers
from missive_wire.frames import Change


class Asking:
    """The `Truth` of a running server."""

    def __init__(self, store: Store, now: Callable[[], int]) -> None:
        self._store, self._now = store, now

    async def caller(self, token: str, device: str) -> Caller | None:
        session = await self._store.read(sessions.look_up, token, self._now())
        if session is not None and session.waits:
            raise Restored
        if session is None or session.must or session.state != "approved":
            return None
        return caller_of(session) if session.device == device else None

    async def access(self, user: str) -> Access:
        return await self._store.read(_access, user)

    async def readers(self, scope: str) -> Readers | None:
        found = await self._store.read(reading.readers, scope)
        return None if found is None else Readers(_head(found[0]), found[1])

    async def heads(self, scopes: Collection[str]) -> Mapping[str, Head]:
        found = await self._store.read(reading.heads, scopes)
        return {scope: _head(state) for scope, state in found.items()}

    async def change(
        self, scope: str, after: int, rows: int, user: str | None = None
    ) -> Change | None:
        return await self._store.read(_change, scope, after, rows, user)

    async def living(self, sessions: Collection[str]) -> Mapping[str, bool]:
        return await self._store.read(_living, list(sessions), self._now())

    async def purged(self, caller: Caller, scope: str) -> None:
        await self._store.run(purging.purged, caller, scope, self._now())


def _access(user: str) -> Work[Access]:
    found = yield from reading.readable(user)
    presence = yield Query(
        "SELECT o.presence FROM users u JOIN orgs o ON o.id = u.org WHERE u.id = $1", (user,)
    )
    scopes = {scope: _head(state) for scope, state in found.items()}
    return Access(scopes, presence=bool(presence and presence[0][0]))


def _head(state: State) -> Head:
    return Head(state.e, state.head, state.acl)


def _change(scope: str, after: int, count: int, user: str | None) -> Work[Change | None]:
    if user is not None:
        may = yield Query("SELECT 1 FROM access WHERE scope = $1 AND user_ = $2", (scope, user))
        if not may:
            return None
    return (yield from reading.change(scope, after, count))


def _living(ids: list[str], now: int) -> Work[dict[str, bool]]:
    rows = yield Query(
        "SELECT s.id, o.presence FROM sessions s JOIN users u ON u.id = s.user_"
        " JOIN orgs o ON o.id = s.org JOIN devices d ON d.id = s.device"
        " WHERE s.id = ANY($1) AND s.until > $2 AND s.seen > $3 AND d.state <> 'revoked'"
        " AND (o.two_factor = 0 OR u.totp_on = 1)",
        (ids, now, now - sessions.IDLE),
    )
    return {str(session): bool(presence) for session, presence in rows}
