"""What in a mail would report to its sender that it was read. Finds; never changes the mail.

A pixel is known by being unseen, a name comes from the table. A link counts only when a vendor's
redirector stands in it: a plain link is never called a tracker.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from missive_desktop.content import addresses, markup
from missive_desktop.content.remote import host_of, remote_url
from missive_desktop.domain.tracking import Tracker

MAX_SCANNED = 512 * 1024
MAX_IMAGES = 400
MAX_FOUND = 200

_RECEIPTS = ("disposition-notification-to", "return-receipt-to", "x-confirm-reading-to")
# Each starts with a literal, which lets the matcher skip: the bulk path goes through here.
_TINY = (
    re.compile(r"width\s*[=:]\s*[\"']?\s*[01](?:px)?(?![\d.%])"),
    re.compile(r"height\s*[=:]\s*[\"']?\s*[01](?:px)?(?![\d.%])"),
)
_HIDDEN = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|\shidden[\s/>=]|opacity\s*:\s*0(?![.\d])"
)
_IMAGE = re.compile(r"<[iI][mM][gG][^>]{0,2000}")


class _Vendor(NamedTuple):
    name: str
    open: tuple[str, ...]
    click: tuple[str, ...]


class Table(NamedTuple):
    """The table of vendors, ready to be asked."""

    hosts: Mapping[str, _Vendor]
    distinct: tuple[tuple[str, _Vendor], ...]

    def at(self, host: str) -> _Vendor | None:
        """Return whose host this is, itself or one above it."""
        name = host
        while "." in name:
            found = self.hosts.get(name)
            if found is not None:
                return found
            name = name.partition(".")[2]
        return None

    def of_address(self, address: str) -> _Vendor | None:
        """Return who is given away by a part of the address alone."""
        return next((vendor for part, vendor in self.distinct if part in address), None)


EMPTY = Table({}, ())


def table(text: str) -> Table:
    """Read the table from TOML."""
    hosts: dict[str, _Vendor] = {}
    distinct: list[tuple[str, _Vendor]] = []
    for entry in tomllib.loads(text)["vendor"]:
        vendor = _Vendor(entry["name"], tuple(entry.get("open", ())), tuple(entry.get("click", ())))
        hosts.update((host, vendor) for host in entry["hosts"])
        distinct.extend((part, vendor) for part in entry.get("distinct", ()))
    return Table(hosts, tuple(distinct))


def find(html: str, headers: Sequence[tuple[str, str]], known: Table) -> tuple[Tracker, ...]:
    """Return what reports, each once, in the order of the mail; receipts asked for come last."""
    found: dict[Tracker, None] = {}
    lowered = html[:MAX_SCANNED].lower()
    if "<img" in lowered or "<a" in lowered:
        for token in markup.tokens(html):
            if token.kind != "start" or len(found) >= MAX_FOUND:
                continue
            tracker = None
            if token.name == "img":
                tracker = _image(token.attributes, known)
            elif token.name in ("a", "area"):
                tracker = _link(token.attributes.get("href", ""), known)
            if tracker is not None:
                found[tracker] = None
    for name, value in headers:
        if name in _RECEIPTS:
            address = addresses.one(value.encode("utf-8", "replace")).email
            if address and not any(one.kind == "receipt" for one in found):
                host = address.rpartition("@")[2].lower()
                found[Tracker("", "receipt", "header", host, f"mailto:{address}")] = None
    return tuple(found)


def suspects(html: str) -> int:
    """Count the remote images of `html` that are too small or too hidden to be seen: cheap."""
    tags = _IMAGE.findall(html[:MAX_SCANNED])[:MAX_IMAGES]
    # All tags are searched at once, and few of them match: a call for each would cost the most.
    # No pattern reaches over the end of a tag.
    joined = ">".join(tags).lower()
    unseen = {joined.count(">", 0, start) for start in _unseen(joined)}
    return sum("//" in tags[number] for number in unseen)


def is_unseen(tag: str) -> bool:
    """Whether an image tag, in lower case, is at most one pixel wide or high, or hidden."""
    return next(_unseen(tag), None) is not None


def _unseen(text: str) -> Iterator[int]:
    """Yield where something in image tags, in lower case, says that they are not seen."""
    for pattern in _TINY:
        for match in pattern.finditer(text):
            start = match.start()
            if text[start - 1] != "-" or text[start - 4 : start] == "max-":  # not line-height: 1
                yield start
    if "none" in text or "hidden" in text or "opacity" in text:
        for match in _HIDDEN.finditer(text):
            yield match.start()


def as_tag(attributes: Mapping[str, str]) -> str:
    """Write what an image's attributes say about its size, as `is_unseen` reads it."""
    sizes = "".join(
        f" {key}={attributes[key].strip()}" for key in ("width", "height") if key in attributes
    )
    hidden = " hidden " if "hidden" in attributes else ""
    return f"<img{sizes}{hidden} style={attributes.get('style', '')} >".lower()


def _image(attributes: Mapping[str, str], known: Table) -> Tracker | None:
    address, host = _remote(attributes.get("src", ""))
    if not host:
        return None
    vendor = known.at(host)
    if vendor is not None and any(part in address for part in vendor.open):
        return Tracker(vendor.name, "pixel", "vendor", host, address)
    given_away = known.of_address(address)
    if given_away is not None:
        return Tracker(given_away.name, "pixel", "address", host, address)
    if is_unseen(as_tag(attributes)):
        return Tracker(vendor.name if vendor is not None else "", "pixel", "size", host, address)
    return None


def _link(href: str, known: Table) -> Tracker | None:
    address, host = _remote(href)
    if not host:
        return None
    vendor = known.at(host)
    if vendor is not None:
        clicked = any(part in address for part in vendor.click)
        return Tracker(vendor.name, "link", "vendor", host, address) if clicked else None
    given_away = known.of_address(address)
    return (
        None if given_away is None else Tracker(given_away.name, "link", "address", host, address)
    )


def _remote(value: str) -> tuple[str, str]:
    """Return an http address, cleaned, and its host in lower case; nothing for any other."""
    url = remote_url(value)
    return url, host_of(url)
