"""Addresses as browsers read them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from missive_desktop.content.remote import host_of, remote_url


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("https://example.org/a.png", "https://example.org/a.png"),
        ("  HTTP://example.org/a\n.png\t ", "http://example.org/a.png"),
        ("\x01https://example.org", "https://example.org"),
        ("//example.org/a", "https://example.org/a"),
        (r"\\example.org\a", "https://example.org/a"),
        (r"https:\\example.org\a?b\c", r"https://example.org/a?b\c"),
        ("https:example.org", "https://example.org"),
        ("http:////example.org/a", "http://example.org/a"),
        ("https://example.org/a b.png", "https://example.org/a%20b.png"),
        ("ht\ntps://example.org", "https://example.org"),
        ("ftp://example.org", ""),
        ("javascript:alert(1)", ""),
        ("data:image/png,x", ""),
        ("cid:a", ""),
        ("a.png", ""),
        ("/a.png", ""),
        ("https://", ""),
        ("https://:80", ""),
        ("", ""),
    ],
)
def test_remote_url(written, read):
    assert remote_url(written) == read
    assert remote_url(read) == read


@given(st.text(alphabet="hHtTpPsS:/\\.@ab?#%\t\n []0", max_size=30))
def test_it_is_stable(text):
    url = remote_url(text)
    assert remote_url(url) == url
    host_of(url)
