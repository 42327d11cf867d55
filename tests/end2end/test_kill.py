"""kill -9 of the real engine at random moments of a first sync, of acts, of sending.

Nothing that was acknowledged is lost, nothing is done or sent twice, no mail is fetched again.
"""

from __future__ import annotations

import email
import hashlib
import itertools
import os
import random
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import pytest
from tests.servers.dovecot import DovecotServer, User
from tests.servers.pair import mail
from tests.servers.proxy import Proxy
from tests.servers.soak import dice, rounds
from tests.servers.victim import Victim

from missive_desktop.domain.draft import Draft, DraftAttachment
from missive_desktop.domain.message import Address
from missive_desktop.domain.outgoing import Outgoing
from missive_desktop.engine.blocking import BlockingClient
from missive_desktop.engine.protocol import (
    Act,
    AddAccount,
    AttachToDraft,
    SaveDraft,
    SendDraft,
    SendRaw,
    Sync,
    Watch,
)
from missive_desktop.store import drafts, folders, messages, outbox
from missive_desktop.store.database import Connection

pytestmark = pytest.mark.skipif(os.name != "posix", reason="kill -9")


@pytest.fixture
def victim(tmp_path: Path) -> Victim:
    return Victim(tmp_path)


def stored_uids(conn: Connection) -> dict[int, int]:
    """Return UID → message id of all that is stored of the inbox."""
    rows = conn.execute(
        "SELECT p.uid, p.message_id FROM placements AS p JOIN folders AS f ON f.id = p.folder_id"
        " WHERE f.name = 'INBOX'"
    )
    return dict(rows.fetchall())


# --- the first sync ------------------------------------------------------------------------------


def test_killed_during_the_first_sync(
    plain_dovecot: DovecotServer, plain_proxy: Proxy, victim: Victim
) -> None:
    chance = dice("first sync")
    user = plain_dovecot.new_user()
    raws = [mail(f"one {n}", f"{n} " + chance.randbytes(3000).hex()) for n in range(600)]
    plain_dovecot.append(user, raws)
    with victim.client() as client:
        settings = plain_proxy.settings(plain_dovecot.settings(user))
        client.call(AddAccount(settings=settings, secret=user.password))
    for _ in range(rounds(5)):
        before = victim.read(stored_uids)
        said = len(plain_proxy.seen.lines)
        victim.killed(chance.uniform(0.02, 1.2), lambda client: client.call(Sync()))
        assert before.items() <= victim.read(stored_uids).items()
        assert not before.keys() & set(plain_proxy.seen.fetched(said))
    with victim.client() as client:
        assert client.call(Sync())["accounts"][0]["error"] == ""
    assert victim.problems() == []
    kept = victim.read(
        lambda conn: [row[0] for row in conn.execute("SELECT hash FROM messages").fetchall()]
    )
    assert sorted(kept) == sorted(hashlib.sha256(raw).digest()[:16] for raw in raws)
    assert len(victim.read(stored_uids)) == len(raws)
    said = len(plain_proxy.seen.lines)
    with victim.client() as client:
        client.call(Sync())
    assert plain_proxy.seen.fetched(said) == []


# --- acts ----------------------------------------------------------------------------------------

_TARGETS = {"archive": "Archive", "trash": "Trash", "move": "Work"}


class State(msgspec.Struct, frozen=True):
    """Where a message lies and how it is marked."""

    folder: str = "INBOX"
    seen: bool = False
    flagged: bool = False

    def after(self, kind: str) -> State:
        match kind:
            case "read" | "unread":
                return msgspec.structs.replace(self, seen=kind == "read")
            case "star" | "unstar":
                return msgspec.structs.replace(self, flagged=kind == "star")
            case "archive" if self.folder != "INBOX":
                return self  # what is filed stays where it is
            case _:
                return msgspec.structs.replace(self, folder=_TARGETS[kind])


@dataclass
class Actor:
    """Acts without end; knows what was acknowledged, and the one act that was not yet."""

    chance: random.Random
    states: dict[int, State]
    work: int  # the folder to move to
    open: tuple[str, tuple[int, ...]] = ("", ())
    acknowledged: int = 0

    def run(self, client: BlockingClient) -> None:
        client.call(Watch())
        while True:
            kind = self.chance.choice(["read", "unread", "star", "unstar", *_TARGETS])
            chosen = tuple(self.chance.sample(sorted(self.states), self.chance.choice([1, 3, 20])))
            self.open = (kind, chosen)
            client.call(Act(kind=kind, messages=chosen, target=self.work if kind == "move" else 0))
            for message in chosen:
                self.states[message] = self.states[message].after(kind)
            self.open = ("", ())
            self.acknowledged += 1
            time.sleep(self.chance.uniform(0, 0.05))


