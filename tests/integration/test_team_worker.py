"""A shared inbox of a real mailbox: mail in, members' acts out, their mail sent once."""

from __future__ import annotations

from tests.servers.colleagues import until
from tests.servers.served import Served, mail

from missive_desktop.domain.spaces import Place
from missive_desktop.engine.protocol import Act, Prepare
from missive_desktop.engine.space_requests import SetOpen
from missive_desktop.store import messages, team_mail


def test_mail_comes_to_every_member_whole_and_in_its_conversation(inbox: Served) -> None:
    ana, ben, scope = inbox.firm.ana, inbox.firm.ben, inbox.scope
    old = mail("old one")
    inbox.server.append(inbox.user, [mail("older one"), old])
    inbox.server.append(inbox.user, mail("filed"), folder="Archive")
    inbox.server.append(inbox.user, mail("junk"), folder="Junk")
    inbox.server.append(inbox.user, mail("half written"), folder="Drafts")
    inbox.by(ana)
    until(lambda: inbox.subjects(ben) == ["filed", "junk", "old one", "older one"])
    assert inbox.state(ana) == "serving"
    assert ben.places(scope, inbox.conversation(ben, "junk")) == {Place.SPAM}
    assert ben.places(scope, inbox.conversation(ben, "filed")) == {Place.ARCHIVE}
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
    assert inbox.count() == 1
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
