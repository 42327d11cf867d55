"""Drafts, the outbox and queued actions: what must survive and in which states."""

from __future__ import annotations

import pytest
from tests.factories import NOON, mailbox

from missive_desktop.domain.draft import Draft, DraftAttachment
from missive_desktop.domain.message import Address, Flags
from missive_desktop.domain.outgoing import Outgoing
from missive_desktop.errors import UsageError
from missive_desktop.store import actions, drafts, outbox, raws, rendered, settings
from missive_desktop.store.outbox import Outbound


@pytest.fixture
def box(tmp_path):
    with mailbox(tmp_path) as box:
        yield box


def run(box, work, *given, **named):
    return box.writer.run(lambda conn, changes: work(conn, *given, changes, **named), durable=True)


def raw(box, content=b"x"):
    sealed = box.packs.append(content)
    box.packs.sync()
    return box.writer.run(lambda conn, changes: raws.insert(conn, box.account, sealed))


def test_a_draft_is_kept_whole(box):
    file = DraftAttachment(raw(box), "a.txt", "text/plain", 1)
    draft = Draft(
        account=box.account,
        kind="reply",
        to=(Address("Ann", "ann@example.org"),),
        subject="Grüße",
        text="half a sen",
        attachments=(file,),
        references=("a@x",),
    )
    key = run(box, drafts.save, 0, draft, NOON)
    row = drafts.get(box.reader, key)
    assert (row.draft, row.changed, row.mirrored) == (draft, NOON, 0)
    assert drafts.all_(box.reader) == drafts.all_(box.reader, box.account) == [row]
    assert drafts.all_(box.reader, box.account + 1) == []
    assert box.published[-1].drafts == {key}


def test_each_save_is_newer_than_what_the_server_has(box):
    draft = Draft(account=box.account)
    key = run(box, drafts.save, 0, draft, NOON)
    box.writer.run(lambda conn, changes: drafts.set_mirror(conn, key, NOON, box.inbox, 5))
    assert drafts.unmirrored(box.reader, box.account) == []
    run(box, drafts.save, key, draft, NOON)  # within the same second
    (row,) = drafts.unmirrored(box.reader, box.account)
    assert (row.changed, row.mirror_folder, row.mirror_uid) == (NOON + 1, box.inbox, 5)


def test_files_of_a_draft_go_with_it(box):
    one, two = (DraftAttachment(raw(box), "a", "text/plain", 1) for _ in range(2))
    key = run(box, drafts.save, 0, Draft(account=box.account, attachments=(one, two)), NOON)
    run(box, drafts.save, key, Draft(account=box.account, attachments=(two,)), NOON)
    assert raws.get(box.reader, one.raw) is None
    assert raws.get(box.reader, two.raw) is not None
    assert run(box, drafts.remove, key, keep_files=True).id == key
    assert raws.get(box.reader, two.raw) is not None
    assert run(box, drafts.remove, key) is None


def test_a_discarded_draft_leaves_no_file(box):
    file = DraftAttachment(raw(box), "a", "text/plain", 1)
    key = run(box, drafts.save, 0, Draft(account=box.account, attachments=(file,)), NOON)
    run(box, drafts.remove, key)
    assert raws.get(box.reader, file.raw) is None
    assert drafts.get(box.reader, key) is None


def test_files_of_drafts_that_were_never_saved_are_forgotten(box):
    box.add([box.arrival(1)])
    saved, loose, sent, later = (DraftAttachment(raw(box), "a", "t", 1) for _ in range(4))
    run(box, drafts.save, 0, Draft(account=box.account, attachments=(saved,)), NOON)
    frozen = queue(box, draft=Draft(account=box.account, attachments=(sent,)))
    upto = later.raw - 1
    assert raws.newest(box.reader) > upto
    box.writer.run(lambda conn, changes: drafts.forget_loose_files(conn, upto))
    kept = {row[0] for row in box.reader.execute("SELECT id FROM raws")}
    everything = {1, saved.raw, sent.raw, later.raw, outbox.get(box.reader, frozen).raw_id}
    assert kept == everything
    assert loose.raw not in kept


def queue(box, **given) -> int:
    values = {
        "account": box.account,
        "raw_id": raw(box),
        "sender": "ben@example.org",
        "recipients": ("ann@example.org", "größe@example.org"),
        "subject": "Hi",
        "message_id": "m@x",
        "not_before": NOON + 10,
        "created": NOON,
    }
    return run(box, outbox.enqueue, Outbound(**(values | given)))


def test_what_is_queued_is_sent_when_the_undo_window_is_over(box):
    draft = Draft(account=box.account, subject="Hi")
    key = queue(box, draft=draft, answers=7, answer_flag=Flags.ANSWERED)
    assert outbox.due(box.reader, box.account, NOON + 9) == []
    (row,) = outbox.due(box.reader, box.account, NOON + 10)
    assert (row.id, row.state, row.draft, row.answers) == (key, Outgoing.QUEUED, draft, 7)
    assert row.recipients == ("ann@example.org", "größe@example.org")
    assert row.answer_flag is Flags.ANSWERED


