"""Searching as one types, on a real index, on its own thread."""

from __future__ import annotations

import asyncio

import pytest
from tests import instant
from tests.factories import digest, mailbox

from missive_desktop.app.presenters.search import SearchPresenter
from missive_desktop.store import database


class View:
    def __init__(self):
        self.results = []
        self.mistakes = []
        self.terms = []
        self.unsearched = 0

    def show_results(self, text, found, more):
        self.results.append((text, [item for _, item in found], more))

    def show_terms(self, terms):
        self.terms = list(terms)

    def show_mistake(self, sentence, start, length):
        self.mistakes.append((sentence, start, length))

    def show_unsearched(self):
        self.unsearched += 1

    def show_trouble(self, message, advice):
        raise AssertionError(message)


@pytest.fixture
def box(tmp_path):
    with mailbox(tmp_path) as made:
        subjects = [f"Battery number {n}" for n in range(60)] + ["Bateau", "Something else"]
        made.add(
            [
                made.arrival(uid, digest(subject=subject, text=subject))
                for uid, subject in enumerate(subjects, 1)
            ]
        )
        yield made


def search(box, *texts, wait=0.0):
    """Type the texts one after the other; return the view after all has come."""
    view = View()

    async def type_all():
        presenter = SearchPresenter(lambda: database.open_reader(box.store), view)
        for text in texts:
            presenter.typed(text)
            await asyncio.sleep(wait)
        while presenter._tasks:
            await asyncio.gather(*presenter._tasks)
        presenter.close()

    instant.run(type_all())
    return view


def test_first_a_page_then_the_rest(box):
    view = search(box, "battery")
    assert [(len(found), more) for _, found, more in view.results] == [(50, True), (60, False)]
    assert view.terms == ["battery"]


def test_the_last_word_may_go_on(box):
    view = search(box, "bat")
    assert len(view.results[-1][1]) == 61


def test_only_the_last_key_counts(box):
    view = search(box, "b", "ba", "bat", "bate")
    assert [text for text, _, _ in view.results] == ["bate"]


def test_a_mistake_is_pointed_at_and_found_again(box):
    view = search(box, "else", "else before:soon", "else", wait=0.3)
    sentence, start, length = next(mistake for mistake in view.mistakes if mistake[0])
    assert (start, length) == (5, 11) or "else before:soon"[start : start + length] == "soon"
    assert sentence
    assert view.mistakes[-1] == ("", 0, 0)
    assert len(view.results[-1][1]) == 1


def test_a_folder_that_is_not_there_is_a_mistake(box):
    view = search(box, "in:nowhere ")
    assert view.mistakes[-1][0]
    assert view.results == []


def test_ways_to_go_on_are_offered(box):
    async def offered(text):
        presenter = SearchPresenter(
            lambda: database.open_reader(box.store), View(), lambda: {"in": ["Räder"]}
        )
        found = [each.text for each in presenter.offers(text, len(text))]
        presenter.close()
        return found

    assert instant.run(offered(""))[:2] == ["from:", "to:"]
    assert instant.run(offered("battery"))[0] == " from:"
    assert instant.run(offered("battery is:unr")) == ["is:unread"]
    assert instant.run(offered("in:rä")) == ["in:Räder"]


def test_nothing_asked_shows_what_was_before(box):
    view = search(box, "else", "", wait=0.2)
    assert view.unsearched == 1
    assert view.terms == []
