"""A member's device as a process of its own, that acts at random and may be killed at any moment.

`python -m tests.servers.storm_member ORDER` with an `Order` as JSON. On its standard input: act,
rest, again, end, take NAME USER, give NAME USER. All that it does and hears goes into its diary.
"""

from __future__ import annotations

import faulthandler
import io
import os
import random
import signal
import sys
import threading
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec
from tests.factories import KEY
from tests.histories import Diary
from tests.servers.wrong_clock import set_wrong

from missive_desktop.domain.changes import Changes
from missive_desktop.domain.spaces import SendBody
from missive_desktop.domain.team import Intent
from missive_desktop.errors import DiskTrouble, KnownError
from missive_desktop.profile import Profile
from missive_desktop.store import database, team_rows, team_scopes
from missive_desktop.store.database import Connection
from missive_desktop.store.packs import PackWriter
from missive_desktop.store.writer import Writer
from missive_desktop.sync.digesting import digest
from missive_desktop.team import blobs, organizing, reading
from missive_desktop.team.calls import Calls, Gap
from missive_desktop.team.keys.blobs import key_of
from missive_desktop.team.organizing import Plan
from missive_desktop.team.sending import Sending
from missive_desktop.team.spaces import sending
from missive_desktop.team.spaces.projection import SpaceProjection
from missive_desktop.team.team import Team
from missive_wire import routes
from missive_wire.feed import Backfill, PullAnswer
from missive_wire.frames import Change
from missive_wire.ids import derived_id, new_id, user_scope
from missive_wire.mutation import MutateAnswer, MutateRequest, Mutation

_LABELS = 40  # on one conversation
_LARGE = 0.15  # of the mails
REPLIES = "@replies.example"  # ends the Message-ID of what members have sent


class Order(msgspec.Struct, frozen=True):
    name: str
    directory: str
    diary: str
    scope: str
    user: str
    seed: str
    pace: float = 0.03  # seconds between acts, on average
    die: str = ""  # where it kills itself: kept, numbered, sent, taken, read, up, down
    after: int = 0  # how often it passes there before
    largest: int = 0  # of a file, bytes: more than a part of it now and then
    clock: str = ""  # a file with milliseconds by which the clock is wrong
    people: dict[str, str] = {}  # user → name
    mailbox: tuple[str, str] = ("", "")  # of the shared inbox: mail leaves from it, to the other


def mark_of(op: str, id_: str, act: str, h: dict[str, Any]) -> str:
    """Return what stays of a change for ever and of no other one; "" where nothing does."""
    if act == "conversation.labelled":
        return str(h["labels+"][0])
    return id_ if op == "put" and act.endswith((".added", ".created", ".requested")) else ""


class Points:
    """Kills this process at a named point, after it was passed some times."""

    def __init__(self, point: str, after: int) -> None:
        self._point, self._left = point, after

    def pass_(self, point: str) -> None:
        if point != self._point:
            return
        if not self._left:
            os.kill(os.getpid(), signal.SIGKILL)
        self._left -= 1


def watch_line(diary: Diary, points: Points, people: dict[str, str]) -> None:
    """Write down all that goes over the line of this process, and die there when it is time."""
    post, take, change = Calls.post, Sending._take, reading.Reading._change
    put_part, get_part = Calls.put_part, Calls.get_part

    def posted(self: Calls, path: str, value: Any, shape: Any, **more: Any) -> Any:
        if path == routes.MUTATE and value.muts:
            return _told(
                diary, points, people, value, lambda: post(self, path, value, shape, **more)
            )
        answer = post(self, path, value, shape, **more)
        if isinstance(answer, PullAnswer):
            for name, page in answer.scopes.items():
                _read(diary, name, page.e, page.rows)
        elif isinstance(answer, Backfill):
            _read(diary, value.scope, answer.e, answer.rows)
        return answer

    def taken(self: Sending, sent: Any, answer: MutateAnswer) -> None:
        take(self, sent, answer)
        points.pass_("taken")

    def changed(self: reading.Reading, frame: Change) -> None:
        _read(diary, frame.scope, frame.e, frame.rows)
        points.pass_("read")
        change(self, frame)

    def up(self: Calls, path: str, at: int, data: bytes) -> Any:
        state = put_part(self, path, at, data)
        points.pass_("up")
        return state

    def down(self: Calls, path: str, at: int, length: int) -> Any:
        part = get_part(self, path, at, length)
        points.pass_("down")
        return part

    Calls.put_part = up  # type: ignore[method-assign]
    Calls.get_part = down  # type: ignore[method-assign]
    Calls.post = posted  # type: ignore[method-assign]
    Sending._take = taken  # type: ignore[method-assign]
    reading.Reading._change = changed  # type: ignore[method-assign]


