"""SVG made safe: drawings are rebuilt from an allow-list, and shown as images only.

Nothing in the result leads out of the file, moves, or runs. What a drawing costs is counted first,
references included: a few lines of `use` in each other can ask for millions of shapes.
"""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Iterator
from typing import Any

from lxml import etree

from missive_desktop.content import vector_styles
from missive_desktop.content.vector_html import SVG, as_xml
from missive_desktop.domain import pictures

MEDIA_TYPE = "image/svg+xml"
MAX_BYTES = 512 * 1024
MAX_NODES = 8_000
MAX_COST = 40_000
MAX_DEPTH = 60
MAX_TEXT = 2_000
MAX_SIDE = 10_000

_ELEMENT_WORDS = (
    "svg g path rect circle ellipse line polyline polygon text tspan defs linearGradient "
    "radialGradient stop clipPath mask pattern symbol use marker style image"
)
_ELEMENTS = {word.lower(): word for word in _ELEMENT_WORDS.split()}
_DRAWN = frozenset(
    ("path", "rect", "circle", "ellipse", "line", "polyline", "polygon", "text", "image", "use")
)
_BOXES = frozenset(("a", "switch"))  # as good as a group
_ATTRIBUTE_WORDS = (
    "id class x y x1 x2 y1 y2 cx cy r rx ry fx fy fr d points dx dy rotate width height viewBox "
    "preserveAspectRatio transform gradientTransform gradientUnits spreadMethod offset "
    "patternTransform patternUnits patternContentUnits clipPathUnits maskUnits maskContentUnits "
    "markerWidth markerHeight markerUnits refX refY orient textLength lengthAdjust pathLength "
    "stop-color version"
)
_ATTRIBUTES = {word.lower(): word for word in _ATTRIBUTE_WORDS.split()}
_LINK = "{http://www.w3.org/1999/xlink}href"
_FRAGMENT = re.compile(r"#[\w.:-]{1,100}")
_PLAIN = re.compile(r"[\w\s.,%#()+-]*")
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?", re.IGNORECASE)
_TEXTS = frozenset(("text", "tspan"))


def sanitize_svg(data: bytes) -> bytes | None:
    """Return a drawing without anything that acts, or None if this is no drawing."""
    if len(data) > MAX_BYTES or b"<!ENTITY" in data or not _may_be_svg(data):
        return None
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError):
        return None
    if root is None or _name(root) != "svg":
        return None
    built = _Builder().build(root)
    if built is None or not _draws(built) or _cost(built) > MAX_COST:
        return None
    return bytes(etree.tostring(built, encoding="ascii"))


def of_html(source: str) -> bytes | None:
    """Return a drawing that stands inside HTML, made safe."""
    return sanitize_svg(as_xml(source)) if len(source) <= MAX_BYTES else None


def text_of(data: bytes) -> str:
    """Return the words in a drawing that `sanitize_svg` made."""
    words = [
        part for node in etree.fromstring(data).iter(f"{{{SVG}}}text") for part in node.itertext()
    ]
    return " ".join(" ".join(words).split())


def _draws(root: Any) -> bool:
    return any(node.tag.rpartition("}")[2] in _DRAWN for node in root.iter())


def _may_be_svg(data: bytes) -> bool:
    head = data[:4096].replace(b"\0", b"").lower()  # UTF-16 too
    return b"<svg" in head or b":svg" in head


def _name(node: Any) -> str:
    """Return the name of an element in lower case, "" for one of another namespace."""
    if not isinstance(node.tag, str):
        return ""
    namespace, _, name = node.tag.rpartition("}")
    return str(name).lower() if namespace.lstrip("{") == SVG else ""


