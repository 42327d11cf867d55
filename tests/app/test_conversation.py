"""The conversation pane with its two real web views."""

import os
import signal
import sys
from concurrent.futures import Future
from dataclasses import replace

import pytest
from shiboken6 import delete

from missive_desktop.app.presenters.rows import Chip
from missive_desktop.app.presenters.shown import Header, Page, Target
from missive_desktop.app.views.conversation import ConversationPane
from missive_desktop.app.views.mail_stack import MailStack, token_of
from missive_desktop.app.web.sandbox import Sandbox
from missive_desktop.app.web.watch import Limits
from missive_desktop.content.page_parts import LATER

HEADER = Header(
    conversation=1, account=1, newest=5, subject="Order 48213", chips=(Chip("Inbox"),),
    starred=False, unread=True, answers="Claire", several=False,
    targets=(Target(3, "Archive", "archive"),),
)  # fmt: skip


def page(text: str) -> Page:
    return Page(f"<!doctype html><title>x</title><body><h1 id=m1>{text}</h1></body>", "m1")


@pytest.fixture
def pane(qtbot, theme):
    sandbox = Sandbox(lambda _message, _part: Future(), lambda _message, _image: Future())
    made = ConversationPane(theme, lambda: MailStack(theme, sandbox))
    made.resize(700, 600)
    made.show()
    qtbot.waitExposed(made)
    yield made
    made.hide()
    delete(made)  # at once: its pages end with the sandbox
    sandbox.close()


def shown_text(pane, until) -> str:
    heard: list[str] = []
    pane.stack.page.visible_text(heard.append)
    until(lambda: heard)
    return heard[0]


def test_nothing_then_a_skeleton_then_the_page(pane, until):
    assert pane._nothing.isVisible()
    pane.show_header(HEADER)
    pane.show_skeleton()
    assert pane._skeleton.isVisible()
    pane.show_page(page("one"))
    until(lambda: pane.stack.token == token_of(page("one").html))
    assert not pane._skeleton.isVisible()
    assert shown_text(pane, until) == "one"


def test_a_page_that_is_drawn_late_does_not_show_what_was_closed(pane, until):
    pane.show_header(HEADER)
    pane.show_page(page("one"))
    pane.show_nothing()
    until(lambda: pane.stack.token == token_of(page("one").html))
    assert pane._nothing.isVisible()
    pane.show_header(HEADER)
    pane.show_page(page("one"))
    assert not pane._nothing.isVisible()


def test_the_next_page_lies_ready_and_is_raised_at_once(pane, until):
    pane.show_header(HEADER)
    pane.show_page(page("one"))
    until(lambda: pane.stack.token == token_of(page("one").html))
    pane.prefetch(page("two"))
    until(lambda: pane.stack._back.painted)
    assert pane.stack.token == token_of(page("one").html)
    pane.show_page(page("two"))  # no event loop in between
    assert pane.stack.token == token_of(page("two").html)
    assert shown_text(pane, until) == "two"
    pane.show_page(page("one"))  # the one before is still there
    assert pane.stack.token == token_of(page("one").html)


def test_a_page_wished_for_while_another_loads_is_made_ready_after_it(pane, until):
    pane.show_header(HEADER)
    pane.show_page(page("one"))
    pane.prefetch(page("two"))
    until(lambda: pane.stack._back.token == token_of(page("two").html))
    assert pane.stack.token == token_of(page("one").html)


def test_a_page_that_lay_ready_is_shown_after_another_was_asked_for_in_between(pane, until):
    pane.show_header(HEADER)
    pane.show_page(page("one"))
    until(lambda: pane.stack.token == token_of(page("one").html))
    pane.prefetch(page("two"))
    until(lambda: pane.stack._back.painted)
    pane.show_page(page("three"))
    pane.show_page(page("two"))
    until(lambda: pane.stack.token == token_of(page("two").html))
    assert shown_text(pane, until) == "two"


def test_the_last_of_quick_choices_is_shown(pane, until, rest):
    pane.show_header(HEADER)
    for text in ("one", "two", "three"):
        pane.show_page(page(text))
    until(lambda: pane.stack.token == token_of(page("three").html))
    rest(0.3)
    assert shown_text(pane, until) == "three"


