"""What goes out when something is refused, and that nothing else does."""

import json

import pytest
from starlette.exceptions import HTTPException

from missive_server import errors
from missive_server.http import problems
from missive_wire import limits
from missive_wire.codec import Malformed
from missive_wire.routes import STATUS


def every_problem() -> list[errors.Problem]:
    plain = [each() for each in errors.Problem.__subclasses__() if each is not errors.Gap]
    return [*plain, errors.Gap(7)]


@pytest.mark.parametrize("problem", every_problem(), ids=lambda p: type(p).__name__)
def test_a_problem_is_a_code_and_a_sentence(problem: errors.Problem) -> None:
    status, headers, body = problems.page(problem)
    told = json.loads(body)
    assert status == problem.status
    assert told["message"].endswith(".")
    assert STATUS.get(told["error"], status) == status or told["error"] == "malformed"
    assert set(told) <= {"error", "message", "last_mid", "min_schema"}
    assert dict(headers)[b"content-length"] == str(len(body)).encode()


def test_some_say_more() -> None:
    assert json.loads(problems.page(errors.Gap(7))[2])["last_mid"] == 7
    assert json.loads(problems.page(errors.TooOld())[2])["min_schema"] == limits.SCHEMA
    assert (b"retry-after", b"3") in problems.page(errors.TooMany(retry=2.1))[1]
    assert (b"www-authenticate", b"Bearer") in problems.page(errors.SignedOut())[1]


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (Malformed("at $.secret"), 400),
        (errors.Trouble("the disk"), 503),
        (HTTPException(404), 404),
        (HTTPException(405), 405),
        (HTTPException(418), 400),
    ],
)
def test_foreign_errors_are_translated(error: Exception, status: int) -> None:
    problem = problems.known(error)
    assert problem is not None
    assert problem.status == status
    assert "secret" not in str(problem)
    assert "disk" not in str(problem)


def test_a_bug_is_not_known() -> None:
    assert problems.known(ZeroDivisionError("secret")) is None
    assert b"secret" not in problems.page(problems.Mistake())[2]
