"""`missive-desktop trackers`: who tracks me, on a store filled by import."""

from __future__ import annotations

import csv
import io
import mailbox
import time
from email.utils import formatdate

import pytest

DAY = 86_400


def mail(number, body, sender, days):
    return (
        f"From: {sender}\nTo: Bob <bob@example.com>\nSubject: =letter {number}\n"
        f"Message-ID: <{number}@example.org>\nContent-Type: text/html; charset=utf-8\n"
        f"Date: {formatdate(time.time() - days * DAY)}\n\n{body}\n"
    ).encode()


GRID = '<p>Hi</p><img src="https://u1.ct.sendgrid.net/wf/open?upn=%d" width="1" height="1">'
SHAPE = '<p>Hi</p><img src="https://t.shop.example/x/%d" width="1" height="1">'


@pytest.fixture
def imported(program, tmp_path):
    box = mailbox.mbox(tmp_path / "Old.mbox")
    for number in range(12):
        box.add(mail(number, GRID % number, "The Shop <news@shop.example>", number * 7 + 1))
    box.add(mail(20, SHAPE % 20, "news@shop.example", 2))
    box.add(mail(21, "<p>Only words</p>", "ann@example.org", 2))
    box.close()
    program.run("import", str(tmp_path / "Old.mbox"))
    return program


def test_by_company_sender_and_week(imported):
    said = imported.run("trackers")
    assert said.stdout.splitlines()[0].split()[:3] == ["12", "SendGrid", "pixel"]
    assert "Not in the table" in said.stdout
    assert "13 trackers in 13 of 14 mails" in said.stderr
    found = imported.json("trackers", "--by", "sender")
    assert found["totals"]["trackers"] == 13
    (sender,) = found["senders"]
    assert (sender["address"], sender["tracked"], sender["mails"]) == ("news@shop.example", 13, 13)
    assert sender["vendors"] == ["SendGrid", "t.shop.example"]
    assert sum(sender["weeks"]) == 13
    few = imported.json("trackers", "--by", "week", "--since", "3w")["weeks"]
    assert few["names"] == ["SendGrid", ""]
    assert len(few["counts"]) == len(few["starts"]) == 4
    assert "others" in imported.run("trackers", "--by", "week").stdout
    assert "news@shop.example" in imported.run("trackers", "--by", "sender").stdout


def test_search_finds_them(imported):
    assert imported.run("search", "tracker:sendgrid", "--count").stdout == "12\n"
    assert imported.run("search", "is:tracked", "--count").stdout == "13\n"


def test_csv(imported, tmp_path):
    imported.run("trackers", "--csv", str(tmp_path / "out.csv"))
    text = (tmp_path / "out.csv").read_text("utf-8")
    assert imported.run("trackers", "--csv", "-").stdout.splitlines() == text.splitlines()
    rows = list(csv.DictReader(io.StringIO(text)))
    assert len(rows) == 13
    assert {row["company"] for row in rows} == {"SendGrid", ""}
    assert all(row["subject"].startswith("'=letter") for row in rows)


def test_a_wrong_age_is_pointed_at(imported):
    assert "12w" in imported.run("trackers", "--since", "soon", code=2).stderr
