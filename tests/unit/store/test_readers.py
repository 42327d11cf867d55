"""Connections for reading that are kept: each for one at a time, and none after the end."""

import threading
from contextlib import closing

import pytest
from tests.factories import mailbox

from missive_desktop.errors import DiskTrouble
from missive_desktop.store import settings
from missive_desktop.store.readers import Readers


@pytest.fixture
def box(tmp_path):
    with mailbox(tmp_path) as box:
        yield box


def test_a_connection_is_kept_for_whoever_reads_next_and_sees_what_is_new(box):
    with closing(Readers(box.store)) as readers:
        with readers.reading() as first:
            assert settings.get(first, "theme") is None
        box.writer.run(lambda conn, _: settings.put(conn, "theme", "dark"))
        seen = []

        def read():
            with readers.reading() as conn:
                seen.append((conn, settings.get(conn, "theme")))

        other = threading.Thread(target=read)
        other.start()
        other.join()
        assert seen == [(first, "dark")]


def test_two_at_once_have_one_each(box):
    with closing(Readers(box.store)) as readers:
        with readers.reading() as one, readers.reading() as other:
            assert one is not other
        with pytest.raises(DiskTrouble), readers.reading() as conn:
            settings.put(conn, "theme", "dark")


@pytest.mark.parametrize("closes", [True, False])
def test_what_failed_is_not_kept_nor_what_comes_back_after_the_end(box, closes):
    readers = Readers(box.store)
    with pytest.raises(ValueError, match="bad"), readers.reading() as conn:  # noqa: PT012
        if closes:
            readers.close()
        raise ValueError("bad")
    with readers.reading() as again:
        assert again is not conn
        readers.close()
    with pytest.raises(Exception, match="closed"):
        again.execute("SELECT 1")
