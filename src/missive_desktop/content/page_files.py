"""What a mail carries beside its text, as markup: tiles of files. Pure; sizes come in words."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from missive_desktop.content.markup import escape
from missive_desktop.content.page_parts import act, count, icon
from missive_desktop.content.previewing import has_thumbnail, kind_of
from missive_desktop.domain.message import Attachment

MAX_SHOWN_FILES = 200
RISKY = ' class="risky"'


def files(message: int, attachments: Sequence[Attachment], told: Collection[int] = ()) -> str:
    """Write the tiles of a mail's files, or nothing where it has none.

    `told` are parts that the page shows otherwise, such as an invitation.
    """
    shown = [file for file in attachments if not file.inline and file.part not in told]
    if not shown:
        return ""
    tiles = "".join(_tile(message, file) for file in shown[:MAX_SHOWN_FILES])
    more = len(shown) - MAX_SHOWN_FILES
    rest = f'<li class="more">and {more} more</li>' if more > 0 else ""
    return f'<ul class="files" aria-label="{count(len(shown), "attachment")}">{tiles}{rest}</ul>'


def shared(comment: str, name: str, size: int, warning: str) -> str:
    """Write the tile of the file that goes along with a comment."""
    named = escape(name)
    opened = escape(act("comment-open", comment=comment))
    saved = escape(act("comment-save", comment=comment))
    said = _size(size) + (f" · {escape(_first(warning))}" if warning else "")
    title = escape(f"Open {name}" + (f"\n{warning}" if warning else ""))
    return (
        f'<ul class="files" aria-label="1 attachment"><li{RISKY if warning else ""}>'
        f'<a class="tile" href="{opened}" title="{title}">'
        f"{icon('warning' if warning else 'file')}"
        f'<span class="file"><bdi>{named}</bdi><small><bdi>{said}</bdi></small></span></a>'
        f'<a class="save" href="{saved}" title="Save {named}" aria-label="Save {named}">'
        f"{icon('save')}</a></li></ul>"
    )


def _tile(message: int, file: Attachment) -> str:
    kind = file.media_type.partition("/")[0]
    drawn = icon({"image": "image", "message": "mail"}.get(kind, "file"))
    name = escape(file.name)
    shown = kind_of(file.name, file.media_type, file.size)
    opened = escape(act("open", message=message, part=file.part))
    first = escape(act("preview", message=message, part=file.part)) if shown else opened
    verb = "Show" if shown else "Open"
    saved = escape(act("save", message=message, part=file.part))
    risky = RISKY if file.warning else ""
    said = f"{_size(file.size)} · {escape(_first(file.warning))}" if file.warning else ""
    title = escape(f"{verb} {file.name}" + (f"\n{file.warning}" if file.warning else ""))
    return (
        f'<li{risky}><a class="tile" href="{first}" title="{title}">'
        f"{_mark(message, file, drawn)}"
        f'<span class="file"><bdi>{name}</bdi>'
        f"<small><bdi>{said or _size(file.size)}</bdi></small></span></a>"
        f"{_opener(opened, name) if shown else ''}"
        f'<a class="save" href="{saved}" title="Save {name}" aria-label="Save {name}">'
        f"{icon('save')}</a></li>"
    )


def _opener(address: str, name: str) -> str:
    return (
        f'<a class="save" href="{address}" title="Open {name} with another program" '
        f'aria-label="Open {name} with another program">{icon("external")}</a>'
    )


def _mark(message: int, file: Attachment, drawn: str) -> str:
    """Draw what stands before the name: a warning, the picture itself, or what kind it is."""
    if file.warning:
        return icon("warning")
    if has_thumbnail(file.name, file.media_type, file.size):
        address = f"missive://mail/image/{message}/{file.part}"
        return f'<span class="thumb">{drawn}<img src="{address}" alt=""></span>'
    return drawn


def _first(warning: str) -> str:
    """Return the first sentence: the tile is small, the question before opening says all."""
    return warning.partition(". ")[0].rstrip(".")


def _size(size: int) -> str:
    if size < 1000:
        return f"{size} B"
    value = size / 1000
    for unit in ("KB", "MB"):
        if value < 999.5:
            return f"{value:.0f} {unit}" if value >= 10 else f"{value:.1f} {unit}"
        value /= 1000
    return f"{value:.1f} GB"
