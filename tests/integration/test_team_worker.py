"""A shared inbox of a real mailbox: mail in, members' acts out, their mail sent once."""

from __future__ import annotations

import msgspec
import pytest
from tests.servers.colleagues import Colleague, until
from tests.servers.served import Served, mail

from missive_desktop.domain.folder import Role
from missive_desktop.domain.query import parse
from missive_desktop.domain.spaces import Place
from missive_desktop.engine.protocol import Act, AddAccount, Prepare, UndoSend
from missive_desktop.engine.serving_requests import HandInbox, StopServing
from missive_desktop.engine.space_requests import SetOpen
from missive_desktop.errors import Refused
from missive_desktop.store import (
    accounts,
    folders,
    messages,
    search,
    team_mail,
    team_notices,
    team_rows,
    team_scopes,
    team_talk,
)
from missive_desktop.team.worker import dispatching, outcomes
from missive_desktop.team.worker.ground import Ground
from missive_desktop.team.worker.lease import Lease
from missive_wire.ids import new_id, split_scope

DAY = 86_400_000


def test_mail_comes_to_every_member_whole_and_in_its_conversation(inbox: Served) -> None:
    ana, ben, scope = inbox.firm.ana, inbox.firm.ben, inbox.scope
    old = mail("old one")
    inbox.server.append(inbox.user, [mail("older one"), old])
    inbox.server.append(inbox.user, mail("filed"), folder="Archive")
    inbox.server.append(inbox.user, mail("junk"), folder="Junk")
    inbox.server.append(inbox.user, mail("half written"), folder="Drafts")
    inbox.by(ana)
    until(lambda: inbox.subjects(ben) == ["filed", "junk", "old one", "older one"])
    until(lambda: inbox.state(ana) == "serving")
    until(lambda: ben.places(scope, inbox.conversation(ben, "junk")) == {Place.SPAM})
    until(lambda: ben.places(scope, inbox.conversation(ben, "filed")) == {Place.ARCHIVE})
    inbox.deliver(mail("new one"))
    until(lambda: inbox.conversation(ben, "new one"))
    conv = inbox.conversation(ben, "new one")
    until(lambda: ben.places(scope, conv) == {Place.TEAM})
    row = team_mail.of_conversation(ben.conn, ben.account(scope), conv)[0]
    ben.call(Prepare(messages=(row.message,)))
    until(lambda: not team_mail.incomplete(ben.conn, [row.message]))
    whole = messages.raw(ben.conn, ben.runtime.store, row.message)
    assert b"Subject: new one" in whole
    ben.call(SetOpen(conversations=(ben.here(scope, conv),)))
    until(lambda: ana.places(scope, conv) == {Place.CLOSED})
    inbox.deliver(mail("Re: new one", answers="new-one"))
    until(lambda: inbox.conversation(ben, "Re: new one") == conv)
    until(lambda: ben.places(scope, conv) == {Place.TEAM})


def test_a_member_answers_and_it_is_sent_once(inbox: Served) -> None:
    ana, ben, scope = inbox.firm.ana, inbox.firm.ben, inbox.scope
    inbox.by(ana)
    inbox.deliver(mail("question"))
    until(lambda: inbox.conversation(ben, "question"))
    other = inbox.server.new_user()
    inbox.answer(ben, "question", to=other.address)
    until(lambda: inbox.sends(ben) == ["sent"])
    until(lambda: inbox.count("Sent") == 1)
    until(lambda: inbox.subjects(ben) == ["Re: question", "question"])
    with inbox.server.client(other, "INBOX") as client:
        assert client.search(None, "ALL")[1] == [b"1"]
    with inbox.server.client(inbox.user, "INBOX") as client:
        until(lambda: client.search(None, "ANSWERED", "SEEN")[1] == [b"1"])
    conv = inbox.conversation(ben, "question")
    assert inbox.conversation(ben, "Re: question") == conv
    inbox.round(ana)
    assert inbox.subjects(ben) == ["Re: question", "question"]
    assert Place.MINE in ben.places(scope, conv) or Place.ARCHIVE in ben.places(scope, conv)


