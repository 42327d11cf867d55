"""A mistake in a query is pointed at."""

from __future__ import annotations

import pytest

from missive_desktop.cli import finding


@pytest.mark.parametrize(
    ("text", "position", "length", "shown"),
    [
        ("is:unred", 3, 5, "    is:unred\n       ^^^^^"),
        ("日本 is:x", 6, 1, "    日本 is:x\n            ^"),
        ("a\tb\x1b(", 4, 1, "    a b�(\n        ^"),
        ("(", 1, 1, "    (\n     ^"),
    ],
)
def test_pointing(text, position, length, shown):
    assert finding.pointed(text, position, length) == shown
