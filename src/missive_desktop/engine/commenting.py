"""What members say to each other of a conversation, with a file or without."""

from __future__ import annotations

from typing import Any

from missive_desktop.engine import spaces
from missive_desktop.engine.runtime import Runtime
from missive_desktop.engine.space_requests import Comment, EditComment
from missive_desktop.team.spaces import saying
from missive_desktop.team.spaces.acting import Desk, Done


def comment(runtime: Runtime, request: Comment) -> dict[str, Any]:
    if request.path or request.name:
        from missive_desktop.engine import space_files  # heavy: it knows how files are sealed

        return space_files.comment(runtime, request)

    def work(at: Desk) -> tuple[str, Done]:
        one = spaces.shared(at, request.conversation)
        return saying.comment(at, one, request.text, request.mentions)

    return spaces.made(runtime, "comment", work)


def edit_comment(runtime: Runtime, request: EditComment) -> dict[str, Any]:
    if not request.text:
        return spaces.done(
            runtime, lambda at: [saying.delete_comment(at, request.account, request.comment)]
        )
    return spaces.done(
        runtime,
        lambda at: [saying.edit_comment(at, request.account, request.comment, request.text)],
    )
