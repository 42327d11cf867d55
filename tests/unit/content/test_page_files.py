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


def test_what_can_be_shown_is_shown_first_and_opened_beside():
    photo = Attachment(3, "tea.jpg", "image/jpeg", 500, "", False)
    text = page_files.files(7, (photo,))
    assert 'class="tile" href="act:preview?message=7&amp;part=3"' in text
    assert 'href="act:open?message=7&amp;part=3"' in text
    assert 'src="missive://mail/image/7/3"' in text
    table = Attachment(3, "tea.xlsx", "application/x", 500, "", False)
    text = page_files.files(7, (table,))
    assert "act:preview" not in text
    assert 'class="tile" href="act:open?message=7&amp;part=3"' in text


def test_what_the_page_shows_otherwise_has_no_tile():
    event = Attachment(3, "tea.ics", "text/calendar", 500, "", False)
    assert page_files.files(7, (event,), {3}) == ""
