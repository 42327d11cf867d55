"""What members say beside the mail: comments with mentions, tasks, labels; as `acting` does."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, NamedTuple

import msgspec

from missive_desktop.domain.spaces import CommentBody, LabelBody, SharedFile, TaskBody
from missive_desktop.domain.team import Intent
from missive_desktop.errors import UsageError
from missive_desktop.store import team_scopes, team_spaces, team_talk, team_views
from missive_desktop.store.database import Connection
from missive_desktop.store.team_spaces import SpaceRow
from missive_desktop.store.team_talk import TaskRow
from missive_desktop.store.teams import TeamRow
from missive_desktop.team import showing
from missive_desktop.team.spaces import acting, mentions
from missive_desktop.team.spaces.acting import Desk, Done, Meant
from missive_wire import shapes
from missive_wire.acts import ADMINS
from missive_wire.ids import new_id, org_scope

LONGEST = 10_000  # characters of a comment or of a task
LONGEST_NAME = 500  # of a conversation


def _shown(conn: Connection, account: int) -> tuple[SpaceRow, TeamRow]:
    found = team_spaces.with_team(conn, account)
    if found is None:
        raise UsageError("This is no shared inbox.")
    return found


def space_of(conn: Connection, account: int) -> tuple[SpaceRow, str]:
    """Return the space that an account shows, and who one is in it."""
    space, team = _shown(conn, account)
    return space, team.user


def mentioned(conn: Connection, space: SpaceRow, text: str, given: Collection[str]) -> list[str]:
    """Return who a text names, and whom the writer chose; nobody who could not read it."""
    people = team_views.people(conn, space.account)
    seats = team_spaces.seats(conn, space.scope)
    active = {user for user, seat in seats.items() if seat.kind == "active"}
    chosen = dict.fromkeys(each for each in given if each in people)
    return list(chosen | dict.fromkeys(mentions.found(text, people, active)))


class Attached(NamedTuple):
    """A sealed file that goes along with a comment: what its body says of it, and its address."""

    file: SharedFile
    blob: str


def comment(
    desk: Desk,
    one: Meant,
    text: str,
    given: Collection[str] = (),
    attached: Attached | None = None,
) -> tuple[str, Done]:
    """Say something to those who share the conversation; return its id."""
    id_ = new_id()
    named = mentioned(desk.conn, one.space, text, given)
    header: dict[str, Any] = {"conv": one.subject.conv, "mentions": named}
    if attached is not None:
        header |= {"blob": attached.blob, "size": attached.file.size}
    file = attached.file if attached is not None else None
    body = _encoded(CommentBody(_said(text, file), file))
    intent = Intent("put", one.subject.scope, "comment", id_, "comment.added", header, body)
    undo = Intent("del", one.subject.scope, "comment", id_, "comment.deleted")
    return id_, _say(desk, one.space, one.subject.me, [intent], [undo])


def edit_comment(desk: Desk, account: int, id_: str, text: str) -> Done:
    space, me = space_of(desk.conn, account)
    known = team_talk.comment(desk.conn, account, id_)
    if known is None:
        raise UsageError("This comment is no longer here.")
    if known.author != me:
        raise UsageError("Only who wrote a comment can change it.")
    header = {"mentions": mentioned(desk.conn, space, text, ()), "made": known.at}
    body = _encoded(CommentBody(_said(text, known.file), known.file))
    intent = Intent("patch", space.scope, "comment", id_, "comment.edited", header, body)
    back = {"mentions": list(known.mentions)}
    old = _encoded(CommentBody(known.text, known.file))
    undo = Intent("patch", space.scope, "comment", id_, "comment.edited", back, old)
    return _say(desk, space, me, [intent], [undo])


def delete_comment(desk: Desk, account: int, id_: str) -> Done:
    """Delete a comment. One's own can be said again; but its file is gone from the server."""
    space, me = space_of(desk.conn, account)
    known = team_talk.comment(desk.conn, account, id_)
    if known is None:
        raise UsageError("This comment is no longer here.")
    if known.author != me and acting.role(desk.conn, space, me) not in ADMINS:
        raise UsageError("Only who wrote a comment, or an administrator, can delete it.")
    intent = Intent("del", space.scope, "comment", id_, "comment.deleted")
    undo = []
    if known.author == me and known.file is None:
        header = {"conv": known.conv, "mentions": list(known.mentions)}
        body = _encoded(CommentBody(known.text))
        undo = [Intent("put", space.scope, "comment", new_id(), "comment.added", header, body)]
    return _say(desk, space, me, [intent], undo)


def rename(desk: Desk, one: Meant, name: str) -> Done:
    """Call a conversation otherwise for all who share it; "": as its mail says."""
    name = " ".join(name.split())
    if len(name) > LONGEST_NAME:
        raise UsageError(f"A name has at most {LONGEST_NAME} characters.")
    scope, conv = team_scopes.get(desk.conn, one.space.team, one.space.scope), one.subject.conv
    found = showing.shown(desk.conn, scope, [("conv", conv)]) if scope is not None else {}
    known = found.get(("conv", conv))
    if known is None or known.gone or not known.body:
        raise UsageError("This conversation is not all here yet.")
    old = shapes.read(known.body, dict[str, Any])
    new = {**old, "name": name} if name else {k: v for k, v in old.items() if k != "name"}
    if new == old:
        return Done(one.space.team, (), ())
    intent, undo = (_renamed(one, body) for body in (new, old))
    return _say(desk, one.space, one.subject.me, [intent], [undo])


