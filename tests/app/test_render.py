"""`render`: pictures and what was shown, from the real view, in a process of its own."""

import json
import multiprocessing
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from missive_desktop.app.presenters.preparing import prepare
from missive_desktop.app.render import NotShown, Reader

NEWSLETTER = b"""\
From: =?utf-8?q?Caf=C3=A9?= News <news@cafe.example>
To: ann@example.org
Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=
Date: Mon, 02 Nov 2026 10:00:00 +0000
MIME-Version: 1.0
Content-Type: text/html; charset=utf-8

<html><body><h1>Hello reader</h1><script>document.write("ran")</script>
<p style="display:none">hidden preheader</p><p>Visible words</p>
<img src="https://track.example/open?id=1" width=1 height=1>
<img src="https://cdn.example/photo.jpg" width=300 height=200 alt="A photo">
<div style="height:1400px"></div><p>The very end</p></body></html>
"""
LETTER = b"From: ben@example.org\r\nSubject: Plain\r\n\r\nJust text.\r\n\r\n> quoted\r\n"


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "missive_desktop", "render", *arguments],
        capture_output=True, text=True, timeout=180, check=False,
    )  # fmt: skip


def size_of(picture: Path) -> tuple[int, int]:
    head = picture.read_bytes()[:24]
    assert head.startswith(b"\x89PNG")
    width, height = struct.unpack(">II", head[16:24])
    return width, height


@pytest.fixture(scope="module")
def rendered(tmp_path_factory):
    folder = tmp_path_factory.mktemp("mails")
    (folder / "letter.eml").write_bytes(LETTER)
    (folder / "news.eml").write_bytes(NEWSLETTER)
    (folder / "empty.eml").write_bytes(b"")
    (folder / "other").mkdir()
    (folder / "other" / "letter.eml").write_bytes(LETTER.replace(b"Plain", b"Second"))
    files = ["letter.eml", "news.eml", "empty.eml", "missing.eml", "other/letter.eml"]
    done = run(*(str(folder / name) for name in files), "--out", str(folder / "out"))
    return done, folder / "out"


def test_one_that_fails_is_reported_and_the_next_goes_on(rendered):
    done, out = rendered
    assert done.returncode == 1
    assert "missing.eml" in done.stderr
    assert sorted(path.name for path in out.iterdir()) == [
        "empty.json", "empty.png", "letter-2.json", "letter-2.png", "letter.json", "letter.png",
        "news.json", "news.png",
    ]  # fmt: skip


def test_what_was_shown_is_told(rendered):
    _, out = rendered
    told = json.loads((out / "news.json").read_text(encoding="utf-8"))
    assert told["subject"] == "Grüße"
    assert told["from"] == "Café News <news@cafe.example>"
    assert "Visible words" in told["visible_text"]
    assert "The very end" in told["visible_text"]
    assert "hidden preheader" not in told["visible_text"]
    assert "ran" not in told["visible_text"].split()
    assert "<script" not in told["html"]
    assert "track.example" not in told["html"]
    assert told["blocked"] == 2
    assert [one["url"] for one in told["trackers"]] == ["https://track.example/open?id=1"]
    assert set(told["trackers"][0]) == {"vendor", "kind", "url"}
    assert json.loads((out / "letter-2.json").read_text(encoding="utf-8"))["subject"] == "Second"


def test_the_picture_holds_the_whole_mail(rendered):
    _, out = rendered
    width, height = size_of(out / "news.png")
    assert width == 800
    assert height > 1600
    assert size_of(out / "letter.png")[1] < 400


def test_inline_images_go_along_with_what_is_prepared():
    raw = (
        b'Content-Type: multipart/related; boundary="b"\r\n\r\n'
        b"--b\r\nContent-Type: text/html\r\n\r\n"
        b'<img src="cid:pic@x">\r\n--b\r\nContent-Type: image/png\r\nContent-ID: <pic@x>\r\n'
        b"Content-Transfer-Encoding: base64\r\n\r\niVBORw0KGgo=\r\n--b--\r\n"
    )
    prepared = prepare(raw, {}, False)
    (part,) = prepared.images
    assert f"missive://mail/image/1/{part}" in prepared.page
    assert prepared.images[part] == b"\x89PNG\r\n\x1a\n"


def test_a_reading_process_that_dies_is_replaced(tmp_path):
    mail = tmp_path / "a.eml"
    mail.write_bytes(LETTER)
    reader = Reader({}, dark=False)
    try:
        assert reader.read(mail).subject == "Plain"
        (process,) = multiprocessing.active_children()
        process.kill()
        process.join()
        with pytest.raises(NotShown, match="ended the process"):
            reader.read(mail)
        assert reader.read(mail).subject == "Plain"
    finally:
        reader.close()
