from __future__ import annotations

import pytest

from missive_desktop.app.theme.tokens import contrast, load, rgba

TOKENS = load()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("pair", TOKENS.contrast_pairs)
def test_contrast_holds_for_every_pair(scheme, pair):
    first, second, least = pair
    colors = TOKENS.colors[scheme]
    assert contrast(colors[first], colors[second]) >= least


def test_both_schemes_name_the_same_colours():
    assert set(TOKENS.colors["light"]) == set(TOKENS.colors["dark"])
    assert len(TOKENS.avatars["light"]) == len(TOKENS.avatars["dark"]) == 8


def test_eight_digits_end_with_alpha():
    assert rgba("#1C1C1A52") == (0x1C, 0x1C, 0x1A, 0x52)
    assert rgba("#FFFFFF") == (255, 255, 255, 255)
