"""The plan for one folder, and a model: a server and a client that must converge."""

from __future__ import annotations

import dataclasses
import itertools

from hypothesis import HealthCheck, assume, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from missive_desktop.domain.message import Flags
from missive_desktop.sync import plan, tasks
from missive_desktop.sync.plan import FlagWish, Held, Pending, Question, Status, Stored, View

SEEN, FLAGGED = Flags.SEEN, Flags.FLAGGED


NONE = Flags(0)


def held(flags: Flags = NONE) -> Held:
    return Held(flags, "")


def test_first_sync_fetches_all_newest_first() -> None:
    view = View(7, 3, 0, {1: held(), 2: held(), 5: held()}, (), [1, 2, 5])
    decided = plan.decide(Stored(0, 0, {}, 0), Pending(), view)
    assert decided.fetch == [5, 2, 1]
    assert not decided.reset
    assert not decided.doubtful


def test_vanished_is_removed_and_new_is_fetched_with_qresync() -> None:
    stored = Stored(7, 10, {1: held(), 2: held()}, 2)
    view = View(7, 2, 12, {3: held(SEEN)}, {1})
    decided = plan.decide(stored, Pending(), view)
    assert decided.remove == {1}
    assert decided.fetch == [3]
    assert not decided.doubtful


def test_numbers_that_do_not_add_up_are_doubtful() -> None:
    stored = Stored(7, 10, {1: held()}, 1)
    assert plan.decide(stored, Pending(), View(7, 4, 12, {})).doubtful


def test_what_did_not_change_need_not_be_known() -> None:
    stored = Stored(7, 10, {2: held(), 9: held()}, 100)
    view = View(7, 100, 12, {2: held(SEEN), 101: held()}, {9})
    decided = plan.decide(stored, Pending(), view)
    assert decided.remove == {9}
    assert decided.fetch == [101]
    assert decided.flags == {2: held(SEEN)}
    assert not decided.doubtful
    assert plan.decide(stored, Pending(), view._replace(exists=101)).doubtful


def test_an_interrupted_pull_goes_on_where_it_was() -> None:
    stored = Stored(7, 10, {5: held(), 4: held()}, 2, frozenset({3}))
    view = View(7, 5, 10, {}, (), [1, 2, 3, 4, 5])
    assert plan.decide(stored, Pending(), view).fetch == [2, 1]


def test_what_is_queued_wins_over_the_server() -> None:
    stored = Stored(7, 10, {1: held(SEEN)}, 1)
    pending = Pending(frozenset({2}), {1: FlagWish(SEEN, Flags(0))})
    view = View(7, 2, 12, {1: held(FLAGGED), 2: held()}, (), [1, 2])
    decided = plan.decide(stored, pending, view)
    assert decided.flags == {1: held(SEEN | FLAGGED)}
    assert decided.fetch == []
    assert decided.remove == set()


def test_new_uidvalidity_begins_anew() -> None:
    stored = Stored(7, 10, {1: held(), 2: held()}, 2, frozenset({3}))
    view = View(8, 2, 3, {1: held(), 2: held()}, (), [1, 2])
    decided = plan.decide(stored, Pending(gone=frozenset({2})), view)
    assert decided.reset
    assert decided.fetch == [2, 1]
    assert decided.remove == set()


def test_skipped_that_vanished_is_forgotten() -> None:
    stored = Stored(7, 10, {}, 0, frozenset({3, 4}))
    decided = plan.decide(stored, Pending(), View(7, 1, 3, {}, (), [4]))
    assert decided.unskip == {3}
    assert decided.fetch == []


def test_the_question_is_the_cheapest_that_is_safe() -> None:
    assert plan.question(0, 0, condstore=True, qresync=True) is Question.ALL
    assert plan.question(7, 0, condstore=True, qresync=True) is Question.ALL
    assert plan.question(7, 9, condstore=True, qresync=True) is Question.QRESYNC
    assert plan.question(7, 9, condstore=True, qresync=False) is Question.CHANGES
    assert plan.question(7, 9, condstore=False, qresync=False) is Question.ALL


def test_status_proves_nothing_without_condstore() -> None:
    known = Status(5, 6, 7, 9)
    assert plan.unchanged(known, known, 5, 0)
    assert plan.unchanged(known, known, 4, 1)
    assert not plan.unchanged(known, known, 4, 0)
    assert not plan.unchanged(known, Status(5, 6, 7, 10), 5, 0)
    assert not plan.unchanged(Status(5, 6, 7, 0), Status(5, 6, 7, 0), 5, 0)


# --- the model -------------------------------------------------------------------------------


@dataclasses.dataclass
class Mail:
    content: int
    flags: Flags
    modseq: int