def here(conn: Connection) -> dict[int, list[State]]:
    """Return where each message lies in the store, and how it is marked."""
    rows = conn.execute(
        "SELECT p.message_id, f.name, p.flags & 1, p.flags & 2 FROM placements AS p"
        " JOIN folders AS f ON f.id = p.folder_id"
    ).fetchall()
    found: dict[int, list[State]] = {}
    for message, folder, seen, flagged in rows:
        found.setdefault(message, []).append(State(folder, bool(seen), bool(flagged)))
    return found


def there(server: DovecotServer, user: User) -> Counter[tuple[str, State]]:
    """Return the subject and the state of every message on the server."""
    found: Counter[tuple[str, State]] = Counter()
    for folder in ("INBOX", *_TARGETS.values()):
        with server.client(user) as client:
            _, [count] = client.select(folder)
            empty = not int(count or b"0")
            _, data = ("", []) if empty else client.fetch("1:*", "(FLAGS BODY.PEEK[HEADER])")
        for item in data:
            if isinstance(item, tuple):
                subject = email.message_from_bytes(item[1])["Subject"]
                state = State(folder, b"\\Seen" in item[0], b"\\Flagged" in item[0])
                found[subject, state] += 1
    return found


@pytest.mark.parametrize("profile", ["dovecot", "plain_dovecot"])
def test_killed_while_acting(request: pytest.FixtureRequest, victim: Victim, profile: str) -> None:
    server: DovecotServer = request.getfixturevalue(profile)
    chance = dice("acts")
    user = server.new_user()
    server.append(user, [mail(f"one {n}") for n in range(200)])
    server.append(user, mail("work"), "Work")
    with victim.client() as client:
        client.call(AddAccount(settings=server.settings(user), secret=user.password))
        client.call(Sync())
    [work] = [r.id for r in victim.read(lambda conn: folders.all_(conn)) if r.name == "Work"]
    states = {message: one[0] for message, one in victim.read(here).items()}
    actor = Actor(chance, states, work)
    for number in range(rounds(4)):
        wanted = actor.acknowledged + (number % 4) * 3  # the first may be hit before it does any
        victim.killed(
            chance.uniform(0, 1), actor.run, lambda wanted=wanted: actor.acknowledged >= wanted
        )
        settle_open_act(actor, victim.read(here))
    with victim.client() as client:
        for _ in range(3):
            client.call(Sync())
    assert victim.read(lambda conn: conn.execute("SELECT count(*) FROM actions").fetchone()[0]) == 0
    assert {m: [state] for m, state in actor.states.items()} == victim.read(here)
    subjects = victim.read(lambda conn: {m: row.subject for m, row in rows_of(conn, states)})
    assert there(server, user) == Counter((subjects[m], s) for m, s in actor.states.items())
    assert victim.problems() == []


def rows_of(conn: Connection, wanted: dict[int, State]) -> list[tuple[int, messages.MessageRow]]:
    return [(m, row) for m in wanted if (row := messages.get(conn, m)) is not None]


def settle_open_act(actor: Actor, found: dict[int, list[State]]) -> None:
    """Of an act that was not acknowledged, all is done or nothing is; all else is as it was."""
    kind, chosen = actor.open
    done = {m: actor.states[m].after(kind) for m in chosen}
    if done and all(found[m] == [state] for m, state in done.items()):
        actor.states.update(done)
    wrong = {m: (s, found[m]) for m, s in actor.states.items() if found[m] != [s]}
    assert not wrong, (kind, wrong)
    actor.open = ("", ())


# --- sending -------------------------------------------------------------------------------------


@dataclass
class Writer:
    """Writes and sends without end; knows what was acknowledged."""

    chance: random.Random
    account: int
    user: User
    friend: User
    sent: set[str] = field(default_factory=set)  # subjects that were queued
    drafts: dict[int, Draft] = field(default_factory=dict)  # as last acknowledged
    doubtful: tuple[int, Draft | None, str] = (0, None, "")  # draft, its open version, subject
    numbers: Iterator[int] = field(default_factory=itertools.count)

    def run(self, client: BlockingClient) -> None:
        client.call(Watch())
        while True:
            dice = self.chance.random()
            if dice < 0.3:
                self.send_raw(client)
            elif dice < 0.75 or not self.drafts:
                self.save(client)
            else:
                self.send_draft(client)
            time.sleep(self.chance.uniform(0, 0.05))

    def send_raw(self, client: BlockingClient) -> None:
        subject = f"raw-{next(self.numbers)}"
        raw = f"From: {self.user.address}\nTo: {self.friend.address}\nSubject: {subject}\n\nx\n"
        self.doubtful = (0, None, subject)
        client.call(SendRaw(raw=raw.encode(), wait=self.chance.random() < 0.3))
        self.sent.add(subject)
        self.doubtful = (0, None, "")

    def save(self, client: BlockingClient) -> None:
        number = self.chance.choice([0, *self.drafts])
        if number:
            text = f"{self.drafts[number].text} and more"
            draft = msgspec.structs.replace(self.drafts[number], text=text)
        else:
            draft = self.fresh(client)
        self.doubtful = (number, draft, "")
        saved = client.call(SaveDraft(draft=number, content=draft))
        self.drafts[saved["draft"]] = msgspec.structs.replace(draft, message_id=saved["message_id"])
        self.doubtful = (0, None, "")

    def fresh(self, client: BlockingClient) -> Draft:
        files: tuple[DraftAttachment, ...] = ()
        if self.chance.random() < 0.3:
            data = self.chance.randbytes(3000)
            made = client.call(AttachToDraft(account=self.account, name="a.bin", data=data))
            files = (msgspec.convert(made, DraftAttachment),)
        return Draft(
            account=self.account,
            sender=Address("Me", self.user.address),
            to=(Address("", self.friend.address),),
            subject=f"draft-{next(self.numbers)}",
            text="text",
            attachments=files,
        )

    def send_draft(self, client: BlockingClient) -> None:
        number = self.chance.choice(sorted(self.drafts))
        subject = self.drafts[number].subject
        self.doubtful = (number, self.drafts[number], subject)
        client.call(SendDraft(draft=number, undo_seconds=self.chance.choice([0, 1])))
        self.sent.add(subject)
        del self.drafts[number]
        self.doubtful = (0, None, "")


