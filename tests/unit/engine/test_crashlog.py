"""The crash log says which bug and where, and nothing of what was in hand."""

from __future__ import annotations

from missive_desktop.engine import crashlog


def _fail():
    try:
        raise ValueError("subject: Merger with Globex")
    except ValueError as error:
        raise KeyError("alice@example.org") from error


def _caught():
    try:
        _fail()
    except KeyError as error:
        return error
    raise AssertionError


def test_types_and_places_only(tmp_path):
    log = tmp_path / "crash.log"
    crashlog.write(log, _caught())
    text = log.read_text()
    assert "builtins.KeyError" in text
    assert "builtins.ValueError" in text
    assert "test_crashlog.py" in text
    assert "_fail" in text
    assert "Globex" not in text
    assert "alice" not in text


def test_the_log_does_not_grow_for_ever(tmp_path):
    log = tmp_path / "crash.log"
    log.write_bytes(b"x" * (300 << 10))
    crashlog.write(log, _caught())
    assert log.stat().st_size < 2000


def test_an_unwritable_log_is_no_second_crash(tmp_path):
    crashlog.write(tmp_path / "missing" / "crash.log", _caught())