class Server:
    """Two folders as RFC 9051 and RFC 7162 define them."""

    def __init__(self) -> None:
        self.uidvalidity = {0: 1, 1: 1}
        self.uidnext = {0: 1, 1: 1}
        self.modseq = {0: 1, 1: 1}
        self.mails: dict[int, dict[int, Mail]] = {0: {}, 1: {}}
        self.expunged: dict[int, dict[int, int]] = {0: {}, 1: {}}

    def tick(self, folder: int) -> int:
        self.modseq[folder] += 1
        return self.modseq[folder]

    def append(self, folder: int, content: int, flags: Flags) -> int:
        uid = self.uidnext[folder]
        self.uidnext[folder] += 1
        self.mails[folder][uid] = Mail(content, flags, self.tick(folder))
        return uid

    def expunge(self, folder: int, uid: int) -> None:
        if self.mails[folder].pop(uid, None):
            self.expunged[folder][uid] = self.tick(folder)

    def flag(self, folder: int, uid: int, add: Flags, remove: Flags) -> None:
        mail = self.mails[folder].get(uid)
        if mail:
            mail.flags = (mail.flags | add) & ~remove
            mail.modseq = self.tick(folder)

    def copy(self, folder: int, uid: int, target: int) -> int:
        mail = self.mails[folder].get(uid)
        return self.append(target, mail.content, mail.flags) if mail else 0

    def reset(self, folder: int) -> None:
        old = list(self.mails[folder].values())
        self.uidvalidity[folder] += 1
        self.uidnext[folder], self.mails[folder], self.expunged[folder] = 1, {}, {}
        for mail in old:
            self.append(folder, mail.content, mail.flags)

    def view(self, folder: int, asked: Question, since: int) -> View:
        mails = self.mails[folder]
        changed = {
            uid: held(mail.flags)
            for uid, mail in mails.items()
            if asked is Question.ALL or mail.modseq > since
        }
        gone = {u for u, at in self.expunged[folder].items() if at > since}
        return View(
            self.uidvalidity[folder],
            len(mails),
            0 if asked is Question.ALL else self.modseq[folder],
            changed,
            gone if asked is Question.QRESYNC else (),
            None if asked is Question.QRESYNC else sorted(mails),
        )


class Placement:
    def __init__(self, content: int, flags: Flags) -> None:
        self.content, self.flags = content, flags


