"""Remote images from the command line: the whole program, a proxy, a server behind it."""

from __future__ import annotations

import pytest
from tests.servers.pictures import HOST, answer, png
from tests.servers.web_proxy import WebProxy

HTML = f"""<p>words</p><img src="https://{HOST}/a.png" width="40" height="30">
<img src="http://{HOST}/gone.png" width="40" height="30">
<img src="https://{HOST}/o.gif?u=77" width="1" height="1">"""
MAIL = f"""From: Shop <news@shop.example.org>\r
To: me@example.org\r
Subject: News\r
Message-ID: <1@shop.example.org>\r
Content-Type: text/html\r
Date: Mon, 23 Nov 2026 05:00:00 +0000\r
\r
{HTML}"""


@pytest.fixture
def message(program, tmp_path, picture_server):
    picture_server.pages["/a.png"] = answer(png(40, 30))
    program.environment["SSL_CERT_FILE"] = str(picture_server.certificates.ca)
    (tmp_path / "news.eml").write_text(MAIL)
    program.run("import", str(tmp_path / "news.eml"))
    [row] = program.json("list")
    return str(row["id"])


@pytest.fixture
def proxy(picture_server):
    made = WebProxy("socks", picture_server)
    yield made
    made.close()


def test_images_of_a_message(program, message, proxy, picture_server):
    tracker = f"https://{HOST}/o.gif?u=77"
    before = program.json("images", message)
    assert before["loaded"] == []
    assert [one["url"] for one in before["not_loaded"]] == [
        f"https://{HOST}/a.png", f"http://{HOST}/gone.png",
    ]  # fmt: skip
    assert before["trackers"] == [tracker]
    assert picture_server.heard == []
    program.run("images", "proxy", proxy.url)
    said = program.run("images", message, "--load")
    assert "may tell the sender" in said.stderr
    assert said.stdout.splitlines() == [
        f"loaded      https://{HOST}/a.png",
        f"not loaded  http://{HOST}/gone.png It is no longer there.",
        f"tracker     {tracker} never asked for",
    ]
    asked = len(picture_server.heard)
    assert program.json("images", message)["loaded"] == [f"https://{HOST}/a.png"]
    assert len(picture_server.heard) == asked
    assert program.crashes() == ""


def test_rules(program, message):
    program.run("images", "always", "News@shop.example.org")
    program.run("images", "never", "mail.tracker.co.uk")
    assert program.json("images", "rules") == {
        "everyone": "ask",
        "proxy": "",
        "rules": [
            {"scope": "sender", "value": "news@shop.example.org", "images": "always"},
            {"scope": "domain", "value": "tracker.co.uk", "images": "never"},
        ],
    }
    assert "always" in program.run("images", "rules").stdout
    program.run("images", "ask", "news@shop.example.org")
    program.run("images", "never", "everyone")
    assert program.json("images", "rules")["everyone"] == "never"
    said = program.run("images", message, "--load", code=1)
    assert "switched off" in said.stderr


def test_wrong_use_is_said(program, message):
    for words in (
        ["x"], ["always"], ["rules", "x"], ["always", "everyone"], ["always", "com"], ["99"],
        ["proxy", "ftp://x"], ["always", "a@example.org", "--load"], ["never", "10.0.0.1"],
    ):  # fmt: skip
        assert program.run("images", *words, code=2).stderr
