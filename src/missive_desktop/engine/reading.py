"""What reading needs written: what is shown of a message, and attachments as files."""

from __future__ import annotations

import contextlib
import secrets
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from missive_desktop.content import parse, rendered
from missive_desktop.content.filenames import safe_name
from missive_desktop.content.sanitize import REMOTE_URL, VERSION
from missive_desktop.domain.changes import Changes
from missive_desktop.engine import space_mail
from missive_desktop.engine.allowance import allowed
from missive_desktop.engine.protocol import OpenAttachment, Prepare, SaveAttachment
from missive_desktop.engine.runtime import Runtime
from missive_desktop.errors import UsageError, disk_trouble
from missive_desktop.store import messages, remote_images
from missive_desktop.store import rendered as kept
from missive_desktop.store.database import Connection
from missive_desktop.store.messages import MessageRow
from missive_desktop.sync.digesting import known_vendors


class _Made(NamedTuple):
    message: int
    body: bytes
    images: frozenset[int]


def prepare(runtime: Runtime, request: Prepare) -> dict[str, Any]:
    make_shown(runtime, list(request.messages))
    if request.whole:
        space_mail.complete(runtime, request.messages)
    else:
        space_mail.complete_soon(runtime, request.messages)
    return {}


def make_shown(runtime: Runtime, wanted: list[int], *, tell: bool = True) -> int:
    """Render what is missing or was made by an older sanitizer; return how many that were."""
    made: list[_Made] = []
    with runtime.reading() as conn:
        for message in wanted:
            row = messages.get(conn, message)
            if kept.version(conn, message) == VERSION or row is None:
                continue
            raw = messages.raw(conn, runtime.store, message)
            try:
                made.append(_render(conn, row, raw))
            except Exception as error:  # a bug, and hostile mail finds it: the others go on
                runtime.report_bug(error)
            if runtime.stopping.is_set():
                break

    def work(conn: Connection, changes: Changes) -> None:
        now = int(time.time())
        for one in made:
            if not one.images >= set(remote_images.shown(conn, one.message).values()):
                continue  # more came while this was made: it is made anew
            kept.put(conn, one.message, VERSION, one.body)
            remote_images.use(conn, one.message, one.images, now)
        if tell:
            changes.messages.update(one.message for one in made)

    if made:
        runtime.writer.run(work)
    return len(made)


def _render(conn: Connection, row: MessageRow, raw: bytes) -> _Made:
    """Render with the remote images that were fetched for this message.

    Where a rule allows them, also with those that were fetched for other mail of the account.
    """
    parsed = parse.parse(raw)
    images = remote_images.shown(conn, row.id)
    shown = rendered.of_parsed(parsed, known_vendors(), remote=served(images))
    if shown.remote and allowed(conn, row, shown):
        others = remote_images.known(conn, row.account, shown.remote)
        if others:
            images |= others
            shown = rendered.of_parsed(parsed, known_vendors(), remote=served(images))
    return _Made(row.id, rendered.encode(shown), frozenset(images.values()))


def served(images: Mapping[str, int]) -> dict[str, str]:
    """Return, for the address of each remote image, where the view finds it."""
    return {url: f"{REMOTE_URL}{image}" for url, image in images.items()}


def open_attachment(runtime: Runtime, request: OpenAttachment) -> dict[str, Any]:
    name, data = _attachment(runtime, request.message, request.part)
    space_mail.note(runtime, request.message, "attachment.opened", request.part)
    return {"path": opened(runtime, name, data)}


def opened(runtime: Runtime, name: str, data: bytes) -> str:
    """Put a file into the private folder, which is emptied; return where it lies."""
    folder = runtime.profile.opened / secrets.token_hex(8)
    path = folder / safe_name(name)
    try:
        folder.mkdir(mode=0o700)
        _write(path, data)
    except OSError as error:
        raise disk_trouble(error) from error
    return str(path)


def save_attachment(runtime: Runtime, request: SaveAttachment) -> dict[str, Any]:
    _, data = _attachment(runtime, request.message, request.part)
    space_mail.note(runtime, request.message, "attachment.saved", request.part)
    saved(Path(request.path), data)
    return {}


def saved(path: Path, data: bytes) -> None:
    """Write a file to where the person wants it."""
    try:
        _write(path, data)
    except OSError as error:
        raise disk_trouble(error) from error


def _attachment(runtime: Runtime, message: int, part: int) -> tuple[str, bytes]:
    space_mail.complete(runtime, [message])
    with runtime.reading() as conn:
        raw = messages.raw(conn, runtime.store, message)
    for attachment in parse.parse(raw).attachments:
        if attachment.part == part:
            return attachment.name, parse.attachment(raw, part)
    raise UsageError("The message has no such attachment.")


def _write(path: Path, data: bytes) -> None:
    path.write_bytes(data)
    path.chmod(0o600)
    mark_as_foreign(path)


def mark_as_foreign(path: Path) -> None:
    """Tell the system that the file came from outside, so that it asks before running it."""
    with contextlib.suppress(OSError, subprocess.SubprocessError):
        if sys.platform == "win32":
            Path(f"{path}:Zone.Identifier").write_text("[ZoneTransfer]\r\nZoneId=3\r\n")
        elif sys.platform == "darwin":
            mark = "0083;00000000;Missive;"
            subprocess.run(
                ["xattr", "-w", "com.apple.quarantine", mark, str(path)],
                check=False,
                timeout=5,
                capture_output=True,
            )