class Client:
    """What the store, the queue and their transactions do, in dictionaries."""

    def __init__(self) -> None:
        self.uidvalidity = {0: 0, 1: 0}
        self.modseq = {0: 0, 1: 0}
        self.placed: dict[int, dict[int, Placement]] = {0: {}, 1: {}}
        self.queue: list[tasks.Queued] = []
        self.ids, self.negative = itertools.count(1), itertools.count(1)

    def enqueue(self, task: tasks.AnyTask) -> None:
        self.queue.append(tasks.Queued(next(self.ids), task))

    def rewrite(self, rows: dict[int, tasks.AnyTask | None]) -> None:
        self.queue = [
            row._replace(task=rows.get(row.id, row.task))  # type: ignore[arg-type]
            for row in self.queue
            if rows.get(row.id, row.task) is not None
        ]

    def set_flags(self, folder: int, uid: int, add: Flags, remove: Flags) -> None:
        placement = self.placed[folder][uid]
        placement.flags = (placement.flags | add) & ~remove
        entry = tasks.Entry(uid, placement.content)
        self.enqueue(tasks.SetFlags(folder, (entry,), int(add), int(remove)))

    def move(self, folder: int, uid: int) -> None:
        placement, new = self.placed[folder].pop(uid), -next(self.negative)
        self.placed[1 - folder][new] = placement
        self.enqueue(tasks.Move(folder, 1 - folder, (tasks.Entry(uid, placement.content, new),)))

    def copy(self, folder: int, uid: int) -> None:
        old, new = self.placed[folder][uid], -next(self.negative)
        self.placed[1 - folder][new] = Placement(old.content, old.flags)
        self.enqueue(tasks.Copy(folder, 1 - folder, (tasks.Entry(uid, old.content, new),)))

    def delete(self, folder: int, uid: int) -> None:
        placement = self.placed[folder].pop(uid)
        self.enqueue(tasks.Expunge(folder, (tasks.Entry(uid, placement.content),)))

    def sync(self, server: Server, folder: int, wanted: Question, limit: int) -> None:
        asked = plan.question(
            self.uidvalidity[folder],
            self.modseq[folder],
            condstore=wanted is not Question.ALL,
            qresync=wanted is Question.QRESYNC,
        )
        if self.uidvalidity[folder] != server.uidvalidity[folder]:
            asked = Question.ALL
        view = server.view(folder, asked, self.modseq[folder])
        decided = self.decide(folder, view)
        if decided.doubtful:
            view = view._replace(uids=sorted(server.mails[folder]))
            decided = self.decide(folder, view)
        assert not decided.doubtful
        self.apply(server, folder, view, decided)
        for uid in decided.fetch[:limit]:
            mail = server.mails[folder][uid]
            self.placed[folder][uid] = Placement(mail.content, mail.flags)
        if limit >= len(decided.fetch):
            self.settle(folder)

    def decide(self, folder: int, view: View) -> plan.Plan:
        placed = {uid: held(p.flags) for uid, p in self.placed[folder].items() if uid > 0}
        told = {*view.changed, *view.vanished}
        some = {uid: one for uid, one in placed.items() if uid in told}
        stored = Stored(
            self.uidvalidity[folder],
            self.modseq[folder],
            some if view.uids is None else placed,
            len(placed),
        )
        return plan.decide(stored, tasks.pending((r.task for r in self.queue), folder), view)

    def apply(self, server: Server, folder: int, view: View, decided: plan.Plan) -> None:
        if decided.reset:
            self.placed[folder] = {u: p for u, p in self.placed[folder].items() if u < 0}
            self.rewrite({r.id: tasks.lose_numbers(r.task, folder) for r in self.queue})
        for uid in decided.remove:
            del self.placed[folder][uid]
        for uid, now in decided.flags.items():
            self.placed[folder][uid].flags = now.flags
        self.uidvalidity[folder] = view.uidvalidity
        self.modseq[folder] = server.modseq[folder]

    def settle(self, folder: int) -> None:
        placed = self.placed[folder]
        numbers: dict[int, list[int]] = {}
        for uid, placement in sorted(placed.items(), reverse=True):
            if uid > 0:
                numbers.setdefault(placement.content, []).append(uid)
        settled = tasks.settle(self.queue, folder, [u for u in placed if u < 0], numbers)
        self.rewrite(settled.tasks)
        for uid in settled.drop:
            placed.pop(uid, None)
        for uid in settled.flags.keys() & placed.keys():
            placed[uid].flags = plan.overlay(held(placed[uid].flags), settled.flags[uid]).flags

    def replay(self, server: Server, *, uidplus: bool, crash: bool) -> bool:
        """Settle the first group; False when it has to wait for a sync."""
        group = tasks.first_group(self.queue)
        assert group is not None
        if tasks.unresolved(group.task):
            return False
        numbers: dict[int, int] = {}
        task = group.task
        assert isinstance(task, tasks.OnMessages)
        if self.uidvalidity[task.folder] != server.uidvalidity[task.folder]:
            return False  # a UID of another epoch must never reach the server
        for entry in task.entries:
            there = server.mails[task.folder].get(entry.uid)
            assert there is None or there.content == entry.message, "the wrong mail was meant"
            match task:
                case tasks.SetFlags():
                    server.flag(task.folder, entry.uid, Flags(task.add), Flags(task.remove))
                case tasks.Expunge():
                    server.expunge(task.folder, entry.uid)
                case tasks.Move() | tasks.Copy():
                    new = server.copy(task.folder, entry.uid, task.target)
                    if isinstance(task, tasks.Move):
                        server.expunge(task.folder, entry.uid)
                    if uidplus and new:
                        numbers[entry.new] = new
        if crash:
            return True
        self.queue = [row for row in self.queue if row.id not in group.ids]
        self.done(task, numbers)
        return True

    def done(self, task: tasks.OnMessages, numbers: dict[int, int]) -> None:
        if isinstance(task, tasks.Move | tasks.Expunge):
            for entry in task.entries:
                self.placed[task.folder].pop(entry.uid, None)
        if isinstance(task, tasks.Move | tasks.Copy):
            self.rewrite({r.id: tasks.renumber(r.task, task.target, numbers) for r in self.queue})
            for negative, uid in numbers.items():
                placement = self.placed[task.target].pop(negative, None)
                if placement and uid not in self.placed[task.target]:
                    self.placed[task.target][uid] = placement


FOLDERS = st.integers(0, 1)
PICK = st.integers(0, 1000)
FLAGS = st.sampled_from([SEEN, FLAGGED, SEEN | FLAGGED, Flags(0)])


