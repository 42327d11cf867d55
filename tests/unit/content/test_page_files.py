"""The files of a mail as the page shows them."""

import pytest

from missive_desktop.content import page_files
from missive_desktop.domain.message import Attachment


def test_a_file_that_may_harm_is_marked_and_says_why():
    file = Attachment(3, "<a>.exe", "x/y", 5, "", False, "This is a program. It is a <b>.")
    text = page_files.files(7, (file,))
    assert 'class="risky"' in text
    assert "5 B · This is a program</bdi>" in text
    assert "It is a &lt;b&gt;." in text
    assert "<a>" not in text


@pytest.mark.parametrize(
    ("size", "said"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1_500, "1.5 KB"),
        (212_400, "212 KB"),
        (1_800_000, "1.8 MB"),
        (5_000_000_000, "5.0 GB"),
    ],
)
def test_sizes(size, said):
    assert page_files._size(size) == said
