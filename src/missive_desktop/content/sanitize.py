"""Hostile HTML to `SafeHtml`, the only markup of others that is ever shown.

The order: our tokenizer bounds and rewrites the mail (styles filtered, remote content taken out
and counted, cid: images pointed at our own scheme), then nh3, which parses as browsers do, keeps
an allow-list. What nh3 wrote is never touched by another parser again.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import NamedTuple
from urllib.parse import unquote

import nh3

from missive_desktop.content import folding, markup, styles, trackers
from missive_desktop.content.remote import remote_url

VERSION = 3  # raise it when anything shown would come out differently: stored bodies are made anew

# The page puts the message in the place of 0.
IMAGE_URL = "missive://mail/image/0/"  # and a part of the mail behind it
REMOTE_URL = "missive://mail/remote/0/"  # and the id of a remote image that was allowed

_TAGS_WORDS = (
    "a abbr address article aside b bdi bdo big blockquote br caption center cite code col "
    "colgroup dd del details dfn div dl dt em figcaption figure font footer h1 h2 h3 h4 h5 "
    "h6 header hr i img ins kbd li main mark nav ol p pre q rp rt ruby s samp section small "
    "span strike strong sub summary sup table tbody td tfoot th thead time tr tt u ul var "
    "wbr"
)
_TAGS = frozenset(_TAGS_WORDS.split())
# What each element may carry; "*" is for all.
_ATTRIBUTE_WORDS = {
    "*": "style class id dir lang title align valign width height bgcolor role",
    "a": "href",
    "img": "src alt border hspace vspace",
    "font": "color face size",
    "table": "border cellpadding cellspacing bordercolor summary rules frame",
    "td": "colspan rowspan nowrap headers scope abbr",
    "th": "colspan rowspan nowrap headers scope abbr",
    "col": "span",
    "colgroup": "span",
    "ol": "start type reversed",
    "ul": "type",
    "li": "type value",
    "hr": "size noshade color",
    "br": "clear",
    "details": "open",
    "blockquote": "type",
    "time": "datetime",
}
_ATTRIBUTES = {tag: set(words.split()) for tag, words in _ATTRIBUTE_WORDS.items()}
_OURS = re.compile(rf"{re.escape(IMAGE_URL)}\d{{1,6}}|{re.escape(REMOTE_URL)}\d{{1,19}}")
_PICTURE = re.compile(
    r"data:image/(?:png|gif|jpe?g|webp|bmp|x-icon);base64,[A-Za-z0-9+/=\s]*", re.IGNORECASE
)
_LINK = re.compile(r"(?:https?://|mailto:|tel:)[^\x00-\x1f]+", re.IGNORECASE)
_SPACE = re.compile(r"[\x00-\x20\x7f]+")
_JUNK = re.compile(r"[\t\r\n\x00]")
_WRAPPED = ("mv-html", "mv-body")
_OFF = "mv-off"  # among the attributes of an image: it is written as its text
# One transparent pixel.
_NOTHING = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"
MAX_DATA_URL = 512 * 1024
MAX_SLOW_STYLES = 3_000


_MAKER = object()  # who holds it may make SafeHtml; it never leaves this module


class SafeHtml:
    """Markup that `sanitize` let through. Nothing else can make one."""

    __slots__ = ("_text",)

    def __init__(self, text: str, maker: object) -> None:
        if maker is not _MAKER:
            raise TypeError("only content.sanitize makes SafeHtml")
        self._text = text

    def __str__(self) -> str:
        return self._text

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SafeHtml) and other._text == self._text

    def __hash__(self) -> int:
        return hash(self._text)

    def __repr__(self) -> str:  # a body never reaches a log
        return f"<SafeHtml of {len(self._text)} characters>"


class Sanitized(NamedTuple):
    """What is left of a mail's HTML, and what was taken out."""

    html: SafeHtml
    blocked: int  # remote images, backgrounds, fonts and sheets
    remote: tuple[str, ...]  # the images among them that could be shown, cleaned, each once
    has_dark: bool  # it brings styles of its own for the dark
    defects: tuple[str, ...]
    loaded: int = 0  # remote images that are shown


_NO_IMAGES: Mapping[str, str] = {}


def sanitize(
    html: str,
    images: Mapping[str, str] = _NO_IMAGES,
    *,
    remote: Mapping[str, str] = _NO_IMAGES,
    refused: Collection[str] = (),
) -> Sanitized:
    """Make `html` safe to show.

    `images` gives the URL, in our scheme, of each Content-ID; `remote` that of each address (as
    `remote_url` cleans it) whose image was fetched. `refused` are addresses that only report.
    """
    rewriter = _Rewriter(images, remote, frozenset(refused))
    body = rewriter.rewrite(html)
    cleaned = _CLEANER.clean(body)
    sheet = "\n".join(rewriter.sheets)
    head = f"<style>{sheet}</style>" if sheet and "<" not in sheet else ""
    defects: list[str] = []
    if rewriter.nesting.cut:
        defects.append("its HTML is nested too deep and was simplified")
    if rewriter.tags > markup.MAX_TAGS or len(html) > markup.MAX_CHARACTERS:
        defects.append("its HTML is too long and was cut")
    return Sanitized(
        SafeHtml(head + cleaned, _MAKER),
        rewriter.blocked,
        tuple(rewriter.wanted),
        False,
        tuple(defects),
        len(rewriter.loaded),
    )


