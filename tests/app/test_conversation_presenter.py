"""The conversation's presenter on a real store, with a view that only remembers."""

import asyncio

import pytest
from tests import instant
from tests.app.engines import RecordingEngine
from tests.factories import digest, mailbox

from missive_desktop.app.presenters.conversation import ConversationPresenter, Timing
from missive_desktop.app.presenters.preparing import Look
from missive_desktop.content import rendered as content
from missive_desktop.content.sanitize import VERSION
from missive_desktop.domain.changes import Changes
from missive_desktop.domain.folder import Role
from missive_desktop.domain.message import Address, Flags
from missive_desktop.engine.protocol import Act, Prepare
from missive_desktop.errors import DiskTrouble
from missive_desktop.store import messages
from missive_desktop.store import rendered as kept

FAST = Timing(skeleton=0.01, rest=0.01, read_after=0.02)
CLAIRE = Address("Claire", "claire@velo.example")


class View:
    def __init__(self) -> None:
        self.said: list[tuple[str, object]] = []
        self.kept: list[bool] = []  # for each page, whether it took the place of another
        self.is_watched = True

    def show_header(self, header):
        self.said.append(("header", header))

    def show_page(self, page, *, keep=False):
        self.said.append(("page", page))
        self.kept.append(keep)

    def browse(self, url):
        self.said.append(("browse", url))

    def tell(self, message, advice):
        self.said.append(("tell", message))

    def prefetch(self, page):
        self.said.append(("prefetch", page))

    def show_skeleton(self):
        self.said.append(("skeleton", None))

    def show_nothing(self):
        self.said.append(("nothing", None))

    def show_trouble(self, title, advice):
        self.said.append(("trouble", title))

    def watched(self):
        return self.is_watched

    def names(self) -> list[str]:
        return [name for name, _ in self.said]

    def last(self, name: str):
        return next(value for said, value in reversed(self.said) if said == name)


@pytest.fixture
def box(tmp_path):
    """A conversation of two mails, the first one read, and one mail by itself."""
    first = digest(subject="Order", message_id="a@x", sender=CLAIRE)
    second = digest(subject="Re: Order", message_id="b@x", references=("a@x",), sender=CLAIRE)
    with mailbox(tmp_path) as made:
        made.folder("Archive", Role.ARCHIVE)
        made.folder("Projects")
        raw = b"From: Claire <claire@velo.example>\r\nSubject: Order\r\n\r\nText of %s\r\n"
        made.add(
            [
                made.arrival(1, first, raw=raw % b"one", flags=Flags.SEEN),
                made.arrival(2, second, raw=raw % b"two"),
                made.arrival(3, digest(subject="Alone"), raw=raw % b"three"),
            ]
        )
        yield made


def prepare(box, ids) -> None:
    """Do what the engine does when it is asked to prepare."""
    for message in ids:
        raw = messages.raw(box.reader, box.store, message)
        body = content.encode(content.render(raw))
        box.writer.run(lambda conn, _, m=message, b=body: kept.put(conn, m, VERSION, b))


def all_ids(box) -> list[int]:
    return [row[0] for row in box.reader.execute("SELECT id FROM messages ORDER BY id")]


def conversation_of(box, message: int) -> int:
    row = messages.get(box.reader, message)
    assert row is not None
    return row.conversation


def play(box, scene, **answers):
    async def run():
        view, engine = View(), RecordingEngine(answers.get("answers", {}))
        presenter = ConversationPresenter(
            box.reader,
            engine,
            view,
            lambda: Look({}, False),
            str,
            view.browse,
            view.tell,
            timing=FAST,
        )
        await scene(presenter, view)
        await asyncio.sleep(0.05)
        presenter.close()
        return view, engine

    return instant.run(run())


def test_what_is_prepared_is_shown_at_once(box):
    ids = all_ids(box)
    prepare(box, ids)

    async def scene(presenter, view):
        presenter.show(conversation_of(box, ids[0]))
        assert view.names() == ["header", "page"]

    view, _ = play(box, scene)
    page = view.last("page")
    assert "Text of one" in page.html
    assert "Text of two" in page.html
    assert page.fragment == f"m{ids[1]}"  # begins at the newest, which is unread
    assert page.html.count('<details class="mail" open>') == 1


def test_what_is_not_prepared_is_asked_for_and_a_skeleton_stands_in(box):
    ids = all_ids(box)

    def answer(request):
        prepare(box, request.messages)
        return {}

    class Slow(RecordingEngine):
        async def call(self, request):
            await asyncio.sleep(0.03)
            return await super().call(request)

    async def run():
        view = View()
        engine = Slow({Prepare: answer})
        presenter = ConversationPresenter(
            box.reader,
            engine,
            view,
            lambda: Look({}, False),
            str,
            view.browse,
            view.tell,
            timing=FAST,
        )
        presenter.show(conversation_of(box, ids[2]))
        await asyncio.sleep(0.15)
        presenter.close()
        return view, engine

    view, engine = instant.run(run())
    assert view.names()[:3] == ["header", "skeleton", "page"]
    assert engine.asked[0] == Prepare(messages=(ids[2],))


