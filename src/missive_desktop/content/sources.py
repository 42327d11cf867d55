"""The images of one mail: which address may be shown as what, and which wait for the reader."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from missive_desktop.content import images, mime
from missive_desktop.content.remote import remote_url

# The page puts the message in the place of 0.
IMAGE_URL = "missive://mail/image/0/"  # and a part of the mail behind it
REMOTE_URL = "missive://mail/remote/0/"  # and the id of a remote image that was allowed
OURS = re.compile(rf"{re.escape(IMAGE_URL)}\d{{1,6}}|{re.escape(REMOTE_URL)}\d{{1,19}}")
# As `Sources` writes it, and nobody else.
WRITTEN = re.compile(
    r"data:image/(?:png|gif|jpeg|webp|bmp|avif|x-icon|svg\+xml);base64,[A-Za-z0-9+/]+={0,2}"
)
MAX_WANTED = 500
MAX_DATA = 4 * 1024 * 1024  # characters of all images that stand in the text of a mail

_CANDIDATE = re.compile(r"[\s,]*([^\s,][^\s]*)(?:\s[^,]*)?")


class Sources:
    """Says what is shown for an address, and keeps what is not."""

    def __init__(
        self, images: Mapping[str, str], remote: Mapping[str, str], refused: Collection[str]
    ) -> None:
        self._parts = {mime.plain_id(name): url for name, url in images.items()}
        self._remote = remote
        self._refused = frozenset(refused)
        self._written: dict[str, str] = {}
        self._data_left = MAX_DATA
        self.blocked = 0
        self.wanted: dict[str, None] = {}
        self.loaded: set[str] = set()

    def local(self, source: str) -> str:
        """Return the address of an image that comes with the mail, or ""."""
        source = source.strip()
        if source[:4].lower() == "cid:":
            return self._parts.get(mime.plain_id(source[4:]), "")
        if OURS.fullmatch(source):
            return source
        if source[:5].lower() == "data:":
            return self._data(source)
        return ""

    def shown(self, source: str) -> str:
        """Return the address of an image, "" for one that is not shown, which is counted."""
        return self.local(source) or self.remote(remote_url(source))

    def remote(self, address: str) -> str:
        """Return what is shown for a remote address as `remote_url` cleans it."""
        if not address:
            return ""
        if address in self._remote and address not in self._refused:
            self.loaded.add(address)
            return self._remote[address]
        self.blocked += 1
        if address not in self._refused and len(self.wanted) < MAX_WANTED:
            self.wanted[address] = None
        return ""

    def is_remote(self, value: str) -> bool:
        return bool(remote_url(value)) or value.strip()[:4].lower() == "ftp:"

    def refuses(self, address: str) -> bool:
        return address in self._refused

    def refuse(self) -> None:
        """Count an address that is never shown."""
        self.blocked += 1

    def _data(self, source: str) -> str:
        if source not in self._written:
            self._data_left -= len(source)
            image = images.of_data_url(source) if self._data_left > 0 else None
            self._written[source] = "" if image is None else images.data_url(image)
        return self._written[source]


def address_of(attributes: Mapping[str, str]) -> str:
    """Return the remote address that an image asks for: its source, else the first of its set."""
    address = remote_url(attributes.get("src", ""))
    if address:
        return address
    first = _CANDIDATE.match(attributes.get("srcset", "")[:4_000])
    return remote_url(first[1].rstrip(",")) if first else ""


def is_written(url: str) -> bool:
    """Whether an address is one that `Sources` gives."""
    return OURS.fullmatch(url) is not None or WRITTEN.fullmatch(url) is not None


def ours_only(url: str) -> str:
    """Resolve nothing but what was resolved before."""
    return url if is_written(url) else ""
