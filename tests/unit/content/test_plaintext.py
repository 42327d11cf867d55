"""Plain text as it is shown."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from missive_desktop.content import plaintext
from missive_desktop.content.folding import CLOSING, OPENING

REL = ' rel="noopener noreferrer nofollow"'


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a < b & c", "a &lt; b &amp; c"),
        ("see https://example.org/a?b=1&c=2.", "see {https://example.org/a?b=1&amp;c=2}."),
        ("(https://example.org/a_(b))", "({https://example.org/a_(b)})"),
        ("<https://example.org>", "&lt;{https://example.org}&gt;"),
        ("https://x.example/a, or", "{https://x.example/a}, or"),
        ("[https://x.example/?q=[1]]", "[{https://x.example/?q=[1]}]"),
        ("**https://x.example**", "**{https://x.example}**"),
        ("見て https://例え.jp/道。次", "見て {https://例え.jp/道}。次"),
        ("xhttps://x.example", "xhttps://x.example"),
        ("a@b.example@c.example", "a@b.example@c.example"),
        ("www. example", "www. example"),
        ("javascript:alert(1)", "javascript:alert(1)"),
        ("https://", "https://"),
    ],
)
def test_links(text, expected):
    shown = str(plaintext.to_html(text))
    if "{" in expected:
        before, link, after = expected.replace("}", "{").split("{")
        expected = f'{before}<a href="{link}"{REL}>{link}</a>{after}'
    assert shown == f'<div class="mv-text"><div>{expected}</div></div>'


def test_addresses_and_bare_hosts():
    shown = str(plaintext.to_html("ann@example.org or www.example.org"))
    assert 'href="mailto:ann@example.org"' in shown
    assert 'href="http://www.example.org"' in shown
    shown = str(plaintext.to_html("jörg@müller.example, mailto:ann@x.example?subject=a%20b."))
    assert 'href="mailto:jörg@müller.example"' in shown
    assert 'href="mailto:ann@x.example?subject=a%20b"' in shown


def test_depth_history_and_signature():
    shown = str(plaintext.to_html("> old\n>> older\nnew\n> last\n-- \nAnn"))
    assert shown == (
        '<div class="mv-text"><blockquote><div>old</div><blockquote><div>older</div></blockquote>'
        f"</blockquote><div>new</div>{OPENING}<blockquote><div>last</div></blockquote>{CLOSING}"
        '<div class="mv-signature">-- \nAnn</div></div>'
    )


@settings(deadline=None)
@given(st.text(max_size=300))
def test_text_is_only_text(text):
    shown = str(plaintext.to_html(text))
    assert "<script" not in shown
    assert "<img" not in shown
