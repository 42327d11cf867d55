"""The files of a mail as the page shows them."""

import pytest

from missive_desktop.content import page_files


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
