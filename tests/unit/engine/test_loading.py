"""Who loads what: one at a time for each message, by a rule only once."""

from __future__ import annotations

import threading

from missive_desktop.engine.loading import Loading


def test_one_at_a_time_for_each_message():
    loading = Loading()
    order: list[str] = []
    inside, go = threading.Event(), threading.Event()

    def first() -> None:
        with loading.of(1):
            inside.set()
            go.wait(30)
            order.append("first")

    def second() -> None:
        with loading.of(1):
            order.append("second")

    threads = [threading.Thread(target=first)]
    threads[0].start()
    assert inside.wait(30)
    threads.append(threading.Thread(target=second))
    threads[1].start()
    with loading.of(2):  # another message waits for nobody
        order.append("other")
    go.set()
    for thread in threads:
        thread.join(30)
    assert order == ["other", "first", "second"]


def test_a_failure_lets_the_next_one_in():
    loading = Loading()
    try:
        with loading.of(1):
            raise OSError
    except OSError:
        pass
    with loading.of(1):
        pass


def test_a_rule_is_tried_once():
    loading = Loading()
    assert loading.first_try(1)
    assert loading.first_try(2)
    assert not loading.first_try(1)