def test_acts_go_out_and_what_others_do_there_comes_in(inbox: Served) -> None:
    ana, ben, scope = inbox.firm.ana, inbox.firm.ben, inbox.scope
    inbox.by(ana)
    inbox.deliver(mail("one"))
    inbox.deliver(mail("two"))
    until(lambda: inbox.conversation(ben, "one") and inbox.conversation(ben, "two"))
    one = inbox.conversation(ben, "one")
    here = (ben.here(scope, one),)
    answer = ben.call(Act(kind="trash", conversations=here))
    until(lambda: inbox.count("Trash") == 1)
    until(lambda: inbox.count() == 1)
    ben.undo(answer)
    until(lambda: inbox.count("Trash") == 0)
    until(lambda: inbox.count() == 2)
    ben.call(Act(kind="spam", conversations=here))
    until(lambda: inbox.count("Junk") == 1)
    ben.call(Act(kind="not_spam", conversations=here))
    until(lambda: inbox.count() == 2)
    ben.call(SetOpen(conversations=here))
    with inbox.server.client(inbox.user, "INBOX") as client:
        until(lambda: len(client.search(None, "SEEN")[1][0].split()) == 1)
    two = inbox.conversation(ben, "two")
    with inbox.server.client(inbox.user, "INBOX") as client:
        found = client.search(None, "SUBJECT", "two")[1][0]
        client.copy(found.decode(), "Trash")
        client.store(found.decode(), "+FLAGS", "\\Deleted")
        client.expunge()
    inbox.round(ana)
    until(lambda: ben.places(scope, two) == {Place.TRASH})


def test_a_mailbox_that_is_handed_over_touches_nothing_of_ones_own(inbox: Served) -> None:
    ana, ben, scope = inbox.firm.ana, inbox.firm.ben, inbox.scope
    own = msgspec.structs.replace(inbox.settings, name="Ben's own")
    ben.call(AddAccount(settings=own, secret=inbox.user.password))
    inbox.by(ana)
    until(lambda: inbox.state(ana) == "serving")
    ben.runtime.syncs.watch(True)
    ben.runtime.workers.watch(True)
    device = ben.member.me.device.id
    ana.call(HandInbox(scope=scope, device=device))
    until(lambda: [each.kind for each in team_notices.unseen(ben.conn)] == ["not_taken"])
    (row,) = [each for each in accounts.all_(ben.conn) if each.settings.kind != "space"]
    assert (row.settings.name, row.settings.kind) == ("Ben's own", "mail")
    assert inbox.state(ben) == ""
    ana.call(HandInbox(scope=scope, device=device, back=True))
    ben.runtime.workers.watch(False)
    assert [each.id for each in accounts.all_(ben.conn) if each.id == row.id] == [row.id]


def test_one_that_was_off_for_weeks_begins_with_nothing_and_serves_again(inbox: Served) -> None:
    ana, ben = inbox.firm.ana, inbox.firm.ben
    inbox.by(ana)
    inbox.deliver(mail("the first"))
    until(lambda: inbox.subjects(ana) == inbox.subjects(ben) == ["the first"])
    ana.begin_again(lambda conn: conn.execute("UPDATE teams SET seen = seen - ?", (30 * DAY,)))
    assert team_scopes.all_(ana.conn, ana.team) == []  # though nothing runs yet that would look
    assert inbox.subjects(ana) == []
    inbox.deliver(mail("the second"))
    ana.runtime.teams.watch(True)
    ana.runtime.syncs.watch(True)
    ana.runtime.workers.watch(True)
    until(lambda: inbox.subjects(ben) == ["the first", "the second"])
    until(lambda: inbox.state(ana) == "serving")
    until(lambda: inbox.subjects(ana) == ["the first", "the second"])


def test_handed_to_another_device_that_one_serves_and_gives_it_back(inbox: Served) -> None:
    ana, ben, scope = inbox.firm.ana, inbox.firm.ben, inbox.scope
    inbox.by(ana)
    until(lambda: inbox.state(ana) == "serving")
    ben.runtime.syncs.watch(True)
    ben.runtime.workers.watch(True)
    ana.call(HandInbox(scope=scope, device=ben.member.me.device.id))
    until(lambda: inbox.state(ben) == "serving")
    assert inbox.user.password not in "".join(_bodies(ana))  # no member reads it
    inbox.deliver(mail("for whoever serves"))
    until(lambda: inbox.conversation(ana, "for whoever serves"))
    assert inbox.subjects(ana) == ["for whoever serves"]
    ana.call(HandInbox(scope=scope, device=ben.member.me.device.id, back=True))
    until(lambda: inbox.state(ben) == "")
    assert [row.settings.kind for row in accounts.all_(ben.conn)] == ["space"]


def _bodies(who: Colleague) -> list[str]:
    return [body for (body,) in who.conn.execute("SELECT body FROM team_rows").fetchall()]


