"""Acts on messages and folders: local at once, queued for the server in the same transaction."""

from __future__ import annotations

from typing import Any

import msgspec

from missive_desktop.domain import act as acts
from missive_desktop.domain.changes import Changes
from missive_desktop.domain.folder import Role
from missive_desktop.engine import local, spaces
from missive_desktop.engine.protocol import (
    Act,
    CreateFolder,
    DeleteFolder,
    RenameFolder,
    SetFolderRole,
)
from missive_desktop.engine.runtime import Runtime
from missive_desktop.errors import UsageError
from missive_desktop.store import folders
from missive_desktop.store.database import Connection
from missive_desktop.sync import actions, folder_acts
from missive_desktop.team.spaces import acting
from missive_desktop.team.spaces.acting import Done


def act(runtime: Runtime, request: Act) -> dict[str, Any]:
    """Answer with the acts that undo it, as requests."""
    if request.kind == "revert":
        return spaces.revert(runtime, request)
    try:
        kind = acts.Deed(request.kind)
    except ValueError as error:
        raise UsageError(f"There is no act {request.kind}.") from error
    wish = acts.Act(kind, request.messages, request.conversations, request.source, request.target)

    def work(conn: Connection, changes: Changes) -> tuple[list[acts.Act], list[Done]]:
        left, shared = acting.act(spaces.desk(runtime, conn, changes), wish)
        undo = actions.act(conn, left, changes)
        local.settle(conn, changes)
        return undo, shared

    undo, shared = runtime.writer.run(work, durable=True)
    runtime.syncs.poke()
    return {"undo": [as_request(one) for one in undo] + spaces.told(runtime, shared)}


def as_request(one: acts.Act) -> dict[str, Any]:
    """Return an act as the fields of the request that does it."""
    fields: dict[str, Any] = msgspec.to_builtins(one)
    return fields


def create_folder(runtime: Runtime, request: CreateFolder) -> dict[str, Any]:
    folder = runtime.writer.run(
        lambda conn, changes: folder_acts.create(conn, request.account, request.name, changes),
        durable=True,
    )
    runtime.syncs.poke()
    return {"folder": folder}


def rename_folder(runtime: Runtime, request: RenameFolder) -> dict[str, Any]:
    runtime.writer.run(
        lambda conn, changes: folder_acts.rename(conn, request.folder, request.name, changes),
        durable=True,
    )
    runtime.syncs.poke()
    return {}


def delete_folder(runtime: Runtime, request: DeleteFolder) -> dict[str, Any]:
    runtime.writer.run(
        lambda conn, changes: folder_acts.delete(conn, request.folder, changes), durable=True
    )
    runtime.syncs.poke()
    return {}


def set_role(runtime: Runtime, request: SetFolderRole) -> dict[str, Any]:
    try:
        role = Role(request.role)
    except ValueError as error:
        raise UsageError(f"There is no role {request.role}.") from error

    def work(conn: Connection, changes: Changes) -> None:
        if folders.get(conn, request.folder) is None:
            raise UsageError("There is no such folder.")
        folders.choose_role(conn, request.folder, role, changes)

    runtime.writer.run(work, durable=True)
    return {}
