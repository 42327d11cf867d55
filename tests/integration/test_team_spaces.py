"""Two members with engines of their own share an inbox on a real server."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from tests.servers.colleagues import Colleague, Firm, until
from tests.servers.trails import sign

from missive_desktop.domain.draft import Draft
from missive_desktop.domain.message import Address
from missive_desktop.domain.query import parse
from missive_desktop.domain.spaces import Place
from missive_desktop.engine.protocol import (
    Act,
    Changed,
    Notice,
    Prepare,
    SaveDraft,
    SendDraft,
    UndoSend,
)
from missive_desktop.engine.space_admin_requests import (
    DeleteSpace,
    EditSpace,
    GiveSeat,
    MakeSpace,
    RemoveMember,
    SetMemberRole,
)
from missive_desktop.engine.space_requests import (
    AddTask,
    Assign,
    Comment,
    EditTask,
    Label,
    MakeLabel,
    OpenSharedFile,
    Rename,
    SaveSharedFile,
    SetOpen,
    TellTeam,
    Transfer,
)
from missive_desktop.engine.trail_requests import ReadDeleted, VerifyTrail
from missive_desktop.errors import Refused, UsageError
from missive_desktop.store import (
    conversations,
    drafts,
    messages,
    search,
    team_mail,
    team_notices,
    team_scopes,
    team_spaces,
    team_talk,
    team_views,
)
from missive_wire.ids import org_scope

RAW = (
    b"""From: Cara <cara@example.org>\r
