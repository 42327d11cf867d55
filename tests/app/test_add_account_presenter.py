"""Adding an account, as the presenter plays it: nothing is sent before it was shown."""

import asyncio

import msgspec
import pytest
from tests import instant
from tests.app.engines import RecordingEngine

from missive_desktop.app.presenters.add_account import AddAccountPresenter, Stage, guess, wrong
from missive_desktop.domain.account import Endpoint, Security
from missive_desktop.engine.protocol import AddAccount, Discover
from missive_desktop.errors import CertificateRefused, LoginRefused, Offline

FOUND = {
    "settings": msgspec.to_builtins(guess("ann@example.org")),
    "source": "published by example.org",
}


class View:
    def __init__(self) -> None:
        self.states = []

    def show_state(self, state):
        self.states.append(state)


def play(scene, **answers):
    async def run():
        engine = RecordingEngine(
            {
                Discover: answers.get("discover", lambda _: FOUND),
                AddAccount: answers.get("add", lambda _: {"account": 4}),
            }
        )
        view, added = View(), []
        presenter = AddAccountPresenter(engine, view, added.append, pause=0.01)
        await scene(presenter)
        await asyncio.sleep(0.05)
        return engine, view, added

    return instant.run(run())


def refusing(error):
    def refuse(_request):
        raise error

    return refuse


async def found(presenter):
    presenter.typed("ann@example.org")
    presenter.look()
    await asyncio.sleep(0.01)


def test_a_whole_address_is_looked_up_after_a_pause():
    async def scene(presenter):
        for text in ("ann", "ann@example.o", "ann@example.or", "ann@example.org"):
            presenter.typed(text)
            await asyncio.sleep(0)

    engine, view, _ = play(scene)
    assert [request.address for request in engine.asked] == ["ann@example.org"]
    assert view.states[-1].stage is Stage.FOUND
    assert view.states[-1].source == "published by example.org"


def test_what_is_no_address_is_not_looked_up():
    async def scene(presenter):
        presenter.typed("ann")
        presenter.look()

    engine, view, _ = play(scene)
    assert engine.asked == []
    assert view.states[-1].error


def test_the_password_goes_where_it_was_shown_to_go():
    async def scene(presenter):
        await found(presenter)
        presenter.sign_in("secret")

    engine, view, added = play(scene)
    assert engine.asked[-1] == AddAccount(settings=guess("ann@example.org"), secret="secret")
    assert [s.stage for s in view.states][-2:] == [Stage.SIGNING_IN, Stage.DONE]
    assert added == [4]


def test_without_a_password_nothing_is_sent():
    async def scene(presenter):
        await found(presenter)
        presenter.sign_in("")

    engine, view, _ = play(scene)
    assert engine.kinds() == ["Discover"]
    assert view.states[-1].password_wrong


@pytest.mark.parametrize(
    ("error", "wrong_password"),
    [
        (LoginRefused("The server did not accept the password."), True),
        (CertificateRefused("imap.example.org could not prove who it is."), False),
        (Offline("imap.example.org does not answer."), False),
    ],
)
def test_what_goes_wrong_is_said_with_what_to_try(error, wrong_password):
    async def scene(presenter):
        await found(presenter)
        presenter.sign_in("secret")

    _, view, added = play(scene, add=refusing(error))
    last = view.states[-1]
    assert added == []
    assert last.stage is Stage.FOUND
    assert last.error == str(error)
    assert last.advice
    assert last.password_wrong is wrong_password


def test_a_provider_with_rules_of_its_own_says_them():
    settings = msgspec.structs.replace(guess("ann@gmail.com"), provider="gmail")
    answer = {"settings": msgspec.to_builtins(settings), "source": "built-in table"}

    async def scene(presenter):
        presenter.typed("ann@gmail.com")
        presenter.look()
        await asyncio.sleep(0.01)
        presenter.sign_in("my own password")

    _, view, _ = play(scene, discover=lambda _: answer, add=refusing(LoginRefused("No.")))
    assert "app password" in view.states[2].hint
    assert "app password" in view.states[-1].advice


def test_when_nothing_is_found_the_user_says_it():
    async def scene(presenter):
        await found(presenter)
        typed = msgspec.structs.replace(
            guess("ann@example.org"), imap=Endpoint("mx.example.org", 143, Security.STARTTLS)
        )
        presenter.sign_in("secret", typed)

    engine, view, added = play(scene, discover=refusing(Offline("No settings were found.")))
    assert Stage.MANUAL in [state.stage for state in view.states]
    assert engine.asked[-1].settings.imap.host == "mx.example.org"
    assert added == [4]


def test_settings_that_make_no_sense_are_pointed_at():
    settings = guess("ann@example.org")
    assert wrong(settings) == ""
    assert "name" in wrong(msgspec.structs.replace(settings, imap=Endpoint("", 993, Security.TLS)))
    assert "port" in wrong(msgspec.structs.replace(settings, smtp=Endpoint("a.b", 0, Security.TLS)))
    assert wrong(msgspec.structs.replace(settings, smtp=None)) == ""
    assert wrong(msgspec.structs.replace(settings, user=""))
