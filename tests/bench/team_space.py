"""A shared inbox of many conversations on a new device: the first screen, the rest, and its end.

The server holds them sealed, written by a member's device over HTTP. The newcomer's engine is the
real one, in a process of its own, with an encrypted store.
"""

from __future__ import annotations

import os
import secrets
import statistics
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import msgspec
from tests.bench.processes import ordered, serving
from tests.bench.report import Report
from tests.servers.organization import Member, Office

from missive_desktop.domain.spaces import (
    CommentBody,
    Conversation,
    ConversationBody,
    MessageBody,
)
from missive_desktop.team import organizing
from missive_desktop.team.keys import sealing
from missive_desktop.team.spaces.events import whole
from missive_wire import limits, routes
from missive_wire.ids import new_id, space_scope
from missive_wire.mutation import MutateAnswer, MutateRequest, Mutation

_TEXT = (
    "invoice order delivery account password refund question thanks attached yesterday meeting "
    "printer colour paper station number please could would window letter branch office garden"
)
WORDS = _TEXT.split(" ")
RARE = "quetzalcoatlus"  # in the oldest conversation only
_PAUSE = 0.25  # seconds between comments
OWNER, NEWCOMER = "ana@example.com", "ben@example.com"


def run(report: Report, conversations: int = 0) -> None:
    count = conversations or int(os.environ.get("MISSIVE_BENCH_SPACE", "50000"))
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder) / "server") as server:
        office = Office(server)
        try:
            _measure(report, Path(folder) / "newcomer", office, count)
        finally:
            office.close()


def _measure(report: Report, folder: Path, office: Office, count: int) -> None:
    owner, root = office.founded(OWNER)
    fingerprint = root.public.fingerprint
    space = owner.space(fingerprint)
    talk = Talk(owner, space_scope(space), fill(owner, space_scope(space), count))
    link = owner.invited(fingerprint, (space,))
    order = {"folder": str(folder), "link": link, "email": NEWCOMER, "word": RARE,
             "scope": space_scope(space), "conversations": count}  # fmt: skip
    with ordered("team_device", order) as process:
        joined, screen = process.told(), process.told()
        with talk:
            rest = process.told()
        name = f"of {count:,} conversations"
        report.add(f"first screen {name}, from joining on", screen["screen"] - joined["joined"],
                   "s", 1.0, "keys, directory, seats, newest page, placed and listed")  # fmt: skip
        assert rest["found"] == 1, rest
        assert rest["listed"] == count, rest
        note = f"{rest['rows']} rows: opened, verified, listed, searchable; CPU {rest['cpu']:.0f} s"
        report.add("history into the encrypted store", rest["rows"] / rest["took"], "rows/s", 5000,
                   note, least=True)  # fmt: skip
        late = [rest["heard"][id_] - at for id_, at in talk.said.items() if id_ in rest["heard"]]
        assert len(late) >= len(talk.said) - 1, rest
        note = f"p50 {statistics.median(late) * 1000:.0f} ms, most {max(late) * 1000:.0f} ms"
        report.add("a comment committed meanwhile, until it is here, p95",
                   statistics.quantiles(late, n=20)[-1] * 1000, "ms", 200, note)  # fmt: skip
        report.add(f"sidebar of a space {name}, read anew", rest["sidebar"] * 1000, "ms", 10)
        removed = _removed(owner, fingerprint, space)
        gone, whole_ = process.told()["unreadable"], process.told()["purged"]
        report.add(f"removal to nothing readable, {name}", gone - removed, "s", 1.0,
                   "keys, lists, search")  # fmt: skip
        report.add(f"removal to nothing left on the disk, {name}", whole_ - removed, "s")


def _removed(owner: Member, fingerprint: bytes, space: str) -> float:
    """Remove the newcomer; return when the server had committed it."""
    roster = owner.roster(fingerprint, space)
    who = next(user for user in roster.users(space_scope(space)) if user != owner.me.user)
    newest = {scope: owner.key(scope) for scope, _ in owner.keys}
    owner.do(organizing.remove_member(roster, owner.me, newest, who))
    return time.monotonic()


class Talk:
    """Comments on one conversation, a few a second, while the newcomer reads its history."""

    def __init__(self, owner: Member, scope: str, conv: str) -> None:
        self.said: dict[str, float] = {}  # when each was committed
        self._owner, self._scope, self._conv = owner, scope, conv
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._talk)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._thread.join()

    def _talk(self) -> None:
        while not self._end.wait(_PAUSE):
            id_, header = new_id(), {"conv": self._conv, "mentions": []}
            said = _sealed(self._owner, self._scope, "comment", id_, "comment.added", header,
                           CommentBody("Have a look, please."))  # fmt: skip
            _write(self._owner, [said])
            self.said[id_] = time.monotonic()


def fill(owner: Member, scope: str, count: int, *, numbered: bool = False) -> str:
    """Write conversations of one mail each, the oldest first, as a worker would; return the id of
    the newest."""
    now = time.time_ns() // 1_000_000
    pending: list[Mutation] = []
    newest = ""
    for number in range(count):
        name = f"Number {number}" if numbered else ""
        pending += _conversation(owner, scope, number, now - (count - number) * 60_000, name)
        if len(pending) >= limits.MUTATIONS - 1 or number == count - 1:
            _write(owner, pending)
            newest, pending = pending[-2].id, []
    return newest


def _write(owner: Member, pending: list[Mutation]) -> None:
    muts = [msgspec.structs.replace(each, mid=owner.last_mid + 1 + place)
            for place, each in enumerate(pending)]  # fmt: skip
    request = MutateRequest(owner.me.device.id, limits.SCHEMA, muts)
    answer = owner.calls.post(routes.MUTATE, request, MutateAnswer)
    assert {each.st for each in answer.results} == {"ok"}, answer.results[0]
    owner.last_mid += len(muts)


def _conversation(owner: Member, scope: str, number: int, at: int, name: str) -> list[Mutation]:
    conv, mail = new_id(), new_id()
    subject = name or " ".join(WORDS[(number * 7 + k) % len(WORDS)] for k in range(4))
    text = " ".join(WORDS[(number * 11 + k * k) % len(WORDS)] for k in range(110))
    sender = (f"Person {number % 900}", f"person{number % 900}@example.org")
    about = ConversationBody(subject, (sender,), text[:120])
    body = MessageBody(
        message_id=f"<{number}@example.org>", subject=subject, sender=sender,
        to=(("Help", "help@example.com"),), date=at // 1000, snippet=text[:120],
        text=RARE if not number else text, key=secrets.token_hex(16), hash=secrets.token_hex(32),
    )  # fmt: skip
    header = {"conv": conv, "out": False, "at": at, "size": 4000}
    open_ = whole(Conversation(inbox=True, last=at))
    return [
        _sealed(owner, scope, "conv", conv, "conversation.created", open_, about),
        _sealed(owner, scope, "msg", mail, "message.added", header, body),
    ]


def _sealed(
    owner: Member, scope: str, t: str, id_: str, act: str, h: dict[str, Any], body: msgspec.Struct
) -> Mutation:
    key = owner.key(scope)
    place = sealing.Place(owner.me.org, scope, t, id_, key.epoch, 1)
    sealed = sealing.seal(key, owner.me.device, place, msgspec.json.encode(body))
    return Mutation(mid=0, op="put", scope=scope, t=t, id=id_, act=act, h=h, k=key.epoch, b=sealed,
                    bv=1)  # fmt: skip