def _read(diary: Diary, scope: str, e: str, rows: Any) -> None:
    if rows:
        diary.note("info", "read", scope=scope, e=e, rows=[(r.seq, r.t, r.id, r.v) for r in rows])


def _told(
    diary: Diary, points: Points, people: dict[str, str], request: MutateRequest, post: Any
) -> Any:
    each = [_about(m, request.device, people) for m in request.muts]
    for about in each:
        diary.note("invoke", "send", **about)
    points.pass_("numbered")
    try:
        answer = post()
    except KnownError as error:
        what = "gap" if isinstance(error, Gap) else type(error).__name__
        for about in each:
            diary.note("info", "send", **about | {"what": what})
        raise
    for about, result in zip(each, answer.results, strict=True):
        seq = result.seqs.get(about["scope"], 0)
        kind = "ok" if result.st == "ok" else "fail"
        diary.note(kind, "send", **about | {"what": result.st, "seq": seq})
    points.pass_("sent")
    return answer


def _about(m: Mutation, device: str, people: dict[str, str]) -> dict[str, Any]:
    return {
        "scope": m.scope, "t": m.t, "id": m.id, "act": m.act, "device": device, "mid": m.mid,
        "mark": mark_of(m.op, m.id, m.act, m.h),
        "whom": people.get(str(m.h.get("user", "")), "") if m.t == "seat" else "",
    }  # fmt: skip


