"""Selectors: names moved into the mail's own space, what reads too much left out."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from missive_desktop.content.selectors import rewritten


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("p", "p"),
        (".a", ".mvx-a"),
        ("P.a#b", "p.mvx-a#mvx-b"),
        (".mvx-a .mv-body", ".mvx-a .mv-body"),
        ("*", "*"),
        ("body", ".mv-body"),
        ("html body > .x + p ~ b", ".mv-html .mv-body > .mvx-x + p ~ b"),
        ("a>b", "a > b"),
        ("input, BUTTON.x", ".mv-input, .mv-button.mvx-x"),
        (":root", ".mv-html"),
        ("a:hover", "a:hover"),
        ("p:before", "p::before"),
        ("li:nth-child( 2n + 1 )", "li:nth-child(2n + 1)"),
        ("p:not(.a):is(b, #c)", "p:not(.mvx-a):is(b, #mvx-c)"),
        (r".sm\:w-full", ".mvx-sm_3a_w-full"),
        (".größe", ".mvx-größe"),
        ("[class]", "[class]"),
        ("[class=a]", '[class="mvx-a"]'),
        ("td[class='a b']", 'td[class="mvx-a mvx-b"]'),
        ("[class~=a]", '[class~="mvx-a"]'),
        ("[class^='col-']", '[class^="mvx-col-"]'),
        ("[class*=col]", '[class*="col"]'),
        ("[id$=x i]", '[id$="x" i]'),
        ("td[align=center]", 'td[align="center"]'),
        ("[class=a], [href^='https://a']", '[class="mvx-a"]'),
    ],
)
def test_kept(written, kept):
    assert rewritten(written) == kept
    assert rewritten(kept) == kept


@pytest.mark.parametrize(
    "written",
    [
        "",
        ",",
        "p,",
        "> p",
        "p >",
        "p > > p",
        "a[href]",
        "input[value^='a']",
        "[style*='margin']",
        "[data-ogsc] .x",
        ":host",
        ":host(.x) p",
        ":host-context(html) p",
        "::slotted(p)",
        "p::part(x)",
        "::selection",
        "::-webkit-scrollbar",
        "::placeholder",
        "a:visited",
        ":target",
        "p:has(a)",
        "svg|a",
        "*|*",
        "& p",
        "p::before b",
        "p{",
        "p@x",
        "a" + " a" * 20,
        ":not(" * 5 + "a" + ")" * 5,
        "x" * 4000,
        "[class=a][href]",
        "[class='a\\\"b']:foo",
    ],
)
def test_left_out(written):
    if written == "p,":  # an empty one beside it makes a browser drop the rule
        assert rewritten(written) == ""
    assert rewritten(written) == ""


@settings(deadline=None)
@given(st.text(alphabet="ab.#:>+~*,()[]='\"\\ -|&^$i\n", max_size=30))
def test_it_is_stable_and_plain(text):
    kept = rewritten(text)
    assert rewritten(kept) == kept
    assert not set(kept) & set("{}<\\;@'\n")
