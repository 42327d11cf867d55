import pytest
from hypothesis import given
from hypothesis import strategies as st

from missive_desktop.domain.tokens import find, prepare, searchable


@pytest.mark.parametrize(
    ("text", "prepared"),
    [
        ("plain words", "plain words"),
        ("straße", "strasse"),
        ("Łódź", "lódź"),
        ("Søren Đuro Þór", "Soren duro thór"),
        ("東京", " 東  京 "),
        ("ปี", " ป  ี "),
        ("ﾊﾝ ＡＢＣ", " ハ  ン  ABC"),
        ("한국", " 한  국 "),
        ("مَرْحَبًا", "مرحبا"),
        ("e\u0301", "é"),
    ],
)
def test_what_the_index_gets(text, prepared):
    assert prepare(text) == prepared


def test_ascii_is_returned_untouched():
    text = "nothing to do"
    assert prepare(text) is text


@given(st.text())
def test_preparing_twice_changes_no_word(text):
    assert prepare(prepare(text)).split() == prepare(text).split()


@pytest.mark.parametrize(
    ("text", "kept"), [("++", False), ("", False), ("→ 🎉", False), ("C++", True), ("ี", True)]
)
def test_what_can_be_searched_for(text, kept):
    assert searchable(text) is kept


@pytest.mark.parametrize(
    ("text", "words", "marked"),
    [
        ("Die Straße", [("strasse", False)], ["Straße"]),
        ("nach Łódź", [("lodz", False)], ["Łódź"]),
        ("東京タワー", [("京タ", False)], ["京タ"]),
        ("six batteries", [("batt", True)], ["batteries"]),
        ("six batteries", [("batt", False)], []),
        ("cafe\u0301 noir", [("café", False)], ["cafe\u0301"]),
        ("quarterly, budget", [("quarterly budget", False)], ["quarterly, budget"]),
        ("a b", [("++", False)], []),
        ("हिन्दी में", [("हिन्दी", False)], ["हिन्दी"]),
    ],
)
def test_what_is_marked(text, words, marked):
    assert [text[a:b] for a, b in find(text, words)] == marked


@given(st.text(max_size=60), st.lists(st.tuples(st.text(max_size=5), st.booleans()), max_size=3))
def test_marks_are_ordered_and_inside(text, words):
    end = 0
    for start, stop in find(text, words):
        assert end <= start < stop <= len(text)
        end = stop
