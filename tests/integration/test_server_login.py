"""Signing in at the real server's gate, on both databases: who gets in, who does not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from msgspec.structs import replace as replace_struct
from tests.servers.gate import House, Person, Visit

from missive_server.auth import account, founding, login, sessions
from missive_server.auth.throttle import pay, stranger
from missive_server.auth.trail import NOBODY
from missive_server.database.store import Store
from missive_server.database.work import Work
from missive_server.errors import BadRequest, Conflict, Forbidden, NotFound, SignedOut, TooMany
from missive_wire.accounts import EndSession, PasswordChange, RevokeDevice, SaltRequest


class Watched:
    """A database that writes down what is asked of it."""

    def __init__(self, store: Store, asked: list[str]) -> None:
        self._store, self._asked = store, asked

    async def run(self, work: Callable[..., Work[Any]], *args: Any) -> Any:
        return await self._store.run(self._listened, work, *args)

    def _listened(self, work: Callable[..., Work[Any]], *args: Any) -> Work[Any]:
        inner = work(*args)
        query = next(inner)
        while True:
            self._asked.append(query.sql)
            try:
                query = inner.send((yield query))
            except StopIteration as end:
                return end.value


def test_who_made_an_organization_is_signed_in_and_can_sign_in_again(visit: Visit[None]) -> None:
    async def whole(house: House) -> None:
        ana = await house.organization(Person("ana@example.com"))
        first = await ana.session(house.gate)
        assert (first.user, first.org, first.state) == (ana.user, ana.org, "approved")
        answer = await ana.login(house.gate)
        assert (answer.st, answer.device, answer.must) == ("in", "approved", False)
        assert house.listeners.gone == [first.id]
        assert "organization.created" in await house.trail(ana.org)
        assert (await house.trail(ana.org))[-1] == "account.login"

    visit(whole)


def test_a_wrong_password_and_an_unknown_address_are_told_the_same(visit: Visit[None]) -> None:
    async def whole(house: House) -> None:
        ana = await house.organization(Person("ana@example.com"))
        wrong = ana.with_new_device()
        wrong.secret = b"t" * 32
        nobody = Person("nobody@example.com")
        said = []
        for who in (wrong, nobody):
            with pytest.raises(SignedOut) as refused:
                await who.login(house.gate)
            said.append((str(refused.value), refused.value.code, refused.value.status))
        assert said[0] == said[1]
        assert (await house.trail(ana.org))[-1] == "account.refused"
        assert await house.trail(NOBODY) == ["account.refused"]

    visit(whole)


def test_a_known_and_an_unknown_address_cost_the_same_work(visit: Visit[None]) -> None:
    """The same statements, as often; that the hash costs the same stands in its own test."""

    async def whole(house: House) -> None:
        await house.organization(Person("ana@example.com"))
        asked: list[list[str]] = []
        for email in ("ana@example.com", "nobody@example.com"):
            who = Person(email, b"wrong" * 6 + b"!!")
            seen: list[str] = []
            watched = Watched(house.gate.store, seen)
            gate = replace(house.gate, store=watched)
            with pytest.raises(SignedOut):
                await who.login(gate)
            asked.append(seen)
        assert asked[0] == asked[1]
        assert len(asked[0]) > 5

    visit(whole)


def test_the_salt_of_an_address_is_always_the_same(visit: Visit[None]) -> None:
    async def whole(house: House) -> None:
        def salt(email: str) -> bytes:
            return login.salt(house.gate, SaltRequest(email)).salt

        unknown = salt("ana@example.com")
        assert salt(" Ana@Example.com") == unknown
        assert salt("ben@example.com") != unknown
        await house.organization(Person("ana@example.com"))
        assert salt("ana@example.com") == unknown
        assert len(salt("nonsense")) == 16

    visit(whole)


def test_a_login_needs_a_fresh_challenge_and_the_devices_key(visit: Visit[None]) -> None:
    async def whole(house: House) -> None:
        ana = await house.organization(Person("ana@example.com"))
        request = await ana.request(house.gate)
        thief = Person("ana@example.com", ana.secret, ana.user, device=ana.device)
        forged = await thief.request(house.gate)
        with pytest.raises(Conflict):  # the right password, the id of another's device
            await login.login(house.gate, forged, "192.0.2.9")
        mixed = replace_struct(forged, device=ana.keys)
        with pytest.raises(Forbidden) as refused:  # its public keys too, but not the private ones
            await login.login(house.gate, mixed, "192.0.2.9")
        assert refused.value.code == "proof"
        house.wait(601)
        with pytest.raises(Forbidden) as refused:
            await login.login(house.gate, request, "192.0.2.1")
        assert refused.value.code == "challenge"
        other = await Person("ben@example.com").request(house.gate)
        with pytest.raises(Forbidden):
            await login.login(house.gate, replace_struct(other, email=ana.email), "192.0.2.1")

    visit(whole)


def test_another_device_waits_for_approval(visit: Visit[None]) -> None:
    async def whole(house: House) -> None:
        ana = await house.organization(Person("ana@example.com"))
        second = ana.with_new_device()
        assert (await second.login(house.gate)).device == "pending"
        with pytest.raises(Forbidden) as refused:
            await house.gate.full_session(second.token)
        assert refused.value.code == "pending"
        me = await account.me(house.gate, await second.session(house.gate))
        assert (me.email, me.state) == ("ana@example.com", "pending")
        listed = await account.all_devices(house.gate, await ana.session(house.gate))
        assert [(d.state, d.current) for d in listed.devices] == [
            ("approved", True),
            ("pending", False),
        ]
        assert listed.devices[1].sign == second.keys.sign

    visit(whole)


def test_only_so_many_devices_wait(visit: Visit[None]) -> None:
    async def whole(house: House) -> None:
        ana = await house.organization(Person("ana@example.com"))
        first = ana.with_new_device()
        await first.login(house.gate)
        for _ in range(10):
            house.wait(1)
            await ana.with_new_device().login(house.gate)
        listed = await account.all_devices(house.gate, await ana.session(house.gate))
        assert len(listed.devices) == 11
        with pytest.raises(SignedOut):
            await first.session(house.gate)

    visit(whole)


def test_a_session_that_was_ended_is_none_at_once(visit: Visit[None]) -> None:
    async def whole(house: House) -> None:
        ana = await house.organization(Person("ana@example.com"))
        session = await ana.session(house.gate)
        await login.logout(house.gate, session)
        with pytest.raises(SignedOut):
            await ana.session(house.gate)
        with pytest.raises(SignedOut):
            await house.gate.session("nonsense")
        with pytest.raises(SignedOut):
            await house.gate.session("")
        assert house.listeners.gone == [session.id]

    visit(whole)


def test_sessions_are_listed_and_ended_one_by_one_or_all_but_this(visit: Visit[None]) -> None:
    async def whole(house: House) -> None:
        ana = await house.organization(Person("ana@example.com"))
        others = [ana.with_new_device() for _ in range(3)]
        for each in others:
            house.wait(1)
            await each.login(house.gate)
        mine = await ana.session(house.gate)
        listed = (await account.all_sessions(house.gate, mine)).sessions
        assert [each.current for each in listed] == [False, False, False, True]
        await account.end_session(house.gate, mine, EndSession(listed[0].id))
        with pytest.raises(SignedOut):
            await others[2].session(house.gate)
        await account.end_session(house.gate, mine, EndSession())
        for each in others:
            with pytest.raises(SignedOut):
                await each.session(house.gate)
        assert await ana.session(house.gate) == mine

    visit(whole)


def test_nobody_ends_what_is_anothers(visit: Visit[None]) -> None:
    async def whole(house: House) -> None:
        ana = await house.organization(Person("ana@example.com"))
        ben = await house.joined(ana, Person("ben@example.com"))
        theirs = await ben.session(house.gate)
        mine = await ana.session(house.gate)
        await account.end_session(house.gate, theirs, EndSession(mine.id))
        with pytest.raises(NotFound):
            await account.revoke_device(house.gate, theirs, RevokeDevice(ana.device))
        assert await ana.session(house.gate) == mine

    visit(whole)


def test_a_revoked_device_never_comes_back(visit: Visit[None]) -> None:
    async def whole(house: House) -> None:
        ana = await house.organization(Person("ana@example.com"))
        second = ana.with_new_device()
        await second.login(house.gate)
        mine = await ana.session(house.gate)
        await account.revoke_device(house.gate, mine, RevokeDevice(second.device))
        with pytest.raises(SignedOut):
            await second.session(house.gate)
        with pytest.raises(Forbidden) as refused:
            await second.login(house.gate)
        assert refused.value.code == "revoked"

    visit(whole)


@pytest.mark.parametrize("seconds", [31 * 86_400, 181 * 86_400])
def test_sessions_end_by_themselves(visit: Visit[None], seconds: float) -> None:
    async def whole(house: House) -> None:
        ana = await house.organization(Person("ana@example.com"))
        if seconds * 1000 > sessions.ABSOLUTE:
            for _ in range(0, int(seconds), 20 * 86_400):
                house.wait(20 * 86_400)
                if house.clock[0] < sessions.ABSOLUTE + 1_795_390_000_000:
                    await ana.session(house.gate)  # in use all the time
        else:
            house.wait(seconds)
        with pytest.raises(SignedOut):
            await ana.session(house.gate)
        await house.gate.sweep()
        assert await house.query("SELECT id FROM sessions") == []

    visit(whole)


def test_wrong_tries_wait_longer_and_longer_and_nobody_else_with_them(visit: Visit[None]) -> None:
    async def whole(house: House) -> None:
        ana = await house.organization(Person("ana@example.com"))
        wrong = Person("ana@example.com", b"t" * 32)
        for _ in range(5):
            with pytest.raises(SignedOut):
                await wrong.with_new_device().login(house.gate)
        with pytest.raises(TooMany) as refused:
            await wrong.with_new_device().login(house.gate)
        assert (refused.value.code, refused.value.retry) == ("wait", 1.0)
        with pytest.raises(TooMany):
            await ana.with_new_device().login(house.gate)  # nobody knows who that is
        assert (await ana.login(house.gate)).st == "in"  # a device that was there before
        new = ana.with_new_device()
        assert (await new.login(house.gate, peer="198.51.100.7")).st == "in"
        assert (await new.login(house.gate)).st == "in"  # it is known from now on
        house.wait(1.1)
        assert (await ana.with_new_device().login(house.gate)).st == "in"
        with pytest.raises(SignedOut):  # and begins anew
            await wrong.login(house.gate)

    visit(whole)


def test_a_known_device_waits_for_what_it_tries_itself(visit: Visit[None]) -> None:
    async def whole(house: House) -> None:
        ana = await house.organization(Person("ana@example.com"))
        thief = replace(ana, secret=b"t" * 32)
        for at in range(5):
            with pytest.raises(SignedOut):
                await thief.login(house.gate, peer=f"192.0.2.{at}")
        with pytest.raises(TooMany) as refused:
            await thief.login(house.gate, peer="192.0.2.77")
        assert refused.value.code == "wait"
        session = await ana.session(house.gate)
        change = PasswordChange(ana.secret, b"n" * 32)
        with pytest.raises(TooMany):
            await account.change_password(house.gate, session, change)
        assert (await ana.with_new_device().login(house.gate)).st == "in"

    visit(whole)


def test_a_device_is_known_by_its_key_and_until_it_is_revoked(visit: Visit[None]) -> None:
    async def whole(house: House) -> None:
        ana = await house.organization(Person("ana@example.com"))
        ben = await house.joined(ana, Person("ben@example.com"))
        forged = replace(ana, sign=Person("x@example.com").sign)
        second = ana.with_new_device()
        await second.login(house.gate)
        await account.revoke_device(
            house.gate, await ana.session(house.gate), RevokeDevice(second.device)
        )
        for _ in range(5):
            with pytest.raises(SignedOut):
                await Person("ana@example.com", b"t" * 32).login(house.gate)
        for other in (forged, second, replace(ben, email=ana.email)):
            with pytest.raises(TooMany):
                await other.login(house.gate)

    visit(whole)


async def guessed(house: House, email: str, address: str) -> str:
    """Try once, without the hash that takes its time; return the code of what came in between."""
    try:
        await house.gate.store.run(pay, stranger(email, address), house.clock[0])
    except TooMany as refused:
        return refused.code
    return ""


def test_guessing_from_many_addresses_is_bounded(visit: Visit[None]) -> None:
    async def whole(house: House) -> None:
        async def tried(address: str, email: str = "ana@example.com") -> str:
            return await guessed(house, email, address)

        for at in range(100):
            assert await tried(f"192.0.2.{at // 5}") == ""  # each as often as it need not wait
        assert await tried("198.51.100.1") == "crowd"
        assert await tried("198.51.100.1", "ben@example.com") == ""
        ana = await house.organization(Person("ana@example.com"))
        with pytest.raises(TooMany) as refused:
            await ana.with_new_device().login(house.gate, peer="198.51.100.2")
        assert "One that was signed in before does not" in str(refused.value)
        assert (await ana.login(house.gate, peer="198.51.100.2")).st == "in"
        passed = 0
        for minute in range(120):  # a new address each minute, and one that was there before
            passed += await tried(f"198.51.100.{minute}") == ""
            passed += await tried("192.0.2.1") == ""
            house.wait(60)
        assert 12 < passed <= 2 * 12 + 9  # one in five minutes, after the waits that grow

    visit(whole)


def test_one_address_alone_uses_up_nothing_of_an_account(visit: Visit[None]) -> None:
    async def whole(house: House) -> None:
        ana = await house.organization(Person("ana@example.com"))
        said = []
        for _ in range(24 * 12):
            said.append(await guessed(house, ana.email, "192.0.2.1"))
            house.wait(300)
        assert set(said) == {"", "wait"}
        assert 90 < said.count("") < 120
        assert (await ana.with_new_device().login(house.gate, peer="198.51.100.7")).st == "in"

    visit(whole)


def test_an_address_of_the_network_waits_too_and_is_not_bought_free(visit: Visit[None]) -> None:
    async def whole(house: House) -> None:
        ana = await house.organization(Person("ana@example.com"))
        for at in range(20):
            with pytest.raises(SignedOut):
                await Person(f"guess{at}@example.com").login(house.gate)
            if at % 5 == 0:
                await ana.with_new_device().login(house.gate)
        with pytest.raises(TooMany):
            await ana.with_new_device().login(house.gate)
        assert (await ana.with_new_device().login(house.gate, peer="198.51.100.7")).st == "in"

    visit(whole)


def test_a_clock_that_jumped_ahead_and_back_locks_nobody_out(visit: Visit[None]) -> None:
    async def whole(house: House) -> None:
        ana = await house.organization(Person("ana@example.com"))
        wrong = Person("ana@example.com", b"t" * 32)
        house.wait(365 * 86_400)
        for _ in range(5):
            with pytest.raises(SignedOut):
                await wrong.login(house.gate)
        house.wait(-365 * 86_400)
        assert (await ana.login(house.gate)).st == "in"
        assert await ana.session(house.gate)

    visit(whole)


def test_what_is_counted_is_bounded_and_forgotten(visit: Visit[None]) -> None:
    async def whole(house: House) -> None:
        with pytest.raises(SignedOut):
            await Person("nobody@example.com").login(house.gate)
        assert len(await house.query("SELECT name FROM throttle")) == 3
        house.wait(86_401)
        await house.gate.sweep()
        assert await house.query("SELECT name FROM throttle") == []

    visit(whole)


def test_a_new_password_ends_all_other_sessions(visit: Visit[None]) -> None:
    async def whole(house: House) -> None:
        ana = await house.organization(Person("ana@example.com"))
        second = ana.with_new_device()
        await second.login(house.gate)
        mine = await ana.session(house.gate)
        with pytest.raises(Forbidden) as refused:
            await account.change_password(house.gate, mine, PasswordChange(b"x" * 32, b"n" * 32))
        assert refused.value.code == "wrong"
        await account.change_password(house.gate, mine, PasswordChange(ana.secret, b"n" * 32))
        with pytest.raises(SignedOut):
            await second.session(house.gate)
        assert await ana.session(house.gate) == mine
        with pytest.raises(SignedOut):
            await ana.login(house.gate)
        ana.secret = b"n" * 32
        assert (await ana.login(house.gate)).st == "in"
        assert "account.password" in await house.trail(ana.org)

    visit(whole)


def test_a_setup_token_makes_one_organization(visit: Visit[None]) -> None:
    async def whole(house: House) -> None:
        setup = await house.gate.store.run(founding.make_setup, house.clock[0])
        await founding.found(house.gate, Person("ana@example.com").founding(setup))
        for token in (setup, "nonsense", ""):
            with pytest.raises(NotFound) as refused:
                await founding.found(house.gate, Person("ben@example.com").founding(token))
            assert refused.value.code == "gone"
        old = await house.gate.store.run(founding.make_setup, house.clock[0])
        for nobody in (
            Person("eve@example.com", org=NOBODY),
            Person("eve@example.com", user=NOBODY),
        ):
            with pytest.raises(BadRequest):
                await founding.found(house.gate, nobody.founding(old))
        house.wait(8 * 86_400)
        with pytest.raises(NotFound):
            await founding.found(house.gate, Person("ben@example.com").founding(old))

    visit(whole)
