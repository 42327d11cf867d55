"""Hostile HTML to `SafeHtml`, the only markup of others that is ever shown.

The order: our tokenizer bounds and rewrites the mail (styles filtered, images pointed at our own
scheme, what is remote taken out and counted), then nh3, which parses as browsers do, keeps an
allow-list. What nh3 wrote is never touched by another parser again.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

import nh3

from missive_desktop.content import allowed, markup, sources, styles
from missive_desktop.content.rewriting import Rewriter
from missive_desktop.content.sources import IMAGE_URL, REMOTE_URL

__all__ = ["IMAGE_URL", "REMOTE_URL", "VERSION", "SafeHtml", "Sanitized", "sanitize"]

VERSION = 3  # raise it when anything shown would come out differently: stored bodies are made anew

MAX_ROUNDS = 8
MAX_REFERENCES = 20_000
_REFERENCES = re.compile(r"(?:&[#a-z0-9]{2,6};[^&<>\"]{0,200}+){1,20000}+")
_PLACE = re.compile(r' id="(mvx-[^"]*)"')
_TO_PLACE = re.compile(r' href="#(mvx-[^"]*)"')
_LONG_RUN = 80_000  # characters that 20,000 references have at least: no attribute holds so many

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
    forwarded: bool = False,
) -> Sanitized:
    """Make `html` safe to show.

    `images` gives the URL, in our scheme, of each Content-ID; `remote` that of each address (as
    `remote_url` cleans it) whose image was fetched. `refused` are addresses that only report.
    `forwarded` says that the subject tells of a forward, as `folding` wants to know it.
    """
    known = sources.Sources(images, remote, refused)
    rewriter = Rewriter(known, forwarded=forwarded)
    body = rewriter.rewrite(html)
    cleaned = _CLEANER.clean(_parted(body))
    if cleaned != body:
        cleaned = _settled(cleaned)
    cleaned = _placed(cleaned)
    sheet = "\n".join(rewriter.sheets)
    head = f"<style>{sheet}</style>" if sheet and "<" not in sheet else ""
    defects: list[str] = []
    if rewriter.nesting.cut:
        defects.append("its HTML is nested too deep and was simplified")
    if rewriter.tags > markup.MAX_TAGS or len(html) > markup.MAX_CHARACTERS:
        defects.append("its HTML is too long and was cut")
    return Sanitized(
        SafeHtml(head + cleaned, _MAKER),
        rewriter.blocked + known.blocked,
        tuple(known.wanted),
        rewriter.has_dark,
        tuple(defects),
        len(known.loaded),
    )


def from_text(escaped: str) -> SafeHtml:
    """Take markup that `plaintext` made; it goes through the same allow-list as a mail's."""
    return SafeHtml(_CLEANER.clean(escaped), _MAKER)


def restored(text: str) -> SafeHtml:
    """Take back what this module made and the store kept."""
    return SafeHtml(text, _MAKER)


def _parted(html: str) -> str:
    """Part long runs of character references by comments, which go again: nh3 takes time by the
    square of their number, 20 seconds for a million."""
    if html.count("&") < MAX_REFERENCES:
        return html
    return _REFERENCES.sub(
        lambda run: f"{run[0]}<!---->" if len(run[0]) >= _LONG_RUN else run[0], html
    )


def _settled(cleaned: str) -> str:
    """Parse and write until nothing changes: some trees cannot be written so that a parser gives
    them back (headings in headings, links around tables), and what is shown shall be what we saw.
    """
    for _ in range(MAX_ROUNDS):
        again = _SETTLER.clean(_parted(cleaned))
        if again == cleaned:
            return cleaned
        cleaned = again
    return _SETTLER_OF_TEXT.clean(cleaned)


def _placed(cleaned: str) -> str:
    """Take their address from links to places that are not in the mail."""
    wanted = set(_TO_PLACE.findall(cleaned))
    if not wanted:
        return cleaned
    lost = {f"#{place}" for place in wanted.difference(_PLACE.findall(cleaned))}
    if not lost:
        return cleaned

    def kept(tag: str, attribute: str, value: str) -> str | None:
        return None if attribute == "href" and value in lost else value

    return nh3.Cleaner(**_SETTINGS, attribute_filter=kept).clean(_parted(cleaned))


def _checked(tag: str, attribute: str, value: str) -> str | None:
    """The last word on attributes that load or lead somewhere; nh3 asks for each one."""
    if attribute == "src":
        return value if sources.is_written(value) else None
    if attribute == "href":
        return value if allowed.is_link(value) or allowed.is_place(value) else None
    if attribute == "style":
        return value if styles.attribute(value, sources.ours_only).css == value else None
    if attribute == "role":
        return value if value in ("presentation", "none") else None
    return value


_SETTINGS: dict[str, Any] = {
    "tags": set(allowed.TAGS),
    "clean_content_tags": {"script", "style"},
    "attributes": {tag: set(names) for tag, names in allowed.ATTRIBUTES.items()},
    "strip_comments": True,
    "link_rel": "noopener noreferrer nofollow",
    "url_schemes": {"http", "https", "mailto", "tel", "data", "missive"},
    "url_relative": "pass_through",  # to places in the mail; `_checked` refuses all others
}
_CLEANER = nh3.Cleaner(**_SETTINGS, attribute_filter=_checked)
_SETTLER = nh3.Cleaner(**_SETTINGS)
# The way out for what never settles: its words, in boxes that can be written in one way only.
_SETTLER_OF_TEXT = nh3.Cleaner(**(_SETTINGS | {"tags": {"div", "span", "br", "img"}}))
