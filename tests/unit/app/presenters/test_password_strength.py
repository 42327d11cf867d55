import pytest

from missive_desktop.app.presenters.password_strength import strength


@pytest.mark.parametrize(
    ("password", "level"),
    [("short", 0), ("aaaaaaaaaaaaaa", 1), ("abcdefghij", 1), ("four words of mine", 2),
     ("Four words, of mine 2 day", 3)],
)  # fmt: skip
def test_words_for_a_password(password, level):
    found, words = strength(password)
    assert found == level
    assert words