def _renamed(one: Meant, body: dict[str, Any]) -> Intent:
    written = msgspec.json.encode(body).decode()
    act, conv = "conversation.renamed", one.subject.conv
    return Intent("patch", one.subject.scope, "conv", conv, act, {}, written)


def make_label(desk: Desk, account: int, name: str, colour: str, shared: bool) -> tuple[str, Done]:
    """Make a label of the space, or (shared) of the whole organization; return its id."""
    space, team = _shown(desk.conn, account)
    if not name.strip():
        raise UsageError("A label needs a name.")
    scope = org_scope(team.org) if shared else space.scope
    known = team_spaces.labels(desk.conn, (scope,)).values()
    if any(each.name.casefold() == name.strip().casefold() for each in known):
        raise UsageError(f"There is a label {name.strip()} already.")
    id_ = new_id()
    body = _encoded(LabelBody(name.strip(), colour))
    intent = Intent("put", scope, "label", id_, "label.added", {}, body)
    undo = Intent("del", scope, "label", id_, "label.deleted")
    return id_, _say(desk, space, team.user, [intent], [undo])


def edit_label(desk: Desk, account: int, id_: str, name: str, colour: str) -> Done:
    """Call a label otherwise or give it another colour; with neither, delete it."""
    space, team = _shown(desk.conn, account)
    known = team_spaces.usable_labels(desk.conn, space, team).get(id_)
    if known is None:
        raise UsageError("This label is no longer here.")
    if not name and not colour:
        intent = Intent("del", known.scope, "label", id_, "label.deleted")
        return _say(desk, space, team.user, [intent])
    body = _encoded(LabelBody(name or known.name, colour or known.colour))
    old = _encoded(LabelBody(known.name, known.colour))
    intent = Intent("patch", known.scope, "label", id_, "label.edited", {}, body)
    undo = Intent("patch", known.scope, "label", id_, "label.edited", {}, old)
    return _say(desk, space, team.user, [intent], [undo])


# -- tasks


def add_task(
    desk: Desk,
    account: int,
    conv: str,
    title: str,
    text: str = "",
    assignees: Collection[str] = (),
    due: int = 0,
) -> tuple[str, Done]:
    """Make a task, of a conversation or (conv "") of the space; return its id."""
    space, me = space_of(desk.conn, account)
    if not title.strip():
        raise UsageError("A task needs a title.")
    id_ = new_id()
    header = {"conv": conv, "assignees": list(assignees), "st": "todo", "due": due}
    body = _encoded(TaskBody(title.strip(), text))
    intent = Intent("put", space.scope, "task", id_, "task.added", header, body)
    undo = Intent("del", space.scope, "task", id_, "task.deleted")
    return id_, _say(desk, space, me, [intent], [undo])


_STATES = {"todo": "task.reopened", "doing": "task.started", "closed": "task.closed"}


def change_task(
    desk: Desk,
    account: int,
    id_: str,
    *,
    title: str | None = None,
    text: str | None = None,
    assignees: Collection[str] | None = None,
    due: int | None = None,
    state: str | None = None,
) -> Done:
    """Change what is given of a task; what is None stays as it is."""
    space, me = space_of(desk.conn, account)
    known = team_talk.task(desk.conn, account, id_)
    if known is None:
        raise UsageError("This task is no longer here.")
    if state is not None and state not in _STATES:
        raise UsageError("A task is one of todo, doing, closed.")
    new = msgspec.structs.replace(
        known,
        title=known.title if title is None else title,
        text=known.text if text is None else text,
        assignees=known.assignees if assignees is None else tuple(assignees),
        due=known.due if due is None else due,
        state=known.state if state is None else state,
    )
    return _say(desk, space, me, _task(space.scope, known, new), _task(space.scope, new, known))


def _task(scope: str, old: TaskRow, new: TaskRow) -> list[Intent]:
    def patch(act: str, header: dict[str, Any], body: str = "") -> Intent:
        return Intent("patch", scope, "task", old.id, act, header, body)

    result = []
    if (old.title, old.text, old.due) != (new.title, new.text, new.due):
        worded = (old.title, old.text) != (new.title, new.text)
        body = _encoded(TaskBody(new.title, new.text)) if worded else ""
        result.append(patch("task.edited", {"due": new.due} if old.due != new.due else {}, body))
    if old.assignees != new.assignees:
        result.append(patch("task.assigned", {"assignees": list(new.assignees)}))
    if old.state != new.state:
        result.append(patch(_STATES[new.state], {"st": new.state}))
    return result


def delete_task(desk: Desk, account: int, id_: str) -> Done:
    space, me = space_of(desk.conn, account)
    if team_talk.task(desk.conn, account, id_) is None:
        raise UsageError("This task is no longer here.")
    intent = Intent("del", space.scope, "task", id_, "task.deleted")
    return _say(desk, space, me, [intent])


def _say(
    desk: Desk,
    space: SpaceRow,
    me: str,
    intents: Collection[Intent],
    undo: Collection[Intent] = (),
) -> Done:
    acting.refuse(desk.conn, space, me, intents)
    return acting.submit(desk, space.team, tuple(intents), tuple(undo))


def _said(text: str, file: SharedFile | None) -> str:
    text = text.strip()
    if not text and file is None:
        raise UsageError("There is nothing in this comment.")
    if len(text) > LONGEST:
        raise UsageError(f"A comment has at most {LONGEST:,} characters.")
    return text


def _encoded(body: msgspec.Struct) -> str:
    return msgspec.json.encode(body).decode()
