"""Everything in HTML that a viewer would load by itself, and its links: what, address, attributes.

One quick pass over the tags that matter: the bulk path goes through here. Judges nothing, and is
bounded. What stands in comments and in raw text is not loaded, and not read.
"""

from __future__ import annotations

import html as html_entities
import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

MAX_SCANNED = 512 * 1024
MAX_LOADS = 2_000
MAX_CSS = 256 * 1024
_MAX_ATTRIBUTES = 40

What = Literal["image", "style", "font", "import", "media", "frame", "hint", "link", "ping"]

_ATTRIBUTES = (
    r"(?:[^>=]++|=\s*+(?:\"[^\"]*+\"|'[^']*+'|[^\s>\"'][^\s>]*+)?+)*+"  # as `markup` reads them
)
_NAMES = (
    "a|area|img|image|input|link|meta|base|iframe|frame|object|embed|applet|video|audio|bgsound|"
    "source|track|script|use|feimage|portal"
)
_TAG = re.compile(
    r"<(?:!--(?:-?>|.*?(?:--!?>|\Z))"
    rf"|(?P<raw>style|textarea|title|xmp|noembed|noframes)(?=[\s/>])(?P<sheet>{_ATTRIBUTES})>"
    r"(?P<text>.*?)(?:</(?P=raw)(?=[\s/>])|\Z)"
    rf"|(?P<name>{_NAMES})(?=[\s/>])(?P<attributes>{_ATTRIBUTES}))",
    re.IGNORECASE | re.DOTALL,
)
_PAIR = re.compile(
    r"([^\s/>=\"'<]{1,60})(?:\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s>\"'][^\s>]*))?)?"
)
_HREF = re.compile(
    r"(?:^|[\s\"'/])href\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s>\"'][^\s>]*))", re.IGNORECASE
)
_BACKGROUND = re.compile(
    r"[\s\"']background\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s>\"'][^\s>]*))", re.IGNORECASE
)
_REFRESH = re.compile(r"url\s*=\s*[\"']?([^\"'\s>]+)", re.IGNORECASE)
_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)", re.DOTALL)
_CSS_ESCAPE = re.compile(r"\\(?:([0-9a-f]{1,6})[ \t\r\n\f]?|([^\r\n\f0-9a-f]))", re.IGNORECASE)
_CSS_ADDRESS = re.compile(
    r"(?:@import\s*|(?:url|src|image|image-set)\s*\(\s*|[,(]\s*(?=[\"']))[\"']?\s*"
    r"((?:https?:)?[/\\]{2}[^\"'()\s;<>]+)",
    re.IGNORECASE,
)
_STYLED = re.compile(r"url|image|src|\\", re.IGNORECASE)
_INLINE = re.compile(r"[\s\"']style\s*=\s*(?:\"([^\"]{0,4000})\"|'([^']{0,4000})')", re.IGNORECASE)
_HINTS = frozenset(
    ("preconnect", "dns-prefetch", "prefetch", "preload", "modulepreload", "prerender", "manifest",
     "subresource", "import")
)  # fmt: skip
_SOURCES = {
    "iframe": (("src", "frame"),), "frame": (("src", "frame"),), "portal": (("src", "frame"),),
    "object": (("data", "frame"), ("codebase", "frame")), "embed": (("src", "frame"),),
    "applet": (("archive", "frame"), ("codebase", "frame"), ("code", "frame")),
    "video": (("src", "media"), ("poster", "image")), "audio": (("src", "media"),),
    "bgsound": (("src", "media"),), "source": (("src", "media"),), "track": (("src", "media"),),
    "script": (("src", "frame"), ("href", "frame")), "input": (("src", "image"),),
    "img": (("src", "image"), ("lowsrc", "image"), ("dynsrc", "image")),
    "image": (("href", "image"), ("xlink:href", "image"), ("src", "image")),
    "feimage": (("href", "image"), ("xlink:href", "image")),
    "use": (("href", "frame"), ("xlink:href", "frame")),
}  # fmt: skip


class Load(NamedTuple):
    """`address` as written, entities resolved. `around` is the tag's attributes or the CSS rule."""

    what: What
    address: str
    around: str
    start: int  # where the tag begins, or -1


class Read(NamedTuple):
    """What a mail loads, in its order, and the text of its style sheets."""

    loads: list[Load]
    sheets: list[str]
    base: str


def read(html: str) -> Read:
    """Read what `html` loads."""
    html = html[:MAX_SCANNED]
    loads: list[Load] = []
    sheets: list[str] = []
    comments: list[tuple[int, int]] = []
    base = ""
    for match in _TAG.finditer(html):
        name = match["name"]
        if name is None:
            if match["raw"] is None:
                comments.append(match.span())
            elif match["raw"].lower() == "style":
                sheets.append(match["text"])
            continue
        written = match["attributes"]
        if name in ("a", "A"):
            found = _HREF.search(written)
            if found is not None:
                loads.append(Load("link", _value(found), "", match.start()))
            if "ping" in written:
                loads.extend(_pings(written, match.start()))
        elif (name := name.lower()) == "base":
            base = base or attributes(written).get("href", "")
        else:
            loads.extend(_of_tag(name, written, match.start()))
        if len(loads) >= MAX_LOADS:
            break
    if sheets:
        for sheet in sheets:
            loads.extend(of_css(sheet))
    loads.extend(_inline(html, comments))
    return Read(loads[:MAX_LOADS], sheets, base)


