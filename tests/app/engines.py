"""A stand-in for the link to the engine: it answers by function and remembers what was asked."""

import asyncio
from collections.abc import Callable
from typing import Any

from missive_desktop.engine.protocol import Request


class RecordingEngine:
    """`answers` maps a kind of request to what answers it; what it raises is raised."""

    def __init__(self, answers: dict[type[Request], Callable[[Any], dict[str, Any]]]) -> None:
        self.answers = answers
        self.asked: list[Request] = []

    async def call(self, request: Request) -> dict[str, Any]:
        self.asked.append(request)
        await asyncio.sleep(0)
        answer = self.answers.get(type(request))
        return answer(request) if answer else {}

    def kinds(self) -> list[str]:
        return [type(request).__name__ for request in self.asked]
