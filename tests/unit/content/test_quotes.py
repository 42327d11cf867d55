"""Quoted history in plain text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.privacy.replies import visible

from missive_desktop.content import attributions, quotes


@pytest.mark.parametrize(
    "line",
    [
        "On Fri, 15 Mar 2024 at 12:00, Ann Lee <ann@example.org> wrote:",
        "Am 15.03.24 um 12:00 schrieb Ann Lee:",
        "Am Freitag, 15. März 2024 schrieb Ann <ann@example.org>:",
        "Le ven. 15 mars 2024 à 12:00, Ann Lee <ann@example.org> a écrit :",
        "El vie, 15 mar 2024 a las 12:00, Ann (<ann@example.org>) escribió:",
        "Il giorno ven 15 mar 2024 alle ore 12:00 Ann <ann@example.org> ha scritto:",
        "Em sex., 15 de mar. de 2024 às 12:00, Ann <ann@example.org> escreveu:",
        "Op vr 15 mrt 2024 om 12:00 schreef Ann <ann@example.org>:",
        "Den fre 15 mars 2024 kl 12:00 skrev Ann <ann@example.org>:",
        "pt., 15 mar 2024 o 12:00 Ann <ann@example.org> napisał(a):",
        "пт, 15 мар. 2024 г. в 12:00, Ann <ann@example.org>:",
        "15 марта 2024 г. Ann написала:",
        "Ann Lee <ann@example.org> 于2024年3月15日周五 写道:",
        "2024年3月15日(金) 12:00 Ann <ann@example.org>:",
        "15 Mart 2024 tarihinde Ann <ann@example.org> şunu yazdı:",
        "---- Ann Lee wrote ----",
        "Zitat von Ann Lee <ann@example.org>:",
        "* Ann Lee <ann@example.org> [2024-03-15 12:00]:",
        "\u202bבתאריך 15 במרץ 2024 מאת \u202aAnn\u202c <\u202aann@example.org\u202c\u200f>:\u202c",
        "2024/3/15 Ann Lee <ann@example.org>",
        "------On 12/29/2023 17:32 PM, Ann Lee wrote-----",
        "2024-03-15 12:00 GMT+01:00 Ann Lee < ann@example.org>:",
        "On 15-Mar-2024, at 6:54 PM, Ann Lee <ann@example.org> sent:",
        "---- On Fri, 15 Mar 2024 12:00:00 +0100 ann@example.org wrote ----",
    ],
)
def test_attributions(line):
    assert attributions.is_attribution(line)


@pytest.mark.parametrize(
    "line",
    [
        "On Friday she wrote 3 letters to me.",
        "Please note:",
        "I wrote the 2 reports, see:" * 40,
        "",
        "On:",
    ],
)
def test_ordinary_lines_are_no_attributions(line):
    assert not attributions.is_attribution(line)


CASES = {
    "a telephone in Korean": ("네.\n\nGalaxy에서 보냄", ["text", "signature"]),
    "a telephone in German": (
        "Ja.\n\nDiese Nachricht wurde von meinem Android-Gerät mit GMX Mail gesendet.",
        ["text", "signature"],
    ),
    "an appointment": ("Yes.\n\n-----Original Appointment-----\nold", ["text", "history"]),
    "forwarded with a word": (
        "See this.\n\nAnfang der weitergeleiteten Nachricht:\n\n> Von: Ann\n> old",
        ["text", "forward"],
    ),
    "an address that stands apart": (
        "Yes.\n\nOn Fri, 15 Mar 2024 at 12:00 PM Ann Lee\n\n<\nmailto:a@example.org\n> wrote:\nold",
        ["text", "history"],
    ),
    "answer above": (
        "Yes.\n\nOn 15 Mar 2024 Ann <a@example.org> wrote:\n> Shall we?\n",
        ["text", "history"],
    ),
    "wrapped introduction": (
        "Yes.\n\nOn Fri, 15 Mar 2024 at 12:00, Ann Lee\n<ann@example.org> wrote:\n\n> Shall we?",
        ["text", "history"],
    ),
    "answers between": ("> One?\nYes.\n> Two?\nNo.", ["quote", "text", "quote", "text"]),
    "last quote is unanswered": ("> One?\nYes.\n> Two?", ["quote", "text", "history"]),
    "header block": (
        "Yes.\n\nFrom: Ann\nSent: Friday\nTo: Bo\nSubject: Tea\n\nShall we?",
        ["text", "history"],
    ),
    "rule": ("Yes.\n-----Original Message-----\nFrom: Ann\n\nShall we?", ["text", "history"]),
    "forwarded only": ("---------- Forwarded message ---------\nFrom: Ann\n\nHello", ["forward"]),
    "forwarded with an answer in it": (
        (
            "FYI\n\n-------- Weitergeleitete Nachricht --------\nVon: Ann\n\nYes.\n\n"
            "On 15 Mar 2024 Bo <b@example.org> wrote:\n> Shall we?"
        ),
        ["text", "forward"],
    ),
    "words below what was forwarded": (
        "See this.\n\nBegin forwarded message:\n\n> From: Ann\n> old\n\nAnd?",
        ["text", "forward", "text"],
    ),
    "a forward in the history": (
        (
            "Yes.\n\nOn 15 Mar 2024 Ann <a@example.org> wrote:\n"
            "> ---------- Forwarded message ---------\n> From: Bo"
        ),
        ["text", "history"],
    ),
    "signature": ("Yes.\n-- \nBo\nOffice", ["text", "signature"]),
    "phone": ("Yes.\n\nSent from my phone", ["text", "signature"]),
    "only a quote": ("> words", ["quote"]),
    "nothing": ("", ["text"]),
    "a letter": ("Dear Ann,\n\nFrom: here to there is far.\n\nBo", ["text"]),
}


@pytest.mark.parametrize("name", CASES)
def test_segments(name):
    text, kinds = CASES[name]
    found = quotes.segments(text)
    assert [part.kind for part in found if part.text.strip() or len(found) == 1] == kinds


BLOCK = "Yes.\n\nFrom: Ann\nSent: Friday\nTo: Bo\nSubject: Tea\n\nShall we?"
WROTE = "Yes.\n\nOn 15 Mar 2024 Ann <a@example.org> wrote:\n> Shall we?"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (BLOCK, "forward"),
        (BLOCK.replace("From:", "________________________________\nFrom:"), "forward"),
        (BLOCK.replace("From:", "-----Original Message-----\nFrom:"), "forward"),
        (WROTE, "history"),
    ],
)
def test_the_subject_tells_what_headers_cannot(text, kind):
    assert [part.kind for part in quotes.segments(text, forwarded=True)] == ["text", kind]
    assert [part.kind for part in quotes.segments(text)] == ["text", "history"]


@pytest.mark.parametrize(
    "line",
    [
        "---------- Forwarded message ---------",
        "-------- Forwarded Message --------",
        "-------- Weitergeleitete Nachricht --------",
        "---------- Message transféré ---------",
        "-------- Messaggio inoltrato --------",
        "-------- Пересылаемое сообщение --------",
        "Begin forwarded message:",
        "Début du message réexpédié :",
        "转发的邮件".join(("-----", "-----")),
    ],
)
def test_marks_of_forwards(line):
    assert attributions.is_forward(line)
    assert attributions.is_rule(line)


def test_an_older_mail_is_not_a_forward():
    assert not attributions.is_forward("-----Original Message-----")


def test_visible_text():
    assert visible("Yes.\n\nOn 15 Mar 2024 Ann <a@example.org> wrote:\n> Shall we?\n") == "Yes."


@given(
    st.lists(
        st.sampled_from(
            [
                "words",
                "> q",
                ">> qq",
                "",
                "-- ",
                "On 1 Ann <a@b.c> wrote:",
                "From: a",
                "To: b",
                "Subject: c",
                "Sent from my phone",
                "Regards,",
            ]
        ),
        max_size=30,
    )
)
def test_nothing_is_lost(lines):
    text = "\n".join(lines)
    assert "\n".join(part.text for part in quotes.segments(text)) == text
