"""Colours of CSS as numbers, and as lightness that the eye sees (OKLab), and back.

Facts of CSS Color 4: names, notations, and the conversion between sRGB and OKLab.
"""

from __future__ import annotations

import colorsys
import math
import re
from typing import NamedTuple


class Colour(NamedTuple):
    """Red, green and blue from 0 to 1 as they are written, and how much covers."""

    red: float
    green: float
    blue: float
    alpha: float = 1.0


class Seen(NamedTuple):
    """A colour as it is seen: lightness from 0 to 1, and two opponent colours (OKLab)."""

    light: float
    a: float
    b: float


# The names of CSS Color 4, and those of the system as they are on white paper.
_NAMES_HEX = (
    "black 000000 silver c0c0c0 gray 808080 grey 808080 white ffffff maroon 800000 red ff0000 "
    "purple 800080 fuchsia ff00ff magenta ff00ff green 008000 lime 00ff00 olive 808000 "
    "yellow ffff00 navy 000080 blue 0000ff teal 008080 aqua 00ffff cyan 00ffff "
    "aliceblue f0f8ff antiquewhite faebd7 aquamarine 7fffd4 azure f0ffff beige f5f5dc "
    "bisque ffe4c4 blanchedalmond ffebcd blueviolet 8a2be2 brown a52a2a burlywood deb887 "
    "cadetblue 5f9ea0 chartreuse 7fff00 chocolate d2691e coral ff7f50 cornflowerblue 6495ed "
    "cornsilk fff8dc crimson dc143c darkblue 00008b darkcyan 008b8b darkgoldenrod b8860b "
    "darkgray a9a9a9 darkgrey a9a9a9 darkgreen 006400 darkkhaki bdb76b darkmagenta 8b008b "
    "darkolivegreen 556b2f darkorange ff8c00 darkorchid 9932cc darkred 8b0000 "
    "darksalmon e9967a darkseagreen 8fbc8f darkslateblue 483d8b darkslategray 2f4f4f "
    "darkslategrey 2f4f4f darkturquoise 00ced1 darkviolet 9400d3 deeppink ff1493 "
    "deepskyblue 00bfff dimgray 696969 dimgrey 696969 dodgerblue 1e90ff firebrick b22222 "
    "floralwhite fffaf0 forestgreen 228b22 gainsboro dcdcdc ghostwhite f8f8ff gold ffd700 "
    "goldenrod daa520 greenyellow adff2f honeydew f0fff0 hotpink ff69b4 indianred cd5c5c "
    "indigo 4b0082 ivory fffff0 khaki f0e68c lavender e6e6fa lavenderblush fff0f5 "
    "lawngreen 7cfc00 lemonchiffon fffacd lightblue add8e6 lightcoral f08080 lightcyan e0ffff "
    "lightgoldenrodyellow fafad2 lightgray d3d3d3 lightgrey d3d3d3 lightgreen 90ee90 "
    "lightpink ffb6c1 lightsalmon ffa07a lightseagreen 20b2aa lightskyblue 87cefa "
    "lightslategray 778899 lightslategrey 778899 lightsteelblue b0c4de lightyellow ffffe0 "
    "limegreen 32cd32 linen faf0e6 mediumaquamarine 66cdaa mediumblue 0000cd "
    "mediumorchid ba55d3 mediumpurple 9370db mediumseagreen 3cb371 mediumslateblue 7b68ee "
    "mediumspringgreen 00fa9a mediumturquoise 48d1cc mediumvioletred c71585 "
    "midnightblue 191970 mintcream f5fffa mistyrose ffe4e1 moccasin ffe4b5 navajowhite ffdead "
    "oldlace fdf5e6 olivedrab 6b8e23 orange ffa500 orangered ff4500 orchid da70d6 "
    "palegoldenrod eee8aa palegreen 98fb98 paleturquoise afeeee palevioletred db7093 "
    "papayawhip ffefd5 peachpuff ffdab9 peru cd853f pink ffc0cb plum dda0dd powderblue b0e0e6 "
    "rebeccapurple 663399 rosybrown bc8f8f royalblue 4169e1 saddlebrown 8b4513 salmon fa8072 "
    "sandybrown f4a460 seagreen 2e8b57 seashell fff5ee sienna a0522d skyblue 87ceeb "
    "slateblue 6a5acd slategray 708090 slategrey 708090 snow fffafa springgreen 00ff7f "
    "steelblue 4682b4 tan d2b48c thistle d8bfd8 tomato ff6347 turquoise 40e0d0 violet ee82ee "
    "wheat f5deb3 whitesmoke f5f5f5 yellowgreen 9acd32 "
    "windowtext 000000 canvastext 000000 window ffffff canvas ffffff buttonface f0f0f0 "
    "buttontext 000000 infobackground ffffe1 infotext 000000 graytext 808080 menu f0f0f0 "
    "menutext 000000 highlight 3367d1 highlighttext ffffff linktext 0000ee"
)
_WORDS = _NAMES_HEX.split()
NAMES = dict(zip(_WORDS[::2], _WORDS[1::2], strict=True))
_HEX = re.compile(r"#?([0-9a-f]{3,4}|[0-9a-f]{6}|[0-9a-f]{8})", re.IGNORECASE)
_FUNCTION = re.compile(r"(rgb|hsl)a?\(([^()]*)\)", re.IGNORECASE)


