"""The design tokens as they stand in resources/theme.toml: plain values, no Qt.

The one source of colours, sizes, type and durations for style sheet, delegates and mail page.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from missive_desktop import resources

Scheme = Literal["light", "dark"]


@dataclass(frozen=True, slots=True)
class Face:
    """A size of type in pixels, with the height of its line."""

    size: int
    line: int


@dataclass(frozen=True, slots=True)
class Tokens:
    """What theme.toml says; colours are CSS text (#RRGGBB or #RRGGBBAA)."""

    colors: Mapping[Scheme, Mapping[str, str]]
    avatars: Mapping[Scheme, tuple[tuple[str, str], ...]]
    labels: Mapping[Scheme, Mapping[str, str]]
    charts: Mapping[Scheme, tuple[str, ...]]
    sizes: Mapping[str, int]
    radii: Mapping[str, int]
    durations: Mapping[str, int]
    faces: Mapping[str, Face]
    family: str
    mono: str
    icon_stroke: float
    contrast_pairs: tuple[tuple[str, str, float], ...]


def parse(text: str) -> Tokens:
    """Read the text of theme.toml."""
    table = tomllib.loads(text)
    schemes: tuple[Scheme, Scheme] = ("light", "dark")
    faces = {
        name: Face(value["size"], value["line"])
        for name, value in table["type"].items()
        if isinstance(value, dict)
    }
    return Tokens(
        colors={scheme: table["color"][scheme] for scheme in schemes},
        avatars={
            scheme: tuple(
                (ground, letters)
                for _, (ground, letters) in sorted(table["avatar"][scheme].items())
            )
            for scheme in schemes
        },
        labels={scheme: table["label"][scheme] for scheme in schemes},
        charts={scheme: tuple(table["chart"][scheme]) for scheme in schemes},
        sizes={k: v for k, v in table["size"].items() if isinstance(v, int)},
        radii=table["radius"],
        durations={k: v for k, v in table["duration"].items() if isinstance(v, int)},
        faces=faces,
        family=table["type"]["family"],
        mono=table["type"]["mono"],
        icon_stroke=float(table["size"]["icon-stroke"]),
        contrast_pairs=tuple((a, b, float(r)) for a, b, r in table["contrast"]["pairs"]),
    )


def load() -> Tokens:
    return parse(resources.path("theme.toml").read_text(encoding="utf-8"))


def rgba(text: str) -> tuple[int, int, int, int]:
    """Read #RRGGBB or #RRGGBBAA (QColor would read eight digits as AARRGGBB)."""
    digits = text.removeprefix("#")
    red, green, blue = (int(digits[i : i + 2], 16) for i in (0, 2, 4))
    alpha = int(digits[6:8], 16) if len(digits) == 8 else 255
    return red, green, blue, alpha


def contrast(first: str, second: str) -> float:
    """Return the contrast ratio of two opaque colours, WCAG 2.2 section 1.4.3."""
    lighter, darker = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(text: str) -> float:
    def linear(channel: int) -> float:
        part = channel / 255
        return part / 12.92 if part <= 0.04045 else float(((part + 0.055) / 1.055) ** 2.4)

    red, green, blue, _ = rgba(text)
    return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
