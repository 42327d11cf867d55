"""Who a message is from, and leaving a mailing, from the command line."""

from __future__ import annotations

import pytest

MAIL = """\
Received: from out.shop.example by mx.example.org
Authentication-Results: mx.example.org; dmarc=pass header.from=shop.example
From: "bank@bank.example" <info@shop.example>
To: Bob <bob@example.org>
Subject: Offer\x1b[2J
Message-ID: <1@shop.example>
Date: Mon, 1 Jan 2024 10:00:00 +0000
{0}
Hello
"""


@pytest.fixture
def taken(program, tmp_path):
    def take(extra: str = "") -> str:
        path = tmp_path / "mail.eml"
        path.write_text(MAIL.format(extra))
        program.run("import", str(path))
        [row] = program.json("list")
        return str(row["id"])

    return take


def test_a_message_is_checked(program, taken):
    message = taken()
    said = program.run("check", message).stdout
    assert said.startswith("From: bank@bank.example <info@shop.example>\nVerdict: doubtful\n")
    assert "The name shows bank@bank.example, but the mail comes from info@shop.example." in said
    assert "mx.example.org: dmarc=pass shop.example (not counted)" in said
    assert "\x1b" not in said
    found = program.json("check", message)
    assert found["verdict"] == "doubtful"
    assert [one["code"] for one in found["warnings"]] == ["name-address", "first-time"]
    assert found["results"][0]["by"] == "mx.example.org"
    assert found["signatures"] == []
    assert program.run("check", "99", code=2).stderr.strip().endswith("There is no message 99.")


def test_a_mailing_is_left(program, taken):
    message = taken("List-Unsubscribe: <https://shop.example/u?1>, <mailto:out@shop.example>\n")
    assert "--yes" in program.run("unsubscribe", message, code=2).stderr
    # Imported mail has no server to send through.
    said = program.run("unsubscribe", message, "--yes")
    assert said.stdout == "Go on in your browser: https://shop.example/u?1\n"
    answer = program.json("unsubscribe", message, "--yes")
    assert (answer["way"], answer["url"]) == ("browser", "https://shop.example/u?1")


def test_there_may_be_no_way_to_leave(program, taken):
    said = program.run("unsubscribe", taken(), "--yes", code=1)
    assert "offers no way to unsubscribe" in said.stderr
