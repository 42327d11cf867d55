"""Clients of one server, whatever the network does: all equal in the end, nothing done twice."""

from __future__ import annotations

import random
import tempfile
from pathlib import Path
from typing import Any

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.servers.soak import rounds
from tests.team_model import SCOPES, Client, ModelServer, clients, server_rows

from missive_desktop.domain.team import Intent
from missive_desktop.errors import Offline
from missive_desktop.store import team_notices, team_scopes
from missive_desktop.team.reading import Closed
from missive_wire import routes
from missive_wire.ids import derived_id, new_id

ENTITIES = [derived_id(SCOPES[0][2:], f"{n}") for n in range(5)]
FRESH = [f"{e[:14]}7{e[15:]}" for e in ENTITIES]  # as if made anew: not derived of a content
STEPS = (
    "put", "put", "patch", "patch", "label", "body", "pre", "del", "denied", "push", "push",
    "pull", "history", "frame", "frame", "drop", "double", "overtake", "lose there", "lose back",
    "restart", "compact", "rekey", "rotate",
)  # fmt: skip


class Run:
    """One history: what every client did, and what befell them."""

    def __init__(self, directory: Path, made: list[Client], server: ModelServer, seed: int) -> None:
        self.made, self.server = made, server
        self.random = random.Random(seed)
        self.marks = 0
        self.saved = server.backup()
        self.submitted: dict[str, list[int]] = {client.device: [] for client in made}

    def intent(self, kind: str) -> Intent:
        self.marks += 1
        scope = self.random.choice(SCOPES)
        id_ = self.random.choice(FRESH)
        mark = {"mark": f"m{self.marks}"}
        body = msgspec.json.encode({self.random.choice("ab"): self.marks}).decode()
        given: dict[str, tuple[str, str, dict[str, Any], str, Any]] = {
            "put": ("put", "made", mark | {"labels": []}, body, None),
            "patch": ("patch", "changed", mark, "", None),
            "label": ("patch", "labelled", mark | {"labels+": [f"l{self.marks % 3}"]}, "", None),
            "body": ("patch", "written", mark, body, None),
            "pre": ("patch", "assigned", mark, "", {"mark": "m1"}),
            "del": ("del", "deleted", {}, "", None),
            "denied": ("patch", "denied", mark, "", None),
        }
        op, act, h, content, pre = given[kind]
        return Intent(op, scope, "conv", id_, act, h, content, pre)  # type: ignore[arg-type]

    def step(self, name: str) -> None:
        client = self.random.choice(self.made)
        frames = self.server.frames[client.device]
        try:
            match name:
                case "push":
                    client.push()
                case "pull":
                    client.reading.pull()
                case "history":
                    client.history.step()
                case "frame" if frames:
                    client.reading.frame(frames.pop(0))
                case "drop" if frames:
                    frames.pop(self.random.randrange(len(frames)))
                case "double" if frames:
                    client.reading.frame(frames[0])
                case "overtake" if frames:
                    client.reading.frame(frames.pop())
                case "lose there" | "lose back":
                    client.wire.lose.append(name.split()[1])
                case "restart":
                    client.restart()
                case "compact":
                    self.server.compact()
                case "rekey":
                    self.server.demand_key(self.random.choice(SCOPES))
                case "rotate":
                    for scope in SCOPES:
                        if self.server.state.scopes[scope].rekey:
                            self.server.rotate(scope)
                case "backup":
                    self.saved = self.server.backup()
                case "restore":
                    self.server.restore(self.saved)
                    frames.clear()
                case "frame" | "drop" | "double" | "overtake":
                    pass
                case _:
                    self.submitted[client.device] += client.submit(self.intent(name))
        except (Offline, Closed):
            pass

    def heal(self) -> None:
        self.step("rotate")
        for _ in range(2):
            for client in self.made:
                client.settle()

    def check(self) -> None:
        for scope in SCOPES:
            wanted = server_rows(self.server, scope)
            for client in self.made:
                assert client.rows(scope) == wanted
        for client in self.made:
            wanted_shown = {
                (scope, *key): (row[2], row[3])
                for scope in SCOPES
                for key, row in server_rows(self.server, scope).items()
                if row[0] == "put"
            }
            assert client.seen.there() == wanted_shown
            fates = client.all_pending()
            assert set(self.submitted[client.device]) <= set(fates)  # nothing vanished
            assert set(fates.values()) <= {"done", "conflict", "denied", "gone", "invalid"}
        done = [(device, mid) for device, mid, _ in self.server.state.applied]
        assert len(done) == len(set(done))
        marks = [mark for _, _, mark in self.server.state.applied if mark]
        assert len(marks) == len(set(marks))  # no act had its effect twice


