"""What a browser shows of a link that is meant for the program: the link itself stays in it, for
what follows # is never sent. No script, no style, nothing from elsewhere.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="robots" content="noindex">
<title>Missive Desktop</title>
<h1>{title}</h1>
<p>Copy the whole address of this page, open Missive Desktop and choose <b>{choice}</b>.</p>
<p>The address works once. Give it to nobody else.</p>
</html>
"""
_JOIN = _PAGE.format(title="You are invited to a team", choice="Join a team")
_SETUP = _PAGE.format(title="Begin a team", choice="Join a team")


def pages() -> list[Route]:
    async def join(request: Request) -> Response:
        return HTMLResponse(_JOIN)

    async def setup(request: Request) -> Response:
        return HTMLResponse(_SETUP)

    return [Route("/join", join, methods=["GET"]), Route("/setup", setup, methods=["GET"])]
