"""Which handler does which request, and which requests must keep their order."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from missive_desktop.engine import demo, importing, upkeep
from missive_desktop.engine.protocol import (
    Act,
    CreateFolder,
    DeleteFolder,
    DiscardDraft,
    Import,
    LoadDemo,
    RenameFolder,
    Request,
    RetrySend,
    SaveDraft,
    SendDraft,
    SetFolderRole,
    SetSetting,
    UndoSend,
)
from missive_desktop.engine.runtime import Runtime

_HANDLERS: dict[type[Request], Callable[[Runtime, Any], dict[str, Any]]] = {
    Import: importing.import_,
    LoadDemo: demo.load,
    SetSetting: upkeep.set_setting,
}

# Short ones that build on each other. The rest may take long and must not hold these up.
_ORDERED = frozenset(
    {
        Act, CreateFolder, RenameFolder, DeleteFolder, SetFolderRole, SaveDraft, DiscardDraft,
        SendDraft, UndoSend, RetrySend, SetSetting,
    }
)  # fmt: skip


def run(runtime: Runtime, request: Request) -> dict[str, Any]:
    """Do what is asked, on the calling thread."""
    return _HANDLERS[type(request)](runtime, request)


def is_ordered(request: Request) -> bool:
    return type(request) in _ORDERED


def begin(runtime: Runtime) -> None:
    """What the engine does by itself from its start on."""