@settings(max_examples=rounds(20), deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.sampled_from(STEPS), max_size=60), st.integers(0, 1 << 30))
def test_all_replicas_are_equal_once_the_network_works_again(steps, seed):
    server = ModelServer()
    with (
        tempfile.TemporaryDirectory() as directory,
        clients(Path(directory), server, 2) as made,
    ):
        run = Run(Path(directory), made, server, seed)
        for name in steps:
            run.step(name)
        run.heal()
        run.check()


@settings(max_examples=rounds(20), deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.lists(st.sampled_from((*STEPS, "backup", "restore", "push", "push")), max_size=60),
    st.integers(0, 1 << 30),
)
def test_what_was_acknowledged_comes_back_to_a_server_that_went_back_to_a_backup(steps, seed):
    server = ModelServer()
    with (
        tempfile.TemporaryDirectory() as directory,
        clients(Path(directory), server, 2) as made,
    ):
        run = Run(Path(directory), made, server, seed)
        for name in steps:
            run.step(name)
        run.heal()
        run.check()
        known = {(device, mid) for device, mid, _ in server.state.applied}
        for client in made:
            for pending in client.settled():
                refused = pending.state.value != "done"
                same = pending.op == "del" or refused
                assert same or (client.device, pending.mid) in known


def put(scope: str, id_: str, **h: Any) -> Intent:
    return Intent("put", scope, "conv", id_, "made", h, "{}")


def test_rows_that_were_lost_unnoticed_are_found_by_the_sum_and_said(tmp_path):
    server, scope = ModelServer(), SCOPES[0]
    with clients(tmp_path, server, 2) as (one, other):
        one.submit(put(scope, FRESH[0]))
        one.settle()
        other.settle()
        one.submit(put(scope, FRESH[1]))
        one.settle()
        stands = server.state.scopes[scope].seq
        other.writer.run(
            lambda conn, _: conn.execute("UPDATE team_scopes SET hi = ?", (stands,))
        )  # as a client that takes a frame for granted
        one.submit(put(scope, FRESH[2]))
        one.settle()
        frame = server.frames[other.device][-1]
        other.reading.frame(frame)
        other.settle()
        assert other.rows(scope) == server_rows(server, scope)
        with other.books.reading() as conn:
            assert [n.kind for n in team_notices.unseen(conn)] == ["resynced"]


def test_a_conversation_is_fetched_whole_though_history_is_cut(tmp_path):
    server, scope = ModelServer(), SCOPES[0]
    with clients(tmp_path, server, 2) as (one, other):
        one.submit(*[put(scope, new_id(n), conv=FRESH[0]) for n in range(1, 8)])
        one.settle()
        one.submit(*[put(scope, new_id(n), conv=FRESH[1]) for n in range(11, 18)])
        one.settle()
        while other.history.step():
            with other.books.reading() as conn:
                row = team_scopes.get(conn, other.team, scope)
            if row is not None and row.e:
                break
        assert len(other.rows(scope)) < 14
        other.history.want(scope, FRESH[0])
        other.history.step()
        of_it = [key for key, row in other.rows(scope).items() if row[2]["conv"] == FRESH[0]]
        assert len(of_it) == 7
        other.settle()
        assert other.rows(scope) == server_rows(server, scope)


def test_what_is_told_while_the_first_page_is_on_its_way_is_not_missed(tmp_path: Path) -> None:
    server = ModelServer()
    with clients(tmp_path, server, 2) as (one, two):
        one.settle()
        name = SCOPES[0]
        fetch = two.wire.post

        def late(path: str, value: Any, shape: Any, **more: Any) -> Any:
            answer = fetch(path, value, shape, **more)
            if path == routes.BACKFILL and value.scope == name and not value.types:
                two.wire.post = fetch  # type: ignore[method-assign]
                one.submit(put(name, new_id()))
                assert one.push()
                for frame in server.frames[two.device]:
                    two.reading.frame(frame)
            return answer

        two.wire.post = late  # type: ignore[method-assign]
        while two.history.step():
            pass
        assert two.rows(name) == server_rows(server, name)
        assert len(two.rows(name)) == 1
