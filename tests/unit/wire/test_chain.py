"""A trail from which something was taken, changed or put in does not verify."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from missive_wire import chain
from missive_wire.chain import Checkpoint, Head, Record

SCOPE = "s:one"
WORDS = st.text(max_size=6)
DETAILS = st.none() | st.dictionaries(WORDS, st.integers(0, 9) | WORDS, max_size=3)
RECORDS = st.lists(
    st.builds(
        Record, n=st.just(0), at=st.integers(0, 99), by=WORDS, device=WORDS, act=WORDS,
        h=st.just(b""), d=st.just(b""), t=WORDS, id=WORDS, seq=st.integers(0, 9), details=DETAILS,
    ),
    min_size=1, max_size=5,
)  # fmt: skip


def chained(records):
    head, result = Head(), []
    for place, record in enumerate(records):
        result.append(chain.appended(head, SCOPE, record, bytes([place]) * 16))
        head = Head(result[-1].n, result[-1].h)
    return result, head


@given(RECORDS, st.data())
def test_it_holds_with_and_without_what_can_be_erased(records, data):
    told, head = chained(records)
    assert chain.verified(Head(), SCOPE, told) == (head, 0)
    gone = data.draw(st.sets(st.integers(0, len(told) - 1)))
    shown = [chain.erased(r) if n in gone else r for n, r in enumerate(told)]
    assert chain.verified(Head(), SCOPE, shown) == (head, 0)


@given(RECORDS, st.data())
def test_any_change_shows(records, data):
    told, _ = chained(records)
    place = data.draw(st.integers(0, len(told) - 1))
    name = data.draw(
        st.sampled_from(["at", "by", "device", "act", "t", "id", "seq", "d", "h", "details", "n"])
    )
    old = getattr(told[place], name)
    new = {int: 777, str: "forged", bytes: b"f" * 32}.get(type(old), {"forged": True})
    forged = [*told]
    forged[place] = msgspec.structs.replace(told[place], **{name: new})
    assert chain.verified(Head(), SCOPE, forged)[1] == place + 1


@pytest.mark.parametrize("order", [(0, 2), (1, 2), (0, 0, 1, 2), (1, 0, 2)])
def test_nothing_is_left_out_repeated_or_moved(order):
    told, _ = chained([Record(0, n, "a", "d", "x", b"", b"") for n in range(3)])
    assert chain.verified(Head(), SCOPE, [told[n] for n in order])[1]
    assert chain.verified(Head(), "s:other", told)[1] == 1


def test_fields_cannot_flow_into_each_other():
    one = Record(1, 1, "ab", "c", "x", b"", bytes(32))
    other = Record(1, 1, "a", "bc", "x", b"", bytes(32))
    assert chain.link(chain.START, SCOPE, one) != chain.link(chain.START, SCOPE, other)


def test_a_checkpoint_is_the_same_bytes_in_any_order():
    one = Checkpoint("o", 1, {"a": (1, "x"), "b": (2, "y")})
    other = Checkpoint("o", 1, {"b": (2, "y"), "a": (1, "x")})
    assert chain.checkpoint_bytes(one) == chain.checkpoint_bytes(other)
    assert chain.checkpoint_bytes(one) != chain.checkpoint_bytes(Checkpoint("o", 2, one.heads))


@given(RECORDS, st.integers(1, 5), st.data())
def test_it_holds_downwards_page_by_page(records, size, data):
    told, head = chained(records)
    pages = 0
    while head.n:
        page = list(reversed(told[max(0, head.n - size - 1) : head.n]))
        head, wrong, held = chain.verified_back(head, SCOPE, page)
        assert wrong == 0
        assert held == page[: len(held)]
        assert held
        pages += 1
    assert head == Head()
    assert pages <= len(told)


@given(RECORDS, st.data())
def test_any_change_shows_downwards(records, data):
    told, head = chained(records)
    place = data.draw(st.integers(0, len(told) - 1))
    name = data.draw(st.sampled_from(["at", "by", "act", "t", "id", "seq", "d", "h", "details"]))
    old = getattr(told[place], name)
    new = {int: 777, str: "forged", bytes: b"f" * 32}.get(type(old), {"forged": True})
    told[place] = msgspec.structs.replace(told[place], **{name: new})
    assert chain.verified_back(head, SCOPE, reversed(told))[1]


def test_details_that_nobody_hashed_are_not_believed():
    """As if the salt was erased, and the details were not."""
    told, _ = chained([Record(0, 1, "a", "d", "x", b"", b"", details={"to": "Ben"})])
    forged = msgspec.structs.replace(told[0], salt=b"", details={"to": "Eve"})
    assert chain.verified(Head(), SCOPE, [forged])[1] == 1
    assert chain.verified(Head(), SCOPE, [chain.erased(told[0])])[1] == 0
