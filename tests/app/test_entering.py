"""Coming into a team: by link, by set-up, on a further device; with an engine that answers."""

import asyncio

import pytest
from tests import instant
from tests.app.engines import RecordingEngine

from missive_desktop.app.presenters.entering import EnteringPresenter, State, Step
from missive_desktop.app.views.entering import EnteringScreen
from missive_desktop.app.views.two_factor import TwoFactorCard
from missive_desktop.engine.team_login_requests import (
    TeamCreate,
    TeamEntered,
    TeamJoin,
    TeamLogin,
    TeamLook,
)
from missive_desktop.errors import LoginRefused, Refused
from missive_desktop.team import qr
from missive_desktop.team.keys import invitation
from missive_wire import setup
from missive_wire.ids import new_id

HOST = "https://team.example"
LINK = invitation.link(invitation.new_invitation(HOST, new_id(), new_id(), bytes(20)))
SETUP = setup.link(setup.Setup(HOST, "t" * 24, "ana@x.org", "Halden"))
KEY = "K7QM 3FZX 91TD 8HVB"


class View:
    def __init__(self):
        self.steps = []

    def show_state(self, state):
        self.steps.append(state.step)


def play(answers, scene):
    async def run():
        view, done = View(), []
        engine = RecordingEngine(answers)
        made = EnteringPresenter(
            engine, view, lambda *given: done.append(given), pause=0.005, pick=lambda _: (2, 4)
        )
        await scene(made)
        await asyncio.sleep(0.03)
        made.close()
        return made, view, done, engine

    return instant.run(run())


def test_an_invitation_says_what_it_is_for_before_anything_is_asked():
    async def scene(made):
        made.given(f" {LINK}\n")
        await asyncio.sleep(0.02)
        assert (made.state.step, made.state.role, made.state.spaces) == (Step.JOIN, "member", 2)
        assert made.state.fingerprint == "0000 " * 7 + "0000"
        made.join("a@x.org", "Ana", "a long pass phrase")

    answers = {
        TeamLook: lambda _: {"url": HOST, "role": "member", "spaces": 2},
        TeamJoin: lambda _: {"team": 3, "must": True},
    }
    _, _, done, engine = play(answers, scene)
    assert done == [(3, True)]
    assert engine.kinds() == ["TeamLook", "TeamJoin"]


@pytest.mark.parametrize("text", ["https://x.example/join#1.2.3", f"{HOST}/setup#nothing"])
def test_a_broken_link_is_told(text):
    async def scene(made):
        made.given(text)
        await asyncio.sleep(0.02)
        assert made.state.step is Step.LINK
        assert "link" in made.state.error

    play({}, scene)


def test_the_recovery_key_has_to_be_typed_back():
    async def scene(made):
        made.given(SETUP)
        assert (made.state.step, made.state.organization) == (Step.CREATE, "Halden")
        made.create("ana@x.org", "Ana", "Halden", "a long pass phrase")
        await asyncio.sleep(0.02)
        assert (made.state.step, made.state.recovery) == (Step.KEY, KEY)
        made.key_kept()
        made.prove(("3FZX", "wrong"))
        assert made.state.step is Step.PROVE
        assert made.state.error
        made.prove(("3fzx", "8hvb"))

    _, _, done, _ = play({TeamCreate: lambda _: {"team": 1, "recovery": KEY, "must": False}}, scene)
    assert done == [(1, False)]


def test_a_further_device_asks_for_the_factor_and_waits_to_be_let_in():
    looks = iter(["approval", "approval", "new"])

    def sign_in(request):
        if not request.code:
            return {"st": "code", "team": 0, "state": "", "code": "", "must": False}
        assert request.code == "123456"
        return {"st": "in", "team": 5, "state": "approval", "code": "11111 22222", "must": False}

    async def scene(made):
        made.given("team.example")
        made.sign_in("team.example", "a@x.org", "secret")
        await asyncio.sleep(0.01)
        assert made.state.step is Step.CODE
        made.second_factor("123 456")
        await asyncio.sleep(0.003)
        assert (made.state.step, made.state.code) == (Step.APPROVAL, "11111 22222")

    answers = {TeamLogin: sign_in, TeamEntered: lambda _: {"state": next(looks), "code": ""}}
    made, _, done, _ = play(answers, scene)
    assert done == [(5, False)]
    assert made._secret == ("", "")


def test_a_device_that_was_turned_away_may_sign_in_again():
    def turned_away(_):
        raise Refused("Another device of yours turned this one away.", "Sign in again.")

    async def scene(made):
        made.waiting(5, "11111 22222", HOST, "a@x.org")
        await asyncio.sleep(0.05)
        assert (made.state.step, made.state.server) == (Step.LOGIN, HOST)
        assert "turned this one away" in made.state.error

    play({TeamEntered: turned_away}, scene)


def test_back_leads_to_the_step_before():
    async def scene(made):
        made.given("team.example")
        assert (made.state.step, made.state.back) == (Step.LOGIN, True)
        made.back()
        assert (made.state.step, made.state.link) == (Step.LINK, "team.example")
        made.back()
        assert made.state.step is Step.LINK

    play({}, scene)


def test_what_is_refused_comes_back_to_where_it_was_typed():
    def refuse(_):
        raise LoginRefused("The server does not accept this password.", "Check it.")

    async def scene(made):
        made.again(HOST, "a@x.org")
        made.sign_in(HOST, "a@x.org", "wrong")
        await asyncio.sleep(0.02)
        assert made.state.step is Step.LOGIN
        assert made.state.advice == "Check it."

    play({TeamLogin: refuse}, scene)


def test_the_screen_asks_for_what_each_step_needs(qtbot, theme):
    screen = EnteringScreen(theme)
    qtbot.addWidget(screen)
    made = EnteringPresenter(RecordingEngine({}), screen, lambda *_: None)
    typed = []
    screen.signed_in.connect(lambda *given: typed.append(given))
    made.again(HOST, "a@x.org")
    screen._fields["password"].edit.setText(" with spaces ")
    screen._go.click()
    assert typed == [(HOST, "a@x.org", " with spaces ")]


def test_the_square_is_drawn_and_six_digits_turn_it_on(qtbot, theme):
    card = TwoFactorCard(theme, "JBSWY3DPEHPK3PXP", qr.svg("otpauth://totp/x").decode())
    qtbot.addWidget(card)
    given = []
    card.confirmed.connect(given.append)
    card._code.setText("123 4")
    card._confirm()
    card._code.setText("123 456")
    card._confirm()
    assert given == ["123456"]


def test_the_screen_fits_into_a_narrow_window(qtbot, theme):
    screen = EnteringScreen(theme)
    qtbot.addWidget(screen)
    screen.resize(420, 600)
    screen.show()
    screen.show_state(State(Step.JOIN, organization="Halden", fingerprint="0000 " * 8, back=True))
    qtbot.waitExposed(screen)
    assert screen.horizontalScrollBar().maximum() == 0
