"""What in a mail would report to its sender that it was read. Finds; never changes the mail.

A pixel is known by being unseen, by what its address says, or by the table, which gives it a name.
A link counts only when a vendor's redirector stands in it: a plain link is never called a tracker.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable, Mapping, Sequence
from urllib.parse import urljoin

from missive_desktop.content import (
    addresses,
    beacons,
    bodies,
    loads,
    mime,
    ordinary,
    telling,
    unseen,
)
from missive_desktop.content.loads import Load
from missive_desktop.content.remote import MAX_ADDRESS, host_of, remote_url
from missive_desktop.content.telling import Url
from missive_desktop.content.uniqueness import Reader
from missive_desktop.content.vendors import EMPTY, Table, table
from missive_desktop.domain.tracking import How, Kind, Tally, Tracker, tally

__all__ = ["EMPTY", "VERSION", "Table", "as_tag", "find", "is_unseen", "of_tree", "table"]

VERSION = 1  # of the technique: old mail is looked through again when it rises
MAX_FOUND = 200
_ROOM = 16  # characters of a path in which an address may stand
_MAX_HIDING = 40  # elements whose extent is looked for

_RECEIPT_WORDS = (
    "disposition-notification-to return-receipt-to x-confirm-reading-to x-confirm-reading "
    "return-receipt-requested read-receipt-to x-read-receipt-to generate-delivery-report x-pmrqc"
)
_RECEIPTS = frozenset(_RECEIPT_WORDS.split())
_RECIPIENTS = frozenset(("to", "cc", "delivered-to", "x-original-to"))
_READ = _RECEIPTS | _RECIPIENTS
_MAX_HEADERS, _MAX_VALUE = 500, 2_000
# Fonts and styles that anybody may use; what they are told is not who reads what.
_SHARED_WORDS = (
    "fonts.googleapis.com fonts.gstatic.com ajax.googleapis.com use.typekit.net fonts.bunny.net "
    "use.fontawesome.com kit.fontawesome.com cdnjs.cloudflare.com cdn.jsdelivr.net unpkg.com "
    "maxcdn.bootstrapcdn.com stackpath.bootstrapcdn.com netdna.bootstrapcdn.com code.jquery.com "
    "rsms.me fonts.cdnfonts.com api.fontshare.com"
)
_SHARED = frozenset(_SHARED_WORDS.split())
_PORTRAITS = ("gravatar.com", "libravatar.org")  # the reader's hash stands there to show a face
# As nearly all addresses are written: nothing in them to clean.
_USUAL = re.compile(
    r"https?://([a-z0-9][a-z0-9.-]*)(?::\d{1,5})?(/[!-\"$->@-\[\]-~]*)?"
    r"(?:\?([!-\"$-\[\]-~]*))?(?:#[!-\[\]-~]*)?"
)
_QUICK = re.compile(r"https?://([a-z0-9.-]+)/([^/?#\\\s]*)")
_SHRINKS = re.compile(r"(?:dth|ight)\s*:\s*[.01](?!\d)|&", re.IGNORECASE)
_PICTURE = re.compile(r"\.(?:png|jpe?g|webp|svg|avif)$", re.IGNORECASE)
_FILM = re.compile(r"\.(?:mp4|m4v|webm|mov|ogv|m3u8|mp3|m4a|ogg|wav)$", re.IGNORECASE)
_ELEMENT = re.compile(
    r"<(div|span|p|td|tr|table|tbody|center|font|section|a|b|i|u|em|small|strong|li|ul|article)"
    r"(\s[^>]{1,2000})>",
    re.IGNORECASE,
)
_ON_EVENT = re.compile(
    r":(?:hover|active|focus|visited|checked|target)|@media[^{]*\bprint\b|outlookmessageheader"
    r"|\bblockquote\b|gmail_quote|moz-email-headers|\[\w+",
    re.IGNORECASE,
)
_DRAWING = re.compile(
    r"(background|list-style|border-image|content)[\w-]*\s*:[^;{}]*$", re.IGNORECASE
)


def find(
    html: str,
    headers: Sequence[tuple[str, str]],
    known: Table,
    files: Sequence[beacons.File] = (),
) -> tuple[Tracker, ...]:
    """Return what reports, each once, in the order of the mail; receipts asked for come last.

    `files` are those that may load something when they are opened, as `beacons.files` gives them.
    """
    finder = _Finder(html, known, headers)
    if "<" in html:
        finder.of_html()
    for file in files:
        for what, address in beacons.of_file(file):
            finder.beacon(address, what)
    finder.receipts(headers)
    return tuple(finder.found)


def of_tree(raw: bytes, tree: mime.Tree, body: bodies.Bodies, known: Table) -> tuple[Tally, ...]:
    """Return what is found in a message that was taken apart: what the store keeps of it."""
    headers = [
        (name, value[:_MAX_VALUE].decode("utf-8", "replace"))
        for name, value in tree.header.fields[:_MAX_HEADERS]
        if name in _READ
    ]
    return tally(find(bodies.joined_html(body), headers, known, beacons.files(raw, tree.parts)))


def _recipients(headers: Sequence[tuple[str, str]]) -> list[str]:
    """Return the addresses that a mail went to, the first few."""
    values = [value for name, value in headers if name in _RECIPIENTS][:4]
    given = (value[:_MAX_VALUE].encode("utf-8", "replace") for value in values)
    return [person.email for value in given for person in addresses.parse(value)[:3]][:5]


class _Finder:
    """One mail, its parts taken up one after the other."""

    def __init__(self, html: str, known: Table, headers: Sequence[tuple[str, str]]) -> None:
        self.html = html[: loads.MAX_SCANNED]
        self.known = known
        self.found: dict[Tracker, None] = {}
        self._headers = headers
        self._reader: Reader | None = None
        self._sheets: list[str] = []
        self._styles: dict[str, str] | None = None
        self._hidden: list[tuple[int, int]] | None = None
        self._base = ""

    def of_html(self) -> None:
        low = loads.lowered(self.html)
        self._reader = Reader(_recipients(self._headers))
        read = loads.read(self.html, low, ordinary.tags(low, self.known, self._reader))
        self._sheets, self._base = read.sheets, remote_url(read.base)
        for load in read.loads:
            if load.what == "link":
                if "//" in load.address or "\\" in load.address:
                    self._link(load)
                continue
            url = parsed(load.address, self._base)
            if url is None:
                continue
            if load.what == "image":
                self._image(load, url)
            elif load.what == "style":
                self._style(load, url)
            else:
                self._other(load, url)
            if len(self.found) >= MAX_FOUND:
                return

    def beacon(self, address: str, how: How) -> None:
        """Take up an address that a file or an invitation loads."""
        url = parsed(address, "")
        if url is not None and len(self.found) < MAX_FOUND:
            self._add("beacon", how, url)

    def receipts(self, headers: Iterable[tuple[str, str]]) -> None:
        """Take up a request for a receipt; several headers ask for the same one."""
        for name, value in headers:
            if name not in _RECEIPTS:
                continue
            email = addresses.one(value.encode("utf-8", "replace")).email
            host = email.rpartition("@")[2].lower()
            if host:
                self.found[Tracker("", "receipt", "header", host, f"mailto:{email}")] = None
                return

    def _add(self, kind: Kind, how: How, url: Url, name: str = "") -> None:
        if not name:
            vendor = self.known.at(url.host)
            name = vendor.name if vendor is not None else ""
        self.found[Tracker(name, kind, how, url.host, url.url)] = None

    def _named(self, url: Url) -> str:
        """Return whose counter of openings this address is by the table."""
        vendor = self.known.counter(url.host, url.local)
        return vendor.name if vendor is not None else ""

    def _link(self, load: Load) -> None:
        """A link counts only when the table knows it for a redirector."""
        quick = _QUICK.match(load.address)
        if quick is not None and not self.known.is_known(quick[1], quick[2]):
            return
        url = parsed(load.address, "")
        if url is None or len(self.found) >= MAX_FOUND:
            return
        vendor = self.known.redirector(url.host, url.local)
        if vendor is not None:
            self._add("link", "vendor", url, vendor.name)

    def _image(self, load: Load, url: Url) -> None:
        name = self._named(url)
        if name:
            self._add("pixel", "vendor", url, name)
            return
        given = load.given
        plain = not url.query and _PICTURE.search(url.path) is not None
        if (len(url.path) >= _ROOM or url.query) and self._is_own(url):
            self._add("pixel", "unique", url)
            return
        if plain and _is_shown(given):
            return
        style = loads.unescape(given.get("style", "")).lower()
        width, height = unseen.size(given, style)
        large = unseen.is_large(width, height)
        if how := self._unseen(load, given, style, (width, height), plain):
            self._add("pixel", how, url)
        elif not (plain and large) and (said := telling.says(url, visible=large)):
            self._add("pixel", said, url)

    def _unseen(
        self,
        load: Load,
        given: Mapping[str, str],
        style: str,
        size: tuple[float | None, float | None],
        plain: bool,
    ) -> How | None:
        """Say by what an image is not seen; an ordinary picture may be a line or wait hidden."""
        if unseen.is_tiny(*size) or (unseen.is_line(*size) and not plain):
            return "size"
        large = unseen.is_large(*size)
        if large and plain:
            return None
        if "hidden" in given or (style and unseen.hides(style)):
            return None if large and "class" in given else "hidden"
        if large:
            return None
        if self._sheets and ("class" in given or "id" in given):
            ruled = self._ruled(given)
            if ruled:
                if unseen.hides(ruled):
                    return "style"
                if unseen.is_tiny(*unseen.size({}, ruled)):
                    return "style"
        if load.start >= 0 and any(start < load.start < end for start, end in self._hidings()):
            return "hidden"
        return None

    def _ruled(self, given: Mapping[str, str]) -> str:
        if self._styles is None:
            self._styles = unseen.named(self._sheets)
        names = [f".{name}" for name in given.get("class", "").lower().split()]
        names.append(f"#{given.get('id', '').lower()}")
        return ";".join(self._styles[name] for name in (*names, "img") if name in self._styles)

    def _hidings(self) -> list[tuple[int, int]]:
        """Return where in the mail elements lie that hide what is in them."""
        if self._hidden is None:
            self._hidden = []
            for match in _ELEMENT.finditer(self.html):
                if "style" not in match[2] and "STYLE" not in match[2] and "hidden" not in match[2]:
                    continue
                given = loads.attributes(match[2])
                style = loads.unescape(given.get("style", "")).lower()
                if "hidden" in given or unseen.hides(style):
                    self._hidden.append((match.start(), _end(self.html, match)))
                    if len(self._hidden) >= _MAX_HIDING:
                        break
        return self._hidden

    def _is_own(self, url: Url) -> bool:
        if url.host.endswith(_PORTRAITS):
            return False
        if self._reader is None:
            self._reader = Reader(_recipients(self._headers))
        return self._reader.is_in(url.url)

    def _style(self, load: Load, url: Url) -> None:
        """A background is content, unless its address or what it lies on says otherwise."""
        name = self._named(url)
        if name:
            self._add("beacon", "style", url, name)
            return
        rule = load.rule.lower()
        style = rule or loads.unescape(load.given.get("style", "")).lower()
        before = style[: _place(style, load.address)]
        drawn = "background" in load.given or _DRAWING.search(before) is not None
        tiny = unseen.is_tiny(*unseen.size(load.given, style)) or unseen.hides(style)
        told = tiny or self._is_own(url) or bool(_ON_EVENT.search(rule))
        if not drawn or told or telling.says(url, visible=False):
            self._add("beacon", "style", url)

    def _other(self, load: Load, url: Url) -> None:
        """What is no image loads whether images are shown or not."""
        if load.what == "ping":
            self._add("link", "hint", url)
        elif load.what == "frame":
            self._add("beacon", "media", url)
        elif load.what == "media":
            if not self._is_film(load, url):
                self._add("beacon", "media", url)
        elif not self._is_shared(url):
            how: How = {"font": "font", "hint": "hint"}.get(load.what, "style")  # type: ignore[assignment]
            self._add("beacon", how, url)

    def _is_film(self, load: Load, url: Url) -> bool:
        """Whether it is something to look at: of a size or with controls, at a plain address."""
        given = load.given
        shown = "controls" in given or "type" in given or unseen.is_large(*unseen.size(given, ""))
        return shown and not url.query and _FILM.search(url.path) is not None

    def _is_shared(self, url: Url) -> bool:
        """Whether a font or a style sheet is one for everybody: a plain address, told nothing."""
        if url.host in _SHARED:
            return True
        if url.query or self._named(url):
            return False
        folders = url.path.lower().split("/")
        place = telling.is_picture_place(url.host, folders[:-1], "") or "fonts" in folders
        return place and folders[-1].endswith((".woff", ".woff2", ".ttf", ".otf", ".css"))


def parsed(value: str, base: str) -> Url | None:
    """Return an http address, cleaned and taken apart; None for any other."""
    usual = _USUAL.fullmatch(value)
    if usual is not None and len(value) < MAX_ADDRESS:
        return Url(value, usual[1].rstrip("."), usual[2] or "/", usual[3] or "")
    url = remote_url(value)
    if not url and base and ":" not in value.partition("/")[0] and not value.startswith("#"):
        with contextlib.suppress(ValueError):
            url = remote_url(urljoin(base, value))
    host = host_of(url)
    if not host:
        return None
    tail = url[url.find("//") + 2 :].partition("#")[0]
    authority = re.match(r"[^/?]*", tail)
    path, _, query = tail[authority.end() if authority is not None else 0 :].partition("?")
    return Url(url, host, path or "/", query)


def is_unseen(tag: str) -> bool:
    """Whether an image tag, in lower case, is at most one pixel wide or high, or hidden."""
    given = loads.attributes(tag.removeprefix("<img"))
    style = given.get("style", "")
    sides = [side for side in unseen.size(given, style) if side is not None]
    return "hidden" in given or unseen.hides(style) or (bool(sides) and min(sides) < 2)


def as_tag(attributes: Mapping[str, str]) -> str:
    """Write what an image's attributes say about its size, as `is_unseen` reads it."""
    sizes = "".join(
        f' {key}="{attributes[key].strip()}"' for key in ("width", "height") if key in attributes
    )
    hidden = " hidden " if "hidden" in attributes else ""
    style = attributes.get("style", "").replace('"', "'")
    return f'<img{sizes}{hidden} style="{style}" >'.lower()


def _is_shown(given: Mapping[str, str]) -> bool:
    """Whether an image is large by its attributes, and its style does not shrink it: cheap."""
    width, height = given.get("width", ""), given.get("height", "")
    for side in (width, height):
        if side and not (side.isdecimal() and len(side) > 1):
            return False
    return bool(width or height) and not _SHRINKS.search(given.get("style", ""))


def _place(around: str, address: str) -> int:
    """Where in a rule an address stands; the whole rule when it was written in another way."""
    at = around.find(address.lower()[:100])
    return at if at >= 0 else len(around)


def _end(html: str, opening: re.Match[str]) -> int:
    """Return where an element ends: its own end tag, counting those of its name in it."""
    depth = 0
    pattern = re.compile(rf"<(/?){opening[1]}(?=[\s/>])", re.IGNORECASE)
    for found in pattern.finditer(html, opening.end(), opening.end() + 20_000):
        if found[1] and not depth:
            return found.start()
        depth += -1 if found[1] else 1
    return opening.end() if opening[1].lower() in ("p", "li") else opening.end() + 20_000
