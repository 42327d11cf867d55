"""A shared inbox of many conversations on a new device: the first screen, the rest, and its end.

The server holds them sealed, written by a member's device over HTTP. The newcomer's engine is the
real one, in a process of its own, with an encrypted store.
"""

from __future__ import annotations

import os
import secrets
import tempfile
import time
from pathlib import Path
from typing import Any

import msgspec
from tests.bench.processes import ordered, serving
from tests.bench.report import Report
from tests.servers.organization import Member, Office

from missive_desktop.domain.spaces import Conversation, ConversationBody, MessageBody
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
    fill(owner, space_scope(space), count)
    link = owner.invited(fingerprint, (space,))
    order = {"folder": str(folder), "link": link, "email": NEWCOMER, "word": RARE,
             "scope": space_scope(space), "conversations": count}  # fmt: skip
    with ordered("team_device", order) as process:
        joined, screen, rest = (process.told() for _ in range(3))
        name = f"of {count:,} conversations"
        report.add(f"first screen {name}, from joining on", screen["screen"] - joined["joined"],
                   "s", 1.0, "keys, directory, seats, newest page, placed and listed")  # fmt: skip
        assert rest["found"] == 1, rest
        assert rest["listed"] == count, rest
        note = f"{rest['rows']} rows: opened, verified, listed, searchable; CPU {rest['cpu']:.0f} s"
        report.add("history into the encrypted store", rest["rows"] / rest["took"], "rows/s", 5000,
                   note, least=True)  # fmt: skip
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


def fill(owner: Member, scope: str, count: int, *, numbered: bool = False) -> None:
    """Write conversations of one mail each, the oldest first, as a worker would."""
    now = time.time_ns() // 1_000_000
    pending: list[Mutation] = []
    for number in range(count):
        name = f"Number {number}" if numbered else ""
        pending += _conversation(owner, scope, number, now - (count - number) * 60_000, name)
        if len(pending) >= limits.MUTATIONS - 1 or number == count - 1:
            muts = [msgspec.structs.replace(each, mid=owner.last_mid + 1 + place)
                    for place, each in enumerate(pending)]  # fmt: skip
            request = MutateRequest(owner.me.device.id, limits.SCHEMA, muts)
            answer = owner.calls.post(routes.MUTATE, request, MutateAnswer)
            assert {each.st for each in answer.results} == {"ok"}, answer.results[0]
            owner.last_mid += len(muts)
            pending = []


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
