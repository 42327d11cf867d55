"""Which files can be shown without another program, and as what. Pure."""

from __future__ import annotations

from typing import Literal

Kind = Literal["image", "pdf", "text", ""]

MAX_IMAGE = 40 * 1024 * 1024
MAX_PDF = 100 * 1024 * 1024
MAX_TEXT = 20 * 1024 * 1024
MAX_THUMBNAIL = 8 * 1024 * 1024  # larger ones get an icon: each would be decoded for 32 pixels

_IMAGES_WORDS = "jpg jpeg jpe jfif png gif webp bmp ico avif svg"
_IMAGES = frozenset(_IMAGES_WORDS.split())
_TEXTS_WORDS = (
    "txt text log md markdown rst csv tsv json jsonl yaml yml toml ini cfg conf diff patch tex bib "
    "asc eml vcf ics xml sql c h cpp hpp cs java kt go rs swift ts css py rb pl sh ps1 bat js srt"
)
_TEXTS = frozenset(_TEXTS_WORDS.split())


def kind_of(name: str, media_type: str, size: int) -> Kind:
    """Say how a file is shown, or nothing: then only other programs can show it."""
    ending = name.rpartition(".")[2].lower() if "." in name else ""
    if size <= 0:
        return ""
    if ending == "pdf" or (media_type == "application/pdf" and ending not in _TEXTS | _IMAGES):
        return "pdf" if size <= MAX_PDF else ""
    if ending in _IMAGES or (media_type.startswith("image/") and not ending):
        return "image" if size <= MAX_IMAGE else ""
    plain = media_type in ("text/plain", "text/csv", "message/rfc822") and not ending
    if ending in _TEXTS or plain:
        return "text" if size <= MAX_TEXT else ""
    return ""


def has_thumbnail(name: str, media_type: str, size: int) -> bool:
    """Say whether a tile shows the picture itself."""
    return kind_of(name, media_type, size) == "image" and size <= MAX_THUMBNAIL