def test_a_stale_version_is_made_anew(box):
    ids = all_ids(box)
    prepare(box, ids)
    box.writer.run(lambda conn, _: kept.put(conn, ids[2], VERSION - 1, b"old"))

    async def scene(presenter, _view):
        presenter.show(conversation_of(box, ids[2]))

    _, engine = play(box, scene)
    assert Prepare(messages=(ids[2],)) in engine.asked


def test_what_cannot_be_shown_is_said(box):
    def full(_request):
        raise DiskTrouble("The disk is full.")

    async def scene(presenter, _view):
        presenter.show(conversation_of(box, all_ids(box)[2]))

    view, _ = play(box, scene, answers={Prepare: full})
    assert ("trouble", "The disk is full.") in view.said


def test_mail_counts_as_read_after_it_was_seen_for_a_while(box):
    ids = all_ids(box)
    prepare(box, ids)

    async def watched(presenter, _view):
        presenter.show(conversation_of(box, ids[0]))

    async def passed_by(presenter, _view):
        presenter.show(conversation_of(box, ids[0]))
        await asyncio.sleep(0.005)
        presenter.clear()

    async def hidden(presenter, view):
        view.is_watched = False
        presenter.show(conversation_of(box, ids[0]))

    async def opened(presenter, _view):
        presenter.show(conversation_of(box, ids[0]), at_once=True)
        await asyncio.sleep(0.005)
        presenter.clear()

    assert Act(kind="read", messages=(ids[1],)) in play(box, watched)[1].asked
    assert play(box, passed_by)[1].asked == []
    assert play(box, hidden)[1].asked == []
    assert Act(kind="read", messages=(ids[1],)) in play(box, opened)[1].asked


def test_the_next_conversation_is_made_ready_after_a_rest(box):
    ids = all_ids(box)
    prepare(box, ids)

    async def scene(presenter, view):
        presenter.show(conversation_of(box, ids[0]))
        presenter.prefetch(conversation_of(box, ids[2]))
        assert "prefetch" not in view.names()
        await asyncio.sleep(0.04)
        presenter.show(conversation_of(box, ids[2]))

    view, _ = play(box, scene)
    assert view.last("prefetch") is view.last("page")  # the very page that lies ready


def test_the_header_says_where_it_is_and_what_can_be_done(box):
    ids = all_ids(box)
    prepare(box, ids)

    async def scene(presenter, _view):
        presenter.show(conversation_of(box, ids[0]))

    header = play(box, scene)[0].last("header")
    assert header.subject == "Order"
    assert [chip.text for chip in header.chips] == ["Inbox"]
    assert header.answers == "Claire"
    assert header.newest == ids[1]
    assert [target.name for target in header.targets] == ["Archive", "Inbox", "Projects"]


def test_changes_are_taken_in_without_a_new_page_for_a_flag(box):
    ids = all_ids(box)
    prepare(box, ids)
    shown = conversation_of(box, ids[0])

    async def scene(presenter, view):
        presenter.show(shown)
        before = view.last("page")
        presenter.changed(Changes(conversations={shown}))
        assert view.last("page") is before
        presenter.changed(Changes(conversations={shown + 1000}))
        assert view.names().count("header") == 2

    play(box, scene)


def test_a_conversation_that_is_gone_leaves_nothing(box):
    async def scene(presenter, _view):
        presenter.show(987654)

    assert play(box, scene)[0].names() == ["nothing"]


def test_a_mail_that_cannot_be_drawn_is_shown_as_text(box):
    raw = b"Content-Type: text/html\r\n\r\n<h1>Big</h1><p style='color:red'>words</p>"
    (new,) = box.add([box.arrival(9, digest(subject="Odd"), raw=raw)])
    prepare(box, [new])

    async def scene(presenter, _view):
        presenter.show(conversation_of(box, new))
        presenter.show_as_text()

    page = play(box, scene)[0].last("page")
    assert "words" in page.html
    assert "<h1>" not in page.html


def test_what_arrives_while_one_reads_does_not_move_the_page(box):
    ids = all_ids(box)
    prepare(box, ids)

    def answer(request):
        prepare(box, request.messages)
        return {}

    async def scene(presenter, view):
        presenter.show(conversation_of(box, ids[0]))
        third = digest(subject="Re: Order", message_id="c@x", references=("a@x",), sender=CLAIRE)
        (new,) = box.add([box.arrival(9, third, raw=b"From: c@x.example\r\n\r\nText of three")])
        presenter.changed(Changes(conversations={conversation_of(box, new)}, messages={new}))
        await asyncio.sleep(0.05)

    view, _ = play(box, scene, answers={Prepare: answer})
    assert "Text of three" in view.last("page").whole()
    assert view.kept == [False, True]
