"""What a browser shows of a link that is meant for the program: the link itself stays in it, for
what follows # is never sent. The one script makes the link that opens the program of what the
browser knows; it is named by its hash, and nothing else runs, is loaded, or is sent anywhere.
"""

from __future__ import annotations

import base64
import hashlib

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

# Only for a server with TLS, as the program's own links are (`missive://join/HOST#…`).
_SCRIPT = """
var link = document.getElementById("open");
if (location.protocol === "https:" && location.hash.length > 1) {
  link.href = "missive://join/" + location.host + location.hash;
  link.hidden = false;
}
"""
_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 34em; margin: 4em auto; padding: 0 1em;
  color: #1c1c1a; background: #fafaf8; }
a { display: inline-block; padding: .5em 1em; border-radius: 8px; color: #fff; background: #3554d1;
  text-decoration: none; }
[hidden] { display: none; }
@media (prefers-color-scheme: dark) { body { color: #ececec; background: #161719; } }
"""


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


_POLICY = (
    f"default-src 'none'; script-src {_hash(_SCRIPT)}; style-src {_hash(_STYLE)};"
    " base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="robots" content="noindex">
<title>Missive Desktop</title>
<style>{style}</style>
<h1>{title}</h1>
{open}<p>{how} Copy the whole address of this page, open Missive Desktop, choose <b>Join or create a
team</b> and paste it there.</p>
<p>The address works once. Give it to nobody else.</p>
{script}</html>
"""
_JOIN = _PAGE.format(
    style=_STYLE,
    title="You are invited to a team",
    open='<p><a id="open" hidden>Open Missive Desktop</a></p>\n',
    how="Nothing happens?",
    script=f"<script>{_SCRIPT}</script>\n",
)
_SETUP = _PAGE.format(style=_STYLE, title="Begin a team", open="", how="", script="")


def pages() -> list[Route]:
    headers = {"Content-Security-Policy": _POLICY}

    async def join(request: Request) -> Response:
        return HTMLResponse(_JOIN, headers=headers)

    async def setup(request: Request) -> Response:
        return HTMLResponse(_SETUP, headers=headers)

    return [Route("/join", join, methods=["GET"]), Route("/setup", setup, methods=["GET"])]
