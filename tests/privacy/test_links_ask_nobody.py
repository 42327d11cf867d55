"""Looking at links opens no socket: neither redirectors nor name servers learn of it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CHILD = r"""
import sys
from urllib.parse import quote

opened = []

def heard(event, arguments):
    if event.startswith(("socket.", "subprocess.", "os.exec", "os.posix_spawn", "urllib.")):
        opened.append(event)

sys.addaudithook(heard)
from missive_desktop.app.presenters.opening import LinkBook, written
from missive_desktop.app.presenters.shown import Page
from missive_desktop.cli.linking import examined

inner = "https://tracked.example.org/a?utm_source=x"
shapes = (
    "https://www.google.com/url?q={}", "https://bit.ly/x", "https://u1.ct.sendgrid.net/ls/click?upn=x",
    "https://e.safelinks.protection.outlook.com/?url={}", "https://xn--80ak6aa92e.com/?u={}", "{}",
    "https://list-manage.com/track/click?u={}", "https://paypal.com.evil.example/", "http://0x7f.1/",
    "mailto:ann@example.org?attach=x", "smb://host/share", "//tracked.example.org/x",
)
urls = [shape.format(quote(inner, safe="")) for shape in shapes] + [inner]
html = "".join(f"<a href='{url}'>www.paypal.com</a>" for url in urls)
found = examined(b"Content-Type: text/html\r\n\r\n" + html.encode())
assert len(found) > 8
book = LinkBook()
book.turn_to(Page(html, ""))
targets = [written(book.look(url).link).domain for url in urls]
assert targets.count("example.org") >= 4, targets
assert opened == [], opened

import socket
socket.socket().close()
assert opened, "the ear is deaf"
print("nothing was asked")
"""


def test_no_socket_is_opened_while_links_are_looked_at():
    done = subprocess.run(
        [sys.executable, "-c", CHILD],
        env=os.environ | {"PYTHONPATH": str(ROOT / "src")},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stderr == ""
    assert done.stdout.strip() == "nothing was asked"
