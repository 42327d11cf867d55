"""`render --remote allow`: images fetched by the process that reads mail, through a proxy here."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtGui import QColor, QImage
from tests.servers.pictures import HOST, PictureServer, answer, png, redirect
from tests.servers.web_proxy import WebProxy

SVG = (
    b"<svg xmlns='http://www.w3.org/2000/svg' width='60' height='40' onload='x()'>"
    b"<rect width='60' height='40' fill='#00ff00'/><script>x()</script></svg>"
)
MAIL = f"""\
From: news@shop.example.org
Subject: Pictures
Content-Type: text/html

<body style="margin:0"><p>Harmless words</p>
<img src="http://{HOST}/dark.png" width="200" height="100">
<img src="https://{HOST}/drawing.svg" width="60" height="40">
<img src="https://{HOST}/gone.png" width="50" height="50">
<img src="https://{HOST}/page.png" width="50" height="50">
<img src="http://192.168.0.1/router.png" width="50" height="50">
<img src="https://{HOST}/inwards.png" width="50" height="50">
<img src="https://{HOST}/open?who=ann" width="1" height="1">
</body>
"""


@pytest.fixture
def told(tmp_path: Path, picture_server: PictureServer):
    picture_server.pages |= {
        "/dark.png": answer(png(200, 100, fill=10)),
        "/drawing.svg": answer(SVG, Content_Type="image/svg+xml"),
        "/page.png": answer(b"<html>no image"),
        "/inwards.png": redirect("http://127.0.0.1/x.png"),
    }
    (tmp_path / "news.eml").write_text(MAIL)
    proxy = WebProxy("http", picture_server)
    try:
        done = subprocess.run(
            [sys.executable, "-m", "missive_desktop", "render", str(tmp_path / "news.eml"),
             "--out", str(tmp_path / "out"), "--remote", "allow", "--proxy", proxy.url],
            env={**os.environ, "SSL_CERT_FILE": str(picture_server.certificates.ca)},
            capture_output=True, text=True, timeout=180, check=False,
        )  # fmt: skip
    finally:
        proxy.close()
    assert done.returncode == 0, done.stderr
    return json.loads((tmp_path / "out" / "news.json").read_text()), tmp_path / "out" / "news.png"


def test_images_are_shown_and_all_is_told(told, picture_server):
    found, picture = told
    assert "Harmless words" in found["visible_text"]
    assert found["loaded"] == [f"http://{HOST}/dark.png", f"https://{HOST}/drawing.svg"]
    assert {one["url"]: one["reason"] for one in found["failed"]} == {
        f"https://{HOST}/gone.png": "It is no longer there.",
        f"https://{HOST}/page.png": "It is no image.",
        "http://192.168.0.1/router.png": "Its address belongs to a private network.",
        f"https://{HOST}/inwards.png": "Its address belongs to a private network.",
    }
    assert found["refused"] == [f"https://{HOST}/open?who=ann"]
    assert all("/open" not in heard.path for heard in picture_server.heard)
    assert all(heard.tls for heard in picture_server.heard)
    drawn = QImage(str(picture))
    colors = {
        QColor(drawn.pixel(x, y)).name()
        for x in range(0, drawn.width(), 7)
        for y in range(0, drawn.height(), 7)
    }
    assert "#0a0a0a" in colors
    assert "#00ff00" in colors


def test_a_proxy_that_is_none_is_said(tmp_path):
    (tmp_path / "news.eml").write_text(MAIL)
    done = subprocess.run(
        [sys.executable, "-m", "missive_desktop", "render", str(tmp_path / "news.eml"),
         "--out", str(tmp_path / "out"), "--remote", "allow", "--proxy", "ftp://x"],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert "A proxy is written as" in done.stderr
