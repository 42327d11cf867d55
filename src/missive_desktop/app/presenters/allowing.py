"""Mails from files, with their remote images: fetched by the process that reads the mails, which is
never the one that holds the view."""

from __future__ import annotations

from collections.abc import Mapping
from multiprocessing.connection import Connection
from typing import Any

from missive_desktop.app.presenters import preparing
from missive_desktop.app.presenters.preparing import RemoteImages
from missive_desktop.content.rendered import Rendered
from missive_desktop.engine.choosing import refuses, select, showable
from missive_desktop.remote.fetch import Fetcher
from missive_desktop.sync.digesting import known_vendors


def serve(pipe: Connection[Any, Any], values: Mapping[str, str], dark: bool, proxy: str) -> None:
    """As `preparing.serve`, with remote images allowed."""
    fetcher = Fetcher(proxy)
    preparing.serve(pipe, values, dark, lambda shown: load(shown, fetcher))


def load(shown: Rendered, fetcher: Fetcher) -> RemoteImages:
    """Fetch the images that a mail would show, and none of its trackers."""
    wanted = select(shown, known_vendors())
    loaded: dict[str, int] = {}
    data: dict[int, bytes] = {}
    failed: list[tuple[str, str]] = []
    answers = fetcher.images(wanted.images, refuses=refuses(known_vendors()))
    for answer in map(showable, answers):
        if answer.problem:
            failed.append((answer.url, answer.problem))
        else:
            number = loaded[answer.url] = len(loaded) + 1
            data[number] = answer.data
    return RemoteImages(loaded, data, tuple(failed), wanted.refused)
