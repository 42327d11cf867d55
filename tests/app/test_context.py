"""The panel beside a conversation: what is read for it, what it shows, what it asks for."""

import asyncio

import pytest
from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QTextDocument
from PySide6.QtWidgets import QLabel, QPushButton
from tests import instant
from tests.app.engines import RecordingEngine
from tests.factories import NOON, digest, mailbox

from missive_desktop.app.presenters.context import ContextPresenter, watching
from missive_desktop.app.views.context_panel import ContextPanel
from missive_desktop.app.views.controls import plain_tip
from missive_desktop.app.views.small import OneLine
from missive_desktop.content import rendered as content
from missive_desktop.content.sanitize import VERSION
from missive_desktop.domain.message import Address, Flags
from missive_desktop.engine.protocol import SetImageRule
from missive_desktop.store import messages
from missive_desktop.store import rendered as kept
from missive_desktop.sync.digesting import known_vendors

CLAIRE = Address("Claire", "claire@velo.example")
BEN = Address("Ben", "ben@example.org")  # whose mailbox it is
HTML = (
    b"From: Claire <claire@velo.example>\r\nDisposition-Notification-To: claire@velo.example\r\n"
    b"Content-Type: text/html\r\n\r\n"
    b"<img src='https://u1.sendgrid.net/wf/open?upn=1' width=1 height=1>"
    b"<img src='https://t.odd.example/1.gif?u=8f14e45fceea167a' width=1 height=1>Hello"
)


@pytest.fixture
def box(tmp_path):
    with mailbox(tmp_path) as made:
        old = digest(sender=CLAIRE, to=(BEN,), subject="Spring", date=NOON, message_id="o@x")
        mine = digest(sender=BEN, to=(CLAIRE,), subject="Thanks", date=NOON + 5)
        first = digest(sender=CLAIRE, to=(BEN,), subject="Order", date=NOON + 9, message_id="a@x")
        answer = digest(
            sender=BEN, to=(CLAIRE,), subject="Re: Order", date=NOON + 20, references=("a@x",)
        )
        made.add(
            [
                made.arrival(1, old, raw=b"1\r\n\r\n1", flags=Flags.SEEN),
                made.arrival(2, mine, raw=b"2\r\n\r\n2"),
                made.arrival(3, first, raw=HTML),
                made.arrival(4, answer, raw=b"From: ben@example.org\r\n\r\n4"),
            ]
        )
        for (message,) in made.reader.execute("SELECT id FROM messages").fetchall():
            raw = messages.raw(made.reader, made.store, message)
            body = content.encode(content.render(raw, known_vendors()))
            made.writer.run(lambda conn, _, m=message, b=body: kept.put(conn, m, VERSION, b))
        yield made


def order(box):
    row = box.reader.execute(
        "SELECT conversation_id, id FROM messages WHERE subject = 'Order'"
    ).fetchone()
    return row[0], row[1]


class View:
    def __init__(self, *, looking=True):
        self.shown = []
        self.looking = looking

    def show_context(self, context):
        self.shown.append(context)

    def wanted(self):
        return self.looking


def play(box, scene, **given):
    async def run():
        view, engine = View(**given), RecordingEngine({})
        presenter = ContextPresenter(box.reader, engine, view, lambda *_: None, pause=0.001)
        await scene(presenter)
        await asyncio.sleep(0.05)
        presenter.close()
        return view, engine

    return instant.run(run())


def context_of(box, message=0):
    async def scene(presenter):
        presenter.show(order(box)[0], message)

    return play(box, scene)[0].shown[-1]


def test_the_person_is_who_wrote_last_beside_the_reader(box):
    person = context_of(box).person
    assert person.address == CLAIRE
    assert (person.known.mails, person.known.first) == (2, NOON)
    assert person.written == NOON + 20
    assert [one.subject for one in person.past.newest] == ["Spring"]


