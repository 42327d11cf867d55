"""The routes of signing in, of one's own login, and of coming into an organization."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from missive_server.auth import account, founding, joining, login, recovering
from missive_server.auth.gate import Gate
from missive_server.auth.sessions import Session
from missive_server.http.buckets import network_of
from missive_server.http.guard import Rates
from missive_server.http.requests import answer, asked, asker_of, token_of
from missive_wire import accounts as wire
from missive_wire.accounts import Done

T = TypeVar("T")
Handler = Callable[[Request], Awaitable[Response]]


async def any_session(gate: Gate, rates: Rates, request: Request) -> Session:
    """Return whose request it is, although two-factor or approval may be missing."""
    session = await gate.session(token_of(request))
    rates.proved(asker_of(request), session.user)
    return session


async def full_session(gate: Gate, rates: Rates, request: Request) -> Session:
    session = await gate.full_session(token_of(request))
    rates.proved(asker_of(request), session.user)
    return session


def accounts(gate: Gate, rates: Rates) -> list[Route]:
    return [*_strangers(gate), *_limited(gate, rates), *_own(gate, rates)]


def _strangers(gate: Gate) -> list[Route]:
    """What is asked by those who have no session."""

    async def salt(request: Request) -> Response:
        return answer(login.salt(gate, await asked(request, wire.SaltRequest)))

    async def log_in(request: Request) -> Response:
        what = await asked(request, wire.LoginRequest)
        return answer(await login.login(gate, what, network_of(asker_of(request).address)))

    async def found(request: Request) -> Response:
        return answer(await founding.found(gate, await asked(request, wire.FoundRequest)))

    async def invitation(request: Request) -> Response:
        return answer(await joining.look(gate, await asked(request, wire.InvitationRequest)))

    async def join(request: Request) -> Response:
        return answer(await joining.join(gate, await asked(request, wire.JoinRequest)))

    return [
        _post(wire.SALT, salt),
        _post(wire.LOGIN, log_in),
        _post(wire.FOUND, found),
        _post(wire.INVITATION, invitation),
        _post(wire.JOIN, join),
    ]


def _limited(gate: Gate, rates: Rates) -> list[Route]:
    """What is open also while two-factor or approval is missing."""

    async def me(request: Request) -> Response:
        return answer(await account.me(gate, await any_session(gate, rates, request)))

    async def log_out(request: Request) -> Response:
        await login.logout(gate, await any_session(gate, rates, request))
        return answer(Done())

    async def begin(request: Request) -> Response:
        session = await any_session(gate, rates, request)
        what = await asked(request, wire.TwoFactorBegin)
        return answer(await account.begin_two_factor(gate, session, what.secret))

    async def confirm(request: Request) -> Response:
        session = await any_session(gate, rates, request)
        what = await asked(request, wire.TwoFactorConfirm)
        return answer(await account.confirm_two_factor(gate, session, what.code))

    async def recover(request: Request) -> Response:
        session = await any_session(gate, rates, request)
        await recovering.recover(gate, session, await asked(request, wire.Recover))
        return answer(Done())

    return [
        Route(wire.ME, me, methods=["GET"]),
        _post(wire.RECOVER, recover),
        _post(wire.LOGOUT, log_out),
        _post(wire.TWO_FACTOR_BEGIN, begin),
        _post(wire.TWO_FACTOR_CONFIRM, confirm),
    ]


def _own(gate: Gate, rates: Rates) -> list[Route]:
    """What somebody does about their own login from a device of theirs."""

    def done(shape: type[T], act: Callable[[Gate, Session, T], Awaitable[None]]) -> Handler:
        async def handler(request: Request) -> Response:
            session = await full_session(gate, rates, request)
            await act(gate, session, await asked(request, shape))
            return answer(Done())

        return handler

    async def sessions(request: Request) -> Response:
        return answer(await account.all_sessions(gate, await full_session(gate, rates, request)))

    async def devices(request: Request) -> Response:
        return answer(await account.all_devices(gate, await full_session(gate, rates, request)))

    async def codes(request: Request) -> Response:
        session = await full_session(gate, rates, request)
        what = await asked(request, wire.TwoFactorProof)
        return answer(await account.new_codes(gate, session, what))

    return [
        Route(wire.SESSIONS, sessions, methods=["GET"]),
        Route(wire.DEVICES, devices, methods=["GET"]),
        _post(wire.END_SESSION, done(wire.EndSession, account.end_session)),
        _post(wire.REVOKE_DEVICE, done(wire.RevokeDevice, account.revoke_device)),
        _post(wire.TWO_FACTOR_CODES, codes),
        _post(wire.TWO_FACTOR_OFF, done(wire.TwoFactorProof, account.end_two_factor)),
        _post(wire.PASSWORD, done(wire.PasswordChange, account.change_password)),
        _post(wire.POLICY, done(wire.Policy, account.set_policy)),
    ]


def _post(path: str, handler: Handler) -> Route:
    return Route(path, handler, methods=["POST"])
