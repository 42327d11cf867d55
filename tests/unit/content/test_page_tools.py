"""What can be done with one mail, and how it is drawn."""

import html as entities
import re

import msgspec
import pytest

from missive_desktop.content import page_tools, rendered, trackers
from missive_desktop.content.page import Card, conversation_page
from missive_desktop.content.page_body import is_letter
from missive_desktop.content.page_tools import Leaving
from missive_desktop.content.unsubscribe import Ways


def mail(**given):
    body = b"<h1 style='color:#111'>Big</h1> words"
    raw = b"From: Ann <ann@shop.example>\r\nContent-Type: text/html\r\n\r\n" + body
    return msgspec.structs.replace(rendered.render(raw, trackers.EMPTY), **given)


def page(mode="light", *, dark=False, **given):
    return conversation_page(
        [Card(7, mail(**given), "", mode=mode)], {}, dark, stylesheet="", me=()
    )


def modes(text: str) -> dict[str, bool]:
    found = re.findall(r'href="act:mode\?message=7&amp;mode=(\w+)"( aria-current="true")?', text)
    return {mode: bool(current) for mode, current in found}


def test_plain_mail_has_no_ways_to_draw_it():
    shown = rendered.render(b"From: a@x.example\r\n\r\nHello", trackers.EMPTY)
    assert modes(page_tools.tools(7, shown, "light", True)) == {}


def test_ways_to_draw_follow_the_window():
    assert modes(page(has_dark=True)) == {"light": True, "text": False}
    assert modes(page("dark", dark=True, has_dark=True)) == {
        "light": False,
        "dark": True,
        "text": False,
    }


def test_text_has_nothing_of_the_html():
    text = page("text")
    assert "<h1" not in text
    assert "Big" in text
    assert 'class="body plain"' in text
    assert modes(text)["text"]


def test_a_mail_without_styles_for_the_dark_has_its_colours_turned_there():
    assert 'class="body rich letter night"' in page("dark", dark=True)
    assert page("dark", dark=True) != page("dark", dark=True, has_dark=True)


def test_a_mail_with_styles_for_the_dark_gets_them_in_the_dark_only():
    assert 'class="body rich letter night"' in page("dark", dark=True, has_dark=True)
    assert 'class="body rich letter"' in page("dark", dark=False, has_dark=True)
    assert 'class="body rich letter"' in page("light", dark=True, has_dark=True)


@pytest.mark.parametrize(
    ("html", "letter"),
    [
        ('<div dir="ltr">Hi,</div><div style="font-size:11pt">see you</div>', True),
        ("<p>Hi,</p><table><tr><td>6</td></tr></table>", True),
        ("<style>@media (max-width:600px){p{color:red}}</style><p>Sale</p>", False),
        ("<table><tr><td><table><tr><td>Sale</td></tr></table></td></tr></table>", False),
        ('<table width="600"><tr><td>Sale</td></tr></table>', False),
        ('<table style="width: 640px"><tr><td>Sale</td></tr></table>', False),
        ('<body bgcolor="#eee"><p>Sale</p></body>', False),
    ],
)
def test_letters_are_told_from_what_was_designed(html, letter):
    raw = b"Content-Type: text/html\r\n\r\n" + html.encode()
    assert is_letter(str(rendered.render(raw).html)) is letter


def test_sources_are_one_step_away():
    text = entities.unescape(page())
    assert "act:source?message=7" in text
    assert "act:headers?message=7" in text


@pytest.mark.parametrize(
    ("ways", "said"),
    [
        (Ways(), ""),
        (Ways(mail_to="off@list.example"), "A mail is sent to off@list.example."),
        (Ways(browser_url="https://list.example/x"), "Your browser opens list.example"),
        (
            Ways(post_url="https://list.example/x", browser_url="https://list.example/x"),
            "list.example is told to take you off the list",
        ),
    ],
)
def test_leaving_a_list_says_what_will_happen(ways, said):
    text = page_tools.unsubscribing(7, mail(unsubscribe=ways), Leaving())
    assert bool(text) == bool(said)
    assert said in text
    assert ("act:unsubscribe?message=7" in text) == bool(said)


def test_after_leaving_it_says_so():
    text = page_tools.unsubscribing(
        7, mail(unsubscribe=Ways(mail_to="a@b.example")), Leaving("Done <b>")
    )
    assert "Done &lt;b&gt;" in text
    assert "act:" not in text


def test_doubts_are_said_before_it_is_done_all_the_same():
    shown = mail(unsubscribe=Ways(mail_to="a@b.example"))
    text = page_tools.unsubscribing(7, shown, Leaving(doubt="This mail is spam."))
    assert "This mail is spam." in text
    assert "act:unsubscribe?message=7&amp;anyway=1" in text
    assert "act:" not in page_tools.unsubscribing(7, shown, Leaving(waiting=True))
