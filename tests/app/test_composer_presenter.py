"""The composer's presenter with a plain recording view, a real store and a recorded engine."""

import asyncio
from contextlib import closing
from pathlib import Path

import msgspec
import pytest
from tests import instant
from tests.app.engines import RecordingEngine

from missive_desktop.app.presenters.composer import ComposerPresenter, Sender
from missive_desktop.app.presenters.writing import Doubt, Written
from missive_desktop.domain.draft import Draft
from missive_desktop.domain.message import Address
from missive_desktop.engine.protocol import AttachToDraft, SaveDraft, SendDraft
from missive_desktop.errors import DiskTrouble
from missive_desktop.profile import Profile
from missive_desktop.store.database import create_or_open, open_reader

ANN = Address("Ann", "ann@example.org")
ME = Sender(1, Address("Me", "me@example.org"), "Me, Halden")
OTHER = Sender(2, Address("", "other@example.org"), "")
NEW = Draft(account=1, sender=ME.address, text="\n\n-- \nMe, Halden")


class View:
    def __init__(self) -> None:
        self.text = ""
        self.subject = "Hello"
        self.to: tuple[Address, ...] = (ANN,)
        self.account = 1
        self.said: list[object] = []
        self.files: list[list[str]] = []
        self.saved = 0

    def show_draft(self, draft, own, quote, senders):
        self.text, self.subject, self.to, self.quote = own, draft.subject, draft.to, quote

    def written(self):
        sender = ME if self.account == 1 else OTHER
        return Written(self.account, sender.address, self.to, (), (), self.subject, self.text, "")

    def exchange_text(self, text):
        self.text = text

    def show_files(self, files, pending):
        self.files.append([file.name for file in files] + [f"{name}…" for name in pending])

    def show_saved(self):
        self.saved += 1

    def show_doubts(self, found, news=()):
        self.said.append(list(found))

    def show_trouble(self, message, advice):
        self.said.append(message)

    def show_sending(self, sending):
        self.sending = sending

    def place_image(self, file, data):
        self.said.append((file.content_id, data))


class Setting:
    def __init__(self, conn) -> None:
        self.engine = RecordingEngine(
            {
                SaveDraft: lambda r: {"draft": r.draft or 7, "message_id": "id@x"},
                SendDraft: lambda _: {"outbox": 9, "until": 1234},
                AttachToDraft: lambda r: {
                    "raw": 5, "name": r.name or Path(r.path).name, "media_type": "image/png",
                    "size": 12, "content_id": r.content_id,
                },
            }
        )  # fmt: skip
        self.view = View()
        self.ended: list[object] = []
        self.presenter = ComposerPresenter(
            self.engine, conn, self.view, [ME, OTHER], self.ended.append, pause=0.02
        )


@pytest.fixture
def conn(tmp_path):
    store = create_or_open(Profile(tmp_path / "profile"), bytes(32))
    with closing(open_reader(store)) as connection:
        yield connection


def play(conn, scene) -> Setting:
    """Run a scene on a loop of its own and return what it left."""

    async def run() -> Setting:
        setting = Setting(conn)
        await scene(setting)
        return setting

    return instant.run(run())


def test_a_pause_of_typing_saves_once(conn):
    async def scene(s):
        s.presenter.open(NEW)
        for text in ("H", "He", "Hey"):
            s.view.text = text
            s.presenter.touched()
            await asyncio.sleep(0.002)
        assert s.engine.asked == []
        await asyncio.sleep(0.08)

    s = play(conn, scene)
    assert s.engine.kinds() == ["SaveDraft"]
    assert s.engine.asked[0].content.text == "Hey"
    assert s.view.saved == 1


def test_a_second_save_continues_the_same_draft(conn):
    async def scene(s):
        s.presenter.open(NEW)
        s.view.text = "Hey"
        await s.presenter.save()
        s.view.text = "Hey you"
        await s.presenter.save()
        await s.presenter.save()  # nothing new

    s = play(conn, scene)
    assert [request.draft for request in s.engine.asked] == [0, 7]
    assert s.engine.asked[1].content.message_id == "id@x"


def test_sending_saves_first_and_says_until_when_it_can_be_undone(conn):
    async def scene(s):
        s.presenter.open(msgspec.structs.replace(NEW, to=(ANN,), subject="Hello"))
        s.view.text = "Hey"
        await s.presenter.send()

    s = play(conn, scene)
    assert s.engine.kinds() == ["SaveDraft", "SendDraft"]
    (sent,) = s.ended
    assert (sent.outbox, sent.until, sent.to) == (9, 1234, "Ann")


def test_doubts_are_said_before_anything_goes_out(conn):
    async def scene(s):
        s.presenter.open(NEW)
        s.view.to, s.view.subject, s.view.text = (), "", "see attached"
        await s.presenter.send(sure=True)
        s.view.to = (ANN,)
        await s.presenter.send()
        assert s.ended == []
        await s.presenter.send(sure=True)

    s = play(conn, scene)
    assert s.view.said[0][0] == Doubt.NO_RECIPIENT
    assert s.view.said[1] == [Doubt.NO_SUBJECT, Doubt.NO_ATTACHMENT]
    assert len(s.ended) == 1


def test_closing_keeps_what_was_written_and_makes_nothing_of_nothing(conn):
    async def untouched(s):
        s.presenter.open(NEW)
        await s.presenter.close()

    async def touched(s):
        s.presenter.open(NEW)
        s.view.text = "Hey"
        s.presenter.touched()
        await s.presenter.close()

    assert play(conn, untouched).engine.asked == []
    assert play(conn, touched).engine.kinds() == ["SaveDraft"]


def test_a_draft_that_cannot_be_kept_stays_open(conn):
    def full(_request):
        raise DiskTrouble("The disk is full.")

    async def scene(s):
        s.engine.answers[SaveDraft] = full
        s.presenter.open(NEW)
        s.view.text = "Hey"
        s.presenter.touched()
        await s.presenter.close()
        await s.presenter.send(sure=True)

    s = play(conn, scene)
    assert s.ended == []
    assert "The disk is full." in s.view.said


def test_files_are_taken_in_and_left_out(conn, tmp_path):
    async def scene(s):
        s.presenter.open(NEW)
        s.presenter.attach([tmp_path / "plan.pdf"])
        s.presenter.attach_bytes("image.png", b"png", "c1@x")
        await asyncio.sleep(0.01)
        assert [f.name for f in s.presenter.draft.attachments] == ["plan.pdf", "image.png"]
        s.presenter.detach(5)

    s = play(conn, scene)
    assert ["plan.pdf…"] in s.view.files
    assert ["plan.pdf"] in s.view.files
    assert s.view.files[-1] == []
    assert ("c1@x", b"png") in s.view.said


def test_a_quoted_history_is_kept_while_it_is_folded(conn):
    reply = msgspec.structs.replace(
        NEW, kind="reply", to=(ANN,), subject="Re: x", text="\n\nAnn wrote:\n> x\n"
    )

    async def scene(s):
        s.presenter.open(reply)
        s.view.text = "Yes."
        await s.presenter.send()

    s = play(conn, scene)
    assert s.view.quote == "Ann wrote:\n> x"
    assert s.engine.asked[0].content.text == "Yes.\n\nAnn wrote:\n> x\n"


def test_another_sender_brings_its_signature(conn):
    async def scene(s):
        s.presenter.open(NEW)
        s.presenter.choose_sender(2)

    assert play(conn, scene).view.text.strip() == ""
