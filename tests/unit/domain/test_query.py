from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from missive_desktop.domain.query import OPERATORS, QuerySyntaxError, parse
from missive_desktop.domain.query_dates import bounds, period, read_size, read_when
from missive_desktop.domain.query_tree import (
    And,
    Dated,
    HasAttachment,
    Is,
    Not,
    Or,
    Place,
    Query,
    Sized,
    Text,
    TrackedBy,
    words,
    write,
)
from missive_desktop.domain.tokens import searchable

A, B, C = Text("", "a"), Text("", "b"), Text("", "c")


@pytest.mark.parametrize(
    ("text", "root"),
    [
        ("", None),
        ("  ", None),
        ("a", A),
        ("a b", And((A, B))),
        ("a AND b", And((A, B))),
        ("a OR b", Or((A, B))),
        ("a b OR c", And((A, Or((B, C))))),
        ("(a b) OR c", Or((And((A, B)), C))),
        ("a (b c)", And((A, B, C))),
        ("-a", Not(A)),
        ("NOT a", Not(A)),
        ("-(a b)", Not(And((A, B)))),
        ("-(-a)", Not(Not(A))),
        ('"a b"', Text("", "a b")),
        ("“a b”", Text("", "a b")),
        ("meet*", Text("", "meet", prefix=True)),
        ('"one tw"*', Text("", "one tw", prefix=True)),
        ("from:ann", Text("from", "ann")),
        ("From: ann", Text("from", "ann")),
        ('subject:"a b"', Text("subject", "a b")),
        ("from:(ann OR ben)", Or((Text("from", "ann"), Text("from", "ben")))),
        ("from:ann@x.example", Text("from", "ann@x.example")),
        ("in:Inbox", Place("in", "Inbox")),
        ('label:"To do"', Place("label", "To do")),
        ("account:me@x", Place("account", "me@x")),
        ("is:UNREAD", Is("unread")),
        ("has:attachments", HasAttachment()),
        ("tracker:SendGrid", TrackedBy("SendGrid")),
        ("tracker:send*", TrackedBy("send")),
        ('tracker:"Oracle Eloqua"', TrackedBy("Oracle Eloqua")),
        ("-tracker:list-manage.com", Not(TrackedBy("list-manage.com"))),
        ("before:2026-11-3", Dated("before", "2026-11-03")),
        ("after:2026", Dated("after", "2026")),
        ("on:3.11.2026", Dated("on", "2026-11-03")),
        ("after:7D", Dated("after", "7d")),
        ("larger:10k", Sized("larger", 10240)),
        ("smaller:1.5MB", Sized("smaller", 3 << 19)),
        # what people type
        ("user@example.com", Text("", "user@example.com")),
        ("C++", Text("", "C++")),
        ("https://a.example/b?c=d", Text("", "https://a.example/b?c=d")),
        ("mailto:x@y", Text("", "mailto:x@y")),
        ("std::vector", Text("", "std::vector")),
        ("Re: hello", And((Text("", "Re:"), Text("", "hello")))),
        ("12:30", Text("", "12:30")),
        ("well-known", Text("", "well-known")),
        ("a - b", And((A, Text("", "-"), B))),
        ("--force", Text("", "--force")),
        (":)", Text("", ":)")),
        ("f(x)", Text("", "f(x)")),
        ("(f(x))", Text("", "f(x)")),
        ("or", Text("", "or")),
        ("ORDER", Text("", "ORDER")),
        ("東京", Text("", "東京")),
    ],
)
def test_what_is_understood(text, root):
    assert parse(text) == Query(root)


@pytest.mark.parametrize(
    ("text", "position", "length", "suggestion"),
    [
        ("form:ann", 0, 5, "from:"),
        ("frm:ann", 0, 4, "from:"),
        ("a sbject:x", 2, 7, "subject:"),
        ("since:2026", 0, 6, "after:"),
        ("folder:x", 0, 7, "in:"),
        ("is:unred", 0, 8, "is:unread"),
        ("is:flagged", 0, 10, "is:starred"),
        ("is:xxxxxxxx", 0, 11, ""),
        ("has:dog", 0, 7, "has:attachment"),
        ("tracker:", 0, 8, ""),
        ("tracker:&", 0, 9, ""),
        ("vendor:ann", 0, 7, "tracker:"),
        ("before:soon", 0, 11, ""),
        ("before:2026-13", 0, 14, ""),
        ("on:0001", 0, 7, ""),
        ("larger:big", 0, 10, ""),
        ("from:", 0, 5, ""),
        ("from: OR b", 0, 5, ""),
        ('in:""', 0, 5, ""),
        ("a OR", 2, 2, ""),
        ("OR a", 0, 2, ""),
        ("a OR OR b", 2, 2, ""),
        ("(a OR)", 3, 2, ""),
        ("NOT", 0, 3, ""),
        ("(a", 0, 1, ""),
        ("a)", 1, 1, ""),
        ("a )", 2, 1, ""),
        ("a ()", 2, 2, ""),
        ('say "hello', 4, 1, ""),
        ('27"', 2, 1, ""),
        ("(" * 50 + "a", 40, 1, ""),
        ("a " * 201, 400, 1, ""),
    ],
)
def test_mistakes_are_pointed_at(text, position, length, suggestion):
    with pytest.raises(QuerySyntaxError) as caught:
        parse(text)
    error = caught.value
    assert (error.position, error.length, error.suggestion) == (position, length, suggestion)
    assert str(error)


def test_a_place_knows_where_it_stood():
    place = parse("a in:inbx").root.nodes[1]
    assert (place.position, place.length) == (2, 7)


