"""The page of a conversation."""

import msgspec
import pytest

from missive_desktop.content import page_parts, rendered, trackers
from missive_desktop.content.page import Card, conversation_page, folded
from missive_desktop.content.page_parts import LATER
from missive_desktop.domain.message import Address

TABLE = trackers.table('[[vendor]]\nname = "Post & Co"\nhosts = ["post.example"]\nopen = ["/o/"]\n')


def mail(body=b"Hello", extra=b"", kind=b"text/plain"):
    return rendered.render(
        b"From: Ann <ann@example.org>\r\nTo: bo@example.net, cy@example.net\r\nSubject: <Tea>\r\n"
        + extra + b"Content-Type: " + kind + b"\r\n\r\n" + body,
        TABLE,
    )  # fmt: skip


def write(*cards, **options):
    return conversation_page(
        cards, {"text": "#111"}, options.pop("dark", False), stylesheet="p{}", **options
    )


def test_one_document_with_a_root_for_each_mail():
    text = write(Card(7, mail(), "Mon"), Card(8, mail(), "Tue"))
    assert text.count('<template shadowrootmode="open">') == 2
    assert 'id="m7"' in text
    assert 'id="m8"' in text
    assert 'aria-label="Mail from Ann, Tue"' in text
    assert "<title>&lt;Tea&gt;</title>" in text
    assert "--text:#111;" in text
    assert "color-scheme:light" in text
    assert "color-scheme:dark" in write(Card(7, mail(), "Mon"), dark=True)


def test_folding():
    shown = mail(b"New\n> old")
    assert '<details class="mail">' in write(Card(7, shown, "", folded=True))
    assert '<details class="mail" open>' in write(Card(7, shown, ""))


def test_folded_mails_can_come_later():
    cards = [Card(7, mail(b"held back"), "", folded=True), Card(8, mail(b"at once"), "")]
    first = write(*cards, deferred=True)
    assert "held back</div>" not in first
    assert first.count(LATER) == 1
    [(message, held)] = folded(cards, dark=False)
    assert message == 7
    assert held in write(*cards)


def test_no_mail_can_hold_the_place_of_another():
    shown = mail(f"<p title='{LATER}'>{LATER}</p>".encode(), kind=b"text/html")
    assert LATER not in write(Card(7, shown, ""))


@pytest.mark.parametrize(
    ("me", "said"),
    [
        (["BO@example.net"], "to <bdi>me</bdi> and 1 other<"),
        ([], "to <bdi>bo@example.net</bdi> and 1 other<"),
    ],
)
def test_recipients(me, said):
    assert said in write(Card(7, mail(), ""), me=me)


def test_nobody():
    shown = rendered.render(b"Subject: x\r\n\r\ny")
    text = write(Card(7, shown, ""))
    assert "to undisclosed recipients" in text
    assert "unknown sender" in text


def test_what_was_blocked_is_said():
    body = (
        b'<img src="https://post.example/o/1"><img src="https://shop.example/a.png">'
        b'<img src="https://shop.example/b.png">'
    )
    text = write(Card(7, mail(body, kind=b"text/html"), ""))
    assert ">1 tracker blocked</a> (Post &amp; Co) · 2 images not loaded" in text
    assert 'class="blocked"' not in write(Card(7, mail(), ""))


def test_files_are_tiles_with_acts():
    raw = (
        b"From: a@example.org\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
        b"--b\r\n\r\nHello\r\n"
        b'--b\r\nContent-Type: application/pdf; name="<b>.pdf"\r\n\r\n1234\r\n--b--\r\n'
    )
    text = write(Card(7, rendered.render(raw), ""))
    assert 'href="act:open?message=7&amp;part=1"' in text
    assert 'href="act:save?message=7&amp;part=1"' in text
    assert "<bdi>_b_.pdf</bdi><small><bdi>4 B</bdi></small>" in text
    assert 'aria-label="1 attachment"' in text


def test_images_are_those_of_this_message():
    shown = mail(b'<img src="missive://mail/image/0/3">', kind=b"text/html")
    assert 'src="missive://mail/image/7/3"' in write(Card(7, shown, ""))


def test_nothing_of_a_mail_gets_out_of_its_place():
    hostile = '"><script>alert(1)</script><template></div>'
    shown = msgspec.structs.replace(
        mail(b"</template></div><script>alert(1)</script>", kind=b"text/html"),
        subject=hostile,
        sender=Address(hostile, hostile),
        to=(Address(hostile, hostile),),
        snippet=hostile,
        defects=(hostile,),
    )
    text = write(Card(7, shown, hostile))
    assert "<script" not in text
    assert text.count("<template") == text.count("</template>") == 1


def test_defects_are_said_quietly():
    text = write(Card(7, rendered.render(b"no header"), ""))
    assert "This mail is not quite as it should be: it has no header" in text


@pytest.mark.parametrize(
    ("person", "letters"),
    [
        (Address("Ann Lee", "a@x"), "AL"),
        (Address("Ann", "a@x"), "A"),
        (Address("", "zoe@x"), "Z"),
        (Address("佐藤 美咲", "s@x"), "佐"),
        (Address("Олена Гриценко", "o@x"), "ОГ"),
        (Address("", ""), "?"),
        (Address('"- -"', "k@x"), "K"),
    ],
)
def test_initials(person, letters):
    assert page_parts.initials(person) == letters


def test_avatar_colour_ignores_case():
    assert page_parts.avatar("Ann@Example.org") == page_parts.avatar("ann@example.org")
    assert 0 <= page_parts.avatar("") < page_parts.AVATARS
