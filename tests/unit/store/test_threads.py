"""Threading in the store: the same conversations whatever the order and the batches."""

from __future__ import annotations

import itertools
import tempfile
from collections import defaultdict
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.factories import ANN, BEN, NOON, Mailbox, digest, mailbox

from missive_desktop.domain import threading
from missive_desktop.domain.draft import Draft
from missive_desktop.domain.message import Digest
from missive_desktop.store import conversations, drafts, messages

DAY = 86_400
IDS = [f"{letter}@x" for letter in "abcdefgh"]


@st.composite
def mails(draw) -> list[Digest]:
    """A handful of messages that refer to each other, to what is missing, or to nothing."""
    count = draw(st.integers(1, 8))
    result = []
    for number in range(count):
        references = tuple(draw(st.lists(st.sampled_from(IDS), max_size=2, unique=True)))
        prefix = draw(st.sampled_from(["", "Re: "]))
        subject = draw(st.sampled_from(["Lunch", "Dinner", ""]))
        sender, to = draw(st.sampled_from([(ANN, BEN), (BEN, ANN)]))
        result.append(
            digest(
                message_id=IDS[number],
                references=references,
                subject=prefix + subject,
                sender=sender,
                to=(to,),
                date=NOON + draw(st.sampled_from([0, 1, 20, 35, 60])) * DAY,
                list_id=draw(st.sampled_from(["", "", "", "list.x"])),
            )
        )
    return result


def expected(given: list[Digest]) -> set[frozenset[str]]:
    """The definition, spelled out: components over every pair."""
    together = threading.Components()
    for (i, one), (j, other) in itertools.combinations(enumerate(given), 2):
        shared = set(threading.keys(one)) & set(threading.keys(other))
        a, b = threading.subject_key(one), threading.subject_key(other)
        by_subject = (
            a is not None
            and b is not None
            and a[0] == b[0]
            and threading.joined(one.date, a[1], other.date, b[1])
        )
        if shared or by_subject:
            together.join(i, j)
    groups = defaultdict(set)
    for number, one in enumerate(given):
        groups[together.find(number)].add(one.message_id)
    return {frozenset(group) for group in groups.values()}


def partition(box: Mailbox) -> set[frozenset[str]]:
    groups = defaultdict(set)
    rows = box.reader.execute("SELECT conversation_id, message_id FROM messages")
    for conversation, message in rows:
        groups[conversation].add(message)
    return {frozenset(group) for group in groups.values()}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(mails(), st.data())
def test_conversations_do_not_depend_on_the_order_of_arrival(batch, data):
    order = data.draw(st.permutations(batch))
    cuts = sorted(data.draw(st.sets(st.integers(0, len(order)), max_size=4)))
    with tempfile.TemporaryDirectory() as directory, mailbox(Path(directory)) as box:
        uids = itertools.count(1)
        for start, end in itertools.pairwise([0, *cuts, len(order)]):
            box.add([box.arrival(next(uids), one) for one in order[start:end]])
        assert partition(box) == expected(batch)
        counted = dict(box.reader.execute("SELECT id, messages FROM conversations").fetchall())
        assert sum(counted.values()) == len(batch)
        assert 0 not in counted.values()


def test_an_earlier_bare_reply_that_arrives_later_joins(tmp_path):
    late = digest(message_id="b@x", subject="Re: Dinner", date=NOON + DAY)
    early = digest(message_id="c@x", subject="Re: Dinner", date=NOON)
    with mailbox(tmp_path) as box:
        box.add([box.arrival(1, late)])
        box.add([box.arrival(2, early)])
        assert partition(box) == {frozenset({"b@x", "c@x"})}


def test_a_late_message_merges_conversations_and_all_that_hangs_on_them(tmp_path):
    with mailbox(tmp_path) as box:
        first = digest(message_id="a@x", subject="Plan")
        second = digest(message_id="c@x", references=("b@x",), subject="Re: Plan")
        one, two = box.add([box.arrival(1, first), box.arrival(2, second)])
        before = [messages.get(box.reader, message).conversation for message in (one, two)]
        assert before[0] != before[1]
        saved = [
            box.writer.run(
                lambda conn, changes, c=conversation: drafts.save(
                    conn, 0, Draft(account=box.account, conversation=c), NOON, changes
                )
            )
            for conversation in before
        ]
        box.published.clear()
        box.add([box.arrival(3, digest(message_id="b@x", references=("a@x",)))])

        rows = conversations.rows(box.reader, before)
        assert len(rows) == 1
        (row,) = rows.values()
        assert (row.messages, row.unread, row.has_draft) == (3, 3, True)
        assert row.subject == "Plan"
        assert conversations.ids(box.reader, [box.inbox]) == [row.id]
        assert conversations.count(box.reader, [box.inbox]) == 1
        assert {drafts.get(box.reader, draft).conversation for draft in saved} == {row.id}
        assert box.published[0].conversations == set(before)
        leftover = box.reader.execute(
            "SELECT count(*) FROM thread_keys WHERE conversation_id <> ?", (row.id,)
        )
        assert leftover.fetchone()[0] == 0


def test_accounts_do_not_share_conversations(tmp_path):
    with mailbox(tmp_path) as box:
        box.add([box.arrival(1, digest(message_id="a@x"))])
    with mailbox(tmp_path, "second@example.org") as box:
        box.add([box.arrival(1, digest(message_id="b@x", references=("a@x",)))])
        assert box.reader.execute("SELECT count(*) FROM conversations").fetchone()[0] == 2


def test_forgetting_a_message_leaves_the_others_together(tmp_path):
    with mailbox(tmp_path) as box:
        chain = [
            digest(message_id="a@x"),
            digest(message_id="b@x", references=("a@x",)),
            digest(message_id="c@x", references=("b@x",)),
        ]
        ids = box.add([box.arrival(uid, one) for uid, one in enumerate(chain, 1)])
        box.writer.run(lambda conn, changes: messages.forget(conn, [ids[1]], changes))
        assert partition(box) == {frozenset({"a@x", "c@x"})}
        box.add([box.arrival(4, digest(message_id="d@x", references=("b@x",)))])
        assert partition(box) == {frozenset({"a@x", "c@x", "d@x"})}
