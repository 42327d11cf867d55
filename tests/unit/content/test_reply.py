import pytest

from missive_desktop.content import reply, text_of_html
from missive_desktop.content.parse import parse
from missive_desktop.domain.draft import Draft
from missive_desktop.domain.message import Address

OWN = {"ana@halden.example", "support@halden.example"}


def received(extra="", body="Hello\n-- \nClaire", sender="Claire <claire@velo.example>"):
    return parse(
        f"From: {sender}\nTo: Ana <ana@halden.example>, Ben <ben@halden.example>\n"
        f"Cc: Carrier <c@carrier.example>, support@halden.example\nSubject: Order\n"
        f"Message-ID: <m2@velo>\nReferences: <m0@velo> <m1@velo>\n{extra}\n{body}".encode()
    )


def answered(message, kind="reply"):
    draft = Draft(account=1, kind=kind, parent=7)
    return reply.reply(message, draft, own=OWN, attribution="On Monday Claire wrote:")


def emails(people):
    return [person.email for person in people]


def test_a_reply_goes_to_the_sender_and_carries_the_chain():
    made = answered(received())
    assert made.to == (Address("Claire", "claire@velo.example"),)
    assert made.cc == ()
    assert made.subject == "Re: Order"
    assert (made.in_reply_to, made.references) == ("m2@velo", ("m0@velo", "m1@velo", "m2@velo"))
    assert made.text == "\n\nOn Monday Claire wrote:\n> Hello\n"
    assert (made.kind, made.parent) == ("reply", 7)


def test_reply_to_is_where_the_answer_goes():
    assert emails(answered(received("Reply-To: desk@velo.example\n")).to) == ["desk@velo.example"]


def test_reply_all_names_everybody_else_once():
    made = answered(received(), "reply_all")
    assert emails(made.to) == ["claire@velo.example"]
    assert emails(made.cc) == ["ben@halden.example", "c@carrier.example"]


def test_a_list_says_where_its_answers_go():
    made = answered(received("Mail-Followup-To: list@x.example\n"), "reply_all")
    assert (emails(made.to), made.cc) == (["list@x.example"], ())


def test_answering_ones_own_mail_goes_on_to_its_recipients():
    made = answered(received(sender="ana@halden.example"))
    assert emails(made.to) == ["ben@halden.example"]


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        ("Order", "Re: Order"),
        ("Re: Order", "Re: Order"),
        ("AW: Re: SV: Order", "Re: Order"),
        ("RE[2]: Order", "Re: Order"),
        ("回复：订单", "Re: 订单"),
        ("Regarding: Order", "Re: Regarding: Order"),
        ("", "Re:"),
    ],
)
def test_one_mark_of_an_answer_in_any_language(subject, expected):
    assert reply.answer_subject(subject) == expected


def test_forwarding_says_what_it_was():
    draft = Draft(account=1, kind="forward")
    made = reply.forward(received(), draft, heading=["--- Forwarded ---", "From: Claire"])
    assert made.subject == "Fwd: Order"
    assert made.text.startswith("\n\n--- Forwarded ---\nFrom: Claire\n\nHello")
    assert made.to == ()


def test_html_is_quoted_as_text():
    html = (
        "<p>One <b>two</b></p><ul><li>a<li>b</ul><style>x{}</style>three<br>four" + "<div>" * 3000
    )
    assert text_of_html.plain(html) == "One two\n\n- a\n- b\n\nthree\nfour"
