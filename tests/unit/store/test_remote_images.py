"""Remote images: kept sealed, shared within an account, gone with the last message."""

from __future__ import annotations

import pytest
from tests.factories import NOON, mailbox, settings

from missive_desktop.errors import DiskTrouble
from missive_desktop.store import (
    accounts,
    compaction,
    drafts,
    forgetting,
    integrity,
    raws,
    remote_images,
    rendered,
)
from missive_desktop.store.remote_images import Kept, Picture

URL = "https://pictures.example.net/a.png"
OTHER = "https://pictures.example.net/b.png"


@pytest.fixture
def box(tmp_path):
    with mailbox(tmp_path) as box:
        yield box


def kept(box, url: str, data: bytes = b"bytes of an image") -> Kept:
    sealed = box.packs.append(data)
    box.packs.sync()
    return Kept(url, "image/png", sealed)


def show(box, message: int, *urls: str, now: int = NOON, account: int = 0) -> dict[str, int]:
    images = [kept(box, url, url.encode()) for url in urls]

    def work(conn, _):
        ids = remote_images.add(conn, account or box.account, images, now)
        remote_images.use(conn, message, ids.values(), now)
        return ids

    return box.writer.run(work)


def whole(box) -> bool:
    return integrity.check(box.reader, box.store) == []


def records(box) -> int:
    return box.reader.execute("SELECT count(*) FROM raws").fetchone()[0]


def test_a_message_shows_what_was_allowed_for_it(box):
    first, second = box.add([box.arrival(1), box.arrival(2)])
    ids = show(box, first, URL, OTHER)
    assert remote_images.shown(box.reader, first) == ids
    assert remote_images.shown(box.reader, second) == {}
    picture = remote_images.load(box.reader, box.store, first, ids[URL])
    assert picture == Picture("image/png", URL.encode())
    with pytest.raises(DiskTrouble):
        remote_images.load(box.reader, box.store, second, ids[URL])
    with pytest.raises(DiskTrouble):
        remote_images.load(box.reader, box.store, first, 99)
    assert whole(box)


def test_addresses_are_known_within_an_account(box):
    (message,) = box.add([box.arrival(1)])
    ids = show(box, message, URL)
    assert remote_images.known(box.reader, box.account, [URL, OTHER]) == ids
    assert remote_images.known(box.reader, box.account + 1, [URL]) == {}


def test_an_image_that_came_again_takes_the_place_of_the_old(box):
    (message,) = box.add([box.arrival(1)])
    ids = show(box, message, URL)
    before = records(box)
    image = kept(box, URL, b"newer")
    box.writer.run(lambda conn, _: remote_images.add(conn, box.account, [image], NOON))
    assert remote_images.load(box.reader, box.store, message, ids[URL]).data == b"newer"
    assert records(box) == before
    assert whole(box)


def test_an_image_goes_with_the_last_message_that_shows_it(box):
    first, second = box.add([box.arrival(1), box.arrival(2)])
    ids = show(box, first, URL, OTHER)
    box.writer.run(lambda conn, _: remote_images.use(conn, second, [ids[URL]], NOON))
    box.writer.run(lambda conn, changes: forgetting_of(conn, [first], changes))
    assert remote_images.known(box.reader, box.account, [URL, OTHER]) == {URL: ids[URL]}
    box.writer.run(lambda conn, changes: forgetting_of(conn, [second], changes))
    assert remote_images.known(box.reader, box.account, [URL, OTHER]) == {}
    assert records(box) == 0
    assert whole(box)


def forgetting_of(conn, messages, changes):
    forgetting.forget(conn, messages, changes)


def test_an_image_for_a_message_that_is_gone_is_passed_over(box):
    (message,) = box.add([box.arrival(1)])
    image = kept(box, URL)

    def work(conn, changes):
        forgetting.forget(conn, [message], changes)
        ids = remote_images.add(conn, box.account, [image], NOON)
        remote_images.use(conn, message, ids.values(), NOON)
        remote_images.forget_unused(conn, ids.values())

    box.writer.run(work)
    assert remote_images.known(box.reader, box.account, [URL]) == {}
    assert whole(box)


def test_an_account_takes_its_images_with_it(box):
    other = box.writer.run(
        lambda conn, changes: accounts.insert(conn, settings("eve@example.org"), "", changes)
    )
    folder = box.folder("INBOX", account=other)
    (mine,) = box.add([box.arrival(1)])
    (theirs,) = box.add([box.arrival(1)], folder=folder, account=other)
    show(box, mine, URL)
    ids = show(box, theirs, URL, account=other)
    box.writer.run(lambda conn, changes: accounts.remove(conn, box.account, changes))
    assert remote_images.shown(box.reader, theirs) == ids
    assert remote_images.known(box.reader, box.account, [URL]) == {}
    assert whole(box)


def test_withdrawn_images_are_forgotten_and_what_was_shown_is_made_anew(box):
    first, second = box.add([box.arrival(1), box.arrival(2)])
    ids = show(box, first, URL, OTHER)
    box.writer.run(lambda conn, _: remote_images.use(conn, second, [ids[URL]], NOON))
    box.writer.run(lambda conn, _: rendered.put(conn, first, 3, b"x"))
    box.writer.run(lambda conn, _: remote_images.withdraw(conn, [first]))
    assert remote_images.shown(box.reader, first) == {}
    assert remote_images.shown(box.reader, second) == {URL: ids[URL]}
    assert rendered.get(box.reader, first) is None
    assert whole(box)


def test_those_not_shown_for_longest_go_when_it_is_too_much(box):
    first, second = box.add([box.arrival(1), box.arrival(2)])
    old = show(box, first, URL, now=NOON)
    new = show(box, second, OTHER, now=NOON + 1)
    for message in (first, second):
        box.writer.run(lambda conn, _, one=message: rendered.put(conn, one, 3, b"x"))
    size = box.reader.execute("SELECT max(length) FROM raws").fetchone()[0]
    shrink = remote_images.shrink
    assert box.writer.run(lambda conn, _: shrink(conn, 10 * size)) == set()
    assert box.writer.run(lambda conn, _: shrink(conn, size)) == {first}
    assert remote_images.known(box.reader, box.account, [URL, OTHER]) == new != old
    assert rendered.get(box.reader, first) is None
    assert rendered.get(box.reader, second) is not None
    # To be shown is to be used: now the other one would go.
    newer = show(box, first, URL, now=NOON + 2)
    box.writer.run(lambda conn, _: remote_images.use(conn, second, new.values(), NOON + 3))
    assert box.writer.run(lambda conn, _: shrink(conn, size)) == {first}
    assert newer
    assert whole(box)


def test_images_are_no_loose_files_and_survive_compaction(box):
    (message,) = box.add([box.arrival(1)])
    ids = show(box, message, URL)
    loose = kept(box, OTHER)
    box.writer.run(lambda conn, _: raws.insert(conn, box.account, loose.sealed))
    newest = raws.newest(box.reader)
    assert box.writer.run(lambda conn, _: drafts.forget_loose_files(conn, newest)) == 1
    box.packs.close()
    compaction.compact(box.writer, box.store, box.reader)
    assert remote_images.load(box.reader, box.store, message, ids[URL]).data == URL.encode()
    assert whole(box)


def test_the_check_finds_images_without_messages(box):
    image = kept(box, URL)
    box.writer.run(lambda conn, _: remote_images.add(conn, box.account, [image], NOON))
    (problem,) = integrity.check(box.reader, box.store)
    assert "belongs to no message" in problem
