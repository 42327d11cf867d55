import threading

import pytest

from missive_desktop.sync.ahead import ahead


def test_everything_comes_in_order_and_the_error_at_its_place():
    def source():
        yield from range(1000)
        raise ValueError("broken")

    seen = []
    taken = ahead(source(), lambda _: 1, items=7)
    with pytest.raises(ValueError, match="broken"):
        seen.extend(taken)
    assert seen == list(range(1000))


def test_what_waits_is_bounded_in_number_and_bytes():
    read = []
    release = threading.Event()

    def source():
        for number in range(100):
            read.append(number)
            if number == 12:
                release.set()
            yield number

    taken = ahead(source(), lambda _: 10, items=100, room=100)
    assert next(taken) == 0
    assert not release.wait(0.2)  # ten wait, one is in the reader's hand
    assert len(read) <= 12
    assert list(taken) == list(range(1, 100))


def test_an_item_larger_than_the_room_comes_through():
    assert list(ahead(iter([1, 500, 2]), lambda item: item, room=100)) == [1, 500, 2]


def test_leaving_early_closes_the_source_before_going_on():
    closed = []

    def source():
        try:
            while True:
                yield 1
        finally:
            closed.append(threading.current_thread().name)

    taken = ahead(source(), lambda _: 1)
    next(taken)
    taken.close()
    assert closed == ["fetch"]
