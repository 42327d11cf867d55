"""Two-factor login at the real server's gate: set up, asked for, lost, demanded, tried."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
from tests.servers.gate import Authenticator, House, Person, Visit

from missive_server.auth import account
from missive_server.errors import Conflict, Forbidden, SignedOut, TooMany
from missive_wire.accounts import PasswordChange, Policy, TwoFactorProof


async def set_up(house: House, who: Person) -> tuple[Authenticator, tuple[str, ...]]:
    session = await who.session(house.gate)
    offer = await account.begin_two_factor(house.gate, session, who.secret)
    assert parse_qs(urlsplit(offer.uri).query)["secret"] == [offer.key]
    telephone = Authenticator(house, offer.key)
    codes = await account.confirm_two_factor(house.gate, session, telephone.code())
    house.wait(30)
    return telephone, codes.codes


def test_once_set_up_a_login_needs_a_code(visit: Visit[None]) -> None:
    async def whole(house: House) -> None:
        ana = await house.organization(Person("ana@example.com"))
        telephone, codes = await set_up(house, ana)
        assert len(set(codes)) == 10
        before = ana.token
        answer = await ana.login(house.gate)
        assert (answer.st, answer.token) == ("code", "")
        answer = await ana.login(house.gate, telephone.code())
        assert answer.st == "in"
        assert answer.token != before
        me = await account.me(house.gate, await ana.session(house.gate))
        assert (me.two_factor, me.codes) == (True, 10)

    visit(whole)


def test_what_was_not_confirmed_does_not_count(visit: Visit[None]) -> None:
    async def whole(house: House) -> None:
        ana = await house.organization(Person("ana@example.com"))
        session = await ana.session(house.gate)
        with pytest.raises(Forbidden) as refused:
            await account.begin_two_factor(house.gate, session, b"x" * 32)
        assert refused.value.code == "wrong"
        offer = await account.begin_two_factor(house.gate, session, ana.secret)
        with pytest.raises(Forbidden):
            await account.confirm_two_factor(
                house.gate, session, Authenticator(house, offer.key).code(later=40)
            )
        assert (await ana.login(house.gate)).st == "in"

    visit(whole)


def test_a_code_counts_once(visit: Visit[None]) -> None:
    async def whole(house: House) -> None:
        ana = await house.organization(Person("ana@example.com"))
        telephone, _ = await set_up(house, ana)
        code = telephone.code()
        await ana.login(house.gate, code)
        with pytest.raises(SignedOut) as refused:
            await ana.with_new_device().login(house.gate, code)
        assert refused.value.code == "wrong_code"
        house.wait(-3600)  # nor does it after the clock was set back
        with pytest.raises(SignedOut):
            await ana.login(house.gate, code)
        assert (await house.trail(ana.org)).count("account.refused") == 2

    visit(whole)


def test_a_step_early_or_late_is_fine_and_no_more(visit: Visit[None]) -> None:
    async def whole(house: House) -> None:
        ana = await house.organization(Person("ana@example.com"))
        telephone, _ = await set_up(house, ana)
        house.wait(300)
        assert (await ana.login(house.gate, telephone.code(-1))).st == "in"
        assert (await ana.login(house.gate, telephone.code(1))).st == "in"
        house.wait(300)
        for later in (-2, 2):
            with pytest.raises(SignedOut):
                await ana.login(house.gate, telephone.code(later))

    visit(whole)


def test_codes_cannot_be_guessed_by_trying(visit: Visit[None]) -> None:
    """The tries are counted for the account, so neither more addresses nor the right password
    in between give more of them."""

    async def whole(house: House) -> None:
        ana = await house.organization(Person("ana@example.com"))
        telephone, _ = await set_up(house, ana)
        for at in range(5):
            with pytest.raises(SignedOut):
                await ana.login(house.gate, telephone.code(500 + at), peer=f"192.0.2.{at}")
            assert (await ana.login(house.gate)).st == "code"
        with pytest.raises(TooMany) as refused:
            await ana.login(house.gate, telephone.code(), peer="198.51.100.1")
        assert refused.value.code == "wait"
        house.wait(2)
        assert (await ana.login(house.gate, telephone.code(), peer="198.51.100.1")).st == "in"

    visit(whole)


def test_a_recovery_code_opens_once(visit: Visit[None]) -> None:
    async def whole(house: House) -> None:
        ana = await house.organization(Person("ana@example.com"))
        _, codes = await set_up(house, ana)
        assert (await ana.login(house.gate, codes[3].lower().replace("-", " "))).st == "in"
        with pytest.raises(SignedOut):
            await ana.with_new_device().login(house.gate, codes[3])
        me = await account.me(house.gate, await ana.session(house.gate))
        assert me.codes == 9
        assert "account.recovered" in await house.trail(ana.org)
        rows = await house.query("SELECT hash FROM recovery_codes")
        assert len(rows) == 9
        assert not any(code.encode() in bytes(row[0]) for row in rows for code in codes)

    visit(whole)


def test_new_recovery_codes_end_the_old_ones(visit: Visit[None]) -> None:
    async def whole(house: House) -> None:
        ana = await house.organization(Person("ana@example.com"))
        telephone, old = await set_up(house, ana)
        session = await ana.session(house.gate)
        proof = TwoFactorProof(ana.secret, telephone.code(100))
        with pytest.raises(Forbidden):
            await account.new_codes(house.gate, session, proof)
        proof = TwoFactorProof(ana.secret, telephone.code())
        new = await account.new_codes(house.gate, session, proof)
        assert len(new.codes) == 10
        assert not set(new.codes) & set(old)
        with pytest.raises(SignedOut):
            await ana.login(house.gate, old[0])
        assert (await ana.login(house.gate, new.codes[0])).st == "in"

    visit(whole)


def test_it_is_switched_off_with_password_and_code_only(visit: Visit[None]) -> None:
    async def whole(house: House) -> None:
        ana = await house.organization(Person("ana@example.com"))
        telephone, _ = await set_up(house, ana)
        session = await ana.session(house.gate)
        proof = TwoFactorProof(b"x" * 32, telephone.code())
        with pytest.raises(Forbidden):
            await account.end_two_factor(house.gate, session, proof)
        with pytest.raises(Conflict):  # a stolen session cannot put another key in its place
            await account.begin_two_factor(house.gate, session, ana.secret)
        proof = TwoFactorProof(ana.secret, telephone.code())
        await account.end_two_factor(house.gate, session, proof)
        assert (await ana.login(house.gate)).st == "in"
        assert await house.query("SELECT hash FROM recovery_codes") == []

    visit(whole)


def test_a_new_password_needs_a_code_too(visit: Visit[None]) -> None:
    async def whole(house: House) -> None:
        ana = await house.organization(Person("ana@example.com"))
        telephone, _ = await set_up(house, ana)
        session = await ana.session(house.gate)
        for code in ("", telephone.code(77)):
            change = PasswordChange(ana.secret, b"n" * 32, code)
            with pytest.raises(Forbidden):
                await account.change_password(house.gate, session, change)
        change = PasswordChange(ana.secret, b"n" * 32, telephone.code())
        await account.change_password(house.gate, session, change)

    visit(whole)


def test_an_organization_may_demand_it_and_then_nothing_else_goes(visit: Visit[None]) -> None:
    async def whole(house: House) -> None:
        ana = await house.organization(Person("ana@example.com"))
        ben = await house.joined(ana, Person("ben@example.com"))
        carla = await house.joined(ana, Person("carla@example.com"), "admin")
        mine, theirs = await ana.session(house.gate), await ben.session(house.gate)
        with pytest.raises(Forbidden):
            await account.set_policy(house.gate, theirs, Policy(True))
        await set_up(house, ana)
        await account.set_policy(house.gate, mine, Policy(True))
        assert mine.id not in house.listeners.gone  # who has it is not disturbed
        assert theirs.id in house.listeners.gone
        assert (await house.gate.full_session(ana.token)).user == ana.user
        for who in (ben, carla):
            with pytest.raises(Forbidden) as refused:
                await house.gate.full_session(who.token)
            assert refused.value.code == "must"
        assert (await ben.login(house.gate)).must
        telephone, _ = await set_up(house, ben)
        assert await house.gate.full_session(ben.token)
        proof = TwoFactorProof(ben.secret, telephone.code())
        with pytest.raises(Forbidden):  # and it stays
            await account.end_two_factor(house.gate, theirs, proof)
        late = await house.joined(ana, Person("dan@example.com"))
        with pytest.raises(Forbidden):
            await house.gate.full_session(late.token)
        await account.set_policy(house.gate, mine, Policy(False))
        assert await house.gate.full_session(late.token)

    visit(whole)


def test_a_stolen_password_alone_locks_nobody_out(visit: Visit[None]) -> None:
    async def whole(house: House) -> None:
        ana = await house.organization(Person("ana@example.com"))
        thief = ana.with_new_device()
        assert (await thief.login(house.gate)).device == "pending"
        session = await thief.session(house.gate)
        with pytest.raises(Forbidden) as refused:
            await account.begin_two_factor(house.gate, session, thief.secret)
        assert refused.value.code == "pending"
        with pytest.raises(Forbidden):
            await account.confirm_two_factor(house.gate, session, "123456")
        await account.set_policy(house.gate, await ana.session(house.gate), Policy(two_factor=True))
        session = await thief.session(house.gate)  # nothing goes on without, also here
        assert (await account.begin_two_factor(house.gate, session, thief.secret)).key

    visit(whole)
