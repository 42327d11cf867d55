"""Values of CSS properties: what may be written after the colon, and what an address becomes.

Nothing loads but what the resolver gives an address of ours for. Numbers that would make a
renderer count for long are refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from tinycss2 import serializer

MAX_VALUE = 600
WIDE_TRACK = 100  # px
MAX_REPEATED = 50

# Gives the address, in our scheme or with the image in it, that is shown for one of the mail's.
Resolver = Callable[[str], str]

_PROPERTY_WORDS = (
    "align-content align-items align-self aspect-ratio azimuth background background-attachment "
    "background-blend-mode background-clip background-color background-image background-origin "
    "background-position background-position-x background-position-y background-repeat "
    "background-size border border-bottom border-bottom-color border-bottom-left-radius "
    "border-bottom-right-radius border-bottom-style border-bottom-width border-collapse "
    "border-color border-left border-left-color border-left-style border-left-width "
    "border-radius border-right border-right-color border-right-style border-right-width "
    "border-spacing border-style border-top border-top-color border-top-left-radius "
    "border-top-right-radius border-top-style border-top-width border-width bottom "
    "box-shadow box-sizing break-after break-before break-inside caption-side clear clip "
    "color column-gap content counter-increment "
    "counter-reset cursor direction display empty-cells flex flex-basis flex-direction flex-flow "
    "flex-grow flex-shrink flex-wrap float font font-family font-feature-settings font-kerning "
    "font-size font-stretch font-style font-variant font-weight gap grid-column grid-gap grid-row "
    "grid-template-columns grid-template-rows height hyphens inset justify-content "
    "justify-items justify-self left letter-spacing line-height list-style list-style-image "
    "list-style-position list-style-type margin margin-block margin-block-end "
    "margin-block-start margin-bottom margin-inline margin-inline-end margin-inline-start "
    "margin-left margin-right margin-top max-height max-width min-height min-width object-fit "
    "object-position opacity order orphans outline outline-color outline-offset outline-style "
    "outline-width overflow overflow-wrap overflow-x overflow-y padding padding-block "
    "padding-bottom padding-inline padding-inline-end padding-inline-start padding-left "
    "padding-right padding-top page-break-after page-break-before page-break-inside "
    "place-content place-items position quotes right row-gap tab-size table-layout text-align "
    "text-align-last text-decoration text-decoration-color text-decoration-line "
    "text-decoration-style text-decoration-thickness text-indent text-overflow text-shadow "
    "text-transform text-underline-offset top transform transform-origin unicode-bidi "
    "vertical-align visibility white-space widows width word-break word-spacing word-wrap "
    "writing-mode z-index -webkit-background-clip -webkit-text-fill-color -webkit-line-clamp "
    "-webkit-box-orient"
)
PROPERTIES = frozenset(_PROPERTY_WORDS.split())
_FUNCTION_WORDS = (
    "rgb rgba hsl hsla calc min max clamp linear-gradient radial-gradient "
    "repeating-linear-gradient repeating-radial-gradient rotate scale scalex scaley skew "
    "skewx skewy translate translatex translatey rect counter repeat minmax fit-content"
)
_FUNCTIONS = frozenset(_FUNCTION_WORDS.split())
_LOADING_WORDS = "url src image image-set -webkit-image-set cross-fade -webkit-cross-fade element"
_LOADING = frozenset(_LOADING_WORDS.split())
_SETS = frozenset(("image-set", "-webkit-image-set"))
_PICTURED = frozenset(("background", "background-image", "list-style", "list-style-image"))
# Properties of which only some words may stay.
_WORDS = {
    "position": frozenset(("static", "relative", "absolute", "initial", "inherit", "unset")),
    "cursor": frozenset(("auto", "default", "pointer", "text", "help", "inherit", "initial")),
}
# What is written for each element that a rule meets: long words there add up to gigabytes.
_REPEATED_WORDS = frozenset(("content", "quotes", "list-style", "list-style-type", "text-overflow"))
MAX_REPEATED_WORDS = 80
_COUNTED = frozenset(
    (
        "tab-size",
        "grid-column",
        "grid-row",
        "widows",
        "orphans",
        "-webkit-line-clamp",
    )
)
_OURS = re.compile(r"missive://mail/(?:image|remote)/\d{1,19}/\d{1,19}|data:image/[\w.+-]+;base64,")
ENDLESS_NUMBER = re.compile("[0-9]{1000,}")  # Python refuses to read a number of 4300 digits
_INTEGER = re.compile(r"(?<![\w.#])\d+(?![\w.%])")


def is_plain_allowed(name: str, value: str) -> bool:
    """Whether a value without brackets may be written for a property."""
    if name in _WORDS:
        return value.strip().lower() in _WORDS[name]
    if name in _REPEATED_WORDS and len(value) > MAX_REPEATED_WORDS and "url(" not in value:
        return False
    if name in _COUNTED:
        return all(int(found) <= MAX_REPEATED for found in _INTEGER.findall(value))
    return True


def written(name: str, tokens: Sequence[Any], resolve: Resolver) -> str:
    """Return a value as it may stay, or ""."""
    layers: list[list[Any]] = [[]]
    for token in tokens:
        if token.type == "literal" and token.value == ",":
            layers.append([])
        else:
            layers[-1].append(token)
    out: list[str] = []
    length = 0
    for layer in layers:
        text, images = _layer(layer, resolve if name in _PICTURED else None)
        if text is None:
            return ""
        length += len(text) - sum(map(len, images))
        if not text and len(layers) > 1:
            if not layer or name not in _PICTURED:
                return ""
            text = "none"
        out.append(text)
    value = ", ".join(out)
    if not value or length > MAX_VALUE or not is_plain_allowed(name, value):
        return ""
    return "" if all(text in ("", "none") for text in out) and _loads(tokens) else value


def _loads(tokens: Iterable[Any]) -> bool:
    return any(_is_loading(token) for token in tokens)


def _is_loading(token: Any) -> bool:
    return token.type == "url" or (token.type == "function" and token.lower_name in _LOADING)


def _layer(tokens: Sequence[Any], resolve: Resolver | None) -> tuple[str | None, list[str]]:
    """Write what stands between two commas; nothing when a part of it must not be."""
    parts: list[str] = []
    images: list[str] = []
    for token in tokens:
        if _is_loading(token):
            address = _image(token, resolve)
            if address:
                images.append(f'url("{address}")')
                parts.append(images[-1])
        elif _is_plain(token, 0):
            parts.append(serializer.serialize([token]))
        else:
            return None, []
    text = " ".join("".join(parts).split()) if not images else _spaced(parts)
    return (None, []) if "<" in text else (text, images)


def _spaced(parts: Iterable[str]) -> str:
    return " ".join(part.strip() for part in parts if part.strip())


def _image(token: Any, resolve: Resolver | None) -> str:
    """Return the address that is shown for a token that loads, or ""."""
    if resolve is None:
        return ""
    asked = ""
    if token.type == "url":
        asked = token.value
    elif token.lower_name in ("url", *_SETS):  # of a set, the first
        inner = [
            other.arguments[0] if other.type == "function" and other.arguments else other
            for other in token.arguments
        ]
        asked = next((one.value for one in inner if one.type in ("url", "string")), "")
    address = resolve(asked) if asked else ""
    return address if _OURS.match(address) else ""


def remote_in(tokens: Iterable[Any], depth: int = 0) -> int:
    """Count the remote addresses in a value."""
    count = 0
    for token in tokens:
        if token.type in ("url", "string"):
            text = "".join(token.value[:20].split()).replace("\\", "/").lower()
            count += text.startswith(("//", "http:", "https:"))
        elif token.type == "function" and depth < 5:
            count += remote_in(token.arguments, depth + 1)
    return count


def _is_plain(token: Any, depth: int) -> bool:
    """Whether a token is made of numbers, words, colours and harmless functions alone."""
    kind = token.type
    if kind in ("error", "url", "at-keyword", "{} block", "[] block", "unicode-range"):
        return False
    if kind == "function":
        if token.lower_name not in _FUNCTIONS or depth > 5:
            return False
        if token.lower_name == "repeat" and not _is_short(token.arguments):
            return False
        return all(_is_plain(one, depth + 1) for one in token.arguments)
    if kind == "() block":
        return depth <= 5 and all(_is_plain(one, depth + 1) for one in token.content)
    if kind == "literal":
        return token.value in (",", "/", "+", "-", "*")
    if kind == "string":
        return "<" not in token.value and "\n" not in token.value
    if kind in ("ident", "hash"):
        return bool(token.value.replace("-", "a").replace("_", "a").isalnum())
    if kind == "dimension":
        return bool(token.unit.isalnum())
    return True


def _is_short(arguments: Sequence[Any]) -> bool:
    """Whether a repeat() repeats a bounded number of times."""
    first = next((one for one in arguments if one.type != "whitespace"), None)
    if first is None:
        return False
    if first.type == "ident" and first.lower_value in ("auto-fill", "auto-fit"):
        # As many as there is room for: few, where each takes a good part of a mail's width.
        widths = [one for one in _flat(arguments) if one.type == "dimension"]
        fixed = [one for one in widths if one.lower_unit != "fr"]
        return bool(fixed) and all(
            one.lower_unit == "px" and one.value >= WIDE_TRACK for one in fixed
        )
    return first.type == "number" and bool(first.is_integer) and first.value <= MAX_REPEATED


def _flat(tokens: Sequence[Any]) -> Iterator[Any]:
    for token in tokens:
        yield token
        if token.type == "function":
            yield from _flat(token.arguments)