def test_privacy_is_of_that_mail(box):
    privacy = context_of(box).privacy
    assert privacy.message == order(box)[1]
    assert not privacy.newest
    assert privacy.rule == "ask"
    assert {one.name: one.known for one in privacy.watchers} == {
        "SendGrid": True,
        "t.odd.example": False,
        "velo.example": False,
    }
    assert privacy.verdict is not None


def test_one_mail_can_be_asked_for(box):
    (newest,) = box.reader.execute("SELECT max(id) FROM messages").fetchone()
    context = context_of(box, newest)
    assert context.privacy.message == newest
    assert context.privacy.newest
    assert context.person.address.email == CLAIRE.email  # the reader is not shown to himself


def test_nobody_looks_nothing_is_read(box):
    async def scene(presenter):
        presenter.show(order(box)[0])

    assert play(box, scene, looking=False)[0].shown == []


def test_nothing_open_shows_nothing(box):
    async def scene(presenter):
        presenter.show(0)

    assert play(box, scene)[0].shown == [None]


def test_the_rule_of_the_sender_is_changed(box):
    done = []

    async def scene(presenter):
        presenter.show(order(box)[0])
        presenter.set_rule("allow", lambda: done.append(1))

    _, engine = play(box, scene)
    assert engine.asked == [SetImageRule(scope="sender", value="claire@velo.example", allow=True)]
    assert done == [1]


def test_things_are_counted_by_who_runs_them():
    links = b"".join(
        b"<a href='https://u1.sendgrid.net/ls/click?upn=%d'>x</a>" % number for number in range(6)
    )
    shown = content.render(b"Content-Type: text/html\r\n\r\n" + links, known_vendors())
    (watcher,) = watching(shown)
    assert watcher.name == "SendGrid"
    assert watcher.things == (("link", "vendor", 6),)


# -- the view


@pytest.fixture
def panel(qtbot, theme):
    made = ContextPanel(theme)
    qtbot.addWidget(made)
    made.setFixedWidth(300)
    made.resize(300, 700)
    made.show()
    return made


def texts(panel):
    QCoreApplication.processEvents()
    shown = [one for kind in (QLabel, QPushButton) for one in panel.findChildren(kind)]
    return [one.text() for one in shown if one.isVisibleTo(panel)]


def button(panel, text):
    return next(one for one in panel.findChildren(QPushButton) if one.text() == text)


def test_the_panel_says_who_would_have_watched(panel, box):
    panel.show_context(context_of(box))
    said = texts(panel)
    assert "Claire" in said
    assert "3 trackers blocked" in said
    assert "SendGrid" in said
    assert "asks for a read receipt; none was sent" in said
    assert any("2 mails since" in text for text in said)
    assert any(text.startswith("You last wrote") for text in said)
    assert panel.grab().width() == 300


def test_the_panel_asks_for_what_is_clicked(panel, box):
    opened, sought, acts = [], [], []
    panel.opened.connect(opened.append)
    panel.acted.connect(lambda *asked: acts.append(asked))
    panel.sought.connect(sought.append)
    panel.show_context(context_of(box))
    button(panel, "Spring").click()
    button(panel, "All headers").click()
    spring = box.reader.execute("SELECT conversation_id FROM messages WHERE subject = 'Spring'")
    assert opened == [spring.fetchone()[0]]
    assert acts == [("headers", order(box)[1])]


def test_an_empty_panel_says_what_belongs_there(panel):
    panel.show_context(None)
    assert any("who would have watched you read it" in text for text in texts(panel))


def test_a_subject_is_no_markup_in_its_tooltip(qtbot):
    subject = "<img src='//files.example/a.png'>" * 3
    cut = OneLine(subject)
    qtbot.addWidget(cut)
    cut.resize(60, 20)
    cut.grab()
    drawn = QTextDocument()
    drawn.setHtml(cut.toolTip())
    assert drawn.toPlainText() == subject
    assert plain_tip("Order & more") == "Order & more"
