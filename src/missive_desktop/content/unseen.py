"""Whether an image is too small or too hidden to be seen, by its own attributes and its mail's CSS.

An image that a narrow or a wide screen shows in another's place is hidden as well: one that says
how large it is and has an ordinary address is no tracker for being hidden.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

VISIBLE = 8.0  # pixels, from which on an image is something to look at
_MAX_SHEET = 128 * 1024
_MAX_RULES = 2_000
_PIXELS = {"": 1.0, "px": 1.0, "pt": 4 / 3, "pc": 16.0, "em": 16.0, "rem": 16.0, "ex": 8.0,
           "ch": 8.0, "in": 96.0, "cm": 37.8, "mm": 3.78, "vw": 8.0, "vh": 8.0}  # fmt: skip

_LENGTH = re.compile(r"\s*([+-]?(?:\d{1,9}(?:\.\d{0,9})?|\.\d{1,9}))\s*([a-z%]*)")
_SIZE = re.compile(r"(?<![\w-])(?:max-)?(width|height)\s*:([^;}]{0,60})")
_HIDING = re.compile(
    r"(?<![\w-])(?:display\s*:\s*none"
    r"|visibility\s*:\s*(?:hidden|collapse)"
    r"|(?:opacity|font-size|max-height|max-width|zoom)\s*:\s*[+-]?0*\.?0+(?:px|pt|em|rem|%)?"
    r"(?![\d.])"
    r"|opacity\s*:\s*0?\.0\d*"
    r"|clip\s*:\s*rect\(\s*[01](?:px)?[\s,]+[01](?:px)?[\s,]+[01](?:px)?[\s,]+[01](?:px)?\s*\)"
    r"|clip-path\s*:\s*(?:inset\(\s*(?:50|100)%|circle\(\s*0)"
    r"|(?:left|top|right|bottom|margin-left|margin-top|text-indent)\s*:\s*-\d{3,}"
    r"|transform\s*:\s*(?:scale[xy]?\(\s*0?\.?0*\s*[,)]|translate[xy]?\(\s*-\d{4,})"
    r"|mso-hide\s*:\s*all)"
)
_WORTH = re.compile(r"none|hidden|collapse|opacity|size|max-|zoom|clip|:\s*-\d{3}|transform|mso-h")
_RULE = re.compile(r"([^{}]{1,600})\{([^{}]{0,4000})\}")
_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)", re.DOTALL)
_NAMED = re.compile(r"(?:^|[\s>+~])(?:img|\*)?([.#][\w-]{1,100})\s*$|(?:^|[\s>+~])(img)\s*$")


def length(text: str) -> float | None:
    """Return a length of HTML or CSS in pixels; None when it depends or makes no sense."""
    found = _LENGTH.match(text.lower())
    if found is None:
        return None
    value = float(found[1])
    if not value:
        return 0.0
    factor = _PIXELS.get(found[2])
    return None if factor is None else value * factor


def size(attributes: Mapping[str, str], style: str) -> tuple[float | None, float | None]:
    """Return the width and the height that are said; the style counts before attributes."""
    width = length(attributes["width"]) if "width" in attributes else None
    height = length(attributes["height"]) if "height" in attributes else None
    if "width" in style or "height" in style:
        for name, value in _SIZE.findall(style):
            said = length(value)
            if said is None:
                continue
            if name == "width":
                width = said if width is None or "max-" not in style else min(width, said)
            else:
                height = said if height is None or "max-" not in style else min(height, said)
    return width, height


def hides(style: str) -> bool:
    """Whether a style, in lower case, keeps what it is on from being seen."""
    return _WORTH.search(style) is not None and _HIDING.search(style) is not None


def is_large(width: float | None, height: float | None) -> bool:
    """Whether an image says that it is something to look at."""
    if width is None:
        return height is not None and height >= VISIBLE
    return width >= VISIBLE and (height is None or height >= VISIBLE)


def is_tiny(width: float | None, height: float | None) -> bool:
    """Whether an image is at most one pixel wide or high, and not long: that may be a line."""
    sides = [side for side in (width, height) if side is not None]
    return bool(sides) and min(sides) < 2 and max(sides) <= 3


def is_line(width: float | None, height: float | None) -> bool:
    """Whether an image is a line that fills room: one pixel one way, more the other."""
    return width is not None and height is not None and min(width, height) < 2 < max(width, height)


def named(sheets: Iterable[str]) -> dict[str, str]:
    """Return the styles that sheets give to classes (".x"), ids ("#x") and all images ("img").

    What stands under @media depends on the screen and is left out.
    """
    out: dict[str, str] = {}
    for sheet in sheets:
        text = _without_media(_COMMENT.sub(" ", sheet[:_MAX_SHEET].lower()))
        for number, (selectors, body) in enumerate(_RULE.findall(text)):
            if number >= _MAX_RULES:
                break
            if not (_WORTH.search(body) or "width" in body or "height" in body):
                continue
            for selector in selectors.split(","):
                found = _NAMED.search(selector.strip())
                if found is not None:
                    name = found[1] or found[2]
                    out[name] = f"{out.get(name, '')};{body}"
    return out


def _without_media(text: str) -> str:
    """Cut blocks of at-rules that hold rules."""
    out: list[str] = []
    position = 0
    while True:
        found = text.find("@", position)
        if found < 0:
            out.append(text[position:])
            return "".join(out)
        out.append(text[position:found])
        opening, end = text.find("{", found), text.find(";", found)
        if opening < 0 or 0 <= end < opening:  # @import …;
            position = len(text) if opening < 0 and end < 0 else end + 1
            continue
        depth, position = 1, opening + 1
        while depth and position < len(text):
            closing, inner = text.find("}", position), text.find("{", position)
            if closing < 0:
                position = len(text)
            elif 0 <= inner < closing:
                depth, position = depth + 1, inner + 1
            else:
                depth, position = depth - 1, closing + 1
