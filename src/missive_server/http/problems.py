"""What went wrong as an answer: a status, a word for programs, a sentence for people, no more."""

from __future__ import annotations

import math

from starlette.exceptions import HTTPException

from missive_server.errors import (
    BadRequest,
    Busy,
    Gap,
    NotAllowed,
    NotFound,
    Problem,
    TooLarge,
    TooOld,
    Trouble,
)
from missive_wire import limits, routes
from missive_wire.codec import Malformed, encode

Headers = list[tuple[bytes, bytes]]

SECURITY: Headers = [
    (b"x-content-type-options", b"nosniff"),
    (b"cache-control", b"no-store"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
]
STRICT_TRANSPORT = (b"strict-transport-security", b"max-age=31536000")


class Mistake(Problem):
    """Ours: nobody expected it, and the answer says nothing of it."""

    status, code = 500, "internal"
    words = "The server made a mistake. It has been noted there."


def known(error: Exception) -> Problem | None:
    """Return an expected error as a problem, None for a bug."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, Malformed):
        return BadRequest()
    if isinstance(error, Trouble):
        return Busy(retry=5.0)
    if isinstance(error, HTTPException):
        return {404: NotFound, 405: NotAllowed, 413: TooLarge}.get(error.status_code, BadRequest)()
    return None


def page(problem: Problem) -> tuple[int, Headers, bytes]:
    """Return status, headers and body of the answer."""
    body = encode(
        routes.Problem(
            problem.code,
            str(problem),
            problem.last_mid if isinstance(problem, Gap) else None,
            limits.SCHEMA if isinstance(problem, TooOld) else None,
        )
    )
    headers = [
        (b"content-type", b"application/problem+json"),
        (b"content-length", str(len(body)).encode()),
        *SECURITY,
    ]
    if problem.retry > 0:
        headers.append((b"retry-after", str(math.ceil(problem.retry)).encode()))
    if problem.status == 401:
        headers.append((b"www-authenticate", b"Bearer"))
    return problem.status, headers, body
