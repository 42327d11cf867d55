"""What came while an answer was written, on a store with a team in it."""

import pytest
from tests import instant
from tests.app.engines import RecordingEngine
from tests.app.test_composer_presenter import View
from tests.factories import mailbox
from tests.team_factories import (
    ANA,
    BEN,
    ME,
    NOON,
    SCOPE,
    TeamBox,
    comment,
    conv,
    mail,
    member,
    name,
    seat,
    space,
)  # fmt: skip

from missive_desktop.app.presenters import meanwhile
from missive_desktop.app.presenters.composer import ComposerPresenter, Sender, senders_of
from missive_desktop.app.presenters.meanwhile import Kind, News
from missive_desktop.app.presenters.writing import Doubt
from missive_desktop.domain.draft import Draft
from missive_desktop.domain.message import Address
from missive_desktop.domain.team import Entity
from missive_desktop.engine.protocol import SaveDraft, SendDraft
from missive_desktop.engine.team_sync_requests import WhoIsThere
from missive_desktop.store import accounts

CLAIRE = Address("Claire", "claire@velo.example")


@pytest.fixture
def team(tmp_path):
    with mailbox(tmp_path) as box:
        made = TeamBox(box)
        made.take_all(space(), member(ME, "Me"), member(ANA, "Ana"), member(BEN, "Ben"))
        made.take(seat(ME), seat(ANA), seat(BEN), conv("order", inbox=True), mail("one", "order"))
        yield made


def here(team) -> int:
    return team.box.reader.execute("SELECT conversation_id FROM team_conversations").fetchone()[0]


def send(own: str) -> Entity:
    header = {"conv": name("order"), "st": "requested", "due": 0, "blob": "b", "close": False}
    return Entity("send", name(f"send {own}"), header, "{}", 1, own, own, NOON, seq=50)


def test_nothing_is_asked_of_what_is_ones_own(team):
    assert meanwhile.seen(team.box.reader, 0) is None
    assert meanwhile.seen(team.box.reader, 999) is None


def test_what_came_since_is_told_and_what_was_there_is_not(team):
    team.take(comment("old", "order", "seen", own=ANA), send(ME))
    conn, conversation = team.box.reader, here(team)
    before = meanwhile.seen(conn, conversation)
    assert meanwhile.news(conn, conversation, before) == []
    team.take(
        comment("new", "order", "wait", own=BEN),
        comment("mine", "order", "my own", own=ME),
        send(BEN),
        mail("two", "order", NOON + 5_000),
        mail("three", "order", NOON + 6_000, out=True),
    )
    present = [
        [SCOPE, name("order"), ANA, "typing"],
        [SCOPE, name("order"), BEN, "viewing"],
        [SCOPE, name("other"), BEN, "typing"],
        [SCOPE, name("order"), ME, "typing"],
    ]
    assert meanwhile.news(conn, conversation, before, present) == [
        News(Kind.ANSWER, "Ben"),
        News(Kind.MAIL, "Cara Customer"),
        News(Kind.ANSWER, ""),
        News(Kind.COMMENT, "Ben"),
        News(Kind.TYPING, "Ana"),
    ]


def test_an_answer_asks_before_it_crosses_anothers(team):
    engine = RecordingEngine(
        {
            SaveDraft: lambda r: {"draft": 7},
            SendDraft: lambda _: {"outbox": -3, "until": 0},
            WhoIsThere: lambda _: {"seen": []},
        }
    )
    ended, view = [], View()
    shared = Sender(team.account, Address("Support", "support@example.org"), "", shared=True)
    view.to = (CLAIRE,)

    async def scenario():
        presenter = ComposerPresenter(engine, team.box.reader, view, [shared], ended.append)
        presenter.open(
            Draft(team.account, "reply", to=(CLAIRE,), conversation=here(team), subject="Re: x")
        )
        team.take(comment("new", "order", "wait", own=BEN))
        await presenter.send(close=True)
        assert view.said[-1] == [Doubt.MEANWHILE]
        assert ended == []
        await presenter.send(sure=True, close=True)

    instant.run(scenario())
    assert SendDraft(draft=7, close=True) in engine.asked
    assert len(ended) == 1


def test_one_can_write_as_the_space(team):
    (found,) = senders_of(accounts.all_(team.box.reader)[-1:])
    assert (found.address.email, found.shared) == ("support@example.org", True)
