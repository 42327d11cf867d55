"""What a click between the mails of a shared conversation asks for. Knows no Qt."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from missive_desktop.app.presenters.link import Engine
from missive_desktop.app.presenters.talk import Told
from missive_desktop.domain.spaces import SharedFile
from missive_desktop.engine.protocol import Act, UndoSend
from missive_desktop.engine.space_requests import EditComment, ResolveSend
from missive_desktop.engine.team_sync_requests import DropPending, RedoPending
from missive_desktop.errors import UsageError
from missive_desktop.store import team_outbox, team_talk
from missive_desktop.store.database import Connection
from missive_wire import shapes

ACTS = frozenset(
    {
        "comment-edit",
        "comment-delete",
        "comment-open",
        "comment-save",
        "pending-again",
        "pending-drop",
        "send-undo",
        "send-resolve",
    }
)


class TalkView(Protocol):
    """What of the window takes part."""

    def edit_comment(self, comment: str, text: str) -> None:
        """Have a comment changed where comments are written."""

    def offer_undo(self, text: str, undo: list[Act]) -> None: ...

    def hand_file(self, account: int, comment: str, file: SharedFile, *, save: bool) -> None:
        """Have the file of a comment opened, or saved."""

    def open_draft(self, draft: int) -> None:
        """Go on with a mail that was taken back."""


async def act(
    conn: Connection,
    engine: Engine,
    view: TalkView,
    told: Told,
    name: str,
    values: Mapping[str, str],
) -> None:
    """Do it; what goes wrong is raised. `told` is what the reader sees."""
    match name:
        case "comment-open" | "comment-save":
            row = team_talk.comment(conn, told.account, values.get("comment", ""))
            if row is not None and row.file is not None:
                view.hand_file(told.account, row.id, row.file, save=name == "comment-save")
        case "comment-edit" | "comment-delete":
            await _comment(conn, engine, view, told, name, values.get("comment", ""))
        case "pending-again":
            await engine.call(RedoPending(pending=_number(values, "pending")))
        case "pending-drop":
            await engine.call(DropPending(pending=_number(values, "pending")))
        case "send-undo":
            asked = team_outbox.of_send(conn, told.account, values.get("send", ""))
            if asked is None:
                raise UsageError("It was written on another device, and can be taken back there.")
            answer = await engine.call(UndoSend(outbox=-asked.id))
            view.open_draft(int(answer.get("draft", 0)))
        case "send-resolve":
            send, how = values.get("send", ""), values.get("how", "")
            await engine.call(ResolveSend(account=told.account, send=send, how=how))


async def _comment(
    conn: Connection, engine: Engine, view: TalkView, told: Told, name: str, comment: str
) -> None:
    row = team_talk.comment(conn, told.account, comment)
    if row is None:
        return
    if name == "comment-edit":
        view.edit_comment(row.id, row.text)
        return
    answer = await engine.call(EditComment(account=told.account, comment=row.id))
    view.offer_undo("Comment deleted", shapes.convert(answer.get("undo", []), list[Act]))


def _number(values: Mapping[str, str], name: str) -> int:
    text = values.get(name, "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else 0
