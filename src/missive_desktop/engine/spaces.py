"""Acts of members on what a space shares: done here at once, told to the team's server in order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from missive_desktop.domain.changes import Changes
from missive_desktop.domain.team import Intent
from missive_desktop.engine import settling
from missive_desktop.engine.protocol import Act
from missive_desktop.engine.runtime import Runtime
from missive_desktop.engine.space_requests import (
    AddTask,
    Assign,
    EditLabel,
    EditTask,
    Label,
    MakeLabel,
    Rename,
    ReturnToTeam,
    SetOpen,
    Snooze,
    Transfer,
    WatchConversations,
)
from missive_desktop.errors import Refused, UsageError
from missive_desktop.store.clock import now_ms
from missive_desktop.store.database import Connection
from missive_desktop.team import submitting
from missive_desktop.team.spaces import acting, acts, saying
from missive_desktop.team.spaces.acting import Desk, Done, Meant
from missive_desktop.team.spaces.projection import SpaceProjection

Answer = dict[str, Any]


def desk(runtime: Runtime, conn: Connection, changes: Changes) -> Desk:
    """Return where acts are done, within a transaction."""
    return Desk(conn, SpaceProjection(runtime.store.packs), changes, now_ms())


def submit(
    runtime: Runtime, conn: Connection, changes: Changes, team: int, intents: Sequence[Intent]
) -> Done:
    """Keep changes for a team's server and show them, within a transaction."""
    return acting.submit(desk(runtime, conn, changes), team, intents)


def told(runtime: Runtime, done: Sequence[Done]) -> list[dict[str, Any]]:
    """Let the servers know of what was done; return the acts that undo it, as requests."""
    for team in {one.team for one in done}:
        runtime.teams.start(team)
        runtime.teams.of(team).poke()
    return [
        {"kind": "revert", "team": one.team, "revert": msgspec.to_builtins(one.undo)}
        for one in done
        if one.undo
    ]


def done(runtime: Runtime, work: Callable[[Desk], list[Done]]) -> Answer:
    """Do something, and answer with what takes it back."""
    each = runtime.writer.run(
        lambda conn, changes: work(desk(runtime, conn, changes)), durable=True
    )
    return {"undo": told(runtime, each)}


def _each(
    runtime: Runtime,
    conversations: Sequence[int],
    what: Callable[[Meant, int], list[Intent]],
) -> Answer:
    """Do something to conversations; those of no space make no sense here."""

    def work(at: Desk) -> list[Done]:
        wanted = acting.of_spaces(at.conn, conversations)
        if len(wanted) < len(set(conversations)):
            raise UsageError("This is only for conversations of a shared inbox.")
        return acting.do(at, wanted, lambda one: what(one, at.now + one.ahead))

    return done(runtime, work)


def shared(at: Desk, conversation: int) -> Meant:
    """Return a conversation that is shared; UsageError for any other."""
    wanted = acting.of_spaces(at.conn, [conversation])
    if not wanted:
        raise UsageError("This conversation is not shared.")
    return wanted[0]


def revert(runtime: Runtime, request: Act) -> Answer:
    return done(runtime, lambda at: acting.revert(at, request.team, request.revert))


def assign(runtime: Runtime, request: Assign) -> Answer:
    def what(one: Meant, now: int) -> list[Intent]:
        return acts.assign(one.subject, request.add, request.remove, now, leaves=request.archive)

    return _each(runtime, request.conversations, what)


def set_open(runtime: Runtime, request: SetOpen) -> Answer:
    change = acts.reopen if request.open else acts.close
    return _each(runtime, request.conversations, lambda one, now: change(one.subject, now))


def return_to_team(runtime: Runtime, request: ReturnToTeam) -> Answer:
    return _each(
        runtime, request.conversations, lambda one, now: acts.return_to_team(one.subject, now)
    )


def rename(runtime: Runtime, request: Rename) -> Answer:
    def work(at: Desk) -> list[Done]:
        return [saying.rename(at, shared(at, request.conversation), request.name)]

    return done(runtime, work)


def label(runtime: Runtime, request: Label) -> Answer:
    return _each(
        runtime,
        request.conversations,
        lambda one, _: acts.label(one.subject, request.add, request.remove),
    )


def snooze(runtime: Runtime, request: Snooze) -> Answer:
    until = request.until * 1000
    return _each(
        runtime, request.conversations, lambda one, now: acts.snooze(one.subject, until, now)
    )


def watch(runtime: Runtime, request: WatchConversations) -> Answer:
    return _each(
        runtime, request.conversations, lambda one, _: acts.watch(one.subject, request.watching)
    )


def transfer(runtime: Runtime, request: Transfer) -> Answer:
    """One after the other: nothing is taken away before it stands where it goes to."""
    for conversation in request.conversations:
        _transfer(runtime, conversation, request.account)
    return {}


def _transfer(runtime: Runtime, conversation: int, account: int) -> None:
    from missive_desktop.team.spaces import moving  # heavy: it knows how files are sealed

    def write(conn: Connection, changes: Changes) -> tuple[moving.Move, list[int]]:
        at = desk(runtime, conn, changes)
        wanted = acting.of_spaces(conn, [conversation])
        if not wanted:
            raise UsageError("This is only for conversations of a shared inbox.")
        move = moving.plan(at, wanted[0], account)
        return move, submitting.submit(
            conn, move.team, move.written, at.now, at.projection, changes
        )

    def then(intents: Sequence[Intent]) -> None:
        runtime.writer.run(
            lambda conn, changes: submit(runtime, conn, changes, move.team, intents), durable=True
        )
        team.poke()

    move, ids = runtime.writer.run(write, durable=True)
    team = runtime.teams.of(move.team)
    team.start()
    team.poke()
    try:
        settling.wait_for(runtime, team, ids)
    except Refused:
        then(move.back)
        raise
    then(move.taken)


def make_label(runtime: Runtime, request: MakeLabel) -> Answer:
    return made(
        runtime,
        "label",
        lambda at: saying.make_label(
            at, request.account, request.name, request.colour, request.shared
        ),
    )


def edit_label(runtime: Runtime, request: EditLabel) -> Answer:
    return done(
        runtime,
        lambda at: [
            saying.edit_label(at, request.account, request.label, request.name, request.colour)
        ],
    )


def add_task(runtime: Runtime, request: AddTask) -> Answer:
    def work(at: Desk) -> tuple[str, Done]:
        account, conv = request.account, ""
        if request.conversation:
            one = shared(at, request.conversation)
            account, conv = one.space.account, one.subject.conv
        return saying.add_task(
            at, account, conv, request.title, request.text, request.assignees, request.due * 1000
        )

    return made(runtime, "task", work)


def edit_task(runtime: Runtime, request: EditTask) -> Answer:
    if request.delete:
        return done(runtime, lambda at: [saying.delete_task(at, request.account, request.task)])
    return done(
        runtime,
        lambda at: [
            saying.change_task(
                at,
                request.account,
                request.task,
                title=request.title,
                text=request.text,
                assignees=request.assignees,
                due=None if request.due is None else request.due * 1000,
                state=request.state,
            )
        ],
    )


def made(runtime: Runtime, name: str, work: Callable[[Desk], tuple[str, Done]]) -> Answer:
    """Make something, and answer with its id under a name."""
    id_, done = runtime.writer.run(
        lambda conn, changes: work(desk(runtime, conn, changes)), durable=True
    )
    return {name: id_, "undo": told(runtime, [done])}
