"""Which remote images of a mail are asked for, and which of the answers are shown. Pure."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from missive_desktop.content import images, markup, trackers
from missive_desktop.content.rendered import Rendered
from missive_desktop.domain.tracking import LOADING
from missive_desktop.remote.fetch import Fetched


class Wanted(NamedTuple):
    """What a message would show: images to ask for, and trackers that are never asked for."""

    images: tuple[str, ...]
    refused: tuple[str, ...]


def select(shown: Rendered, table: trackers.Table) -> Wanted:
    """Tell images from trackers once more: none is asked for, however it got among the images."""
    known = {one.url for one in shown.trackers if one.kind != "link"}
    listed = shown.remote
    tags = "".join(f'<img src="{markup.escape(url)}" width="99" height="99">' for url in listed)
    known |= {one.url for one in trackers.find(tags, (), table) if one.kind != "link"}
    refused = {one.url for one in shown.trackers if one.kind in LOADING}
    refused.update(url for url in listed if url in known)
    return Wanted(tuple(url for url in listed if url not in known), tuple(sorted(refused)))


def refuses(table: trackers.Table) -> Callable[[str], bool]:
    """Return what says of an address whether the table knows it for a counter of openings.

    For what a redirect leads to; of that, signatures and long names say nothing.
    """

    def known(url: str) -> bool:
        read = trackers.parsed(url, "")
        return read is not None and table.counter(read.host, read.local) is not None

    return known


def showable(fetched: Fetched) -> Fetched:
    """Return what of it may be shown: pixels of a sane size, or a drawing made safe."""
    if fetched.problem:
        return fetched
    image = images.shown(fetched.data)
    if image is None:
        return Fetched(fetched.url, problem="It is no image that can be shown safely.")
    return Fetched(fetched.url, image.data, image.media_type)