def from_text(escaped: str) -> SafeHtml:
    """Take markup that `plaintext` made; it goes through the same allow-list as a mail's."""
    return SafeHtml(_CLEANER.clean(escaped), _MAKER)


def restored(text: str) -> SafeHtml:
    """Take back what this module made and the store kept."""
    return SafeHtml(text, _MAKER)


def _place_of(kept: Mapping[str, str]) -> str:
    """Write what stands for an image of unknown size: its text, in a box of its own.

    A renderer would draw its sign for a broken image there, and nothing is broken. The page's
    style sheet shows the title, so that the text of the mail stays what its author wrote.
    """
    attributes = {key: kept[key] for key in ("class", "style") if key in kept}
    if kept.get("alt"):
        attributes["title"] = kept["alt"]
    if kept.get("width", "").isdecimal():
        wide = f"width: {min(int(kept['width']), 2_000)}px"
        attributes["style"] = _joined(wide, attributes)
    return markup.start_tag("span", attributes) + "</span>"


class _Rewriter:
    """One pass over a mail's tokens."""

    def __init__(
        self, images: Mapping[str, str], remote: Mapping[str, str], refused: frozenset[str]
    ) -> None:
        self.images = {_plain_cid(name): url for name, url in images.items()}
        self.remote = remote
        self.refused = refused
        self.wanted: dict[str, None] = {}
        self.loaded: set[str] = set()
        self.nesting = markup.Nesting()
        self.blocked = 0
        self.tags = 0
        self.sheets: list[str] = []
        self._sheet_room = styles.MAX_SHEET
        self._slow_styles = 0
        self._body: dict[str, str] = {}
        self._page: dict[str, str] = {}

    def rewrite(self, html: str) -> str:
        out: list[folding.Piece] = []
        for token in markup.tokens(html):
            if token.kind == "text":
                written = markup.escape(token.data)
                out.append(folding.Piece("text", "", {}, token.data, written))
            elif token.kind == "style":
                self._sheet(token)
            elif token.kind == "end":
                if token.name in _TAGS and self.nesting.leave(token.name):
                    out.append(folding.Piece("end", token.name, {}, "", f"</{token.name}>"))
            else:
                self.tags += 1
                if self.tags > markup.MAX_TAGS:
                    break
                self._start(token, out)
        out.extend(folding.Piece("end", name, {}, "", f"</{name}>") for name in self.nesting.rest())
        inner = folding.fold(out)
        page = markup.start_tag("div", {"class": _WRAPPED[0], **self._page})
        body = markup.start_tag("div", self._body_attributes())
        return f"{page}{body}{inner}</div></div>"

    def _start(self, token: markup.Token, out: list[folding.Piece]) -> None:
        name = token.name
        if name == "div" and token.attributes.get("class", "").split(" ")[0] in _WRAPPED:
            name = token.attributes["class"].split(" ")[0].removeprefix("mv-")
        if name in ("html", "body"):
            self._take_page(name, token.attributes)
            return
        if name == "link":
            self.blocked += _is_remote(token.attributes.get("href", ""))
            return
        if name in ("image", "input") and "src" in token.attributes:
            name = "img"
        if name not in _TAGS:
            self.blocked += _is_remote(token.attributes.get("src", ""))
            return
        kept = self._attributes(name, token.attributes)
        if kept is not None and self.nesting.enter(name):
            written = _place_of(kept) if _OFF in kept else markup.start_tag(name, kept)
            out.append(folding.Piece("start", name, token.attributes, "", written))

    def _attributes(self, name: str, given: Mapping[str, str]) -> dict[str, str] | None:
        """Return the attributes that stay, or None when the element shall go."""
        kept: dict[str, str] = {}
        special = _ATTRIBUTES.get(name, set())
        self.blocked += _is_remote(given.get("background", ""))
        for key, value in given.items():
            if key == "style":
                if not styles.is_quick(value):
                    self._slow_styles += 1
                    if self._slow_styles > MAX_SLOW_STYLES:
                        continue
                filtered = styles.attribute(value)
                self.blocked += filtered.blocked
                if filtered.css:
                    kept[key] = filtered.css
            elif key == "href" and name == "a":
                link = _link(value)
                if link:
                    kept[key] = link
            elif key == "src":
                continue
            elif key in special or key in _ATTRIBUTES["*"]:
                kept[key] = _JUNK.sub(" ", value)[:2_000]
        if name == "img":
            return self._image(given, kept)
        return kept

    def _image(self, given: Mapping[str, str], kept: dict[str, str]) -> dict[str, str] | None:
        source = given.get("src", "").strip()
        shown = self._local(source)
        if shown:
            kept["src"] = shown
            return kept
        address = remote_url(source) or remote_url(given.get("srcset", "").strip().split(" ")[0])
        self.blocked += bool(address)
        if address in self.refused or (address and trackers.is_unseen(trackers.as_tag(given))):
            return None
        if address in self.remote:
            self.blocked -= 1
            self.loaded.add(address)
            kept["src"] = self.remote[address]
            return kept
        if address:
            self.wanted[address] = None
        if "mv-off" not in kept.get("class", "").split():
            kept["class"] = f"{kept.get('class', '')} mv-off".strip()
        if "width" in given and "height" in given:  # a place of known size
            kept.setdefault("alt", "")
            if kept["alt"]:
                kept.setdefault("title", kept["alt"])
            kept["src"] = _NOTHING
        else:
            kept[_OFF] = ""
        return kept

    def _local(self, source: str) -> str:
        """Return the URL of an image that comes with the mail, or ""."""
        if source[:4].lower() == "cid:":
            return self.images.get(_plain_cid(source[4:]), "")
        if _OURS.fullmatch(source):
            return source
        if source[:11].lower() == "data:image/" and len(source) <= MAX_DATA_URL:
            return _SPACE.sub("", source) if _PICTURE.fullmatch(source) else ""
        return ""

    def _sheet(self, token: markup.Token) -> None:
        if self._sheet_room <= 0:
            return
        text = token.data[: self._sheet_room]
        self._sheet_room -= len(text)
        filtered = styles.sheet(text, token.attributes.get("media", ""))
        self.blocked += filtered.blocked
        if filtered.css:
            self.sheets.append(filtered.css)

    def _take_page(self, name: str, given: Mapping[str, str]) -> None:
        kept = self._attributes("div", given) or {}
        classes = " ".join(c for c in kept.pop("class", "").split() if c not in _WRAPPED)
        target = self._body if name == "body" else self._page
        if name == "body" and given.get("text"):
            kept["style"] = _joined(styles.attribute(f"color: {given['text']}").css, kept)
        if given.get("bgcolor"):
            kept["style"] = _joined(
                styles.attribute(f"background-color: {given['bgcolor']}").css, kept
            )
        kept.pop("bgcolor", None)
        for key, value in kept.items():
            target.setdefault(key, value)
        if classes:
            target.setdefault("class", classes)

    def _body_attributes(self) -> dict[str, str]:
        extra = self._body.pop("class", "")
        return {"class": f"{_WRAPPED[1]} {extra}".strip(), **self._body}


