"""The table of acts holds together, and lets nobody do more than their role."""

import pytest

from missive_wire import acts, rules
from missive_wire.entities import Row, Type
from missive_wire.ids import new_id
from missive_wire.mutation import Mutation

ANA, BEN = new_id(), new_id()
LOWER = ("drafter", "viewer", "guest")


def mutation(act, h=None, op="patch", t="conv", **more):
    return Mutation(1, op, "s:x", t, new_id(), act, h or {}, **more)


def row(t="conv", own=ANA, **h):
    return Row("put", 1, t, "x", 1, h, own=own)


@pytest.mark.parametrize("act", acts.ACTS)
def test_each_act_makes_sense(act):
    rule = acts.ACTS[act]
    assert rule.t in {"", *Type}
    assert rule.op in {"put", "patch", "del", "note", "event"}
    assert rule.who <= set(rules.ROLES)
    assert rule.own <= rule.who or rule.own <= acts.EVERYONE
    assert rule.words == rules.words(act)
    assert set(rule.sets) <= rule.fields or "*" in rule.fields
    assert rule.op != "event" or not rule.who


def test_each_type_can_be_made_and_ended():
    written = set(Type) - {Type.SCOPE}
    assert {r.t for r in acts.ACTS.values() if r.op == "put"} >= written
    kept = {Type.GRANT, Type.CHECKPOINT, Type.ORGANIZATION, Type.RESTORE}
    assert {r.t for r in acts.ACTS.values() if r.op == "del"} == written - kept


def test_nobody_below_a_member_changes_a_conversation():
    for act, rule in acts.ACTS.items():
        if rule.t in (Type.CONVERSATION, Type.SEND, Type.TASK, Type.LABEL):
            assert not any(rules.may(role, act) for role in LOWER), act


def test_viewers_write_only_what_is_their_own():
    for act, rule in acts.ACTS.items():
        if "viewer" in rule.who and rule.op in ("put", "patch", "del"):
            assert rule.t in (Type.PERSONAL, Type.GRANT) or "viewer" in rule.own, act


def test_roles_are_ordered():
    for act, rule in acts.ACTS.items():
        if "member" in rule.who:
            assert rule.who >= acts.MEMBERS, act
        if rule.who & acts.ADMINS:
            assert rule.who >= acts.ADMINS, act


def permits(role, wanted, row, actor):
    return rules.sensible(wanted) or rules.allowed(role, wanted, row, actor)


@pytest.mark.parametrize(
    ("wanted", "why"),
    [
        (mutation("conversation.vanished"), "no such act"),
        (mutation("account.login"), "no such act"),
        (mutation("conversation.closed", {"st": "trash"}), "the act sets st"),
        (mutation("conversation.closed"), "the act sets st"),
        (mutation("conversation.closed", {"st": ["closed"]}), "the act sets st"),
        (mutation("conversation.labelled", {"st": "closed"}), "not a field of this act"),
        (mutation("conversation.labelled", {"assignees+": [BEN]}), "not a field of this act"),
        (mutation("conversation.labelled", {}, "del"), "not what the act says"),
        (mutation("conversation.labelled", {}, t="msg"), "not what the act says"),
        (mutation("conversation.labelled", b=b"x", bv=2, k=1), "the act has no body"),
    ],
)
def test_an_act_does_what_it_says(wanted, why):
    assert rules.sensible(wanted) == why


def test_comments_are_changed_by_who_wrote_them():
    edited = mutation("comment.edited", t="comment", b=b"x", bv=2, k=1)
    deleted = mutation("comment.deleted", op="del", t="comment")
    assert permits("guest", edited, row("comment"), ANA) == ""
    assert permits("owner", edited, row("comment"), BEN) == "only your own"
    assert permits("member", deleted, row("comment"), BEN) == "only your own"
    assert permits("admin", deleted, row("comment"), BEN) == ""
    assert permits("viewer", deleted, row("comment"), ANA) == "not in this role"


def test_only_the_worker_says_that_it_sends():
    started = mutation("send.started", {"st": "sending"}, t="send")
    assert permits("owner", started, row("send"), ANA) == "only the worker"
    fenced = mutation("send.started", {"st": "sending"}, t="send", fence=1)
    assert permits("member", fenced, row("send"), ANA) == ""


@pytest.mark.parametrize(
    ("act", "now", "leads"),
    [
        ("send.started", "requested", True),
        ("send.started", "sending", False),
        ("send.started", "sent", False),
        ("send.started", "cancelled", False),
        ("send.cancelled", "sending", False),
        ("send.cancelled", "requested", True),
        ("send.retried", "sent", False),
        ("send.retried", "uncertain", True),
    ],
)
def test_a_mail_is_sent_once(act, now, leads):
    assert rules.follows(mutation(act, t="send"), row("send", st=now)) is leads


@pytest.mark.parametrize("t", ["member", "seat", "invite"])
def test_only_owners_make_owners(t):
    act, op = {"member": ("member.changed", "patch"), "seat": ("seat.changed", "patch"),
               "invite": ("invite.made", "put")}[t]  # fmt: skip
    wanted = mutation(act, {"role": "owner"}, op, t)
    assert permits("admin", wanted, row(t, role="member"), BEN) == "only an owner"
    assert permits("owner", wanted, row(t, role="member"), BEN) == ""


def test_words_for_what_is_not_known_are_its_name():
    assert rules.words("whiteboard.drawn") == "whiteboard.drawn"
    assert rules.words("conversation.assigned") == "assigned"


def test_the_seat_says_the_role_where_it_says_one():
    assert rules.effective("member", "") == "member"
    assert rules.effective("member", "viewer") == "viewer"


def test_only_an_admin_or_whom_the_mailbox_was_handed_serves():
    assert [role for role in rules.ROLES if rules.may_serve(role, handed=False)] == [
        "owner", "admin",
    ]  # fmt: skip
    assert [role for role in rules.ROLES if rules.may_serve(role, handed=True)] == [
        "owner", "admin", "member",
    ]  # fmt: skip
    assert not rules.may_serve("", handed=True)
