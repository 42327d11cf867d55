import asyncio

from missive_desktop.demo.guest import Guest
from missive_desktop.demo.lines import Missing


class Nobody:
    """An engine that nothing may be asked of."""

    def subscribe(self, listener):
        pass

    async def call(self, request):
        raise AssertionError(request)


def test_without_a_team_one_says_why_and_goes_on():
    async def settle():
        news = asyncio.Queue()
        news.put_nowait(Missing("No server."))
        return await Guest(Nobody(), None, opened.append).settle(news)

    opened = []
    assert asyncio.run(settle()) == "No server."
    assert opened == []
