"""What the log says, and what it never does."""

import io
import json
import logging
from typing import Any

from missive_server import logs


def written(record: logging.LogRecord) -> dict[str, Any]:
    line = logs.Lines().format(record)
    assert "\n" not in line
    told: dict[str, Any] = json.loads(line)
    return told


def test_an_event_is_a_line_of_json() -> None:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logs.Lines())
    logs.log.addHandler(handler)
    level = logs.log.level
    logs.log.setLevel("INFO")
    try:
        logs.request_id.set("r1")
        logs.event("request", status=200, route="/v1/pull")
    finally:
        logs.log.removeHandler(handler)
        logs.log.setLevel(level)
        logs.request_id.set("")
    told = json.loads(stream.getvalue())
    assert told["event"] == "request"
    assert (told["status"], told["route"], told["request"]) == (200, "/v1/pull", "r1")


def test_the_texts_of_others_and_of_exceptions_are_left_out() -> None:
    try:
        raise ValueError("the secret")
    except ValueError as error:
        info = (ValueError, error, error.__traceback__)
    record = logging.LogRecord("other", logging.ERROR, "x.py", 1, "told %s", ("secret",), info)
    told = written(record)
    assert "secret" not in json.dumps(told)
    assert (told["event"], told["error"], told["level"]) == ("other", "ValueError", "error")


def test_a_bug_names_its_places_only() -> None:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logs.Lines())
    logs.log.addHandler(handler)
    try:
        raise KeyError("the secret")
    except KeyError as error:
        logs.bug("bug", error)
    finally:
        logs.log.removeHandler(handler)
    told = json.loads(stream.getvalue())
    assert told["error"] == "KeyError"
    assert "test_a_bug_names_its_places_only" in told["at"]
    assert "secret" not in stream.getvalue()
