"""Hashing what stands for passwords: right ones match, too many wait elsewhere."""

import asyncio
from collections.abc import Iterator

import pytest

from missive_server.auth.passwords import Passwords
from missive_server.errors import Busy


@pytest.fixture
def passwords() -> Iterator[Passwords]:
    made = Passwords(threads=1, waiting=1)
    yield made
    made.close()


def test_only_the_secret_itself_matches(passwords: Passwords) -> None:
    async def whole() -> None:
        kept = await passwords.hash(b"s" * 32)
        assert kept.startswith("$argon2id$")
        assert kept != await passwords.hash(b"s" * 32)
        assert await passwords.matches(kept, b"s" * 32)
        assert not await passwords.matches(kept, b"t" * 32)
        assert not await passwords.matches("", b"s" * 32)
        assert not await passwords.matches("nonsense", b"s" * 32)

    asyncio.run(whole())


def test_nobody_costs_what_somebody_costs_and_matches_nothing(passwords: Passwords) -> None:
    async def whole() -> None:
        kept = await passwords.hash(b"s" * 32)
        assert passwords.nobody.rsplit("$", 2)[0] == kept.rsplit("$", 2)[0]
        assert not await passwords.matches(passwords.nobody, b"s" * 32)

    asyncio.run(whole())


def test_who_comes_when_all_are_busy_is_told_to_come_again(passwords: Passwords) -> None:
    async def whole() -> None:
        running = [asyncio.create_task(passwords.hash(b"x")) for _ in range(2)]
        await asyncio.sleep(0)
        with pytest.raises(Busy):
            await passwords.hash(b"x")
        await asyncio.gather(*running)
        assert await passwords.hash(b"x")

    asyncio.run(whole())


def test_the_loop_goes_on_while_a_password_is_hashed(passwords: Passwords) -> None:
    async def whole() -> int:
        turns = 0
        task = asyncio.create_task(passwords.hash(b"x"))
        while not task.done():
            turns += 1
            await asyncio.sleep(0)
        return turns

    assert asyncio.run(whole()) > 1