class Acting:
    """What a person does, chosen by chance from what is here."""

    def __init__(self, order: Order, team: Team, conn: Connection, diary: Diary) -> None:
        self.order, self.team, self.conn, self.diary = order, team, conn, diary
        self.points = Points(order.die, order.after)
        self.chance = random.Random(order.seed)
        self._looking = threading.Thread()
        self._ways = [
            (self.conversation, 2), (self.comment, 6), (self.label, 5), (self.assign, 2),
            (self.close, 1), (self.task, 1), (self.read, 2), (self.mail, 1), (self.look, 1),
        ]  # fmt: skip
        if order.mailbox[0]:
            self._ways.append((self.reply, 3))

    def once(self) -> None:
        [way] = self.chance.choices(*zip(*self._ways, strict=True))
        convs = self._convs()
        if convs is None:
            return
        if not convs or len(convs) < 3:
            self.conversation(None)
        else:
            way(self.chance.choice(convs))

    def _convs(self) -> list[team_rows.EntityRow] | None:
        scope = team_scopes.get(self.conn, self.team.id, self.order.scope)
        if scope is None or not scope.e:
            return None
        return [r for r in team_rows.of_type(self.conn, scope.id, "conv") if r.op == "put"]

    def do(self, *intents: Intent, whom: str = "", ready: blobs.Ready | None = None) -> None:
        told = [
            {"scope": i.scope, "t": i.t, "id": i.id, "act": i.act,
             "mark": mark_of(i.op, i.id, i.act, i.h), "whom": whom} for i in intents
        ]  # fmt: skip
        for each in told:
            self.diary.note("invoke", "do", **each)
        try:
            ids = self.team.submit(intents)
        except KnownError as error:
            for each in told:
                self.diary.note("fail", "do", **each | {"what": type(error).__name__})
            return
        for each, pending in zip(told, ids, strict=True):
            self.diary.note("ok", "do", **each | {"pending": pending})
        self.points.pass_("kept")

    def put(self, t: str, act: str, header: dict[str, Any], body: dict[str, Any]) -> None:
        text = msgspec.json.encode(body).decode()
        self.do(Intent("put", self.order.scope, t, new_id(), act, header, text))

    def patch(self, conv: str, act: str, header: dict[str, Any], pre: Any = None) -> None:
        self.do(Intent("patch", self.order.scope, "conv", conv, act, header, "", pre))

    def conversation(self, _: Any) -> None:
        header = {"st": "open", "inbox": True, "assignees": [], "labels": [], "last": now()}
        self.put("conv", "conversation.created", header, {"subject": self._words()})

    def comment(self, conv: team_rows.EntityRow) -> None:
        header = {"conv": conv.id, "mentions": []}
        self.put("comment", "comment.added", header, {"text": self._words()})

    def task(self, conv: team_rows.EntityRow) -> None:
        header = {"conv": conv.id, "st": "todo", "assignees": [], "due": 0}
        self.put("task", "task.added", header, {"title": self._words(), "text": ""})

    def label(self, conv: team_rows.EntityRow) -> None:
        if len(conv.h.get("labels", ())) < _LABELS:
            self.patch(conv.id, "conversation.labelled", {"labels+": [new_id()]})

    def assign(self, conv: team_rows.EntityRow) -> None:
        now_, me = conv.h.get("assignees", []), self.order.user
        then = [] if me in now_ else [me]
        self.patch(conv.id, "conversation.assigned", {"assignees": then, "since": now()},
                   {"assignees": now_})  # fmt: skip

    def close(self, conv: team_rows.EntityRow) -> None:
        act, st = "conversation.closed", "closed"
        if conv.h.get("st") == "closed":
            act, st = "conversation.reopened", "open"
        self.patch(conv.id, act, {"st": st, "since": now()}, {"st": conv.h.get("st")})

    def read(self, conv: team_rows.EntityRow) -> None:
        mine, id_ = user_scope(self.order.user), derived_id(conv.id, self.order.user)
        state = {"conv": conv.id, "space": self.order.scope[2:], "read": now()}
        body = msgspec.json.encode(state).decode()
        self.do(Intent("put", mine, "pstate", id_, "personal.changed", {}, body))

    def mail(self, conv: team_rows.EntityRow) -> None:
        header = {"conv": conv.id, "out": False, "at": now()}
        long = self.order.largest if self.chance.random() < _LARGE else 0
        text = "Hello. " * (1 + self.chance.randrange(long + 1) // 7)
        raw = f"Subject: {self._words()}\r\nMessage-ID: <{new_id()}@x>\r\n\r\n{text}\r\n".encode()
        self._with_file("msg", "message.added", header | {"size": len(raw)}, raw)

    def look(self, conv: team_rows.EntityRow) -> None:
        """Open a file, beside all else: over a line that is lost that takes long."""
        scope = team_scopes.get(self.conn, self.team.id, self.order.scope)
        found = team_rows.of_type(self.conn, scope.id, "msg") if scope is not None else []
        found = [each for each in found if each.op == "put" and each.h.get("blob") and each.body]
        if not found or self._looking.is_alive() or scope is None:
            return
        one = self.chance.choice(found)
        self._looking = threading.Thread(target=self._open, args=(one, scope.account), daemon=True)
        self._looking.start()

    def _open(self, one: team_rows.EntityRow, account: int) -> None:
        key = key_of(msgspec.json.decode(one.body)["key"])
        told = {"scope": self.order.scope, "id": one.id}
        self.diary.note("invoke", "file", **told)
        try:
            self.team.files.bytes_of(account, self.order.scope, one.h["blob"], key, one.id)
        except KnownError as error:
            self.diary.note("info", "fault", **told | {"what": type(error).__name__})
        else:
            self.diary.note("ok", "file", **told)

    def reply(self, conv: team_rows.EntityRow) -> None:
        sender, to = self.order.mailbox
        raw = (
            f"From: {sender}\r\nTo: {to}\r\nSubject: {self._words()}\r\n"
            f"Message-ID: <{new_id()}{REPLIES}>\r\nDate: Mon, 23 Nov 2026 08:00:00 +0000\r\n"
            f"\r\nSoon.\r\n"
        ).encode()
        header = {"conv": conv.id, "st": "requested", "due": 0, "close": False}
        self._with_file("send", "send.requested", header, raw)

    def _with_file(self, t: str, act: str, header: dict[str, Any], raw: bytes) -> None:
        scope = team_scopes.get(self.conn, self.team.id, self.order.scope)
        if scope is None or not scope.account:
            return
        with closing(PackWriter(self.team.books.store.packs)) as packs:
            ready = blobs.seal(packs, io.BytesIO(raw))
        id_, account, team = new_id(), scope.account, self.team.id
        envelope, (sender, to) = sending.envelope(digest(raw), ready), self.order.mailbox
        body = SendBody(envelope, sender, (to,), conv=header["conv"]) if t == "send" else envelope

        def keep(conn: Connection, _: Changes) -> None:
            if team_scopes.of_account(conn, account) is not None:  # not taken away meanwhile
                blobs.keep_up(conn, team, account, self.order.scope, id_, ready)

        self.team.books.writer.run(keep)
        header = header | {"blob": ready.blob.hash}
        text = msgspec.json.encode(body).decode()
        self.do(Intent("put", self.order.scope, t, id_, act, header, text))

    def seat(self, how: str, whom: str, user: str) -> None:
        vault, scope = self.team.vault, self.order.scope
        key = vault.newest(scope)
        if key is None:
            return
        plan: Plan
        if how == "take":
            plan = organizing.take_seat(vault.roster, vault.me, key, scope[2:], user)
        else:
            plan = organizing.give_seat(vault.roster, vault.me, key, user)
        self.do(*plan.intents, whom=whom)

    def _words(self) -> str:
        return " ".join(self.chance.choices(("late", "marmalade", "sent", "again", "Tuesday"), k=4))


def now() -> int:
    return time.time_ns() // 1_000_000


def main(order: Order) -> None:
    faulthandler.register(signal.SIGUSR1)  # asked where it stands, it tells its log
    if order.clock:
        set_wrong(Path(order.clock))
    diary = Diary(Path(order.diary), order.name)
    try:
        store = database.create_or_open(Profile(Path(order.directory)), KEY)
    except DiskTrouble as error:
        diary.close()
        sys.exit(str(error))  # as the program does: it cannot begin without its disk
    writer = Writer(store, _nothing)
    reader = database.open_reader(store)
    team = Team(store, writer, 1, SpaceProjection(store.packs), trouble=_said(diary))
    acting = Acting(order, team, reader, diary)
    watch_line(diary, acting.points, order.people)
    busy, ends = threading.Event(), threading.Event()
    team.start()
    threading.Thread(target=_listen, args=(acting, busy, ends), daemon=True).start()
    print("ready", flush=True)
    while not ends.is_set():
        if busy.wait(0.05):
            try:
                acting.once()
            except KnownError as error:  # before anything was kept, and it is said why
                diary.note("fail", "do", what=type(error).__name__)
            ends.wait(acting.chance.expovariate(1 / order.pace))
    team.stop()
    reader.close()
    writer.close()
    diary.close()


def _nothing(changes: Changes) -> None:
    """Nobody looks."""


def _said(diary: Diary) -> Any:
    return lambda error: diary.note("info", "fault", what=f"{type(error).__name__}: {error}")


def _listen(acting: Acting, busy: threading.Event, ends: threading.Event) -> None:
    for line in sys.stdin:
        match line.split():
            case ["act"]:
                busy.set()
            case ["rest"]:
                busy.clear()
            case ["again"]:
                acting.team.again()
            case ["take" | "give" as how, whom, user]:
                acting.seat(how, whom, user)
            case ["end"]:
                break
    ends.set()


if __name__ == "__main__":
    main(msgspec.json.decode(sys.argv[1], type=Order))