def test_mail_that_nobody_can_read_does_not_stop_the_rest(inbox: Served) -> None:
    ana, ben = inbox.firm.ana, inbox.firm.ben
    worst = b"From: \xff\xfe\r\nTo: " + b", ".join(b"a%d@example.org" % n for n in range(3_000))
    inbox.server.append(
        inbox.user,
        [
            b"\r\n",
            worst + b"\r\nSubject: crowd\r\n\r\nx\r\n",
            b"Subject: =?utf-8?q?" + b"=F0=9F" * 4_000 + b"?=\r\nReferences: " + b"<x@y> " * 9_000
            + b"\r\n\r\n" + b"y" * 90_000 + b"\r\n",
            mail("good"),
        ],
    )  # fmt: skip
    inbox.by(ana)
    until(lambda: inbox.conversation(ben, "good"))
    until(lambda: inbox.conversation(ben, "crowd"))
    until(lambda: len(inbox.subjects(ben)) == 4)


def test_what_cannot_be_sent_is_said_and_can_be_taken_back_in_time(inbox: Served) -> None:
    ana, ben, scope = inbox.firm.ana, inbox.firm.ben, inbox.scope
    inbox.by(ana)
    inbox.deliver(mail("question"))
    until(lambda: inbox.conversation(ben, "question"))
    behaviour = inbox.server.submission.behaviour
    behaviour.refused["nobody@example.org"] = "550 5.1.1 no such person"
    inbox.answer(ben, "question", to="nobody@example.org")
    until(lambda: inbox.sends(ben) == ["failed"])
    row = team_talk.sends(ben.conn, ben.account(scope))[0]
    assert "no such person" in row.body
    behaviour.refused.clear()
    number = inbox.answer(ben, "question", to="nobody@example.org", undo=30)
    until(lambda: sorted(inbox.sends(ana)) == ["failed", "requested"])
    ben.call(UndoSend(outbox=number))
    until(lambda: sorted(inbox.sends(ana)) == ["cancelled", "failed"])
    assert inbox.count("Sent") == 0


def test_the_mailbox_behind_is_not_shown(inbox: Served) -> None:
    ana = inbox.firm.ana
    account = inbox.by(ana)
    inbox.deliver(mail("marmalade question"))
    until(lambda: inbox.conversation(ana, "marmalade question"))
    found = search.conversations(ana.conn, parse("marmalade"), limit=None, now=0)
    assert len(found) == 1
    assert account not in {row.account for row in folders.by_role(ana.conn, Role.INBOX)}
    shown = accounts.by_address(ana.conn, inbox.user.address)
    assert shown is not None
    assert shown.id == account
    ana.call(StopServing(scope=inbox.scope))
    assert account in {row.account for row in folders.by_role(ana.conn, Role.INBOX)}


class Idle:
    """A mailbox that is not to be touched."""

    def poke(self) -> None:
        raise AssertionError

    def round(self) -> None:
        raise AssertionError


def test_a_server_that_asks_again_or_in_a_strangers_name_makes_no_mail_leave(
    inbox: Served,
) -> None:
    ana, ben, scope = inbox.firm.ana, inbox.firm.ben, inbox.scope
    inbox.by(ana)
    inbox.deliver(mail("question"))
    until(lambda: inbox.conversation(ben, "question"))
    inbox.answer(ben, "question", to=inbox.server.new_user().address)
    until(lambda: inbox.sends(ana) == ["sent"])
    until(lambda: inbox.subjects(ben) == ["Re: question", "question"])
    until(lambda: inbox.subjects(ana) == ["Re: question", "question"])
    team = ana.runtime.teams.of(ana.team)
    lease = Lease(team.calls, team.device, scope)
    ground = Ground(team, scope, Idle(), lease)
    (row,) = team_talk.sends(ana.conn, ana.account(scope))
    sent = outcomes.mail(scope, split_scope(scope)[1], row, 0, 0).id
    known = team_scopes.get(ana.conn, ana.team, scope)
    assert known is not None
    until(lambda: team_rows.get(ana.conn, known.id, "msg", sent) is not None)
    again = msgspec.structs.replace(row, state="requested")
    forged = msgspec.structs.replace(again, id=new_id())
    base = team_rows.get(ana.conn, known.id, "send", row.id)
    assert base is not None
    stranger = msgspec.structs.replace(base, id=forged.id, seq=0, signed=new_id())
    ana.runtime.writer.run(lambda conn, _: team_rows.write(conn, known.id, [stranger]))
    for asked, words in ((again, "sent already"), (forged, "not in the directory")):
        with ground.reading() as conn, pytest.raises(Refused, match=words):
            dispatching.check(ground, conn, ground.place(conn), asked, asked.asked)
