"""What is said of a conversation that somebody else took out of the list."""

from missive_desktop.app.presenters.departed import STAYS, stand, why_gone
from missive_desktop.app.presenters.shown import Colleague, Header, SpaceHeader
from missive_desktop.app.presenters.talk import Told
from missive_desktop.content.page_talk import Event, Refusal


def header(*, in_trash=False, in_spam=False, **space):
    there = SpaceHeader(1, "s:1", "c", "Support", "blue", (), **space)
    return Header(1, 1, 1, "Hello", (), False, False, "Ana", False, (), in_spam, in_trash, there)


def told(*events):
    return Told(tuple((at, event) for at, event in enumerate(events)))


def event(icon, words, *names, refused=None):
    return Event(icon, words, names, "10:42", refused)


def test_who_did_it_is_named():
    given = event("assigned", "{0} assigned this to {1}", "You", "Ben")
    closed = event("closed", "{0} closed this", "Ben")
    before = stand(told(given), header())
    labelled = event("label", "{0} labelled this {1}", "Ben", "Dealer")
    now = told(given, closed, labelled)
    assert why_gone(now, header(closed=True), before) == f"Ben closed this. {STAYS}"


def test_what_is_older_or_was_refused_is_not_named():
    given = event("assigned", "{0} assigned this to {1}", "You", "Ben")
    refused = event("closed", "{0} closed this", "You", refused=Refusal("No.", 1))
    before = stand(told(given), header())
    assert why_gone(told(given, refused), header(), before) == ""


def test_without_its_trail_what_it_became_is_said():
    before = stand(told(), header())
    ana, ben = Colleague("a", "Ana", "a@x"), Colleague("b", "Ben", "b@x")
    for now, words in (
        (header(closed=True), "This was closed."),
        (header(in_trash=True), "This was moved to the trash."),
        (header(in_spam=True), "This was marked as spam."),
        (header(assignees=(ana,)), "Ana has this now."),
        (header(assignees=(ana, ben)), "Ana and Ben have this now."),
    ):
        assert why_gone(told(), now, before) == f"{words} {STAYS}"


def test_of_mail_of_ones_own_nothing_is_said():
    own = Header(1, 1, 1, "Hello", (), False, False, "Ana", False, ())
    assert why_gone(told(), own, stand(told(), own)) == ""
    assert why_gone(told(), None, stand(told(), None)) == ""
