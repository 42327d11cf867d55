from pathlib import Path

from tests.factories import mailbox

from missive_desktop.app.presenters import sender_words
from missive_desktop.content.digest import digest

RAW = b"Authentication-Results: mx.example.org; dmarc=fail (p=reject)\nFrom: a@shop.example\n\nHi\n"


def test_what_was_found_stands_before_the_headers(tmp_path: Path) -> None:
    with mailbox(tmp_path) as box:
        (message,) = box.add([box.arrival(1, digest(RAW), raw=RAW)])
        text = sender_words.before_headers(box.reader, message, RAW)
        assert text.startswith("This is not from shop.example\n")
        assert "DMARC: Nothing shows that it comes from shop.example." in text
        assert text.endswith("---")
        assert sender_words.before_headers(box.reader, message + 1, RAW) == ""
