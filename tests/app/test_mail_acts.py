"""What the links in a card do: on a real store, with an engine that does what ours does."""

import asyncio

import pytest
from tests import instant
from tests.app.engines import RecordingEngine
from tests.app.test_conversation_presenter import FAST, View, all_ids, conversation_of
from tests.factories import digest, mailbox

from missive_desktop.app.presenters.conversation import ConversationPresenter
from missive_desktop.app.presenters.image_choices import failure
from missive_desktop.app.presenters.mail_cards import MailCards
from missive_desktop.app.presenters.preparing import Look
from missive_desktop.content import rendered as content
from missive_desktop.content import trackers
from missive_desktop.content.sanitize import VERSION
from missive_desktop.domain.changes import Changes
from missive_desktop.domain.message import Address
from missive_desktop.engine.protocol import LoadImages, SetImageRule, Unsubscribe
from missive_desktop.errors import Offline
from missive_desktop.store import image_rules, messages, settings
from missive_desktop.store import rendered as kept

SHOP = Address("Shop", "news@shop.example")
RAW = (
    b"From: Shop <news@shop.example>\r\nSubject: Sale\r\n"
    b"List-Unsubscribe: <https://shop.example/off>\r\nContent-Type: text/html\r\n\r\n"
    b"<h1>Sale</h1><img src='https://img.shop.example/a.png' width=90 height=90>words"
)


@pytest.fixture
def box(tmp_path):
    with mailbox(tmp_path) as made:
        made.add([made.arrival(1, digest(subject="Sale", sender=SHOP), raw=RAW)])
        yield made


def shown(box, message, *, loaded=False):
    """Keep what the engine would have made of a mail."""
    raw = messages.raw(box.reader, box.store, message)
    remote = {"https://img.shop.example/a.png": "missive://mail/remote/0/1"} if loaded else {}
    parsed = content.parse.parse(raw)
    body = content.encode(content.of_parsed(parsed, trackers.EMPTY, remote=remote))
    box.writer.run(lambda conn, _: kept.put(conn, message, VERSION, body))


def play(box, scene, dark=False, **answers):
    (message,) = all_ids(box)
    shown(box, message)

    async def run():
        view = View()

        def rule(request):
            box.writer.run(
                lambda conn, _: image_rules.put(conn, request.scope, request.value, request.allow)
            )
            return {}

        def load(request):
            shown(box, message, loaded=True)
            presenter.changed(Changes(messages=set(request.messages)))
            return {"loaded": 1, "failed": 0, "problems": []}

        engine = RecordingEngine({SetImageRule: rule, LoadImages: load} | answers.get("do", {}))
        presenter = ConversationPresenter(
            box.reader, engine, view, lambda: Look({}, dark), str, view.browse, view.tell,
            timing=FAST,
        )  # fmt: skip
        presenter.show(conversation_of(box, message))
        await scene(presenter, message)
        await asyncio.sleep(0.05)
        presenter.close()
        return view, engine

    return instant.run(run())


def pages(view):
    return [value.html for name, value in view.said if name == "page"]


def asked(engine, kind):
    return [one for one in engine.asked if isinstance(one, kind)]


def test_images_once(box):
    async def scene(presenter, message):
        presenter.act("images", message, {"scope": "once"})

    view, engine = play(box, scene)
    assert asked(engine, LoadImages)[0].asked
    assert asked(engine, SetImageRule) == []
    before, waiting, *_, after = pages(view)
    assert "1 image not loaded" in before
    assert "The sender may learn that you opened this" in before
    assert "Loading images…" in waiting
    assert "1 image loaded for you" in after
    assert view.kept[0] is False
    assert all(view.kept[1:])  # the reader stays where he was


@pytest.mark.parametrize(
    ("scope", "rule", "loads"),
    [
        ("sender", SetImageRule(scope="sender", value="news@shop.example", allow=True), True),
        ("domain", SetImageRule(scope="domain", value="shop.example", allow=True), True),
        ("never", SetImageRule(scope="sender", value="news@shop.example", allow=False), False),
    ],
)
def test_rules(box, scope, rule, loads):
    async def scene(presenter, message):
        presenter.act("images", message, {"scope": scope})

    view, engine = play(box, scene)
    assert asked(engine, SetImageRule) == [rule]
    assert bool(asked(engine, LoadImages)) == loads
    assert ("You never load images of this sender" in pages(view)[-1]) != loads


def test_asking_again_takes_the_rule_of_the_domain_too(box):
    box.writer.run(lambda conn, _: image_rules.put(conn, "domain", "shop.example", False))

    async def scene(presenter, message):
        presenter.act("images", message, {"scope": "ask"})

    view, _ = play(box, scene)
    assert image_rules.decision(box.reader, SHOP.email) == "ask"
    assert "Show image<" in pages(view)[-1]


def test_what_the_reader_always_wants_is_loaded_when_it_is_opened_and_once_only(box):
    box.writer.run(lambda conn, _: image_rules.put(conn, "sender", SHOP.email, True))

    async def scene(presenter, _message):
        await asyncio.sleep(0.02)
        presenter.refresh()

    def nothing(_request):
        return {"loaded": 0, "failed": 1, "problems": [["https://img.shop.example/a.png", "gone"]]}

    view, engine = play(box, scene, do={LoadImages: nothing})
    (request,) = asked(engine, LoadImages)
    assert not request.asked
    assert ">gone</p>" in pages(view)[-1]


