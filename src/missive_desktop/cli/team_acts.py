"""Acts on conversations of shared inboxes: done here at once, then told to the team's server."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from missive_desktop.cli import opening, output, team_names
from missive_desktop.domain import refusals
from missive_desktop.domain.team import REFUSED, PendingState
from missive_desktop.engine.blocking import BlockingClient
from missive_desktop.engine.request import Request
from missive_desktop.engine.space_requests import (
    AddTask,
    Assign,
    Comment,
    EditComment,
    EditTask,
    Label,
    MakeLabel,
    Rename,
    ReturnToTeam,
    SaveSharedFile,
    SetOpen,
    Snooze,
    Transfer,
    WatchConversations,
)
from missive_desktop.engine.team_sync_requests import DropPending, RedoPending
from missive_desktop.errors import UsageError
from missive_desktop.store import (
    conversations,
    team_pending,
    team_spaces,
    team_talk,
    team_views,
    teams,
)
from missive_desktop.store.database import Connection
from missive_desktop.store.team_talk import TaskRow


def _do(chosen: argparse.Namespace, make: Callable[[Connection], Request]) -> int:
    with opening.writing(chosen) as (client, conn):
        client.call(make(conn))
        return team_names.tell(client)


def _meant(conn: Connection, ids: list[int]) -> tuple[int, ...]:
    return tuple(dict.fromkeys(team_names.conversation(conn, id_) for id_ in ids))


def assign(chosen: argparse.Namespace) -> int:
    """Give a conversation to members, or to nobody."""

    def make(conn: Connection) -> Request:
        conversation = team_names.conversation(conn, chosen.id)
        if chosen.nobody:
            return ReturnToTeam(conversations=(conversation,))
        if not chosen.who and not chosen.remove:
            raise UsageError("Say to whom, or --nobody.")
        add, remove = (
            tuple(team_names.colleague(conn, conversation, name) for name in names)
            for names in (chosen.who, chosen.remove)
        )
        return Assign(conversations=(conversation,), add=add, remove=remove, archive=chosen.archive)

    return _do(chosen, make)


def set_open(chosen: argparse.Namespace) -> int:
    """Close conversations or open them again."""
    opens = chosen.command == "reopen"
    return _do(chosen, lambda conn: SetOpen(conversations=_meant(conn, chosen.ids), open=opens))


def rename(chosen: argparse.Namespace) -> int:
    """Call a conversation otherwise."""
    return _do(
        chosen,
        lambda conn: Rename(
            conversation=team_names.conversation(conn, chosen.id), name=chosen.name
        ),
    )


def snooze(chosen: argparse.Namespace) -> int:
    """Put conversations off."""
    off = chosen.until == "off"
    now = int(time.time())
    until = 0 if off else team_names.moment(chosen.until, now)
    if until <= now and not off:
        raise UsageError(f"{chosen.until} is over already; `off` brings it back.")
    return _do(chosen, lambda conn: Snooze(conversations=_meant(conn, chosen.ids), until=until))


def watch(chosen: argparse.Namespace) -> int:
    """Have comments bring conversations back, or not."""
    return _do(
        chosen,
        lambda conn: WatchConversations(
            conversations=_meant(conn, chosen.ids), watching=not chosen.off
        ),
    )


def transfer(chosen: argparse.Namespace) -> int:
    """Move conversations to another shared inbox."""

    def make(conn: Connection) -> Request:
        target = team_names.space(conn, chosen.inbox)
        if not target.account:
            raise UsageError(f"You do not see {target.name} yourself.")
        return Transfer(conversations=_meant(conn, chosen.ids), account=target.account)

    return _do(chosen, make)


def label(chosen: argparse.Namespace) -> int:
    """Put a label on conversations or take it off."""
    with opening.writing(chosen) as (client, conn):
        meant = conversations.rows(conn, _meant(conn, chosen.ids)).values()
        for account in {row.account for row in meant}:
            mine = tuple(row.id for row in meant if row.account == account)
            id_ = _label(client, conn, account, chosen)
            add, remove = ((), (id_,)) if chosen.remove else ((id_,), ())
            client.call(Label(conversations=mine, add=add, remove=remove))
        return team_names.tell(client)


def _label(
    client: BlockingClient, conn: Connection, account: int, chosen: argparse.Namespace
) -> str:
    known = team_views.labels(conn, account)
    found = [row.id for row in known.values() if row.name.casefold() == chosen.name.casefold()]
    if found:
        return found[0]
    if chosen.make and not chosen.remove:
        request = MakeLabel(account=account, name=chosen.name, colour=chosen.colour)
        return str(client.call(request)["label"])
    raise UsageError(f"There is no label {chosen.name}; --make makes it.")


def comment(chosen: argparse.Namespace) -> int:
    """Say something, or list what was said."""
    if chosen.edit is not None:
        return _do(chosen, lambda conn: _edited(conn, chosen))
    if chosen.save is not None:
        return _do(chosen, lambda conn: _saved(conn, chosen))
    if not chosen.text and not chosen.file:
        return _comments(chosen)
    path = str(Path(chosen.file).expanduser().resolve()) if chosen.file else ""
    with opening.writing(chosen) as (client, conn):
        conversation = team_names.conversation(conn, chosen.id)
        made = client.call(Comment(conversation=conversation, text=chosen.text, path=path))
        if chosen.json:
            output.json({"comment": made["comment"]})
        return team_names.tell(client)


def _saved(conn: Connection, chosen: argparse.Namespace) -> Request:
    if not chosen.file:
        raise UsageError("Say where to with --file.")
    path = Path(chosen.file).expanduser().resolve()
    if path.exists():
        raise UsageError(f"{path} is there already.")
    return SaveSharedFile(account=_shown(conn, chosen.id), comment=chosen.save, path=str(path))


def _shown(conn: Connection, message: int) -> int:
    return team_names.timeline(conn, team_names.conversation(conn, message)).account


def _edited(conn: Connection, chosen: argparse.Namespace) -> Request:
    return EditComment(account=_shown(conn, chosen.id), comment=chosen.edit, text=chosen.text)


def _comments(chosen: argparse.Namespace) -> int:
    with opening.reading(chosen) as opened:
        conversation = team_names.conversation(opened.conn, chosen.id)
        shown = team_names.timeline(opened.conn, conversation)
    rows: list[dict[str, Any]] = [
        {
            "id": row.id,
            "by": shown.people[row.author].called if row.author in shown.people else row.author,
            "at": output.local_time(row.at // 1000).isoformat(),
            "text": row.text,
            "file": row.file.name if row.file else "",
            "mentions": list(row.mentions),
            "pending": row.pending,
        }
        for row in shown.comments
    ]
    if chosen.json:
        output.json(rows)
    elif rows:
        output.table(
            [(row["id"], row["at"][:16], row["by"], row["text"], row["file"]) for row in rows]
        )
    else:
        print("Nothing was said yet.", file=sys.stderr)
    return 0


# -- tasks


def tasks(chosen: argparse.Namespace) -> int:
    """List tasks of all shared inboxes."""
    with opening.reading(chosen) as opened:
        conn = opened.conn
        rows: list[dict[str, Any]] = [
            _described(conn, space, row)
            for space in team_spaces.mine(conn)
            for row in team_talk.tasks(conn, space.account)
            if chosen.all or row.state != "closed"
        ]
    if chosen.json:
        output.json(rows)
    elif rows:
        output.table(
            [
                (r["id"], r["state"], r["due"][:16], ", ".join(r["assignees"]), r["title"])
                for r in rows
            ]
        )
    else:
        print("There is nothing to do.", file=sys.stderr)
    return 0


def _described(conn: Connection, space: team_spaces.SpaceRow, row: TaskRow) -> dict[str, Any]:
    people = team_spaces.people(conn, space.team)
    return {
        "id": row.id,
        "inbox": space.called,
        "state": row.state,
        "due": output.local_time(row.due // 1000).isoformat() if row.due else "",
        "assignees": [people[user].called for user in row.assignees if user in people],
        "title": row.title,
        "text": row.text,
    }


def add_task(chosen: argparse.Namespace) -> int:
    """Make a task."""
    with opening.writing(chosen) as (client, conn):
        conversation = team_names.conversation(conn, chosen.of) if chosen.of else 0
        if conversation:
            account = team_names.timeline(conn, conversation).account
        else:
            account = team_names.space(conn, chosen.inbox).account
        request = AddTask(
            title=chosen.title,
            account=account,
            conversation=conversation,
            text=chosen.text or "",
            assignees=_people(conn, account, chosen.assign) or (),
            due=_due(chosen.due) or 0,
        )
        made = client.call(request)
        if chosen.json:
            output.json({"task": made["task"]})
        return team_names.tell(client)


def _people(conn: Connection, account: int, names: list[str] | None) -> tuple[str, ...] | None:
    if names is None:
        return None
    known = team_views.people(conn, account)
    found = team_spaces.with_team(conn, account)
    me = found[1].user if found is not None else ""
    return tuple(team_names.person(known, name, me) for name in names)


def _due(text: str | None) -> int | None:
    return None if text is None else team_names.moment(text, int(time.time()))


def _account_of(conn: Connection, task: str) -> int:
    for space in team_spaces.mine(conn):
        if team_talk.task(conn, space.account, task) is not None:
            return space.account
    raise UsageError(f"There is no task {task}.")


def edit_task(chosen: argparse.Namespace) -> int:
    """Change a task."""

    def make(conn: Connection) -> Request:
        account = _account_of(conn, chosen.task)
        return EditTask(
            account=account,
            task=chosen.task,
            title=chosen.title,
            text=chosen.text,
            assignees=_people(conn, account, chosen.assign),
            due=_due(chosen.due),
        )

    return _do(chosen, make)


_STATES = {"start": "doing", "done": "closed", "reopen": "todo"}


def task_state(chosen: argparse.Namespace) -> int:
    """Say how far a task is, or delete it."""
    how = chosen.task_command

    def make(conn: Connection) -> Request:
        account = _account_of(conn, chosen.task)
        if how == "delete":
            return EditTask(account=account, task=chosen.task, delete=True)
        return EditTask(account=account, task=chosen.task, state=_STATES[how])

    return _do(chosen, make)


def pending(chosen: argparse.Namespace) -> int:
    """List what the servers do not have yet, and what they refused; drop it, or do it again."""
    if chosen.drop is not None or chosen.again is not None:
        return _do(chosen, lambda conn: _decided(conn, chosen))
    with opening.reading(chosen) as opened:
        rows: list[dict[str, Any]] = [
            {
                "id": each.id,
                "act": each.act,
                "state": str(each.state),
                "why": refusals.words(each.state, each.why) if each.state in REFUSED else "",
            }
            for team in teams.all_(opened.conn)
            for each in team_pending.open_(opened.conn, team.id)
            if each.state is not PendingState.OK  # which it has
        ]
    if chosen.json:
        output.json(rows)
    elif rows:
        output.table([(str(r["id"]), r["act"], r["state"], r["why"]) for r in rows])
    else:
        print("Nothing is pending.", file=sys.stderr)
    return 0


def _decided(conn: Connection, chosen: argparse.Namespace) -> Request:
    wanted = chosen.again if chosen.drop is None else chosen.drop
    row = team_pending.get(conn, wanted)
    if row is None or row.state not in REFUSED | {PendingState.WAITING}:
        raise UsageError(f"Nothing of that number is pending: {wanted}.")
    return DropPending(pending=wanted) if chosen.drop is not None else RedoPending(pending=wanted)
