"""Images written into addresses: told by their bytes, written anew."""

from base64 import b64encode
from urllib.parse import quote

import pytest

from missive_desktop.content.images import data_url, of_data_url, shown

PIXEL = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg=="
)
DRAWING = "<svg xmlns='http://www.w3.org/2000/svg' onload='x'><rect/></svg>"
SAFE = b'<svg xmlns="http://www.w3.org/2000/svg"><rect/></svg>'


@pytest.mark.parametrize(
    "url",
    [
        f"data:image/png;base64,{PIXEL}",
        f"DATA:text/html;charset=x;BASE64,{PIXEL}",
        f"data:;base64,{PIXEL[:20]} \n{PIXEL[20:]}",
        f"data:image/jpeg;base64,{PIXEL.rstrip('=')}",
        f"data:image/png;base64,{quote(PIXEL, safe='')}",
    ],
)
def test_pixels(url):
    image = of_data_url(url)
    assert image is not None
    assert data_url(image) == f"data:image/png;base64,{PIXEL}"


@pytest.mark.parametrize(
    "url",
    [
        f"data:image/svg+xml,{quote(DRAWING)}",
        f"data:image/svg+xml;utf8,{DRAWING}",
        f"data:image/png;base64,{b64encode(DRAWING.encode()).decode()}",
    ],
)
def test_drawings(url):
    image = of_data_url(url)
    assert image is not None
    assert image.media_type == "image/svg+xml"
    assert image.data == SAFE


@pytest.mark.parametrize(
    "url",
    [
        "",
        "data:",
        "data:image/png;base64",
        "data:image/png;base64,",
        "data:image/png;base64,%%%",
        "data:text/html,<script>alert(1)</script>",
        "data:image/png;base64,PGh0bWw+",
        "https://example.org/a.png,",
        f"data:image/png;base64,{PIXEL}" + "A" * 3_000_000,
    ],
)
def test_what_is_no_image(url):
    assert of_data_url(url) is None


def test_bytes():
    assert shown(b"<html>") is None
    assert shown(b"") is None
    found = shown(DRAWING.encode())
    assert found is not None
    assert found.data == SAFE
