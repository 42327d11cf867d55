"""Nothing that a mail holds reaches the network: heard from outside, in a network of its own.

The short form of `make privacy`: some of the ways out, each against the whole product, against the
view alone and against the sanitizer alone. A bare view shows that the canary hears.
"""

import re

import pytest
from tests.privacy import namespace
from tests.privacy.cases.ways import all_ways
from tests.privacy.exposure import allowed, opened, own_cases

EVERY = 6


@pytest.fixture(autouse=True, scope="module")
def _network_of_ones_own():
    if why := namespace.reason():
        pytest.skip(why)


def test_the_canary_hears_a_bare_view():
    found = opened("bare", own_cases("page", every=EVERY))
    assert len(found.heard) > found.cases / 2
    signs = {sign for signs in found.heard.values() for sign in signs}
    assert {"dns", "tcp 80", "http"} <= signs


@pytest.mark.parametrize("target", ["name", "address"])
@pytest.mark.parametrize("kind", ["mail", "page", "later"])
def test_the_view_is_silent(kind, target):
    found = opened("ours", own_cases(kind, target, every=EVERY))
    assert found.silent, (found.heard, found.other)
    assert found.hidden == []


def test_what_the_sanitizer_leaves_is_silent_by_itself():
    found = opened("bare", own_cases("cleaned", every=EVERY))
    assert found.silent, (found.heard, found.other)
    assert found.hidden == []


# Only what stands in these is an image that a reader may allow.
IMAGES = re.compile(
    r"<ima?ge?\b|<imgsrc|srcset|background|list-style|content:|type=image", re.IGNORECASE
)
# Nothing of these is, whatever else stands beside them.
NO_IMAGES = re.compile(
    r"<link|@import|<audio|<video|font-face|<iframe|<embed|<script|<meta", re.IGNORECASE
)


def test_allowed_images_are_fetched_and_nothing_else_is():
    found = allowed(own_cases("mail", every=EVERY // 2))
    ways = all_ways()
    asked = [ways[int(word[1:])] for word in found.fetched]
    assert found.loaded > 20
    assert found.drawn > 10
    assert [way for way in asked if not IMAGES.search(way) or NO_IMAGES.search(way)] == []
    assert {sign for signs in found.fetched.values() for sign in signs} <= {
        "dns", "tcp 443", "tcp 80", "http",
    }  # fmt: skip
    assert found.opened.silent, (found.opened.heard, found.opened.other)
    assert found.opened.hidden == []
