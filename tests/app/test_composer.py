"""The composer as a widget: tokens, completion, text and HTML, files, keys."""

import pytest
from PySide6.QtCore import QMimeData, Qt, QUrl
from PySide6.QtGui import QColor, QImage, QTextCursor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from missive_desktop.app.presenters.composer import Sender
from missive_desktop.app.presenters.meanwhile import Kind, News
from missive_desktop.app.presenters.writing import Doubt
from missive_desktop.app.views.composer import Composer
from missive_desktop.domain.draft import Draft, DraftAttachment
from missive_desktop.domain.message import Address

ANN = Address("Ann Archer", "ann@example.org")
ANNA = Address("", "anna@example.org")
SENDERS = [Sender(1, Address("Me", "me@x.org"), ""), Sender(2, Address("", "other@x.org"), "")]


def complete(beginning: str) -> list[Address]:
    words = beginning.lower()
    return [p for p in (ANN, ANNA) if words in f"{p.name} {p.email}".lower()]


@pytest.fixture
def composer(qtbot, theme):
    made = Composer(theme, complete)
    qtbot.addWidget(made)
    made.resize(600, 500)
    made.show()
    made.show_draft(Draft(account=1), "", "", SENDERS)
    made.activateWindow()
    qtbot.waitActive(made)
    made.begin()
    return made


def typed(text: str) -> None:
    widget = QApplication.focusWidget()
    assert widget is not None
    QTest.keyClicks(widget, text)


def key(code: Qt.Key, modifier=Qt.KeyboardModifier.NoModifier) -> None:
    QTest.keyClick(QApplication.focusWidget(), code, modifier)


def test_people_are_completed_by_keyboard(composer):
    typed("ann")
    key(Qt.Key.Key_Down)
    key(Qt.Key.Key_Return)
    assert composer.written().to == (ANNA,)
    typed("arch")
    key(Qt.Key.Key_Tab)
    assert composer.written().to == (ANNA, ANN)


def test_tokens_are_walked_and_taken_away(composer):
    typed("a@x.org,b@x.org;c@x.org ")
    key(Qt.Key.Key_Return)
    assert [p.email for p in composer.written().to] == ["a@x.org", "b@x.org", "c@x.org"]
    key(Qt.Key.Key_Backspace)  # marks the last
    assert len(composer.written().to) == 3
    key(Qt.Key.Key_Left)
    key(Qt.Key.Key_Delete)
    assert [p.email for p in composer.written().to] == ["a@x.org", "c@x.org"]
    key(Qt.Key.Key_Return)  # the marked one is taken up again, to be corrected
    assert [p.email for p in composer.written().to] == ["a@x.org", "c@x.org"]


def test_a_pasted_list_becomes_people_once_each(composer):
    composer.to._edit.insert('"Archer, Ann" <ann@example.org>, ben@x.org\n')
    composer.to._edit.insert("; ANN@example.org")
    composer.to.commit()
    assert [p.email for p in composer.written().to] == ["ann@example.org", "ben@x.org"]


def test_what_is_still_typed_counts(composer):
    typed("ben@x.org")
    assert [p.email for p in composer.written().to] == ["ben@x.org"]


def test_cc_bcc_and_subject_come_when_asked_for(composer):
    reply = Draft(account=2, kind="reply", to=(ANN,), subject="Re: x")
    composer.show_draft(reply, "", "Ann wrote:\n> x", SENDERS)
    assert not composer._rows["cc"].isVisible()
    assert not composer._rows["subject"].isVisible()
    composer._links["cc"].click()
    assert composer._rows["cc"].isVisible()
    assert composer.written().account == 2
    assert composer.written().subject == "Re: x"


def test_the_quote_is_folded_until_it_is_asked_for(composer):
    composer.show_draft(Draft(account=1, kind="reply"), "mine", "Ann wrote:\n> x", SENDERS)
    assert not composer._quote_box.isVisible()
    composer._unfold.click()
    assert composer._quote_box.isVisible()
    assert composer.written().text == "mine"


def test_plain_text_is_what_goes_out_until_formatting_is_asked_for(composer):
    composer.editor.setFocus()
    typed("Hello")
    assert (composer.written().text, composer.written().html) == ("Hello", "")
    composer._format.click()
    composer.editor.moveCursor(
        QTextCursor.MoveOperation.PreviousWord, QTextCursor.MoveMode.KeepAnchor
    )
    composer.format_bar._mark("bold", True)
    assert composer.written().html == "<p><b>Hello</b></p>"
    assert composer.written().text == "Hello"
    composer._format.click()
    assert composer.written().html == ""