To: help@example.com\r
Subject: The marmalade is late\r
Message-ID: <one@example.org>\r
Date: Mon, 23 Nov 2026 08:00:00 +0000\r
\r
Where is it? """
    + b"x" * 6_000
    + b" the very end\r\n"
)


@pytest.fixture
def filed(firm: Firm) -> tuple[str, str]:
    """A mail that both have."""
    conv, message = firm.ana.file_mail(firm.scope, RAW)
    until(lambda: firm.ben.places(firm.scope, conv) == {Place.TEAM})
    assert firm.ana.places(firm.scope, conv) == {Place.TEAM}
    return conv, message


def test_assigned_commented_closed_and_reopened(firm: Firm, filed: tuple[str, str]) -> None:
    ana, ben, scope, conv = firm.ana, firm.ben, firm.scope, filed[0]
    here = (ben.here(scope, conv),)
    answer = ben.call(Assign(conversations=here, add=(ana.user,)))
    assert ben.places(scope, conv) == {Place.OTHERS}  # at once
    until(lambda: ana.places(scope, conv) == {Place.MINE})
    ben.undo(answer)
    until(lambda: ana.places(scope, conv) == {Place.TEAM})
    ben.call(Assign(conversations=here, add=(ana.user,)))
    until(lambda: ana.places(scope, conv) == {Place.MINE})
    until(
        lambda: "Ben" in {p.name for p in team_views.people(ana.conn, ana.account(scope)).values()}
    )
    ana.call(Comment(conversation=ana.here(scope, conv), text="@Ben, ask the pineapple people"))
    until(lambda: ben.places(scope, conv) == {Place.OTHERS, Place.MINE})
    found = search.conversations(ben.conn, parse("pineapple"), limit=None, now=int(time.time()))
    assert [each.conversation for each in found] == list(here)
    ben.call(SetOpen(conversations=here))
    until(lambda: ana.places(scope, conv) == {Place.CLOSED})
    assert ben.places(scope, conv) == {Place.CLOSED}
    ben.call(SetOpen(conversations=here, open=True))
    until(lambda: ana.places(scope, conv) == {Place.MINE})
    ben.call(Act(kind="trash", conversations=here))
    until(lambda: ana.places(scope, conv) == {Place.TRASH})


def test_a_file_goes_along_with_a_comment(
    firm: Firm, filed: tuple[str, str], tmp_path: Path
) -> None:
    ana, ben, scope, conv = firm.ana, firm.ben, firm.scope, filed[0]
    given = tmp_path / "plan of the shop.txt"
    given.write_bytes(b"shelf" * 50_000)
    here = ana.here(scope, conv)
    answer = ana.call(Comment(conversation=here, text="", path=str(given)))

    def shared() -> list[team_talk.CommentRow]:
        return team_talk.comments(ben.conn, ben.account(scope), conv)

    until(lambda: shared())
    (row,) = shared()
    assert row.file is not None
    assert (row.file.name, row.file.type, row.text) == (given.name, "text/plain", "")
    assert search.count(ben.conn, parse("filename:shop"), now=0) == 1
    out = tmp_path / "out.txt"
    ben.call(SaveSharedFile(account=ben.account(scope), comment=row.id, path=str(out)))
    assert out.read_bytes() == given.read_bytes()
    read = firm.trail(ben, scope)
    assert ("blob.read", ben.user, "comment", row.id) in {
        (each.act, each.by, each.t, each.id) for each in read
    }
    opened = ana.call(OpenSharedFile(account=ana.account(scope), comment=row.id))["path"]
    assert Path(opened).read_bytes() == given.read_bytes()
    ana.undo(answer)
    until(lambda: not shared())
    with pytest.raises(UsageError):
        ben.call(OpenSharedFile(account=ben.account(scope), comment=row.id))


def test_renamed_for_all_and_back(firm: Firm, filed: tuple[str, str]) -> None:
    ana, ben, scope, conv = firm.ana, firm.ben, firm.scope, filed[0]

    def called(each: Colleague) -> str:
        here = each.here(scope, conv)
        return conversations.rows(each.conn, [here])[here].subject

    answer = ben.call(Rename(conversation=ben.here(scope, conv), name="  Late\tjam "))
    assert called(ben) == "Late jam"
    until(lambda: called(ana) == "Late jam")
    assert search.count(ana.conn, parse("subject:jam"), now=0) == 1
    ben.undo(answer)
    until(lambda: called(ana) == "The marmalade is late")
    assert ben.call(Rename(conversation=ben.here(scope, conv)))["undo"] == []


def test_labels_and_tasks(firm: Firm, filed: tuple[str, str]) -> None:
    ana, ben, scope, conv = firm.ana, firm.ben, firm.scope, filed[0]
    label = ana.call(MakeLabel(account=ana.account(scope), name="urgent", colour="red"))["label"]
    ana.call(Label(conversations=(ana.here(scope, conv),), add=(label,)))
    task = ana.call(AddTask(title="Call Cara", conversation=ana.here(scope, conv)))["task"]
    here = ben.here(scope, conv)

    def shown() -> list[str]:
        return [chip.name for chip in team_views.extras(ben.conn, [here])[here].labels]

    until(lambda: shown() == ["urgent"])
    until(lambda: team_talk.task(ben.conn, ben.account(scope), task) is not None)
    ben.call(EditTask(account=ben.account(scope), task=task, state="closed", title="Called"))

    def state() -> tuple[str, str]:
        row = team_talk.task(ana.conn, ana.account(scope), task)
        return (row.state, row.title) if row else ("", "")

    until(lambda: state() == ("closed", "Called"))


def test_the_mail_itself_is_fetched_once_and_found(firm: Firm, filed: tuple[str, str]) -> None:
    ben, scope = firm.ben, firm.scope
    row = team_mail.by_id(ben.conn, ben.account(scope), filed[1])
    assert row is not None
    assert search.count(ben.conn, parse("marmalade"), now=0) == 1
    ben.call(Prepare(messages=(row.message,), whole=True))
    assert not team_mail.incomplete(ben.conn, [row.message])
    assert messages.raw(ben.conn, ben.runtime.store, row.message) == RAW
    assert search.count(ben.conn, parse('"very end"'), now=0) == 1


def test_what_is_to_be_sent_is_asked_for_and_taken_back(firm: Firm, filed: tuple[str, str]) -> None:
    ana, ben, scope, conv = firm.ana, firm.ben, firm.scope, filed[0]
    account = ben.account(scope)
    parent = team_mail.by_id(ben.conn, account, filed[1])
    assert parent is not None
    content = Draft(
        account, "reply", parent.message, ben.here(scope, conv), Address("", "help@example.com"),
        (Address("Cara", "cara@example.org"),), subject="Re: The marmalade", text="Soon.",
    )  # fmt: skip
    saved = ben.call(SaveDraft(draft=0, content=content))["draft"]
    answer = ben.call(SendDraft(draft=saved, undo_seconds=60, close=True))
    assert answer["outbox"] < 0
    assert ben.places(scope, conv) == {Place.CLOSED}

    def asked() -> list[str]:
        return [row.state for row in team_talk.sends(ana.conn, ana.account(scope), conv)]

    until(lambda: asked() == ["requested"])
    until(lambda: ana.places(scope, conv) == {Place.CLOSED})
    back = ben.call(UndoSend(outbox=answer["outbox"]))["draft"]
    row = drafts.get(ben.conn, back)
    assert row is not None
    assert row.draft.text == "Soon."
    until(lambda: asked() == ["cancelled"])
    until(lambda: ana.places(scope, conv) == {Place.TEAM})
    with pytest.raises(Refused):
        ben.call(UndoSend(outbox=answer["outbox"]))


def test_moved_to_another_space_it_is_there_and_no_longer_here(
    firm: Firm, filed: tuple[str, str]
) -> None:
    ana, ben, scope, conv = firm.ana, firm.ben, firm.scope, filed[0]
    ana.call(Comment(conversation=ana.here(scope, conv), text="This is for sales"))
    until(lambda: not ana.pending())
    other = ana.call(MakeSpace(team=ana.team, name="Sales"))["scope"]
    ana.call(GiveSeat(scope=other, user=ben.user))
    until(lambda: ben.whole(other))
    ana.call(Transfer(conversations=(ana.here(scope, conv),), account=ana.account(other)))
    until(lambda: ben.places(other, conv) == {Place.TEAM})
    until(lambda: ben.here(scope, conv) == 0)
    until(lambda: len(team_talk.comments(ben.conn, ben.account(other), conv)) == 1)
    row = team_mail.by_id(ben.conn, ben.account(other), filed[1])
    assert row is not None
    ben.call(Prepare(messages=(row.message,)))
    until(lambda: not team_mail.incomplete(ben.conn, [row.message]))
    assert ana.call(TellTeam()) == {"waiting": 0, "refused": [], "errors": []}


def test_a_mail_to_two_team_addresses_is_a_conversation_in_each(firm: Firm) -> None:
    ana = firm.ana
    other = ana.call(MakeSpace(team=ana.team, name="Sales", address="sales@example.com"))["scope"]
    with pytest.raises(UsageError, match="already"):
        ana.call(MakeSpace(team=ana.team, name=" SALES"))
    with pytest.raises(UsageError, match="already"):
        ana.call(EditSpace(scope=firm.scope, name="Sales"))
    ana.call(EditSpace(scope=other, name="SALES"))
    one, two = (ana.file_mail(scope, RAW)[0] for scope in (firm.scope, other))
    until(lambda: ana.places(firm.scope, one) == ana.places(other, two) == {Place.TEAM})
    assert search.count(ana.conn, parse("marmalade"), now=0) == 2
    ana.call(SetOpen(conversations=(ana.here(firm.scope, one),)))
    until(lambda: not ana.pending())
    assert (ana.places(firm.scope, one), ana.places(other, two)) == ({Place.CLOSED}, {Place.TEAM})


def test_a_role_that_may_only_read_is_told_so(firm: Firm, filed: tuple[str, str]) -> None:
    ana, ben, scope, conv = firm.ana, firm.ben, firm.scope, filed[0]
    ana.call(SetMemberRole(team=ana.team, user=ben.user, role="viewer"))

    def role() -> str:
        return team_views.people(ben.conn, ben.account(scope))[ben.user].role

    until(lambda: role() == "viewer")
    with pytest.raises(Refused):
        ben.call(Assign(conversations=(ben.here(scope, conv),), add=(ben.user,)))
    ben.call(Act(kind="star", conversations=(ben.here(scope, conv),)))
    until(lambda: not ben.pending())


def test_an_observer_may_look_and_is_told_of_nothing(firm: Firm, filed: tuple[str, str]) -> None:
    """Whether one is active or observes is another's word, and counts at once."""
    ana, ben, scope = firm.ana, firm.ben, firm.scope
    told: list[object] = []

    def unified() -> bool:
        """Whether the inbox is among Ben's team inboxes; each shared one is in the sidebar."""
        [view] = team_views.sidebar(ben.conn)
        return view.folders[Place.TEAM].id in team_views.team_inboxes(ben.conn)

    def listen(notice: Notice) -> None:
        if isinstance(notice, Changed):
            told.extend([*notice.changes.arrived, *notice.changes.called])

    ben.listeners.append(listen)
    assert unified()
    ana.call(GiveSeat(scope=scope, user=ben.user, kind="observer"))
    until(lambda: not unified())
    _, quiet = ana.file_mail(scope, RAW.replace(b"<one@", b"<two@"))
    until(lambda: team_mail.by_id(ben.conn, ben.account(scope), quiet))
    row = team_mail.by_id(ben.conn, ben.account(scope), quiet)
    assert row is not None
    ben.call(Prepare(messages=(row.message,)))
    until(lambda: not team_mail.incomplete(ben.conn, [row.message]))
    assert told == []
    ana.call(GiveSeat(scope=scope, user=ben.user, kind="active"))
    until(unified)
    ana.file_mail(scope, RAW.replace(b"<one@", b"<three@"))
    until(lambda: told)