typed = st.one_of(
    st.text(max_size=40),
    st.lists(
        st.sampled_from(
            [*(f"{name}:" for name in OPERATORS), "a", "b*", '"', "(", ")", "-", " OR ", " ", "7d",
             "NOT", "unread", "attachment", "2026-11", "10k", "*", "x:y", "“", "ü", "\0", "\ud800"]
        ),
        max_size=12,
    ).map("".join),
)  # fmt: skip


@given(typed)
@example("is:")
def test_whatever_is_typed_reads_back_as_itself_or_is_pointed_at(text):
    try:
        query = parse(text)
    except QuerySyntaxError as caught:
        error = caught
    else:
        assert parse(write(query)) == query
        words(query)
        return
    assert 0 <= error.position <= len(text)
    assert error.length > 0


leaf = st.one_of(
    st.builds(
        Text,
        st.sampled_from(["", "from", "to", "cc", "subject", "body", "filename"]),
        st.text(st.characters(exclude_characters='"“”„‟«»'), min_size=1),
        st.booleans(),
    ),
    st.builds(
        Place,
        st.sampled_from(["in", "label", "account"]),
        st.from_regex(r"\w+( \w+)?", fullmatch=True),
    ),
    st.builds(Is, st.sampled_from(["unread", "read", "starred", "answered", "draft", "tracked"])),
    st.just(HasAttachment()),
    st.builds(TrackedBy, st.from_regex(r"\w+( \w+)?", fullmatch=True).filter(searchable)),
    st.builds(
        Dated,
        st.sampled_from(["before", "after", "on"]),
        st.sampled_from(["2026", "2026-11", "2026-11-03", "7d", "2w", "3m", "1y", "today"]),
    ),
    st.builds(Sized, st.sampled_from(["larger", "smaller"]), st.integers(0, 1 << 39)),
)


def _joined(kind, children):
    """A tree in the form that the parser makes: nested nodes of one kind laid flat."""
    flat = [
        inner
        for child in children
        for inner in (child.nodes if isinstance(child, kind) else [child])
    ]
    return kind(tuple(flat))


tree = st.recursive(
    leaf,
    lambda inner: st.one_of(
        inner.map(Not),
        st.lists(inner, min_size=2, max_size=4).map(lambda nodes: _joined(And, nodes)),
        st.lists(inner, min_size=2, max_size=4).map(lambda nodes: _joined(Or, nodes)),
    ),
    max_leaves=12,
)


@given(tree)
def test_every_tree_can_be_written_and_read(root):
    assert parse(write(Query(root))) == Query(root)


def test_words_to_mark_are_those_asked_for():
    query = parse('battery -lunch from:claire "six of" OR meet* is:unread ++')
    assert words(query) == (
        ("battery", False),
        ("claire", False),
        ("six of", False),
        ("meet", True),
    )


TODAY = date(2026, 11, 23)


@pytest.mark.parametrize(
    ("when", "first", "end"),
    [
        ("2026", date(2026, 1, 1), date(2027, 1, 1)),
        ("2026-12", date(2026, 12, 1), date(2027, 1, 1)),
        ("2026-11-03", date(2026, 11, 3), date(2026, 11, 4)),
        ("today", TODAY, date(2026, 11, 24)),
        ("yesterday", date(2026, 11, 22), TODAY),
        ("7d", date(2026, 11, 16), date(2026, 11, 17)),
        ("2w", date(2026, 11, 9), date(2026, 11, 10)),
        ("9m", date(2026, 2, 23), date(2026, 2, 24)),
        ("1y", date(2025, 11, 23), date(2025, 11, 24)),
        ("9999y", date(1970, 1, 2), date(1970, 1, 3)),
    ],
)
def test_what_days_a_date_names(when, first, end):
    assert period(when, TODAY) == (first, end)


def test_months_ago_end_with_the_month():
    assert period("1m", date(2026, 3, 31))[0] == date(2026, 2, 28)


def test_days_begin_at_midnight_of_the_zone():
    zone = ZoneInfo("Europe/Berlin")
    now = int(datetime(2026, 11, 23, 0, 30, tzinfo=zone).timestamp())
    start = int(datetime(2026, 7, 1, tzinfo=zone).timestamp())  # summer time
    assert bounds("after", "2026-07-01", now, zone) == (start, None)
    assert bounds("before", "2026-07-01", now, zone) == (None, start)
    assert bounds("on", "2026-07-01", now, zone) == (start, start + 86400)
    today = int(datetime(2026, 11, 23, tzinfo=zone).timestamp())
    assert bounds("on", "today", now, zone) == (today, today + 86400)


def test_without_a_zone_the_machines_own_counts():
    now = int(datetime.now(UTC).timestamp())
    start, end = bounds("on", "today", now, None)
    assert start <= now < end
    assert bounds("after", "1900", now, None)[0] >= 0


@given(st.from_regex(r"[0-9]{1,4}[dwmy]|[0-9]{4}(-[0-9]{1,2}){0,2}", fullmatch=True))
def test_every_date_that_is_read_has_bounds(text):
    when = read_when(text)
    if when is not None:
        assert read_when(when) == when
        first, end = period(when, TODAY)
        assert first < end <= first + timedelta(days=366)


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("500", 500),
        ("10k", 10240),
        ("5M", 5 << 20),
        ("1,5kb", 1536),
        ("2GiB", 2 << 30),
        ("k", None),
    ],
)
def test_sizes(text, size):
    assert read_size(text) == size