class Convergence(RuleBasedStateMachine):
    """Whatever happens on both sides, in the end both hold the same."""

    def __init__(self) -> None:
        super().__init__()
        self.server, self.client = Server(), Client()
        self.contents = itertools.count(1)
        self.wanted = Question.ALL
        self.uidplus = True
        self.alone = False

    @initialize(wanted=st.sampled_from(Question), uidplus=st.booleans(), alone=st.booleans())
    def kind_of_server(self, wanted: Question, uidplus: bool, alone: bool) -> None:
        self.wanted, self.uidplus, self.alone = wanted, uidplus, alone
        for folder, flags in ((0, SEEN), (0, NONE), (1, NONE)):
            self.server.append(folder, next(self.contents), flags)
        self.synced(0, 9)
        self.synced(1, 9)

    @invariant()
    def what_is_queued_wins(self) -> None:
        queue = [row.task for row in self.client.queue]
        for folder in (0, 1):
            wishes, placed = tasks.pending(queue, folder), self.client.placed[folder]
            assert wishes.gone.isdisjoint(placed)
            for uid, wish in wishes.flags.items():
                if uid in placed:
                    flags = placed[uid].flags
                    assert flags & wish.add == wish.add
                    assert not flags & wish.remove

    @rule(folder=FOLDERS, flags=FLAGS)
    def arrives(self, folder: int, flags: Flags) -> None:
        assume(not self.alone)
        self.server.append(folder, next(self.contents), flags)

    @rule(folder=FOLDERS, pick=PICK)
    def copied_elsewhere(self, folder: int, pick: int) -> None:
        self.server.copy(folder, self.theirs(folder, pick), 1 - folder)

    @rule(folder=FOLDERS, pick=PICK, add=FLAGS, remove=FLAGS)
    def flagged_elsewhere(self, folder: int, pick: int, add: Flags, remove: Flags) -> None:
        self.server.flag(folder, self.theirs(folder, pick), add, remove)

    @rule(folder=FOLDERS, pick=PICK, move=st.booleans())
    def taken_away_elsewhere(self, folder: int, pick: int, move: bool) -> None:
        uid = self.theirs(folder, pick)
        if move:
            self.server.copy(folder, uid, 1 - folder)
        self.server.expunge(folder, uid)

    @rule(folder=FOLDERS)
    def renumbered(self, folder: int) -> None:
        assume(not self.alone)
        self.server.reset(folder)

    @rule(folder=FOLDERS, pick=PICK, add=FLAGS, remove=FLAGS)
    def user_flags(self, folder: int, pick: int, add: Flags, remove: Flags) -> None:
        self.client.set_flags(folder, self.ours(folder, pick), add, remove & ~add)

    @rule(folder=FOLDERS, pick=PICK)
    def user_moves(self, folder: int, pick: int) -> None:
        uid = self.ours(folder, pick)
        self.no_twins(folder, uid)
        self.client.move(folder, uid)

    @rule(folder=FOLDERS, pick=PICK)
    def user_copies(self, folder: int, pick: int) -> None:
        uid = self.ours(folder, pick)
        self.no_twins(folder, uid)
        self.client.copy(folder, uid)

    @rule(folder=FOLDERS, pick=PICK)
    def user_deletes(self, folder: int, pick: int) -> None:
        self.client.delete(folder, self.ours(folder, pick))

    @rule(crash=st.booleans())
    def replayed(self, crash: bool) -> None:
        assume(self.client.queue)
        copies = isinstance(self.client.queue[0].task, tasks.Copy)  # asks first, see replay
        self.client.replay(
            self.server, uidplus=self.uidplus, crash=crash and not (copies or self.alone)
        )

    @rule(folder=FOLDERS, limit=st.integers(0, 3))
    def synced(self, folder: int, limit: int) -> None:
        self.client.sync(self.server, folder, self.wanted, limit)

    def no_twins(self, folder: int, uid: int) -> None:
        """Without UIDPLUS nobody can tell which of two same mails in a folder was meant."""
        content = self.client.placed[folder][uid].content
        there = {placement.content for placement in self.client.placed[1 - folder].values()}
        assume(not self.alone or content not in there)

    def theirs(self, folder: int, pick: int) -> int:
        assume(not self.alone)
        uids = sorted(self.server.mails[folder])
        assume(uids)
        return uids[pick % len(uids)]

    def ours(self, folder: int, pick: int) -> int:
        uids = sorted(self.client.placed[folder])
        assume(uids)
        return uids[pick % len(uids)]

    def teardown(self) -> None:
        client, server = self.client, self.server
        seen = [sorted((p.content, p.flags) for p in client.placed[f].values()) for f in (0, 1)]
        for _ in range(len(client.queue) * 2 + 2):
            for folder in (0, 1):
                client.sync(server, folder, self.wanted, 10**6)
            while client.queue and client.replay(server, uidplus=self.uidplus, crash=False):
                pass
            if not client.queue:
                break
        assert not client.queue
        for folder in (0, 1):
            client.sync(server, folder, self.wanted, 10**6)
            ours = {u: (p.content, p.flags) for u, p in client.placed[folder].items()}
            theirs = {u: (m.content, m.flags) for u, m in server.mails[folder].items()}
            assert ours == theirs
            if self.alone:  # then the server ends with exactly what the user saw
                assert sorted(theirs.values()) == seen[folder]


TestConvergence = Convergence.TestCase
TestConvergence.settings = settings(
    max_examples=150,
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow],
)
