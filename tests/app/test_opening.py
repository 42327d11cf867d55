"""What a link in a mail is found to be, before it is opened."""

import pytest

from missive_desktop.app.presenters.opening import LinkBook, written
from missive_desktop.app.presenters.shown import Page
from missive_desktop.content import links
from missive_desktop.content.links import LinkNote


def page(html: str = "", *notes: LinkNote, senders: tuple[str, ...] = ()) -> Page:
    return Page(html, "", tuple(notes), senders)


def test_a_plain_link_is_opened_without_its_marks():
    book = LinkBook()
    book.turn_to(page())
    link = book.look("https://www.shop.com/a?utm_source=x&id=1").link
    assert link.target == "https://www.shop.com/a?id=1"
    assert not link.doubtful
    assert not link.refused


def test_a_text_that_names_another_place_is_known_again_by_the_address_that_chromium_says():
    book = LinkBook()
    note = LinkNote("HTTPS://Evil.example/a/../ü?q=é x", "www.paypal.com")
    book.turn_to(page("", note))
    seen = book.look("https://evil.example/%C3%BC?q=%C3%A9%20x")
    assert seen.text == "www.paypal.com"
    assert seen.link.doubtful
    assert book.look("https://evil.example/other").text == ""


def test_the_page_before_still_counts_while_the_next_is_drawn():
    book = LinkBook()
    book.turn_to(page("", LinkNote("https://evil.example/", "paypal.com")))
    book.turn_to(page("next"))
    assert book.look("https://evil.example/").link.doubtful
    book.turn_to(page("after"))
    assert not book.look("https://evil.example/").link.doubtful


def test_an_address_is_taken_as_its_author_wrote_it():
    book = LinkBook()
    html = "".join(
        f'<a href="{href}">x</a>'
        for href in (
            "https://shop.com/%7Eann?a=%41&amp;utm_id=1&amp;b",
            "https://shop.com/a%2fb",
            "https://shop.com/a/b",
            "https://shop.com/ü",
        )
    )
    book.turn_to(page(html))
    link = book.look("https://shop.com/~ann?a=A&utm_id=1&b").link
    assert (link.target, link.original) == (
        "https://shop.com/%7Eann?a=%41&b",
        "https://shop.com/%7Eann?a=%41&utm_id=1&b",
    )
    for said in ("https://shop.com/a%2Fb", "https://shop.com/a/b", "https://shop.com/%C3%BC"):
        assert book.look(said).link.target == said


def test_hosts_of_the_sender_and_of_other_links_make_look_alikes_known():
    book = LinkBook()
    html = '<a href="https://halden-bikes.com/">a</a>'
    book.turn_to(page(html, senders=("ana@atelier-velo.com",)))
    for url in ("https://ha1den-bikes.com/", "https://ateller-velo.com/"):
        assert [one.code for one in book.look(url).link.warnings] == ["alike"]


def test_a_redirector_whose_target_is_what_the_text_says_is_no_alarm():
    book = LinkBook()
    url = "https://www.google.com/url?q=https%3A%2F%2Fexample.org%2F"
    book.turn_to(page("", LinkNote(url, "example.org")))
    assert book.look(url) == (links.examine(url, "", book._known()), "")


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://mail.shop.co.uk/a/b", ("mail.", "shop.co.uk", "/a/b")),
        ("https://shop.com/", ("", "shop.com", "")),
        ("http://shop.com", ("http://", "shop.com", "")),
        ("https://me:x@shop.com:8443/", ("me:x@", "shop.com", ":8443")),
        ("https://xn--bcher-kva.com/%C3%BC", ("", "bücher.com", "/ü")),
        ("https://shop.com/%E2%80%AEx", ("", "shop.com", "/%E2%80%AEx")),
        ("https://shop.com/%00", ("", "shop.com", "/%00")),
        ("http://[::1]:80/x", ("http://", "[::1]", ":80/x")),
        ("mailto:ann@example.org?subject=x", ("", "ann@example.org", "")),
        ("tel:+49123", ("", "+49123", "")),
        ("javascript:alert(1)", ("javascript:alert(1)", "", "")),
    ],
)
def test_an_address_as_it_is_shown(url, expected):
    assert tuple(written(links.examine(url))) == expected