def attributes(text: str) -> dict[str, str]:
    """Return the attributes of a tag; the first of a name counts."""
    out: dict[str, str] = {}
    for name, double, single, bare in _PAIR.findall(text)[:_MAX_ATTRIBUTES]:
        out.setdefault(name.lower(), double or single or bare)
    return out


def unescape(value: str) -> str:
    """Resolve the entities of an attribute."""
    if "&" not in value:
        return value
    if value.count("&") == value.count("&amp;"):
        return value.replace("&amp;", "&")
    return html_entities.unescape(value)


def _value(found: re.Match[str]) -> str:
    return unescape(found[1] or found[2] or found[3] or "")


def _pings(written: str, start: int) -> Iterator[Load]:
    for address in unescape(attributes(written).get("ping", "")).split():
        yield Load("ping", address, written, start)


def _of_tag(name: str, written: str, start: int) -> Iterator[Load]:
    given = attributes(written)
    if name == "link":
        yield from _of_link(given, written, start)
    elif name == "meta":
        if given.get("http-equiv", "").strip().lower() == "refresh":
            found = _REFRESH.search(unescape(given.get("content", "")))
            if found is not None:
                yield Load("hint", found[1], written, start)
    elif name == "area":
        yield Load("link", unescape(given.get("href", "")), "", start)
        yield from _pings(written, start)
    else:
        for attribute, what in _SOURCES[name]:
            if given.get(attribute):
                yield Load(what, unescape(given[attribute]), written, start)  # type: ignore[arg-type]
        if "srcset" in given:
            yield from _of_set(unescape(given["srcset"]), written, start)
        if name == "iframe" and "srcdoc" in given:
            for inner in read(unescape(given["srcdoc"])[:MAX_CSS].replace("srcdoc", "")).loads:
                yield inner._replace(start=start)


def _of_link(given: dict[str, str], written: str, start: int) -> Iterator[Load]:
    words = set(given.get("rel", "").lower().split())
    address = unescape(given.get("href", ""))
    if not _HINTS.isdisjoint(words):
        yield Load("hint", address, written, start)
    elif "stylesheet" in words:
        yield Load("import", address, written, start)
    elif any("icon" in word for word in words):
        yield Load("image", address, written, start)
    if "imagesrcset" in given:
        yield from _of_set(unescape(given["imagesrcset"]), written, start)


def _of_set(value: str, written: str, start: int) -> Iterator[Load]:
    for candidate in value.split(", "):
        words = candidate.split()
        if words:
            yield Load("image", words[0].rstrip(","), written, start)


def of_css(text: str) -> Iterator[Load]:
    """Yield what a style sheet loads, each with its rule around it."""
    if not _STYLED.search(text):
        return
    text = plain_css(text[:MAX_CSS])
    for found in _CSS_ADDRESS.finditer(text):
        opening = text.rfind("{", 0, found.start())
        closing = text.rfind("}", 0, found.start())
        before = max(text.rfind(mark, 0, found.start()) for mark in ("{", "}", ";"))
        start = max(text.rfind("}", 0, opening) if opening > closing else before, -1) + 1
        end = text.find("}", found.end())
        rule = text[max(start, found.start() - 2_000) : end if end > 0 else len(text)][:4_000]
        what: What = "style"
        if found[0][:7].lower() == "@import" or "@import" in text[before + 1 : found.start()]:
            what = "import"
        elif "@font-face" in text[start:opening].lower():
            what = "font"
        elif "@namespace" in text[before + 1 : found.start()].lower():
            continue
        yield Load(what, found[1], rule, -1)


def plain_css(text: str) -> str:
    """Drop comments and resolve escapes (CSS Syntax 4.3.7)."""
    if "/*" in text:
        text = _COMMENT.sub(" ", text)
    return _CSS_ESCAPE.sub(_escaped, text) if "\\" in text else text


def _escaped(found: re.Match[str]) -> str:
    if not found[1]:
        return found[2]
    code = int(found[1], 16)
    return chr(code) if 0x20 <= code < 0xD800 else "\ufffd"


def _inline(html: str, comments: list[tuple[int, int]]) -> Iterator[Load]:
    """Yield what backgrounds and style attributes load, outside of comments."""
    low = html.lower()
    wanted = []
    if "background" in low:
        wanted += [(found, "style") for found in _BACKGROUND.finditer(html)]
    if "url" in low or "image-set" in low or "\\" in low or "&#" in low:
        wanted += [
            (found, "css")
            for found in _INLINE.finditer(html)
            if _STYLED.search(found[0], found.end() - len(found[0]) + 1) or "&" in found[0]
        ]
    for found, what in wanted[:MAX_LOADS]:
        if any(start <= found.start() < end for start, end in comments):
            continue
        tag = html.rfind("<", 0, found.start())
        around = html[tag : html.find(">", found.end()) + 1 or None][:4_000]
        value = unescape(found[1] or found[2] or "") if what == "css" else _value(found)
        if what == "style":
            yield Load("style", value, around, tag)
            continue
        for address in _CSS_ADDRESS.finditer(plain_css(value)):
            yield Load("style", address[1], around, tag)