def subjects_in(server: DovecotServer, user: User, folder: str) -> Counter[str]:
    with server.client(user) as client:
        status, [count] = client.select(folder)
        if status != "OK" or not int(count or b"0"):
            return Counter()
        _, data = client.fetch("1:*", "(BODY.PEEK[HEADER])")
    return Counter(
        str(email.message_from_bytes(item[1])["Subject"]) for item in data if item and item != b")"
    )


def test_killed_while_writing_and_sending(dovecot: DovecotServer, victim: Victim) -> None:
    chance = dice("sending")
    user, friend = dovecot.new_user(), dovecot.new_user()
    with victim.client() as client:
        settings = dovecot.settings(user)
        account = client.call(AddAccount(settings=settings, secret=user.password))["account"]
        client.call(Sync())
    writer = Writer(chance, account, user, friend)
    behaviour = dovecot.submission.behaviour
    try:
        for number in range(rounds(5)):
            behaviour.delay = chance.choice([0, 0, 0.05, 0.2])
            wanted = len(writer.sent) + number % 3  # a round in three may be hit before it sends
            victim.killed(
                chance.uniform(0, 1), writer.run, lambda wanted=wanted: len(writer.sent) >= wanted
            )
            settle_open_write(writer, victim)
    finally:
        behaviour.delay = 0
    send_all(victim)
    check_sent(writer, victim, dovecot)
    assert victim.problems() == []


def settle_open_write(writer: Writer, victim: Victim) -> None:
    """What was not acknowledged is done whole or not at all; drafts are as they were saved."""
    number, version, subject = writer.doubtful
    held = {row.id: row.draft for row in victim.read(lambda conn: drafts.all_(conn))}
    queued = {row.subject for row in victim.read(lambda conn: outbox.all_(conn))}
    if subject and subject in queued:
        writer.sent.add(subject)
        writer.drafts.pop(number, None)
    elif version is not None and not subject:
        same = [n for n, one in held.items() if one.subject == version.subject]
        assert len(same) <= 1
        if same and held[same[0]].text == version.text:
            writer.drafts[same[0]] = held[same[0]]
    assert held == writer.drafts
    writer.doubtful = (0, None, "")


def send_all(victim: Victim) -> None:
    def waiting(conn: Connection) -> list[outbox.OutboxRow]:
        unsettled = (Outgoing.QUEUED, Outgoing.SENDING)
        return [
            row
            for row in outbox.all_(conn)
            if row.state in unsettled or (row.state is Outgoing.SENT and not row.filed)
        ]

    with victim.client() as client:
        end = time.monotonic() + 60
        while left := victim.read(waiting):
            assert time.monotonic() < end, left
            client.call(Sync())
            time.sleep(0.3)
        client.call(Sync())


def check_sent(writer: Writer, victim: Victim, server: DovecotServer) -> None:
    rows = {row.subject: row for row in victim.read(lambda conn: outbox.all_(conn))}
    arrived = subjects_in(server, writer.friend, "INBOX")
    filed = subjects_in(server, writer.user, "Sent")
    assert rows.keys() == writer.sent
    for subject, row in rows.items():
        assert row.state in (Outgoing.SENT, Outgoing.UNCERTAIN), row
        if row.state is Outgoing.SENT:
            assert (arrived[subject], filed[subject]) == (1, 1), subject
        else:
            assert (arrived[subject] <= 1, filed[subject]) == (True, 0), subject
            assert "may have arrived" in row.error
    assert set(arrived) <= writer.sent
    held = {row.id: row.draft for row in victim.read(lambda conn: drafts.all_(conn))}
    assert held == writer.drafts
    for draft in held.values():
        for file in draft.attachments:
            sealed = victim.read(
                lambda conn, raw=file.raw: conn.execute(
                    "SELECT size FROM raws WHERE id = ?", (raw,)
                ).fetchone()
            )
            assert sealed == (file.size,)
