"""Settings of private reading: the menu, the list of rules, the proxy."""

import pytest
from PySide6.QtWidgets import QLabel, QMenu, QPushButton, QWidget
from tests.app.engines import RecordingEngine
from tests.factories import mailbox

from missive_desktop.app.views.privacy_menu import PrivacyMenu
from missive_desktop.app.views.proxy_dialog import TOR
from missive_desktop.engine.protocol import SetImageRule, SetSetting
from missive_desktop.errors import UsageError
from missive_desktop.store import image_rules


@pytest.fixture
def box(tmp_path):
    with mailbox(tmp_path) as made:
        made.writer.run(lambda conn, _: image_rules.put(conn, "sender", "a@shop.example", True))
        made.writer.run(lambda conn, _: image_rules.put(conn, "domain", "ads.example", False))
        yield made


def rule(box):
    def put(request):
        box.writer.run(
            lambda conn, _: image_rules.put(conn, request.scope, request.value, request.allow)
        )
        return {}

    return put


@pytest.fixture
def window(qtbot):
    made = QWidget()
    qtbot.addWidget(made)
    made.show()
    return made


@pytest.fixture
def privacy(qt_loop, theme, box, window):
    engine = RecordingEngine({SetImageRule: rule(box)})
    made = PrivacyMenu(theme, box.reader, engine, window, lambda *_: None)
    made.engine = engine
    yield made
    made.close()


def texts(widget):
    return [one.text() for one in widget.findChildren(QLabel)]


def press(widget, text):
    next(one for one in widget.findChildren(QPushButton) if one.text() == text).click()


def test_the_menu_shows_what_holds_and_keeps_what_is_chosen(privacy, until, window):
    menu = QMenu(window)
    privacy.fill(menu)
    images = menu.actions()[0].menu()
    assert [one.text() for one in images.actions() if one.isChecked()] == ["Ask each time"]
    images.actions()[1].trigger()
    until(lambda: privacy.engine.asked)
    assert privacy.engine.asked == [SetSetting(name="remote_images", value="never")]
    dark = menu.actions()[1].menu()
    assert [one.text() for one in dark.actions() if one.isChecked()] == ["On a light card"]
    menu.actions()[2].trigger()
    until(lambda: len(privacy.engine.asked) == 2)
    assert privacy.engine.asked[1] == SetSetting(name="verify_signatures", value=False)


def test_rules_are_listed_and_taken_back(privacy, box, until):
    dialog = privacy.open_rules()
    assert "a@shop.example" in texts(dialog)
    assert "all of ads.example" in texts(dialog)
    assert "never loaded" in texts(dialog)
    press(dialog, "Remove")
    until(lambda: len(image_rules.all_(box.reader)) == 1)
    until(lambda: "a@shop.example" not in texts(dialog))
    press(dialog, "Remove")
    until(lambda: any("No rules yet" in text for text in texts(dialog)))
    dialog.close()


def test_a_proxy_is_checked_before_it_is_kept(privacy, until):
    def check(request):
        if "nonsense" in request.value:
            raise UsageError("A proxy is written as http://HOST:PORT.")
        return {}

    privacy.engine.answers[SetSetting] = check
    dialog = privacy.open_proxy()
    dialog._field.setText("nonsense")
    press(dialog, "Save")
    until(lambda: "A proxy is written as http://HOST:PORT." in texts(dialog))
    assert dialog.isVisible()
    press(dialog, "Use Tor")
    press(dialog, "Save")
    until(lambda: len(privacy.engine.asked) == 2)
    assert privacy.engine.asked[1] == SetSetting(name="image_proxy", value=TOR)
