"""A device let in by the recovery key, at the real server's gate."""

from __future__ import annotations

import nacl.signing
import pytest
from msgspec.structs import replace
from tests.servers.gate import House, Person, Visit

from missive_server.auth import account, recovering
from missive_server.errors import Conflict, Forbidden, TooMany
from missive_wire.accounts import RECOVERY_LABEL, Recover, recovery_message, statement
from missive_wire.entities import Type
from missive_wire.ids import org_scope
from missive_wire.mutation import Mutation


def proven(key: nacl.signing.SigningKey, org: str, who: Person) -> Recover:
    message = statement(RECOVERY_LABEL, recovery_message(org, who.user, who.device))
    return Recover(key.sign(message).signature, "a certificate")


def test_who_has_the_recovery_key_needs_no_other_device(visit: Visit[None]) -> None:
    async def whole(house: House) -> None:
        ana = await house.organization(Person("ana@example.com"))
        ben = await house.joined(ana, Person("ben@example.com"))
        new = ben.with_new_device()
        await new.login(house.gate)
        pending = await new.session(house.gate)
        assert (await account.me(house.gate, pending)).root == bytes(ana.root.verify_key)
        await recovering.recover(house.gate, pending, proven(ana.root, ana.org, new))
        assert (await house.gate.full_session(new.token)).user == ben.user
        rows = await house.query("SELECT h FROM entities WHERE id = $1", ben.user)
        assert "a certificate" in rows[0][0]
        assert (await house.trail(ana.org)).count("device.recovered") == 1
        again = replace(proven(ana.root, ana.org, new), cert="")
        with pytest.raises(Conflict):
            await recovering.recover(house.gate, pending, again)

    visit(whole)


def test_another_key_and_a_proof_for_another_device_open_nothing(visit: Visit[None]) -> None:
    async def whole(house: House) -> None:
        ana = await house.organization(Person("ana@example.com"))
        ben = await house.joined(ana, Person("ben@example.com"))
        new, other = ben.with_new_device(), ben.with_new_device()
        await new.login(house.gate)
        await other.login(house.gate)
        pending = await new.session(house.gate)
        wrong = (
            proven(new.sign, ana.org, new),
            proven(ana.root, ana.org, other),
            proven(ana.root, ana.org, ana),
            Recover(b"", ""),
            Recover(b"x" * 64, ""),
        )
        for each in wrong:
            with pytest.raises(Forbidden):
                await recovering.recover(house.gate, pending, each)
        with pytest.raises(Forbidden):
            await house.gate.full_session(new.token)
        with pytest.raises(TooMany):
            await recovering.recover(house.gate, pending, proven(ana.root, ana.org, new))

    visit(whole)


def test_a_device_that_was_approved_finds_what_was_sealed_to_it(visit: Visit[None]) -> None:
    async def whole(house: House) -> None:
        ana = await house.organization(Person("ana@example.com"))
        second = ana.with_new_device()
        await second.login(house.gate)
        assert (await account.me(house.gate, await second.session(house.gate))).welcome == ""
        header = {"user": ana.user, "welcome": "sealed"}
        scope = org_scope(ana.org)
        added = Mutation(0, "put", scope, Type.DEVICE, second.device, "device.added", header)
        assert await house.change(ana, added) == ["ok"]
        me = await account.me(house.gate, await house.gate.full_session(second.token))
        assert (me.state, me.welcome) == ("approved", "sealed")

    visit(whole)
