"""What the address of an image says of itself: that it counts openings, or that it is one reader's.

By words and shapes alone, without any table: most of those who track stand in none. An ordinary
picture (a name with an ending, from a host or folder of pictures) is left alone.
"""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

from missive_desktop.content import address_words as words
from missive_desktop.content import uniqueness

Said = Literal["", "address", "unique"]


class Url(NamedTuple):
    """A cleaned http address taken apart; `path` in its own case, `query` without the mark."""

    url: str
    host: str
    path: str
    query: str

    @property
    def local(self) -> str:
        """All that follows the host."""
        return f"{self.path}?{self.query}" if self.query else self.path


_SPLIT = re.compile(r"[&;]")


def says(url: Url, *, visible: bool) -> Said:
    """Return what an image's address says; of one that is large, only what is sure."""
    path = url.path.lower()
    folders = path.split("/")
    name, dot, ending = folders.pop().rpartition(".")
    if not dot or len(ending) > 5 or not ending.isalnum():
        name, ending = (f"{name}.{ending}" if dot else ending), ""
    if ending in words.PICTURES:
        return _of_picture(url, name, visible)
    if name in (words.NAMES if ending or url.query else words.COUNTING) and not (
        visible and ending == "gif" and name not in words.PIXEL_NAMES
    ):
        return "address"
    if not words.COUNTING.isdisjoint(folders) or words.COMPOUND.search(f"{path}?"):
        return "address"
    if url.query and words.TELLING_QUERY.search(url.query.lower()):
        return "address"
    if visible:
        return ""
    if ending == "gif" and not url.query and not _is_counter(folders, name, url.host):
        return ""
    return _unsized(url, folders, name, ending)


def _of_picture(url: Url, name: str, visible: bool) -> Said:
    """A picture by its ending: only a name for pixels, or a reader's own token, tells."""
    if name in words.PIXEL_NAMES and not visible:
        return "address"
    if not url.query:
        return ""
    if not visible and (
        name in ("t", "open", "p") or words.TELLING_QUERY.search(url.query.lower())
    ):
        return "address"
    for pair in _SPLIT.split(url.query)[:40]:
        key, _, value = pair.partition("=")
        if key.lower() in words.READER_KEYS and (uniqueness.is_unique(value) or "@" in value):
            return "unique"
    return ""


def _unsized(url: Url, folders: list[str], name: str, ending: str) -> Said:
    """Judge an image without a size by its host, its folders, and the tokens in it."""
    counting = is_counting_host(url.host)
    if counting and not (ending == "gif" and not _is_counter(folders, name, url.host)):
        return "address"
    if is_picture_place(url.host, folders, name):
        return ""
    own = _own_values(url.query)
    if ending in words.PROGRAMS:
        return "address" if own or not url.query or ending in ("html", "htm", "js") else ""
    if ending == "gif" and url.query and (any(map(uniqueness.is_unique, own)) or len(own) > 1):
        return "unique"
    if len(folders) > 1 and folders[1] in words.SHORT:
        return "unique" if _has_token(folders, name, own) else "address"
    if _has_token(folders, name, own):
        return "unique"
    return "address" if not ending and _is_bare(folders, name, own) else ""


def _own_values(query: str) -> list[str]:
    """Return the values of a question that are not such as pictures are asked for with."""
    pairs = [pair.partition("=") for pair in _SPLIT.split(query)[:40]] if query else []
    picture = words.PICTURE_KEYS.fullmatch
    return [
        value if sign else key
        for key, sign, value in pairs
        if (value or key) and not (sign and picture(key.lower()))
    ]


def _is_bare(folders: list[str], name: str, own: list[str]) -> bool:
    """Whether it is a short name with a question: `/trk?…`, `/mo?…`, `/p?…`, `/?…`."""
    return len(folders) <= 2 and len(name) <= 3 and bool(own)


def _is_counter(folders: list[str], name: str, host: str) -> bool:
    """Whether an image/gif without a question is a counter: a token under a counter's folder."""
    if uniqueness.is_unique(name) and (
        is_counting_host(host) or not is_picture_place(host, folders, "")
    ):
        return True
    short = len(folders) > 1 and folders[1] in words.SHORT and any(map(str.isdigit, name))
    return short or (len(name) < 3 and not is_picture_place(host, folders, ""))


def _has_token(folders: list[str], name: str, own: list[str]) -> bool:
    return uniqueness.is_unique(name) or any(map(uniqueness.is_unique, own + folders[1:]))


def is_counting_host(host: str) -> bool:
    """Whether a label above the registered name, or the name itself, says that it counts."""
    labels = host.split(".")
    for label in labels[:-2]:
        if label in words.LABELS:
            return True
        for part in label.split("-"):
            if words.LABEL.fullmatch(part):
                return True
    return len(labels) > 1 and (labels[-2].endswith("trk") or labels[-2].startswith("trk"))


def is_picture_place(host: str, folders: list[str], name: str) -> bool:
    """Whether pictures are kept there, by the words of the host, the folders and the name."""
    if not words.CONTENT.isdisjoint(folders) or words.CONTENT_HOST.search(host):
        return True
    if host.endswith(words.CONTENT_DOMAINS):
        return True
    return not words.CONTENT.isdisjoint(re.split(r"[-_.]|(?<=\D)(?=\d)", name))
