"""What a click in a mail may open."""

import pytest

from missive_desktop.app.presenters.opening import Link, kind_of


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://example.org/x?y=1", Link.WEB),
        ("HTTP://example.org", Link.WEB),
        ("mailto:ann@example.org", Link.MAIL),
        ("tel:+49123", Link.PHONE),
        ("https:///nothing", Link.NOTHING),
        ("http://[broken", Link.NOTHING),
        ("file:///etc/passwd", Link.NOTHING),
        ("javascript:alert(1)", Link.NOTHING),
        ("missive://mail/page/x", Link.NOTHING),
        ("", Link.NOTHING),
    ],
)
def test_links(url, expected):
    assert kind_of(url) is expected
