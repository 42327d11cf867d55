"""Media queries: width stays, the dark becomes ours, the rest goes."""

import pytest

from missive_desktop.content.queries import asks_dark, container, wrapped

RULE = "p { color: red }"


@pytest.mark.parametrize(
    ("query", "css"),
    [
        ("(max-width:600px)", "@media (max-width:600px) { RULE }"),
        ("only screen and (max-width: 600px)", "@media (max-width: 600px) { RULE }"),
        ("screen", "RULE"),
        ("all and (min-width:1px) and (max-width:9px)",
         "@media (min-width:1px) and (max-width:9px) { RULE }"),
        ("(max-width:1px), print", "@media (max-width:1px) { RULE }"),
        ("(width <= 600px)", "@media (width <= 600px) { RULE }"),
        ("(prefers-color-scheme: dark)", "@container style(--mv-scheme: dark) { RULE }"),
        ("screen and (prefers-color-scheme:dark) and (max-width:9px)",
         "@container style(--mv-scheme: dark) { @media (max-width:9px) { RULE } }"),
        ("(prefers-color-scheme: light)", "@container style(--mv-scheme: light) { RULE }"),
        ("print", ""),
        ("not screen", ""),
        ("not all and (prefers-color-scheme: dark)", ""),
        ("(prefers-reduced-motion)", ""),
        ("(-webkit-min-device-pixel-ratio: 2)", ""),
        ("(prefers-color-scheme: dark) and (prefers-color-scheme: light)", ""),
        ("(max-width: calc(1px))", ""),
        ("screen and (max-width:600px) {", ""),
        ("x" * 400, ""),
        ("", ""),
    ],
)  # fmt: skip
def test_queries(query, css):
    assert wrapped(query, RULE) == css.replace("RULE", RULE)


def test_our_own_query_is_taken_again():
    assert container(" style(--mv-scheme: dark) ", RULE) == (
        f"@container style(--mv-scheme: dark) {{ {RULE} }}"
    )
    assert container("style(--x: dark)", RULE) == ""
    assert container("(min-width: 1px)", RULE) == ""


def test_what_asks_for_the_dark():
    assert asks_dark("screen and (prefers-color-scheme: dark)")
    assert asks_dark("style(--mv-scheme: dark)")
    assert not asks_dark("(prefers-color-scheme: light)")
