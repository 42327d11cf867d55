"""A mail in the dark that brought no dark of its own: each colour is given its place in the dark.

Grounds become dark and texts light, each by lightness as it is seen, hues kept; images stay. Every
text colour has a contrast of at least 4.5 with every ground colour that comes out of here, so it
does not matter which lies on which.
"""

from __future__ import annotations

import re
from functools import lru_cache

from missive_desktop.content import colours, markup, sanitize
from missive_desktop.content.colours import Colour, Seen
from missive_desktop.content.sanitize import SafeHtml

# The luminance of grounds and texts: (0.455 + 0.05) / (0.0615 + 0.05) is over 4.5.
MAX_GROUND = 0.0615
MIN_TEXT = 0.455

DARK = 0.4  # lightness of a ground under which a mail counts as dark
MAX_SEARCHED = 100_000

_PAGE_RULE = re.compile(r"(?:^|[\s,>])\.mv-(?:body|html)(?: ,[^{}]*)?\s*\{([^{}]*)\}")
_STYLED = re.compile(r' style="([^"]*)"')
_STYLE = re.compile(r"(<style>)(.*?)(</style>)", re.DOTALL)
_TAG = re.compile(r"<[a-z][^<>]*>")
_ATTRIBUTE = re.compile(r' (style|bgcolor|color|bordercolor)="([^"]*)"')
_RULE = re.compile(r"\{([^{}]*)\}")
_BRACKETS = r"\((?:[^()\"]|\"[^\"]*\"|\([^()]*\))*\)"
_DECLARATION = re.compile(rf"([a-z-]+)(\s*:\s*)((?:[^;\"'()]|\"[^\"]*\"|'[^']*'|{_BRACKETS})+)")
_PART = re.compile(
    r"\"[^\"]*\"|'[^']*'|url\([^)]*\)|#[0-9a-f]{3,8}\b|(?:rgb|hsl)a?\([^()]*\)|[a-z][a-z-]*\(?",
    re.IGNORECASE,
)
_GROUNDS = frozenset(("background", "background-color", "background-image"))
_SHADOWS = frozenset(("box-shadow", "text-shadow"))
_TEXTS = frozenset(("color", "-webkit-text-fill-color", "text-decoration", "text-decoration-color"))


def darkened(safe: SafeHtml) -> SafeHtml:
    """Return a mail with its colours in the dark; one that is dark already stays as it is."""
    if _is_dark(str(safe)):
        return safe
    text = _STYLE.sub(lambda found: found[1] + _sheet(found[2]) + found[3], str(safe), count=1)
    return sanitize.restored(_TAG.sub(lambda found: _tag(found[0]), text))


def _is_dark(html: str) -> bool:
    """Whether the page of a mail has a dark ground by itself."""
    tags = _TAG.findall(html[html.find("</style>") + 1 :][:6_000])
    places = [found[1] for tag in tags[:2] for found in _STYLED.finditer(tag)]
    places += [found[1] for found in _PAGE_RULE.finditer(html[:MAX_SEARCHED])]
    for css in places:
        for name, _, value in _DECLARATION.findall(markup.unescape(css)):
            if name in ("background", "background-color"):
                found = [colours.parse(part) for part in _PART.findall(value)]
                known = next((one for one in found if one is not None and one.alpha > 0.5), None)
                if known is not None:
                    return colours.seen(known).light < DARK
    return False


def ground(colour: Colour) -> Colour:
    """Return a ground in the dark: light ones turn, dark ones stay."""
    look = colours.seen(colour)
    light = 0.225 + (1 - look.light) * 0.35 if look.light >= 0.55 else max(look.light, 0.16)
    return _at_most(Seen(light, look.a, look.b), colour.alpha)


def text(colour: Colour) -> Colour:
    """Return a text in the dark: dark ones turn, light ones stay."""
    look = colours.seen(colour)
    light = max(look.light, 0.93 - 0.22 * look.light)
    return _at_least(Seen(light, look.a, look.b), max(colour.alpha, 0.8))


def line(colour: Colour) -> Colour:
    """Return a border in the dark: one that did not show on white does not show here either."""
    look = colours.seen(colour)
    if look.light > 0.97:
        return ground(colour)
    return colours.shown(Seen(0.36 + (0.97 - look.light) * 0.3, look.a, look.b), colour.alpha)


def _at_most(look: Seen, alpha: float) -> Colour:
    light = look.light
    while True:
        made = colours.shown(Seen(light, look.a, look.b), alpha)
        if colours.luminance(_rounded(made)) <= MAX_GROUND:
            return made
        light -= 0.01


def _at_least(look: Seen, alpha: float) -> Colour:
    light = look.light
    while True:
        made = colours.shown(Seen(light, look.a, look.b), alpha)
        if colours.luminance(_rounded(made)) >= MIN_TEXT:
            return made
        light += 0.01


def _rounded(colour: Colour) -> Colour:
    red, green, blue = (round(part * 255) / 255 for part in colour[:3])
    return Colour(red, green, blue, colour.alpha)


def _sheet(css: str) -> str:
    return _RULE.sub(lambda found: "{" + _declarations(found[1]) + "}", css)


def _tag(tag: str) -> str:
    return _ATTRIBUTE.sub(_attribute, tag) if "=" in tag else tag


def _attribute(found: re.Match[str]) -> str:
    name, value = found.groups()
    if name == "style":
        return f' style="{markup.escape(_declarations(markup.unescape(value)))}"'
    kind = {"bgcolor": "ground", "color": "text", "bordercolor": "line"}[name]
    made = _colour(value, kind)
    return f' {name}="{made}"' if made and made.startswith("#") else ""


@lru_cache(maxsize=4096)
def _declarations(css: str) -> str:
    grounds = "text" if "background-clip: text" in css else "ground"
    return _DECLARATION.sub(lambda found: _declaration(found, grounds), css)


def _declaration(found: re.Match[str], grounds: str) -> str:
    name, colon, value = found.groups()
    if name in _GROUNDS:
        kind = grounds
    elif name in _SHADOWS:
        kind = "ground"
    elif name in _TEXTS:
        kind = "text"
    elif name.startswith(("border", "outline")):
        kind = "line"
    else:
        return found[0]
    return f"{name}{colon}{_PART.sub(lambda part: _colour(part[0], kind) or part[0], value)}"


@lru_cache(maxsize=8192)
def _colour(written: str, kind: str) -> str:
    """Return a colour in the dark, "" for what is none."""
    given = colours.parse(written)
    if given is None or not given.alpha:
        return ""
    return colours.written({"ground": ground, "text": text, "line": line}[kind](given))