def test_lists_and_links_survive_both_ways(composer):
    html = (
        '<p>See <a href="https://x.org/?a=1&amp;b=2">this</a></p>'
        "<ul><li>one &lt;1&gt;</li><li>two</li></ul><p>end</p>"
    )
    composer.show_draft(Draft(account=1, html=html), "", "", SENDERS)
    assert composer.written().html == html
    assert composer.written().text == ("See this <https://x.org/?a=1&b=2>\n• one <1>\n• two\nend")


def test_a_draft_of_others_loads_nothing(composer):
    html = '<p><img src="file:///etc/passwd"><img src="https://t.example/x">text</p>'
    composer.show_draft(Draft(account=1, html=html), "", "", SENDERS)
    for name in ("file:///etc/passwd", "https://t.example/x"):
        assert composer.editor.loadResource(2, QUrl(name)).isNull()


def test_pasted_files_pictures_and_texts(composer, qtbot, tmp_path):
    files, images = [], []
    composer.files_chosen.connect(files.extend)
    composer.image_pasted.connect(lambda *given: images.append(given))
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(tmp_path / "a.pdf"))])
    composer.editor.insertFromMimeData(data)
    assert files == [tmp_path / "a.pdf"]
    picture = QImage(20, 10, QImage.Format.Format_RGB32)
    picture.fill(QColor("red"))
    data = QMimeData()
    data.setImageData(picture)
    composer.editor.insertFromMimeData(data)
    ((name, png, content_id),) = images
    assert name == "image.png"
    assert png.startswith(b"\x89PNG")
    composer.place_image(DraftAttachment(1, name, "image/png", len(png), content_id), png)
    assert f'src="cid:{content_id}"' in composer.written().html
    data = QMimeData()
    data.setHtml("<b>bold</b><img src='https://t.example/x'>")
    data.setText("bold")
    composer.editor.setPlainText("")
    composer.editor.insertFromMimeData(data)
    assert composer.editor.toPlainText() == "bold"
    assert "<b>" not in composer.written().html


def test_keys_send_and_close(composer):
    asked = []
    composer.send_asked.connect(lambda sure, after: asked.append((sure, after)))
    composer.close_asked.connect(lambda: asked.append("close"))
    composer.editor.setFocus()
    key(Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    shifted = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    key(Qt.Key.Key_Return, shifted)
    key(Qt.Key.Key_Escape)
    assert asked == [(False, ""), (False, "archive"), "close"]


def test_doubts_can_be_gone_over_where_they_may(composer):
    asked = []
    composer.send_asked.connect(lambda sure, _after: asked.append(sure))
    composer.show_doubts([Doubt.NO_RECIPIENT])
    assert not composer.doubts._go_on.isVisible()
    assert composer.to.isVisible()
    composer.show_doubts([Doubt.NO_ATTACHMENT])
    composer.doubts._go_on.click()
    assert asked == [True]


def test_files_are_shown_with_their_size_and_can_go(composer):
    removed = []
    composer.file_removed.connect(removed.append)
    composer.show_files([DraftAttachment(7, "plan.pdf", "application/pdf", 184_000)], ["b.png"])
    tiles = [composer._files._flow.itemAt(i).widget() for i in range(2)]
    tiles[0].removed.emit()
    assert removed == [7]


def test_typing_is_said_and_showing_is_not(composer):
    said = []
    composer.touched.connect(lambda: said.append(1))
    composer.show_draft(Draft(account=1, to=(ANN,), subject="x"), "text", "", SENDERS)
    assert said == []
    composer.editor.setFocus()
    typed("a")
    assert said


def test_in_a_space_sending_goes_with_closing(composer):
    asked = []
    composer.send_asked.connect(lambda sure, after: asked.append((sure, after)))
    shared = Sender(9, Address("Support", "support@halden.example"), "", shared=True)
    composer.show_draft(Draft(9, "reply", subject="Re: x", text="Hi"), "Hi", "", [shared])
    assert "close for all" in composer._send_button.also_action.text()
    composer._send_button.also_action.trigger()
    news = [News(Kind.COMMENT, "Ben"), News(Kind.MAIL, "Claire"), News(Kind.ANSWER, "")]
    composer.show_doubts([Doubt.MEANWHILE], news)
    said = composer.doubts._text.text()
    assert "Ben commented meanwhile. A new mail of Claire has come. Somebody answered" in said
    composer.doubts._go_on.click()
    assert asked == [(False, "close"), (True, "close")]