@pytest.mark.skipif(sys.platform == "win32", reason="kills a process by signal")
def test_a_renderer_that_dies_is_said_and_replaced(pane, until):
    pane.show_header(HEADER)
    pane.show_page(page("one"))
    until(lambda: pane.stack.token == token_of(page("one").html))
    os.kill(pane.stack.page.renderProcessPid(), signal.SIGKILL)
    until(lambda: pane._trouble.isVisible())
    asked = []
    pane.show_as_text.connect(lambda: asked.append(1))
    pane._trouble.text_asked.emit()
    assert asked
    pane.show_page(page("two"))
    until(lambda: not pane._trouble.isVisible())
    assert shown_text(pane, until) == "two"


def test_what_folded_mails_hold_comes_after_the_first_frame(pane, until):
    pane.show_header(HEADER)
    pieces = tuple((number, f"<p>held {number}</p>" + "x" * 60_000) for number in (1, 2))
    folded = "".join(
        f"<article id=m{n}><details class=mail open><summary>head {n}</summary>{LATER}</details>"
        "</article>"
        for n in (1, 2)
    )
    shown = Page(f"<!doctype html><title>x</title><body>{folded}", "m2", later=pieces)
    assert shown.whole().count("held") == 2
    pane.show_page(shown)
    pane.stack.find_words("held")
    until(lambda: "held 1" in shown_text(pane, until))
    assert "held 2" in shown_text(pane, until)


# A few kilobytes that keep Blink busy for minutes and take gigabytes: columns in columns.
HANGING = "<div style='columns:50'>" * 30 + "x " * 20_000


@pytest.fixture
def hasty(qtbot, theme):
    """A pane that waits for some seconds only: a well page needs less, on a busy machine too."""
    sandbox = Sandbox(lambda _message, _part: Future(), lambda _message, _image: Future())
    limits = Limits(drawn=5.0, answered=5.0, asked=0.3)
    made = ConversationPane(theme, lambda: MailStack(theme, sandbox, limits=limits))
    made.resize(700, 600)
    made.show()
    qtbot.waitExposed(made)
    yield made
    made.hide()
    delete(made)
    sandbox.close()


def test_a_mail_that_hangs_is_said_and_the_window_lives(hasty, until):
    hasty.show_header(HEADER)
    hasty.show_page(page(HANGING))
    until(lambda: hasty._trouble.isVisible())
    hasty.show_page(page("as text"))
    until(lambda: hasty.stack.token == token_of(page("as text").html))
    assert not hasty._trouble.isVisible()
    assert shown_text(hasty, until) == "as text"


def test_the_next_mail_does_not_wait_for_one_that_hangs(hasty, until, rest):
    hasty.show_header(HEADER)
    hasty.show_page(page("first"))
    until(lambda: hasty.stack.token == token_of(page("first").html))
    hasty.show_page(page(HANGING))
    rest(0.6)
    hasty.show_page(page("second"))
    until(lambda: hasty.stack.token == token_of(page("second").html))
    assert not hasty._trouble.isVisible()
    assert shown_text(hasty, until) == "second"


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere time is what bounds memory")
def test_a_mail_that_swells_is_ended(qtbot, theme, until):
    sandbox = Sandbox(lambda _message, _part: Future(), lambda _message, _image: Future())
    limits = Limits(drawn=60.0, answered=60.0, asked=0.2, memory=400_000_000)
    stack = MailStack(theme, sandbox, limits=limits)
    qtbot.addWidget(stack)
    stack.resize(700, 600)
    stack.show()
    died = []
    stack.crashed.connect(lambda: died.append(1))
    stack.show_page(page(HANGING))
    until(lambda: died)
    stack.hide()
    delete(stack)
    sandbox.close()


def test_acts_say_what_they_mean_now(pane):
    acts, moves, answers = [], [], []
    pane.acted.connect(acts.append)
    pane.moved.connect(lambda *where: moves.append(where))
    pane.answered.connect(answers.append)
    pane.show_header(HEADER)
    pane.bar._star.click()
    pane.bar._archive.click()
    starred = Header(**{name: getattr(HEADER, name) for name in HEADER.__slots__} | {
        "starred": True, "in_spam": True, "several": True})  # fmt: skip
    pane.show_header(starred)
    pane.bar._star.click()
    pane.bar._spam.click()
    pane.foot._begin.click()
    assert acts == ["star", "archive", "unstar", "not_spam"]
    assert answers == ["reply_all"]


