"""What HTML of a mail may be made of: elements, their attributes, and where links may lead."""

from __future__ import annotations

import re

_TAGS_WORDS = (
    "a abbr address area article aside b bdi bdo big blockquote br caption center cite code col "
    "colgroup dd del details dfn div dl dt em figcaption figure font footer h1 h2 h3 h4 h5 "
    "h6 header hr i img ins kbd li main map mark nav ol p pre section small "
    "q rp rt ruby s samp span strike strong sub summary sup table tbody td tfoot th thead time tr "
    "tt u ul var wbr"
)
TAGS = frozenset(_TAGS_WORDS.split())
# What each element may carry; "*" is for all. A title is a tooltip, which could lie about where a
# link leads: only words that are explained, and places of images, have one.
_ATTRIBUTE_WORDS = {
    "*": "style class id dir lang align valign width height bgcolor role",
    "a": "href",
    "abbr": "title",
    "dfn": "title",
    "summary": "title",
    "area": "href alt shape coords",
    "map": "name",
    "img": "src alt border hspace vspace usemap title",
    "span": "alt",
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
ATTRIBUTES = {tag: frozenset(words.split()) for tag, words in _ATTRIBUTE_WORDS.items()}
# Old or other elements, as what they are shown.
STANDS_FOR = {
    "image": "img",
    "input": "img",  # one with a source
    "xmp": "pre",
    "listing": "pre",
    "menu": "ul",
    "dir": "ul",
    "search": "div",
    "hgroup": "div",
    "label": "span",
    "output": "span",
    "acronym": "abbr",
    "marquee": "span",
    "blink": "span",
}
# What would load by itself, counted where its element is left out.
LOADING: dict[str, tuple[str, ...]] = {
    "*": ("src",),
    "link": ("href", "imagesrcset"),
    "video": ("src", "poster"),
    "source": ("src", "srcset"),
    "object": ("data",),
    "applet": ("codebase", "archive"),
    "base": (),
    "meta": (),
    "script": ("src",),
}
MAX_SPAN = 100
MAX_LINK = 16_000

_LINK = re.compile(r"(?:https?://|mailto:|tel:)[^\x00-\x1f]+", re.IGNORECASE)
_PLACE = re.compile(r"#mvx-[\w-]{1,200}")
_JUNK = re.compile(r"[\t\r\n\x00]")
_ENDS = "".join(map(chr, range(0x21)))


def link(value: str) -> str:
    """Return a link as it may be clicked, or "": browsers drop line breaks inside URLs."""
    text = _JUNK.sub("", value).strip(_ENDS)
    if text[:4].lower() == "www.":
        text = f"http://{text}"
    if text.startswith("//"):
        text = f"https:{text}"
    return text.replace(" ", "%20") if is_link(text) else ""


def is_place(text: str) -> bool:
    """Whether a link leads to a place in its own mail, named as `naming` does."""
    return _PLACE.fullmatch(text) is not None


def is_link(text: str) -> bool:
    return len(text) < MAX_LINK and _LINK.fullmatch(text) is not None