def test_a_sent_message_stays_open_until_it_is_filed(box):
    key = queue(box)
    run(box, outbox.transition, key, Outgoing.SENDING)
    box.writer.run(lambda conn, changes: outbox.mark_data_sent(conn, key))
    assert outbox.get(box.reader, key).data_sent
    run(box, outbox.transition, key, Outgoing.SENT)
    assert [row.id for row in outbox.open_(box.reader, box.account)] == [key]
    run(box, outbox.mark_filed, key)
    assert outbox.open_(box.reader, box.account) == []
    (row,) = outbox.all_(box.reader)
    assert (row.state, row.tries, row.filed) == (Outgoing.SENT, 1, True)


@pytest.mark.parametrize("state", [Outgoing.SENT, Outgoing.UNCERTAIN])
def test_steps_that_the_state_machine_does_not_know_are_refused(box, state):
    key = queue(box)
    with pytest.raises(UsageError, match="cannot become"):
        run(box, outbox.transition, key, state)
    with pytest.raises(UsageError, match="no longer"):
        run(box, outbox.transition, key + 1, state)


def test_a_retry_starts_without_sent_data(box):
    key = queue(box)
    run(box, outbox.transition, key, Outgoing.SENDING)
    box.writer.run(lambda conn, changes: outbox.mark_data_sent(conn, key))
    run(box, outbox.transition, key, Outgoing.UNCERTAIN, error="The connection broke.")
    run(box, outbox.transition, key, Outgoing.QUEUED, not_before=NOON + 99)
    row = outbox.get(box.reader, key)
    assert (row.data_sent, row.not_before, row.error) == (False, NOON + 99, "")


def test_after_a_crash_nothing_is_sent_twice(box):
    before, after = queue(box), queue(box)
    for key in (before, after):
        run(box, outbox.transition, key, Outgoing.SENDING)
    box.writer.run(lambda conn, changes: outbox.mark_data_sent(conn, after))
    assert run(box, outbox.recover) == [after]
    assert outbox.get(box.reader, before).state is Outgoing.QUEUED
    assert outbox.get(box.reader, after).state is Outgoing.UNCERTAIN


def test_a_row_that_is_done_with_goes_with_its_frozen_copy(box):
    file = DraftAttachment(raw(box), "a", "text/plain", 1)
    draft = Draft(account=box.account, attachments=(file,))
    one, two = queue(box, draft=draft), queue(box, draft=draft)
    undone = run(box, outbox.remove, one, keep_files=True)
    assert undone.draft == draft
    assert raws.get(box.reader, undone.raw_id) is None
    assert raws.get(box.reader, file.raw) is not None
    run(box, outbox.remove, two)
    assert raws.get(box.reader, file.raw) is None
    assert run(box, outbox.remove, two) is None


def test_actions_stand_in_order_for_each_account(box):
    def work(conn, changes):
        return [actions.queue(conn, box.account, "move", {"n": n}, NOON) for n in range(3)]

    keys = box.writer.run(work)
    assert [row.payload["n"] for row in actions.pending(box.reader, box.account)] == [0, 1, 2]
    assert actions.pending(box.reader, box.account + 1) == []

    def go_on(conn, changes):
        actions.done(conn, keys[0])
        actions.tried(conn, keys[1], "No connection.")
        actions.update(conn, keys[1], {"n": 9})

    box.writer.run(go_on)
    first = actions.pending(box.reader, box.account)[0]
    assert first.id == keys[1]
    assert (first.payload, first.tries, first.error) == ({"n": 9}, 1, "No connection.")
    again = box.writer.run(lambda conn, changes: actions.queue(conn, box.account, "x", [], NOON))
    assert again > keys[-1]


def test_what_is_shown_is_kept_with_its_version(box):
    (message,) = box.add([box.arrival(1)])
    assert rendered.get(box.reader, message) is None
    assert rendered.version(box.reader, message) == 0

    def keep(version, body, target):
        box.writer.run(lambda conn, changes: rendered.put(conn, target, version, body))

    keep(1, b"<p>one</p>" * 100, message)
    keep(2, b"<p>two</p>" * 100, message)
    keep(2, b"of a message that is gone", message + 1)
    assert rendered.get(box.reader, message) == (2, b"<p>two</p>" * 100)
    assert rendered.version(box.reader, message) == 2
    assert rendered.get(box.reader, message + 1) is None


def test_settings_are_any_json(box):
    box.writer.run(lambda conn, changes: settings.put(conn, "a", {"x": [1, None]}))
    box.writer.run(lambda conn, changes: settings.put(conn, "a", {"x": [2, None]}))
    assert settings.get(box.reader, "a") == {"x": [2, None]}
    assert settings.get(box.reader, "b", "default") == "default"
