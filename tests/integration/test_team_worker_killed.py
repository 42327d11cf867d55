"""A worker that dies or sleeps at any point: one message for each mail, no mail sent twice.

In `make test` a few points, in `make soak` all of them, and stalls past the lease in real time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest
from tests.servers.colleagues import Colleague, Firm, until
from tests.servers.served import Machine, Served, expire_leases, mail
from tests.servers.soak import rounds

SENDING = ["asked", "accepted", "let go", "sending", "data", "sent", "told"]
SHORT = ["data"]
SOAK = rounds(1) > 1


@pytest.fixture
def machines() -> Iterator[list[Machine]]:
    made: list[Machine] = []
    yield made
    for each in made:
        each.close()


def moved_out(inbox: Served, machines: list[Machine], point: str, how: str = "kill") -> Machine:
    """Have Ana's engine serve in a process of its own from now on."""
    ana = inbox.firm.ana
    if inbox.state(ana) != "serving":
        until(lambda: inbox.state(ana) == "serving")
    ana.close()
    machine = Machine(ana.profile.directory, point, how)
    machines.append(machine)
    machine.heard("serving")
    return machine


def accepted(inbox: Served, subject: str) -> int:
    """Return how often the server for sending took a mail."""
    wanted = f"Subject: {subject}".encode()
    found = [
        each
        for each in inbox.server.submission.behaviour.received
        if each.mail_from == inbox.user.address and wanted in (each.content or b"")
    ]
    return len(found)


def entities(who: Colleague, firm: Firm) -> Counter[str]:
    """Return the mail of the space by subject, as a member has it."""
    rows = who.conn.execute(
        "SELECT m.subject FROM team_messages AS t JOIN messages AS m ON m.id = t.message_id"
        " WHERE t.account_id = ?",
        (who.account(firm.scope),),
    ).fetchall()
    return Counter(subject for (subject,) in rows)


@pytest.mark.skipif(not SOAK, reason="long: make soak")
def test_killed_while_it_files_each_mail_is_there_once(
    inbox: Served, machines: list[Machine]
) -> None:
    ana, ben = inbox.firm.ana, inbox.firm.ben
    inbox.by(ana)
    machine = moved_out(inbox, machines, "filed")
    inbox.server.append(inbox.user, [mail(f"mail {n}") for n in range(40)])
    inbox.deliver(mail("the newest"))
    machine.heard("reached")
    machine.ended()
    machines.append(Machine(ana.profile.directory))
    wanted = Counter([*(f"mail {n}" for n in range(40)), "the newest"])
    until(lambda: entities(ben, inbox.firm) == wanted, 120)


def test_a_standby_takes_over_and_files_nothing_twice(
    inbox: Served, machines: list[Machine]
) -> None:
    ana, ben = inbox.firm.ana, inbox.firm.ben
    inbox.by(ana)
    machine = moved_out(inbox, machines, "filed")
    inbox.by(ben)
    inbox.server.append(inbox.user, [mail(f"mail {n}") for n in range(12)])
    machine.heard("reached")
    machine.ended()
    expire_leases(inbox.firm.office.server)
    until(lambda: inbox.state(ben) == "serving", 120)
    wanted = Counter(f"mail {n}" for n in range(12))
    until(lambda: entities(ben, inbox.firm) == wanted, 120)
    inbox.deliver(mail("later"))
    until(lambda: entities(ben, inbox.firm) == wanted + Counter(["later"]), 120)
    machines.append(Machine(ana.profile.directory))  # back again: what it had begun is refused
    inbox.deliver(mail("last"))
    until(lambda: entities(ben, inbox.firm) == wanted + Counter(["later", "last"]), 120)


@pytest.mark.parametrize("point", SENDING if SOAK else SHORT)
def test_killed_while_it_sends_nothing_goes_out_twice(
    inbox: Served, machines: list[Machine], point: str
) -> None:
    ana, ben = inbox.firm.ana, inbox.firm.ben
    inbox.by(ana)
    inbox.deliver(mail("question"))
    until(lambda: inbox.conversation(ben, "question"))
    inbox.server.submission.behaviour.delay = 0.5 if point == "data" else 0.0
    machine = moved_out(inbox, machines, point)
    inbox.answer(ben, "question", to=inbox.server.new_user().address)
    machine.heard("reached")
    machine.ended()
    inbox.server.submission.behaviour.delay = 0.0
    if SOAK:  # somebody else looks among what was sent
        inbox.by(ben)
        expire_leases(inbox.firm.office.server)
    else:
        machines.append(Machine(ana.profile.directory))
    until(lambda: inbox.sends(ben) in (["sent"], ["uncertain"]), 120)
    assert accepted(inbox, "Re: question") <= 1
    if inbox.sends(ben) == ["sent"]:
        until(lambda: entities(ben, inbox.firm)["Re: question"] == 1)
        until(lambda: inbox.count("Sent") == 1)
        assert accepted(inbox, "Re: question") == 1
    if not SOAK:
        assert inbox.sends(ben) == (["uncertain"] if point == "data" else ["sent"])


@pytest.mark.skipif(not SOAK, reason="waits for real leases to end: make soak")
@pytest.mark.parametrize("point", SENDING)
def test_stalled_past_its_lease_it_sends_nothing_any_more(
    inbox: Served, machines: list[Machine], point: str
) -> None:
    """It sleeps while another one takes over, a human sends again, and it wakes up."""
    from missive_desktop.engine.space_requests import ResolveSend
    from missive_desktop.store import team_talk

    ana, ben = inbox.firm.ana, inbox.firm.ben
    inbox.by(ana)
    inbox.deliver(mail("question"))
    until(lambda: inbox.conversation(ben, "question"))
    inbox.server.submission.behaviour.delay = 0.5 if point == "data" else 0.0
    machine = moved_out(inbox, machines, point, "stop")
    inbox.answer(ben, "question", to=inbox.server.new_user().address)
    machine.heard("reached")
    inbox.server.submission.behaviour.delay = 0.0
    inbox.by(ben)
    until(lambda: inbox.state(ben) == "serving", 120)
    until(lambda: inbox.sends(ben) in (["sent"], ["uncertain"]), 120)
    before = accepted(inbox, "Re: question")
    again = 0
    if inbox.sends(ben) == ["uncertain"]:
        (row,) = team_talk.sends(ben.conn, ben.account(inbox.scope))
        again = 1
        ben.call(ResolveSend(account=ben.account(inbox.scope), send=row.id, how="retry"))
        until(lambda: inbox.sends(ben) == ["sent"], 120)
        assert accepted(inbox, "Re: question") == before + 1
    machine.go_on()
    inbox.deliver(mail("afterwards"))
    until(lambda: entities(ben, inbox.firm)["afterwards"] == 1, 120)
    machine.close()
    assert accepted(inbox, "Re: question") == before + again
