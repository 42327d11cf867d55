from hypothesis import given
from hypothesis import strategies as st

from missive_server.stream.freshness import AccessLog


@given(st.lists(st.sampled_from("abcdef")), st.lists(st.sampled_from("abcdef")))
def test_no_change_since_a_mark_is_missed(before: list[str], after: list[str]) -> None:
    small, large = AccessLog(most=2), AccessLog()
    for user in before:
        small.changed(user)
        large.changed(user)
    marks = small.mark(), large.mark()
    for user in after:
        small.changed(user)
        large.changed(user)
    for user in "abcdef":
        assert large.since(user, marks[1]) == (user in after)
        assert small.since(user, marks[0]) or user not in after
