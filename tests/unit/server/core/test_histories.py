"""Whatever happens in whatever order between clients, nodes and the database, the rules hold; and
a program that breaks one of them is found out, or these tests would show nothing."""

import msgspec
import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from tests.servers.soak import rounds
from tests.team_world import Ways, World

from missive_desktop.team.feed import Verdict
from missive_server.core.applying import apply

WHO = st.integers(0, 2)
NODE = st.integers(0, 1)
USUAL = settings(max_examples=rounds(60), stateful_step_count=40, deadline=None)


class Team(RuleBasedStateMachine):
    ways = Ways

    @initialize()
    def begin(self):
        self.world = World(self.ways())
        for client in self.world.clients:
            self.world.pull(client)

    @rule(who=WHO)
    def label(self, who):
        self.world.label(self.world.clients[who])

    @rule(who=WHO)
    def comment(self, who):
        self.world.comment(self.world.clients[who])

    @rule(who=WHO, what=st.sampled_from(["comment", "comment", "label"]))
    def write_and_send(self, who, what):
        client = self.world.clients[who]
        if what == "label":
            self.world.label(client)
        else:
            self.world.comment(client)
        self.world.send([client])

    @rule(who=WHO, arrives=st.booleans(), returns=st.booleans(), again=st.integers(0, 2))
    def send(self, who, arrives, returns, again):
        client = self.world.clients[who]
        self.world.send([client], arrives=arrives, returns=returns, again=again)

    @rule(first=WHO, second=WHO)
    def send_together(self, first, second):
        self.world.send([self.world.clients[n] for n in dict.fromkeys((first, second))])

    @rule(who=st.integers(1, 2), given=st.booleans(), rotate=st.booleans())
    def seats(self, who, given, rotate):
        ana = self.world.clients[0]
        self.world.seats(self.world.clients[who], given=given)
        self.world.send([ana])
        if rotate:
            self.world.rotate(ana)
            self.world.send([ana])

    @rule(node=NODE, lost=st.sampled_from([False, False, True]))
    def deliver(self, node, lost):
        self.world.deliver(node, lost=lost)

    @rule()
    def deliver_all(self):
        for node in (0, 1):
            while self.world.bus[node]:
                self.world.deliver(node)

    @rule(who=WHO, lost=st.lists(st.booleans(), max_size=4))
    def stream(self, who, lost):
        """Let all frames arrive that are on their way, but for some of the first."""
        client = self.world.clients[who]
        fates = [*lost, *[False] * len(client.inbox)]
        for gone in fates[: len(client.inbox)]:
            change = client.inbox.popleft()
            if not gone:
                client.frame(change, self.world.ways)

    @rule(who=WHO, how=st.sampled_from(["one", "one", "twice", "lost", "late"]))
    def frame(self, who, how):
        client = self.world.clients[who]
        if not client.inbox:
            return
        change = client.inbox.popleft()
        if how == "late":
            client.inbox.append(change)
        for _ in range({"one": 1, "twice": 2}.get(how, 0)):
            client.frame(change, self.world.ways)

    @rule(who=WHO, most=st.sampled_from([1, 2, 500]))
    def pull(self, who, most):
        self.world.pull(self.world.clients[who], most)

    @rule(who=WHO)
    def reconnect(self, who):
        client = self.world.clients[who]
        client.node = 1 - client.node
        client.inbox.clear()

    @rule()
    def back_up(self):
        self.world.back_up()

    @rule()
    def restore(self):
        self.world.restore()

    @invariant()
    def holds(self):
        self.world.check()

    def teardown(self):
        if hasattr(self, "world"):
            self.world.heal()


TestTeam = Team.TestCase
TestTeam.settings = USUAL


class StaleGrants(Ways):
    def may_send(self, granted, acl):
        return True


class NoGap(Ways):
    @staticmethod
    def judge_change(scope, change):
        found = Ways.judge_change(scope, change)
        missing = found is Verdict.PULL and change.e == scope.e
        return Verdict.APPLY if missing else found


class NoReset(Ways):
    @staticmethod
    def judge_page(scope, page, asked):
        found = Ways.judge_page(scope, page, asked)
        return Verdict.KNOWN if found is Verdict.RESET else found


class NotOnce(Ways):
    @staticmethod
    def apply(snapshot, calls, now, seed):
        """Forget what was answered."""
        devices = dict(snapshot.devices)
        for call in calls:
            name = call.caller.device
            if call.muts and call.muts[0].mid <= devices[name].last_mid:
                last = call.muts[0].mid - 1
                devices[name] = msgspec.structs.replace(devices[name], last_mid=last)
        forgetful = msgspec.structs.replace(snapshot, devices=devices, known={})
        return apply(forgetful, calls, now, seed)


class NoRekey(Ways):
    @staticmethod
    def apply(snapshot, calls, now, seed):
        outcome = apply(snapshot, calls, now, seed)
        for state in outcome.scopes.values():
            state.rekey = False
        return outcome


class NoAcl(Ways):
    @staticmethod
    def apply(snapshot, calls, now, seed):
        """Take access without telling that it was taken."""
        outcome = apply(snapshot, calls, now, seed)
        for name, state in outcome.scopes.items():
            if name in snapshot.scopes:
                state.acl = snapshot.scopes[name].acl
        outcome.published = [
            msgspec.structs.replace(
                each, change=msgspec.structs.replace(each.change, acl=outcome.scopes[name].acl)
            )
            for each in outcome.published
            for name in [each.change.scope]
        ]
        return outcome


class NoRecord(Ways):
    @staticmethod
    def apply(snapshot, calls, now, seed):
        outcome = apply(snapshot, calls, now, seed)
        outcome.audit = [each for each in outcome.audit if each[1].n % 3]
        return outcome


class NotInOrder(Ways):
    """Take numbers from a sequence, and commit later than who took a higher one."""

    def __init__(self):
        object.__setattr__(self, "held", [])

    def commit(self, world, outcome):
        late = [key for key in outcome.rows if key[1] == "comment"]
        waiting, self.held[:] = list(self.held), []
        if late and not waiting and len(late) == len(outcome.rows):
            self.held.append((outcome.rows, outcome.audit))
            outcome.rows, outcome.audit = {}, []
        world.write(outcome)
        for rows, audit in waiting:
            world.ledger.rows |= rows
            for scope, record in audit:
                world.ledger.audit[scope].append(record)


class ForgetsWhenSent(Ways):
    def keeps(self, arrived):
        return False


class NoOffer(Ways):
    def offers_again(self):
        return False


MUTANTS = {
    StaleGrants: "sent to somebody who was removed",
    NoAcl: "sent to somebody who was removed",
    NoGap: "a row is missing",
    NotInOrder: "a row is missing|not the same sum",
    NotOnce: "done twice",
    NoRekey: "sealed for who left",
    NoRecord: "done without a record|vanished",
    NoReset: "not of this epoch",
    ForgetsWhenSent: "a change vanished",
    NoOffer: "a change vanished",
}


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.__name__)
def test_a_mutant_is_found_out(mutant):
    machine = type(mutant.__name__, (Team,), {"ways": mutant})
    hunt = settings(
        max_examples=400,
        stateful_step_count=40,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        print_blob=False,
    )
    with pytest.raises(AssertionError, match=MUTANTS[mutant]):
        run_state_machine_as_test(machine, settings=hunt)
