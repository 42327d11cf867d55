"""The files of a message, those inside a winmail.dat among them: names, sizes, warnings, bytes.

A file inside a package has a number of its own behind the numbers of all leaves. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from missive_desktop.content import bodies, dangers, headers, invitation, mime, tnef
from missive_desktop.domain.message import Attachment

_MAX_CALENDARS = 5
_CID = re.compile(r"cid:([^\"'\s)>]{1,500})", re.IGNORECASE)
_TYPES = {
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "png": "image/png",
    "gif": "image/gif",
    "webp": "image/webp",
    "pdf": "application/pdf",
    "txt": "text/plain",
    "ics": "text/calendar",
    "html": "text/html",
    "htm": "text/html",
    "eml": "message/rfc822",
}


def attachments(raw: bytes, body: bodies.Bodies, html: str) -> tuple[Attachment, ...]:
    """Return the files of a message; `html` is its body, which may show some of them."""
    shown = (
        {mime.plain_id(name) for name in _CID.findall(html)} if "cid:" in html.lower() else set()
    )
    packages = dict(body.packages)
    found: list[Attachment] = []
    for part in body.files:
        package = packages.get(part.number)
        if package is not None and (package.files or package.text or package.html):
            found.extend(_unpacked(part.number, package.files, shown))
            continue
        data = mime.content(raw, part)
        found.append(
            Attachment(
                part=part.number,
                name=_name(data, part),
                media_type=part.media_type,
                size=len(data),
                content_id=part.content_id,
                inline=bool(part.content_id) and mime.plain_id(part.content_id) in shown,
                warning=dangers.warning(part.written or part.name, part.media_type, data),
            )
        )
    return tuple(found)


def attachment(raw: bytes, number: int) -> bytes:
    """Return the decoded bytes of the file or leaf `number`, or nothing when there is none."""
    raw = mime.normalize(raw)
    inner = number - mime.MAX_PARTS
    wanted = number if inner < 0 else inner // tnef.MAX_FILES
    for leaf in mime.walk(raw).parts:
        if leaf.number != wanted:
            continue
        data = mime.content(raw, leaf)
        if inner < 0:
            return data
        files = tnef.unpack(data).files
        index = inner % tnef.MAX_FILES
        return files[index].data if index < len(files) else b""
    return b""


def calendars(raw: bytes, files: Sequence[Attachment]) -> tuple[tuple[int, bytes], ...]:
    """Return the parts that hold invitations, the first few and the start of each."""
    found = [file for file in files if invitation.is_calendar(file.media_type, file.name)]
    return tuple(
        (file.part, attachment(raw, file.part)[: invitation.MAX_BYTES])
        for file in found[:_MAX_CALENDARS]
    )


def _unpacked(leaf: int, files: Sequence[tnef.File], shown: set[str]) -> list[Attachment]:
    return [
        Attachment(
            part=mime.MAX_PARTS + leaf * tnef.MAX_FILES + index,
            name=mime.file_name(file.name) or "attachment",
            media_type=file.media_type or _type_of(file.name),
            size=len(file.data),
            content_id=file.content_id,
            inline=bool(file.content_id) and mime.plain_id(file.content_id) in shown,
            warning=dangers.warning(file.name, file.media_type, file.data),
        )
        for index, file in enumerate(files)
    ]


def _type_of(name: str) -> str:
    return _TYPES.get(name.rpartition(".")[2].lower(), "application/octet-stream")


def _name(data: bytes, part: mime.Part) -> str:
    """Return the file's name; an attached message is named by its subject."""
    if not part.name and part.media_type == "message/rfc822":
        inner = data[: headers.MAX_HEADER_BYTES]
        subject = headers.decode(headers.split(inner, 0, len(inner)).first("subject"))
        if subject:
            return mime.file_name(subject[:100]) + ".eml"
    return bodies.name_of(part)