def test_what_failed_of_several_is_said_of_several(box):
    failed = ["https://img.shop.example/a.png", "Its server cannot be reached."]
    reasons = [failed, failed, ["https://other.example/", "Of another mail."]]

    async def scene(presenter, message):
        presenter.act("images", message, {"scope": "once"})

    answer = {"loaded": 0, "failed": 3, "problems": reasons}
    view, _ = play(box, scene, do={LoadImages: lambda _: answer})
    assert ">Their server cannot be reached.<" in pages(view)[-1]


def test_each_reason_is_said_of_as_many_as_failed_for_it():
    gone, slow, refused = "It is no longer there.", "It took too long.", "Its server refused (500)."
    assert failure([]) == ""
    assert failure([gone]) == gone
    assert failure([gone, gone]) == "They are no longer there."
    assert failure([slow, gone, slow]) == "2 took too long. One is no longer there."
    assert failure([refused, slow]) == "One: its server refused (500). One took too long."
    assert failure(["It is no image."] * 2) == "They are no images."


def test_no_rule_loads_anything_when_images_are_switched_off(box):
    box.writer.run(lambda conn, _: image_rules.put(conn, "sender", SHOP.email, True))
    box.writer.run(lambda conn, _: settings.put(conn, image_rules.SETTING, "never"))

    async def scene(_presenter, _message):
        pass

    view, engine = play(box, scene)
    assert asked(engine, LoadImages) == []
    assert "Remote images are switched off in the settings" in pages(view)[-1]


def test_what_fails_is_said_in_the_bar_and_can_be_tried_again(box):
    def offline(_request):
        raise Offline("There is no connection.", "Try again later.")

    async def scene(presenter, message):
        presenter.act("images", message, {"scope": "once"})

    view, _ = play(box, scene, do={LoadImages: offline})
    assert "There is no connection. Try again later." in pages(view)[-1]
    assert "Try again</a>" in pages(view)[-1]


def test_a_mail_as_text_and_back(box):
    async def scene(presenter, message):
        presenter.act("mode", message, {"mode": "text"})
        presenter.act("mode", message, {"mode": "light"})
        presenter.act("mode", message, {"mode": "loud"})

    first, as_text, back = pages(play(box, scene)[0])
    assert "<h1>" not in as_text
    assert back == first


def test_the_setting_says_how_mail_is_drawn_in_the_dark(box):
    box.writer.run(lambda conn, _: settings.put(conn, "html_in_dark", "text"))

    async def scene(_presenter, _message):
        pass

    assert "<h1>" not in pages(play(box, scene, dark=True)[0])[-1]
    assert "<h1>" in pages(play(box, scene)[0])[-1]


def test_a_closed_bar_stays_closed(box):
    async def scene(presenter, message):
        presenter.act("bar", message, {})
        presenter.refresh()

    assert "not loaded" not in pages(play(box, scene)[0])[-1]


def test_a_key_loads_what_is_open(box):
    async def scene(presenter, message):
        presenter.show_images()

    _, engine = play(box, scene)
    assert len(asked(engine, LoadImages)) == 1


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ({"way": "posted"}, "Unsubscribed</span>"),
        ({"way": "mailed", "to": "off@shop.example"}, "A mail to off@shop.example is on its way"),
        ({"way": "browser", "url": "https://shop.example/off"}, "Go on in your browser"),
        ({"way": "ask", "note": "This mail is spam."}, "Unsubscribe all the same"),
    ],
)
def test_leaving_a_list(box, answer, said):
    async def scene(presenter, message):
        presenter.act("unsubscribe", message, {})

    view, engine = play(box, scene, do={Unsubscribe: lambda _: answer})
    assert [one.anyway for one in asked(engine, Unsubscribe)] == [False]
    first, waiting, *_, last = pages(view)
    assert "Your browser opens shop.example" in first
    assert "Unsubscribing…" in waiting
    assert said in last
    browsed = [value for name, value in view.said if name == "browse"]
    assert browsed == ([answer["url"]] if answer["way"] == "browser" else [])


def test_a_list_that_could_not_be_left_is_said_and_can_be_left_again(box):
    def refuse(_request):
        raise Offline("There is no connection.", "Try again later.")

    async def scene(presenter, message):
        presenter.act("unsubscribe", message, {"anyway": "1"})

    view, engine = play(box, scene, do={Unsubscribe: refuse})
    assert asked(engine, Unsubscribe)[0].anyway
    assert ("tell", "There is no connection.") in view.said
    assert "act:unsubscribe" in pages(view)[-1]


def test_a_mail_that_nobody_shows_to_be_from_there_has_no_rule(box):
    """The bar offers images as for anybody, since none were loaded by the rule."""
    box.writer.run(lambda conn, _: image_rules.put(conn, "sender", SHOP.email, True))
    said = b"Authentication-Results: mx.example.org; spf=pass smtp.mailfrom=eve@e.example\r\n"
    forged = box.add([box.arrival(2, digest(subject="Sale", sender=SHOP), raw=said + RAW)])[0]
    cards = MailCards(box.reader, str)
    rules = []
    for message in (min(all_ids(box)), forged):
        shown(box, message)
        row = messages.get(box.reader, message)
        (card,) = cards.make([row], frozenset(), dark=False)
        rules.append(card.images.rule)
    assert sorted(rules) == ["allow", "ask"]
