"""One pass over a mail's tokens: what each becomes before nh3 reads it.

Names go into the mail's own space, images become ours or leave a place, styles are filtered, forms
become boxes. Everything is written anew, so that a parser can read it in one way only.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from missive_desktop.content import (
    allowed,
    controls,
    folding,
    images,
    markup,
    naming,
    styles,
    trackers,
    vector,
)
from missive_desktop.content.sources import Sources, address_of

MAX_SLOW_STYLES = 150_000  # characters of style attributes that are not of the ordinary kind
MAX_SHEETS = 320 * 1024
MAX_SPANS = 20_000  # columns that cells of the whole mail may reach over
MAX_DRAWINGS = 60
_WRAPPED = ("mv-html", "mv-body")
_OFF = "mv-off"  # among the attributes of an image: it is written as its text
# One transparent pixel.
_NOTHING = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"
_JUNK = re.compile(r"[\t\r\n\x00]")
_ADDRESS_LIKE = re.compile(r"://|\bwww\.|[\w-]\.[a-z]{2,}\b", re.IGNORECASE)


class Rewriter:
    """Reads a mail once; what it found stands in its fields."""

    def __init__(self, sources: Sources, *, forwarded: bool = False) -> None:
        self.sources = sources
        self._forwarded = forwarded
        self.nesting = markup.Nesting()
        self.blocked = 0  # what would load and is no image
        self.tags = 0
        self.sheets: list[str] = []
        self.has_dark = False
        self._sheet_room = MAX_SHEETS
        self._slow_styles = 0
        self._spans = 0
        self._drawings = 0
        self._selection: controls.Selection | None = None
        self._out: list[folding.Piece] = []
        self._body: dict[str, str] = {}
        self._page: dict[str, str] = {}

    def rewrite(self, html: str) -> str:
        for token in markup.tokens(html):
            if token.kind == "text":
                self._text(token.data)
            elif token.kind == "style":
                self._sheet(token)
            elif token.kind == "svg":
                self._drawing(token)
            elif token.kind == "end":
                self._end(token.name)
            else:
                self.tags += 1
                if self.tags > markup.MAX_TAGS:
                    break
                self._start(token.name, token.attributes)
        self._close_selection()
        self._out.extend(
            folding.Piece("end", name, {}, "", f"</{name}>") for name in self.nesting.rest()
        )
        inner = folding.fold(self._out, forwarded=self._forwarded)
        page = markup.start_tag("div", {"class": _WRAPPED[0], **self._page})
        body = markup.start_tag("div", self._body_attributes())
        return f"{page}{body}{inner}</div></div>"

    def _text(self, data: str) -> None:
        if self._selection is not None:
            self._selection.text(data)
        else:
            self._out.append(folding.Piece("text", "", {}, data, markup.escape_text(data)))

    def _end(self, name: str) -> None:
        if name == "select":
            self._close_selection()
        if self._selection is not None:
            return
        name = self._stands_for(name)
        if name in allowed.TAGS and self.nesting.leave(name):
            self._out.append(folding.Piece("end", name, {}, "", f"</{name}>"))

    def _start(self, name: str, given: Mapping[str, str]) -> None:
        if self._selection is not None:
            if self._selection.takes(name, given):
                return
            self._close_selection()
        if name == "div" and given.get("class", "").split(" ")[0] in _WRAPPED:
            name = given["class"].split(" ")[0].removeprefix("mv-")
        if name in ("html", "body"):
            self._take_page(name, given)
        elif name == "select":
            self._selection = controls.Selection()
            self._open("span", {**given, "class": f"mv-select {given.get('class', '')}"})
        elif name == "input" and "src" not in given:
            self._field(given)
        elif name in controls.STANDS_FOR:
            element, own = controls.STANDS_FOR[name]
            self._open(element, {**given, "class": f"{own} {given.get('class', '')}"})
        else:
            name = self._stands_for(name)
            if name in allowed.TAGS:
                self._open(name, given)
            else:
                self._count_loads(name, given)

    def _stands_for(self, name: str) -> str:
        if name in controls.STANDS_FOR:
            return controls.STANDS_FOR[name][0]
        return allowed.STANDS_FOR.get(name, name)

    def _open(self, name: str, given: Mapping[str, str]) -> None:
        kept = self._attributes(name, given)
        if kept is None or not self.nesting.enter(name):
            return
        written = _place_of(kept) if _OFF in kept else markup.start_tag(name, kept)
        told = {
            key: naming.given(value) if key in ("class", "id") else value
            for key, value in given.items()
        }
        self._out.append(folding.Piece("start", name, told, "", written))

    def _close_selection(self) -> None:
        if self._selection is not None:
            shown = self._selection.shown()
            self._selection = None
            self._text(shown)
            self._end("span")

    def _field(self, given: Mapping[str, str]) -> None:
        field = controls.of_input(given)
        if field is not None:
            own, shown = field
            self._open("span", {**given, "class": f"{own} {given.get('class', '')}"})
            self._text(shown)
            self._end("span")

    def _count_loads(self, name: str, given: Mapping[str, str]) -> None:
        """Count what an element that is left out would have loaded."""
        for key in allowed.LOADING.get(name, allowed.LOADING["*"]):
            if self.sources.is_remote(given.get(key, "")):
                self.blocked += 1

    def _attributes(self, name: str, given: Mapping[str, str]) -> dict[str, str] | None:
        """Return the attributes that stay, or None when the element shall go."""
        kept: dict[str, str] = {}
        special = allowed.ATTRIBUTES.get(name, frozenset())
        for key, value in given.items():
            if key == "style":
                css = self._style(value)
                if css:
                    kept[key] = css
            elif key in ("href", "src"):
                if key == "href" and "href" in special:
                    link = allowed.link(value) or naming.fragment(value)
                    if link:
                        kept[key] = link
            elif key in special or key in allowed.ATTRIBUTES["*"]:
                written = self._attribute(key, value)
                if written is not None:
                    kept[key] = written
        if name == "a" and "id" not in kept and given.get("name", "").strip():
            kept["id"] = naming.name("".join(given["name"].split()))
        if "background" in given:
            self._background(given["background"], kept)
        return self._image(given, kept) if name == "img" else kept

    def _attribute(self, key: str, value: str) -> str | None:
        if key in ("class", "id", "headers", "name"):
            names = naming.names(value if key != "id" else "".join(value.split()))
            return names or None
        if key == "usemap":
            return "#" + naming.name(value.strip().lstrip("#"))
        if key in ("colspan", "span", "rowspan"):
            return self._span(value)
        if key == "title":
            return None if _ADDRESS_LIKE.search(value) else _JUNK.sub(" ", value)[:500]
        return _JUNK.sub(" ", value)[:2_000]

    def _span(self, value: str) -> str | None:
        """Return how far a cell reaches: a few cells may not ask for millions of them."""
        digits = value.strip()
        if not digits.isascii() or not digits.isdecimal() or len(digits) > 6:
            return None
        count = min(int(digits), allowed.MAX_SPAN)
        self._spans += count if count > 1 else 0
        return str(count) if self._spans <= MAX_SPANS else None

    def _style(self, value: str) -> str:
        if not styles.is_quick(value):
            self._slow_styles += min(len(value), styles.MAX_STYLE) + 20
            if self._slow_styles > MAX_SLOW_STYLES:
                return ""
        filtered = styles.attribute(value, self.sources.shown)
        self.blocked += filtered.blocked
        return filtered.css

    def _background(self, value: str, kept: dict[str, str]) -> None:
        """Write a background attribute as the style that it is."""
        shown = self.sources.shown(value)
        if shown:
            kept["style"] = _joined(f'background-image: url("{shown}")', kept)

    def _image(self, given: Mapping[str, str], kept: dict[str, str]) -> dict[str, str] | None:
        shown = self.sources.local(given.get("src", ""))
        if shown:
            kept["src"] = shown
            if _OFF not in kept.get("class", "").split():
                kept.pop("title", None)
            return kept
        kept.pop("title", None)
        address = address_of(given)
        unseen = bool(address) and trackers.is_unseen(trackers.as_tag(given))
        if address and (unseen or self.sources.refuses(address)):
            self.sources.refuse()
            return _spacer(given, kept)
        shown = self.sources.remote(address)
        if shown:
            kept["src"] = shown
            return kept
        if "mv-off" not in kept.get("class", "").split():
            kept["class"] = f"{kept.get('class', '')} mv-off".strip()
        kept.setdefault("alt", "")
        if "width" in given and "height" in given:  # a place of known size
            if kept["alt"] and not _ADDRESS_LIKE.search(kept["alt"]):
                kept["title"] = kept["alt"]
            kept["src"] = _NOTHING
        else:
            kept[_OFF] = ""
        return kept

    def _drawing(self, token: markup.Token) -> None:
        """Show a drawing that stands in the text as the image that it is."""
        self._drawings += 1
        if self._selection is not None or self._drawings > MAX_DRAWINGS:
            return
        safe = vector.of_html(token.data)
        if safe is None:
            return
        given = {**token.attributes, "src": images.data_url(images.Image(vector.MEDIA_TYPE, safe))}
        given["alt"] = vector.text_of(safe) or given.get("aria-label", "")
        self._start("img", given)

    def _sheet(self, token: markup.Token) -> None:
        if self._sheet_room <= 0:
            return
        text = token.data[: self._sheet_room]
        self._sheet_room -= len(text)
        media = token.attributes.get("media", "")
        filtered = styles.sheet(text, media, self.sources.shown)
        self.blocked += filtered.blocked
        if filtered.css:
            self.sheets.append(filtered.css)
            self.has_dark = self.has_dark or filtered.has_dark

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


def _place_of(kept: Mapping[str, str]) -> str:
    """Write what stands for an image of unknown size: its text, in a box of its own.

    A renderer would draw its sign for a broken image there, and nothing is broken. The page's
    style sheet shows the text, so that the words of the mail stay what its author wrote.
    """
    attributes = {key: kept[key] for key in ("class", "style") if key in kept}
    if kept.get("alt"):
        attributes["alt"] = kept["alt"]
    if kept.get("width", "").isdecimal():
        wide = f"width: {min(int(kept['width']), 2_000)}px"
        attributes["style"] = _joined(wide, attributes)
    return markup.start_tag("span", attributes) + "</span>"


def _spacer(given: Mapping[str, str], kept: dict[str, str]) -> dict[str, str] | None:
    """Keep the room of an image that only fills it, one pixel high; a pixel alone vanishes."""
    sides = [given.get(side, "").strip().removesuffix("px") for side in ("width", "height")]
    if not all(side.isdecimal() for side in sides) or max(int(side) for side in sides) < 2:
        return None
    return {**kept, "alt": "", "src": _NOTHING}


def _joined(css: str, kept: Mapping[str, str]) -> str:
    return "; ".join(part for part in (css, kept.get("style", "")) if part)
