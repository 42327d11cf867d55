"""What ordinary mail shows and links to is never called a tracker; what counts always is."""

from html import escape
from pathlib import Path

import pytest

from missive_desktop import resources
from missive_desktop.content import trackers, vendors

TABLE = vendors.table(resources.path("trackers.toml").read_text("utf-8"))
LINES = (Path(__file__).parent / "harmless.txt").read_text("utf-8").splitlines()
CASES = [line.partition(" ")[::2] for line in LINES if line and not line.startswith("#")]


def html(kind, address, more=""):
    address = escape(address, quote=True)
    return f'<img src="{address}"{more}>' if kind == "img" else f'<a href="{address}">Read</a>'


@pytest.mark.parametrize(("kind", "address"), CASES)
def test_nothing_is_found(kind, address):
    assert trackers.find(html(kind, address), (), TABLE) == ()
    if kind == "img":
        assert trackers.find(html(kind, address, ' width="600" height="200"'), (), TABLE) == ()


def test_there_are_enough():
    assert len(CASES) == len(set(CASES)) >= 200


@pytest.mark.parametrize(
    "address", [one for kind, one in CASES if kind == "img" and one.startswith("http")]
)
def test_the_same_picture_at_one_pixel_is_found(address):
    (found,) = trackers.find(html("img", address, ' width="1" height="1"'), (), TABLE)
    assert (found.kind, found.how) == ("pixel", "size")


@pytest.mark.parametrize(
    ("address", "how"),
    [
        ("https://mail.shop.example/track/open/4f9c2b7ae01d4356", "address"),
        ("https://shop.example/newsletter/open.php?id=12", "address"),
        ("https://shop.example/email-pixel?m=12", "address"),
        ("https://shop.example/e/beacon?data=abc", "address"),
        ("https://shop.example/pixel.gif?id=1", "address"),
        ("https://shop.example/1x1.png", "address"),
        ("https://shop.example/stat.gif?stat=open&m=1", "address"),
        ("https://click.mail.shop.example/x/1234", "address"),
        ("https://links.shop.example/s/eo/AbCd1234", "address"),
        ("https://shop.example/i?aid=1&se_ac=open&x=2", "address"),
        ("https://shop.example/bin/4f9c2b7ae01d43568b7f21c09ad3e655", "unique"),
        ("https://shop.example/o/4f9c2b7ae01d43568b7f21c09ad3e655", "unique"),
        ("https://shop.example/a.gif?n=4f9c2b7ae01d43568b7f21c09ad3e655", "unique"),
        ("https://shop.example/b?3f2a9c77-d1e8-4b60-a1c2-d3e4f5061728", "unique"),
        ("https://shop.example/banner.png?subscriber=4f9c2b7ae01d43568b7f21c0", "unique"),
        ("https://shop.example/banner.png?email=ann@example.org", "unique"),
    ],
)
def test_addresses_that_tell(address, how):
    (found,) = trackers.find(html("img", address), (), TABLE)
    assert (found.vendor, found.kind, found.how) == ("", "pixel", how)