def _joined(css: str, kept: Mapping[str, str]) -> str:
    return "; ".join(part for part in (css, kept.get("style", "")) if part)


def _link(value: str) -> str:
    """Return a link as it may be clicked, or "": browsers drop line breaks inside URLs."""
    text = _JUNK.sub("", value).strip("\x00\x01\x02\x03\x04\x05\x06\x07\x08\x0b\x0c\x0e\x0f ")
    if text[:4].lower() == "www.":
        text = f"http://{text}"
    if text.startswith("//"):
        text = f"https:{text}"
    return text.replace(" ", "%20") if _LINK.fullmatch(text) and len(text) < 16_000 else ""


def _is_remote(value: str) -> bool:
    text = _SPACE.sub("", value[:20]).lower().replace("\\", "/")
    return text.startswith(("http:", "https:", "//", "ftp:"))


def _plain_cid(name: str) -> str:
    return unquote(name).strip().strip("<>").lower()


def _checked(tag: str, attribute: str, value: str) -> str | None:
    """The last word on attributes that load or lead somewhere; nh3 asks for each one."""
    if attribute == "src":
        return value if _OURS.fullmatch(value) or _PICTURE.fullmatch(value) else None
    if attribute == "href":
        return value if tag == "a" and _LINK.fullmatch(value) else None
    if attribute == "style":
        return value if styles.attribute(value).css == value else None
    if attribute == "role":
        return value if value in ("presentation", "none") else None
    return value


_CLEANER = nh3.Cleaner(
    tags=set(_TAGS),
    clean_content_tags={"script", "style"},
    attributes={tag: set(names) for tag, names in _ATTRIBUTES.items()},
    attribute_filter=_checked,
    strip_comments=True,
    link_rel="noopener noreferrer nofollow",
    url_schemes={"http", "https", "mailto", "tel", "data", "missive"},
    url_relative="deny",
)