def test_the_composer_takes_the_place_of_the_foot(pane, theme):
    from PySide6.QtWidgets import QLabel

    pane.show_header(HEADER)
    assert pane.foot.isVisible()
    composer = QLabel("composer")
    pane.put_composer(composer)
    assert composer.isVisible()
    assert not pane.foot.isVisible()
    pane.put_composer(None)
    assert pane.foot.isVisible()
    composer.deleteLater()


def reading(*cards: str) -> Page:
    body = "".join(
        f'<article id="m{number}" style="height:900px"><details class="tools"><summary>x</summary>'
        f"{text}</details>{text}</article>"
        for number, text in enumerate(cards)
    )
    return Page(f"<!doctype html><title>x</title><body style='margin:0'>{body}", "m0")


def ask(pane, until, code: str) -> object:
    heard: list[object] = []
    pane.stack.page.own_code(code, heard.append)
    until(lambda: heard)
    return heard[0]


def test_a_page_that_takes_the_place_of_another_begins_where_that_one_was(pane, until):
    pane.show_header(HEADER)
    first, second = reading("one", "two", "three"), reading("one", "two changed", "three")
    pane.show_page(first)
    until(lambda: pane.stack.token == token_of(first.html))
    ask(pane, until, "document.querySelector('#m1 details').open = true; scrollTo(0, 1030); 1")
    pane.show_page(second, keep=True)
    until(lambda: pane.stack.token == token_of(second.html))
    assert ask(pane, until, "Math.round(scrollY)") == 1030
    assert ask(pane, until, "document.querySelectorAll('details[open]').length") == 1
    assert ask(pane, until, "document.querySelector('#m1 details').open") is True


def test_a_page_changed_before_it_was_seen_begins_at_its_newest_mail(pane, until):
    pane.show_header(HEADER)
    before = replace(reading("one", "two", "three"), conversation=1)
    pane.show_page(before)
    until(lambda: pane.stack.token == token_of(before.html))
    chosen = replace(reading("mine", "yours", "newest"), conversation=2, fragment="m2")
    changed = replace(reading("mine", "yours", "newest, read"), conversation=2, fragment="m2")
    pane.show_page(chosen)  # the other one is seen until this one is drawn
    pane.show_page(changed, keep=True)
    until(lambda: pane.stack.token == token_of(changed.html))
    until(lambda: ask(pane, until, "Math.round(scrollY)") > 900)


def wide(width: int) -> Page:
    table = f"<table width={width} style='height:40px'><tr><td>wide</table>"
    return Page(
        "<!doctype html><title>x</title><article id=m1>"
        "<div class='body rich' style='overflow:auto'>"
        f"<template shadowrootmode=open><div>{table}</div></template></div></article>",
        "m1",
    )


def scale(pane, until) -> float:
    """Return how much smaller the mail that is shown is drawn."""
    heard: list[object] = []
    pane.stack.page.own_code(
        "String(document.querySelector('.body').shadowRoot.querySelector('div').style.zoom || 1)",
        heard.append,
    )
    until(lambda: heard)
    return float(str(heard[0]))


def test_a_mail_that_is_a_little_wider_than_the_pane_is_drawn_smaller(pane, until):
    pane.show_header(HEADER)
    for width, at_least, at_most in ((500, 1, 1), (900, 0.6, 0.9), (2000, 1, 1)):
        pane.show_page(wide(width))
        until(lambda width=width: pane.stack.token == token_of(wide(width).html))
        assert at_least <= scale(pane, until) <= at_most
    pane.show_page(wide(900))
    until(lambda: pane.stack.token == token_of(wide(900).html))
    small = scale(pane, until)
    pane.resize(1000, 600)
    until(lambda: scale(pane, until) == 1)
    pane.resize(700, 600)
    until(lambda: scale(pane, until) == small)
    pane.zoom(1)  # the reader enlarges it: it is not made smaller again
    until(lambda: scale(pane, until) > small * 0.99)
