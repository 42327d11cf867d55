"""What the view is given of a mail: its own parts, and images that were allowed for it."""

from __future__ import annotations

import pytest
from tests.factories import NOON, mailbox
from tests.servers.pictures import png

from missive_desktop.app.presenters.parts import PartReader
from missive_desktop.errors import DiskTrouble
from missive_desktop.store import remote_images
from missive_desktop.store.remote_images import Kept

URL = "https://pictures.example.net/a.png"


def test_a_remote_image_is_read_for_the_message_it_was_allowed_for(tmp_path):
    with mailbox(tmp_path) as box:
        first, second = box.add([box.arrival(1), box.arrival(2)])
        kept = Kept(URL, "image/png", box.packs.append(png(4, 3)))
        box.packs.sync()

        def work(conn, _):
            ids = remote_images.add(conn, box.account, [kept], NOON)
            remote_images.use(conn, first, ids.values(), NOON)
            return ids[URL]

        image = box.writer.run(work)
        parts = PartReader(box.store)
        try:
            assert parts.remote(first, image).result(60) == png(4, 3)
            for message, number in ((second, image), (first, image + 1), (1, image)):
                with pytest.raises(DiskTrouble):
                    parts.remote(message, number).result(60)
        finally:
            parts.close()