def parse(text: str) -> Colour | None:
    """Read a colour, or return None for what is none or depends on its surroundings."""
    written = text.strip().lower()
    found = _HEX.fullmatch(NAMES.get(written, written))
    if found:
        return _of_hex(found[1])
    function = _FUNCTION.fullmatch(written)
    return _of_function(function[1], function[2]) if function else None


def written(colour: Colour) -> str:
    """Write a colour as CSS."""
    parts = [round(min(max(part, 0.0), 1.0) * 255) for part in colour[:3]]
    if colour.alpha < 1:
        return f"rgba({parts[0]}, {parts[1]}, {parts[2]}, {colour.alpha:.3g})"
    return "#" + "".join(f"{part:02x}" for part in parts)


def luminance(colour: Colour) -> float:
    """Return the relative luminance (WCAG 2)."""
    red, green, blue = (_linear(part) for part in colour[:3])
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: Colour, other: Colour) -> float:
    """Return the contrast of two colours (WCAG 2)."""
    lights = sorted((luminance(one), luminance(other)))
    return (lights[1] + 0.05) / (lights[0] + 0.05)


def seen(colour: Colour) -> Seen:
    """Return how a colour is seen."""
    red, green, blue = (_linear(part) for part in colour[:3])
    long = math.cbrt(0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue)
    medium = math.cbrt(0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue)
    short = math.cbrt(0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue)
    return Seen(
        0.2104542553 * long + 0.7936177850 * medium - 0.0040720468 * short,
        1.9779984951 * long - 2.4285922050 * medium + 0.4505937099 * short,
        0.0259040371 * long + 0.7827717662 * medium - 0.8086757660 * short,
    )


def shown(look: Seen, alpha: float = 1.0) -> Colour:
    """Return the colour of the screen that is seen so, paler where a screen has none."""
    share = 1.0
    for _ in range(12):
        colour = _of_seen(look.light, look.a * share, look.b * share)
        if all(-0.001 <= part <= 1.001 for part in colour):
            break
        share -= 0.08
    red, green, blue = (min(max(part, 0.0), 1.0) for part in colour)
    return Colour(red, green, blue, alpha)


def _of_hex(digits: str) -> Colour:
    if len(digits) < 6:
        digits = "".join(digit * 2 for digit in digits)
    parts = [int(digits[at : at + 2], 16) / 255 for at in range(0, len(digits), 2)]
    return Colour(parts[0], parts[1], parts[2], parts[3] if len(parts) == 4 else 1.0)


def _of_function(name: str, inside: str) -> Colour | None:
    words = inside.replace(",", " ").replace("/", " ").split()
    if len(words) not in (3, 4):
        return None
    try:
        alpha = _share(words[3], 1) if len(words) == 4 else 1.0
        if name == "rgb":
            red, green, blue = (_share(word, 255) for word in words[:3])
            return Colour(red, green, blue, alpha)
        hue = float(words[0].removesuffix("deg")) % 360 / 360
        saturation, light = (_share(word, 100) for word in words[1:3])
    except ValueError:
        return None
    return Colour(*colorsys.hls_to_rgb(hue, light, saturation), alpha)


def _share(word: str, whole: float) -> float:
    value = float(word[:-1]) / 100 if word.endswith("%") else float(word) / whole
    if not math.isfinite(value):
        raise ValueError(word)
    return min(max(value, 0.0), 1.0)


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4


def _curved(part: float) -> float:
    if part <= 0.0031308:
        return part * 12.92
    return float(1.055 * part ** (1 / 2.4) - 0.055)


def _of_seen(light: float, a: float, b: float) -> tuple[float, float, float]:
    long = (light + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (light - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (light - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        _curved(4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short),
        _curved(-1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short),
        _curved(-0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short),
    )