class _Builder:
    """Copies what is allowed into a tree of its own."""

    def __init__(self) -> None:
        self._nodes = 0

    def build(self, root: Any) -> Any:
        made = etree.Element(f"{{{SVG}}}svg", nsmap={None: SVG})
        self._fill(made, root, "svg")
        return made if self._children(made, root, 0) else None

    def _children(self, made: Any, given: Any, depth: int) -> bool:
        """Copy what is in an element; False when there is too much of it."""
        if depth > MAX_DEPTH:
            return False
        for child in given:
            name = _name(child)
            box = "g" if name in _BOXES else _ELEMENTS.get(name, "")
            self._nodes += 1
            if self._nodes > MAX_NODES:
                return False
            if box == "style":
                self._sheet(made, child)
            elif box:
                copy = etree.SubElement(made, f"{{{SVG}}}{box}")
                self._fill(copy, child, box)
                if not self._children(copy, child, depth + 1):
                    return False
                if box == "image" and "href" not in copy.attrib:
                    made.remove(copy)
            if made.tag.rpartition("}")[2] in _TEXTS and child.tail:
                self._append(made, child.tail[:MAX_TEXT])
        return True

    def _append(self, made: Any, text: str) -> None:
        if len(made):
            made[-1].tail = (made[-1].tail or "") + text
        else:
            made.text = (made.text or "") + text

    def _sheet(self, made: Any, given: Any) -> None:
        css = vector_styles.sheet("".join(given.itertext()))
        if css:
            etree.SubElement(made, f"{{{SVG}}}style").text = css

    def _fill(self, made: Any, given: Any, name: str) -> None:
        """Copy attributes and, where it is drawn, text."""
        for key, value in given.attrib.items():
            kept = _attribute(str(key), str(value), name)
            if kept is not None:
                made.set(*kept)
        if name in _TEXTS and given.text:
            made.text = given.text[:MAX_TEXT]


def _attribute(key: str, value: str, element: str) -> tuple[str, str] | None:
    """Return an attribute as it may stay."""
    lowered = key.lower()
    if key in ("href", _LINK) or lowered == "xlink:href":
        return ("href", value) if _leads_nowhere(value, element) else None
    if key.startswith("{"):
        return None
    if lowered == "style":
        css = vector_styles.attribute(value)
        return ("style", css) if css else None
    if vector_styles.is_property(lowered):
        css = vector_styles.value(lowered, value)
        return (lowered, css) if css else None
    if lowered not in _ATTRIBUTES or not _PLAIN.fullmatch(value):
        return None
    if lowered in ("width", "height") and any(
        float(found) > MAX_SIDE for found in _NUMBER.findall(value)
    ):
        return None
    return _ATTRIBUTES[lowered], value


def _leads_nowhere(value: str, element: str) -> bool:
    """Whether a reference stays in the file: a part of it, or a raster image written into it."""
    if element == "image":
        head, _, content = value.partition(",")
        if head.lower() not in ("data:image/png;base64", "data:image/jpeg;base64"):
            return False
        return bool(re.fullmatch(r"[A-Za-z0-9+/=\s]*", content)) and _is_raster(content)
    return _FRAGMENT.fullmatch(value) is not None


def _is_raster(content: str) -> bool:
    try:
        return bool(pictures.showable_type(b64decode("".join(content.split()), validate=True)))
    except ValueError:
        return False


def _cost(root: Any) -> int:
    """Count the shapes that drawing would draw; a circle of references costs too much."""
    named = {node.get("id"): node for node in root.iter() if node.get("id")}
    known: dict[Any, int] = {}
    busy: set[Any] = set()

    def cost(node: Any) -> int:
        if node in known:
            return known[node]
        if node in busy:
            return MAX_COST + 1
        busy.add(node)
        total = 1
        for other in [*node, *(named[one] for one in _references(node) if one in named)]:
            total += cost(other)
            if total > MAX_COST:
                break
        busy.discard(node)
        known[node] = total
        return total

    by_sheet = {
        one for node in root.iter(f"{{{SVG}}}style") for one in _in_css(node.text or "")
    } & named.keys()
    try:
        total = cost(root)
        for one in by_sheet:  # which shapes it meets is not followed: as if it were many
            total += 20 * cost(named[one])
        return total
    except RecursionError:
        return MAX_COST + 1


def _references(node: Any) -> Iterator[str]:
    for key, value in node.attrib.items():
        if key == "href" and value.startswith("#"):
            yield value[1:]
        elif "url(" in value:
            yield from _in_css(value)


def _in_css(text: str) -> list[str]:
    return re.findall(r"url\(#([^)]*)\)", text)
