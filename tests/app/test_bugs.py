"""A bug in the window is kept by its place; what it says may be mail."""

from __future__ import annotations

from missive_desktop.app.main import _keep_bug
from missive_desktop.profile import Profile


def test_a_bug_is_kept_without_its_words(tmp_path, capsys):
    profile = Profile(tmp_path).create()
    try:
        raise KeyError("the subject of a mail")
    except KeyError as error:
        _keep_bug(profile, error)
    said = capsys.readouterr().err
    for text in (said, profile.crash_log.read_text()):
        assert "KeyError" in text
        assert "test_bugs.py" in text
        assert "subject" not in text
