"""What is printed cannot steer the terminal, and stands in columns."""

from __future__ import annotations

import json
from datetime import datetime

import pytest

from missive_desktop.cli import output
from missive_desktop.domain.changes import Changes
from missive_desktop.domain.message import Address
from missive_desktop.engine.protocol import Changed, Progress, Trouble


@pytest.mark.parametrize(
    ("hostile", "shown"),
    [
        ("\x1b[2Jgone", "�[2Jgone"),
        ("a\x07b\x9bc", "a�b�c"),
        ("safe\u202egpj.exe", "safe�gpj.exe"),
        ("two\r\nlines\tkept", "two\nlines\tkept"),
        ("back\rward", "back�ward"),
    ],
)
def test_mail_does_not_steer_the_terminal(hostile, shown):
    assert output.clean(hostile) == shown


def test_a_line_is_one_line():
    assert output.line(" a\r\n b\x1b ") == "a b�"


@pytest.mark.parametrize(
    ("text", "columns", "fitted"),
    [
        ("abc", 5, "abc  "),
        ("abcdef", 4, "abc…"),
        ("日本語です", 6, "日本… "),
        ("e\u0301e", 3, "e\u0301e "),
    ],
)
def test_columns(text, columns, fitted):
    assert output.fit(text, columns) == fitted
    assert output.width(fitted) == columns


def test_a_table(capsys):
    output.table([("a", "long"), ("bcd", "x")])
    assert capsys.readouterr().out == "a    long\nbcd  x\n"


def test_json_keeps_the_letters(capsys):
    output.json([{"subject": "Grüße \x1b 日本"}])
    text = capsys.readouterr().out
    assert "Grüße" in text
    assert "\x1b" not in text
    assert json.loads(text) == [{"subject": "Grüße \x1b 日本"}]


def test_people_and_times():
    assert output.person(Address("Ana", "a@b.c")) == "Ana <a@b.c>"
    assert output.people([Address("", "a@b.c"), Address("B", "b@b.c")]) == "a@b.c, B <b@b.c>"
    moment = output.local_time(1_700_000_000)
    assert moment.utcoffset() is not None
    assert datetime.fromisoformat(moment.isoformat()).timestamp() == 1_700_000_000
    assert output.local_time(1 << 62).year in (1969, 1970)


def test_progress_without_a_terminal_is_a_line_when_done(capsys):
    with output.ProgressShown(names=lambda account: f"account {account}") as shown:
        for done in (10, 20, 30):
            shown(Progress(1, "INBOX", done, 30))
        shown(Progress(1, "Sent", 5, 10))
        shown(Trouble(1, "Offline", "No connection.", "Wait."))
        shown(Changed(Changes()))
    assert capsys.readouterr().err == (
        "account 1 INBOX: 30 messages\nNo connection. Wait.\naccount 1 Sent: 5 messages\n"
    )