def test_a_space_that_is_deleted_goes_everywhere_and_stays_in_the_trail(
    firm: Firm, filed: tuple[str, str]
) -> None:
    ana, ben, scope = firm.ana, firm.ben, firm.scope
    with pytest.raises(Refused):
        ben.call(DeleteSpace(scope=scope))
    ana.call(DeleteSpace(scope=scope))
    for each in (ana, ben):
        until(lambda: team_spaces.get(each.conn, scope) is None)  # noqa: B023
        until(lambda: each.conn.execute("SELECT count(*) FROM messages").fetchone() == (0,))  # noqa: B023
        assert team_scopes.get(each.conn, each.team, scope) is None
    said = [row.words for row in team_notices.unseen(ben.conn)]
    assert said == ["Help was deleted for the whole team. What was here of it has been removed."]
    assert {row.kind for row in team_notices.unseen(ana.conn)} <= {"joined"}  # when Ben came
    told = firm.trail(ben, org_scope(ben.member.me.org))
    assert ("space.deleted", ana.user) in {(each.act, each.by) for each in told}
    read = ana.call(ReadDeleted(team=ana.team, scope=scope))
    acts = {(each["act"], each["actor"]) for each in read["events"]}
    assert read["wrong"] == ""
    assert acts >= {("conversation.created", ana.user), ("seat.given", ben.user)}
    with pytest.raises(Refused):
        ben.call(ReadDeleted(team=ben.team, scope=scope))
    sign(firm.office.server)
    verified = ana.call(VerifyTrail(team=ana.team))
    assert verified["findings"] == []
    assert verified["counts"][scope] == len(read["events"])
    assert scope not in ben.call(VerifyTrail(team=ben.team))["counts"]


def test_who_is_removed_keeps_nothing(firm: Firm, filed: tuple[str, str]) -> None:
    ana, ben, scope, conv = firm.ana, firm.ben, firm.scope, filed[0]
    ana.call(RemoveMember(team=ana.team, user=ben.user))
    until(lambda: ben.account(scope) == 0)
    assert search.count(ben.conn, parse("marmalade"), now=0) == 0
    until(lambda: ben.conn.execute("SELECT count(*) FROM messages").fetchone() == (0,))
    assert ana.places(scope, conv) == {Place.TEAM}
