"""Routes of the sync itself: change, pull, backfill, leases and the trail."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from missive_server.auth import sessions
from missive_server.auth.sessions import Session
from missive_server.auth.standing import caller_of, full_session
from missive_server.core.values import Call, Caller, Outcome
from missive_server.database.work import Work
from missive_server.errors import Forbidden, Gap, SignedOut, TooLarge
from missive_server.http.callers import Callers
from missive_server.http.parts import Parts
from missive_server.http.requests import Endpoint, answer, asked, token_of
from missive_server.service import erasing, leases, purging, reading, reopening, trail
from missive_server.stream import waiting
from missive_wire import limits, routes
from missive_wire.feed import Backfill, BackfillRequest, PullAnswer, PullRequest
from missive_wire.mutation import MutateAnswer, MutateRequest
from missive_wire.routes import (
    AuditPage,
    AuditRequest,
    EraseAnswer,
    EraseRequest,
    LeaseAnswer,
    LeaseRequest,
    PurgedAnswer,
    PurgedRequest,
    ReopenAnswer,
    ReopenRequest,
    UnpurgedAnswer,
    UnpurgedRequest,
)

A = TypeVar("A")
T = TypeVar("T")


def sync_routes(parts: Parts) -> list[Route]:
    callers = Callers(parts)

    async def mutate(request: Request) -> Response:
        session = await callers.writing(request)
        what = await asked(request, MutateRequest)
        _same_device(session, what.device)
        if len(what.muts) > limits.MUTATIONS:
            raise TooLarge("Too many changes in one request.")
        done = await parts.writer.mutate(Call(caller_of(session), what.muts, what.ack))
        if done.refusal == "gap":
            raise Gap(done.last_mid)
        if done.refusal:
            callers.refused(request)
            await callers.writing(request)  # which says why, if the session is what is missing
            raise SignedOut if done.refusal == "unauthorized" else Forbidden
        for result in done.results:
            parts.metrics.mutated(result.st)
        return answer(MutateAnswer(done.last_mid, done.results))

    async def pull(request: Request) -> Response:
        token = token_of(request)
        what = await asked(request, PullRequest)
        if len(what.cur) > limits.CURSORS:
            raise TooLarge("Too many scopes in one request.")
        session, found = await _read(parts, _pulled, token, what)
        await callers.proved(request, session)
        if what.wait and not _is_news(what, found):
            news = waiting.news(parts.stream.hub, caller_of(session), what.cur, what.wait)
            await _until(news, parts.stopping, request)
            _, found = await _read(parts, _pulled, token, what)
        return answer(found)

    return [
        Route(routes.MUTATE, Endpoint(mutate), methods=["POST"]),
        Route(routes.PULL, Endpoint(pull), methods=["POST"]),
        *_others(parts, callers),
    ]


async def _read(
    parts: Parts, work: Callable[[str, A, int], Work[tuple[Session, T]]], token: str, what: A
) -> tuple[Session, T]:
    """Read for somebody; anew if their access changed while the answer was on its way."""
    hub = parts.stream.hub
    while True:
        mark = hub.log.mark()
        session, found = await parts.store.read(work, token, what, parts.now())
        await hub.freshness.refreshed()
        if not hub.log.since(session.user, mark):
            return session, found


def _others(parts: Parts, callers: Callers) -> list[Route]:
    store = parts.store

    def asking(
        path: str,
        shape: type[A],
        work: Callable[[str, A, int], Work[tuple[Session, Any]]],
        *,
        writes: bool = False,
    ) -> Route:
        async def endpoint(request: Request) -> Response:
            token, what = token_of(request), await asked(request, shape)
            if writes:
                session, found = await store.run(work, token, what, parts.now())
            else:
                session, found = await _read(parts, work, token, what)
            await callers.proved(request, session)
            return answer(found)

        return Route(path, Endpoint(endpoint), methods=["POST"])

    async def erase(request: Request) -> Response:
        token = token_of(request)
        what = await asked(request, EraseRequest)
        await callers.writing(request)
        count = 0
        while True:
            outcome: Outcome = await parts.store.run(_erased, token, what, parts.now())
            parts.writer.publish(outcome)
            count += len(outcome.rows)
            if len(outcome.rows) < erasing.STEP:
                break
        return answer(EraseAnswer(count))

    async def purged(request: Request) -> Response:
        token = token_of(request)
        what = await asked(request, PurgedRequest)
        await store.run(_purged, token, what, parts.now())
        return answer(PurgedAnswer())

    return [
        Route(routes.PURGED, Endpoint(purged), methods=["POST"]),
        Route(routes.ERASURES, Endpoint(erase), methods=["POST"]),
        asking(routes.REOPEN, ReopenRequest, _reopened, writes=True),
        asking(routes.LEASE, LeaseRequest, _leased, writes=True),
        asking(routes.BACKFILL, BackfillRequest, _backfilled),
        asking(routes.UNPURGED, UnpurgedRequest, _unpurged),
        asking(routes.AUDIT, AuditRequest, _audited),
    ]


def _pulled(token: str, what: PullRequest, now: int) -> Work[tuple[Session, PullAnswer]]:
    session = yield from full_session(token, what.device, now)
    return session, (yield from reading.pull(session.user, what, now))


def _backfilled(token: str, what: BackfillRequest, now: int) -> Work[tuple[Session, Backfill]]:
    session = yield from full_session(token, what.device, now)
    return session, (yield from reading.backfill(session.user, what))


def _leased(token: str, what: LeaseRequest, now: int) -> Work[tuple[Session, LeaseAnswer]]:
    session = yield from full_session(token, what.device, now)
    return session, (yield from leases.hold(caller_of(session), what, now))


def _audited(token: str, what: AuditRequest, now: int) -> Work[tuple[Session, AuditPage]]:
    session = yield from full_session(token, what.device, now)
    return session, (yield from trail.page(caller_of(session), what))


def _erased(token: str, what: EraseRequest, now: int) -> Work[Outcome]:
    """Owner and admins may have erased what is in spaces that they read, and who was removed."""
    session = yield from full_session(token, what.device, now)
    return (yield from erasing.asked(caller_of(session), what, now))


def _reopened(token: str, what: ReopenRequest, now: int) -> Work[tuple[Session, ReopenAnswer]]:
    session = yield from full_session(token, what.device, now)
    return session, ReopenAnswer((yield from reopening.asked(caller_of(session), what, now)))


def _purged(token: str, what: PurgedRequest, now: int) -> Work[None]:
    """Also who has no session any more says so, by the one that ended."""
    gone = yield from sessions.gone(token, now)
    if gone is not None:
        caller = Caller(gone.user, gone.device, gone.org)
    else:
        caller = caller_of((yield from full_session(token, what.device, now)))
    if caller.device != what.device:
        raise Forbidden("This is not the device that is signed in.")
    for scope in what.scopes:
        yield from purging.purged(caller, scope, now)


def _unpurged(token: str, what: UnpurgedRequest, now: int) -> Work[tuple[Session, UnpurgedAnswer]]:
    """Owner and admins may ask who has not removed yet what was taken away."""
    session = yield from full_session(token, what.device, now)
    return session, UnpurgedAnswer((yield from purging.unpurged(session.org, session.user)))


def _same_device(session: Session, device: str) -> None:
    if device != session.device:
        raise Forbidden("This is not the device that is signed in.")


def _is_news(what: PullRequest, found: PullAnswer) -> bool:
    """A scope that was granted and is not asked for yet is news as well."""
    return bool(found.scopes or found.revoked or set(found.all) - what.cur.keys())


async def _until(
    news: Coroutine[Any, Any, None], stopping: asyncio.Event, request: Request
) -> None:
    """Wait for news, until the server stops or the client has gone."""
    first_of = {
        asyncio.ensure_future(news),
        asyncio.ensure_future(stopping.wait()),
        asyncio.ensure_future(_gone(request)),
    }
    try:
        done, _ = await asyncio.wait(first_of, return_when=asyncio.FIRST_COMPLETED)
        for each in done:
            each.result()
    finally:
        for each in first_of:
            each.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.gather(*first_of, return_exceptions=True)


async def _gone(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
