"""Files that go along with comments: sealed on their way in, opened or saved on their way out.

Loaded only where there is one: it brings what seals and what talks to servers of teams.
"""

from __future__ import annotations

import io
import mimetypes
from contextlib import closing
from pathlib import Path
from typing import Any, BinaryIO

from missive_desktop.content.filenames import safe_name
from missive_desktop.domain.spaces import SharedFile
from missive_desktop.engine import reading, spaces
from missive_desktop.engine.runtime import Runtime
from missive_desktop.engine.space_requests import Comment, OpenSharedFile, SaveSharedFile
from missive_desktop.errors import DiskTrouble, KnownError, UsageError
from missive_desktop.store import team_spaces, team_talk
from missive_desktop.store.packs import PackWriter
from missive_desktop.team import blobs
from missive_desktop.team.calls import Problems
from missive_desktop.team.keys import blobs as sealing
from missive_desktop.team.spaces import saying
from missive_desktop.team.spaces.acting import Desk, Done
from missive_desktop.team.spaces.saying import Attached

LARGEST = 100 << 20  # bytes


def comment(runtime: Runtime, request: Comment) -> dict[str, Any]:
    """Say something with a file; it goes up before the comment does."""
    if request.path:
        path = Path(request.path)
        try:
            with path.open("rb") as source:
                name, ready = path.name, _sealed(runtime, source, path.name)
        except OSError as error:
            raise DiskTrouble(f"{path.name} cannot be read: {error.strerror}.") from error
    else:
        name = request.name
        ready = _sealed(runtime, io.BytesIO(request.data), name)
    blob = ready.blob
    media_type = mimetypes.guess_type(name)[0] or "application/octet-stream"
    file = SharedFile(
        safe_name(name), media_type, blob.plain_size, ready.key.hex(), blob.plain_hash
    )

    def work(at: Desk) -> tuple[str, Done]:
        one = spaces.shared(at, request.conversation)
        attached = Attached(file, blob.hash)
        id_, done = saying.comment(at, one, request.text, request.mentions, attached)
        space = one.space
        blobs.keep_up(at.conn, space.team, space.account, space.scope, id_, ready)
        return id_, done

    return spaces.made(runtime, "comment", work)


def _sealed(runtime: Runtime, source: BinaryIO, name: str) -> blobs.Ready:
    if source.seek(0, io.SEEK_END) > LARGEST:
        raise UsageError(f"{name} is too large: a file has at most {LARGEST >> 20} MB.")
    source.seek(0)
    with closing(PackWriter(runtime.store.packs)) as packs:
        return blobs.seal(packs, source)


def open_(runtime: Runtime, request: OpenSharedFile) -> dict[str, Any]:
    file, data = _fetched(runtime, request.account, request.comment)
    return {"path": reading.opened(runtime, file.name, data)}


def save(runtime: Runtime, request: SaveSharedFile) -> dict[str, Any]:
    _, data = _fetched(runtime, request.account, request.comment)
    reading.saved(Path(request.path), data)
    return {}


def _fetched(runtime: Runtime, account: int, id_: str) -> tuple[SharedFile, bytes]:
    """Return a file as it was; each time it comes from the server, which notes who read it."""
    with runtime.reading() as conn:
        space = team_spaces.of_account(conn, account)
        row = team_talk.comment(conn, account, id_) if space else None
    if space is None or row is None:
        raise UsageError("This comment is no longer here.")
    if row.file is None or not row.blob:
        raise UsageError("No file goes along with this comment.")
    files = runtime.teams.of(space.team).files
    key, target = sealing.key_of(row.file.key), io.BytesIO()
    if files.here(space.scope, row.blob, key, target):
        return row.file, target.getvalue()
    name = row.file.name or "This file"
    try:
        return row.file, files.bytes_of(account, space.scope, row.blob, key, id_)
    except Problems as problem:
        if problem.code != "missing":
            raise
        raise KnownError(f"{name} is not on the team's server any more.") from problem
