"""Which hosts the text of a link names."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from missive_desktop.content.link_claims import claims


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("www.paypal.com", ["www.paypal.com"]),
        ("PayPal.com", ["paypal.com"]),
        ("https://paypal.com/login", ["paypal.com"]),
        ("http://paypal.com:8080", ["paypal.com"]),
        ("h ttps://paypal.com", ["paypal.com"]),
        ("https : // paypal.com", ["paypal.com"]),
        ("→ paypal.com »", ["paypal.com"]),
        ("Sign in at paypal.com now", ["paypal.com"]),
        ("Go to www.bank.it today", ["www.bank.it"]),
        ("ann@example.org", ["ann@example.org"]),
        ("Ann <ann@example.org>", ["ann@example.org"]),
        ("paypal\u200b.com", ["paypal.com"]),
        ("pay\u00adpal.com", ["paypal.com"]),
        ("ｐａｙｐａｌ．ｃｏｍ", ["paypal.com"]),
        ("paypal。com", ["paypal.com"]),
        ("amazon.it", ["amazon.it"]),
        ("shop.co.uk", ["shop.co.uk"]),
        ("example.com/a or example.org/b", ["example.com", "example.org"]),
        ("bücher.de", ["bücher.de"]),
        ("http://192.0.2.7/x", ["192.0.2.7"]),
        ("docs.rs/regex", ["docs.rs"]),
        ("shop.example", ["shop.example"]),
        ("paypal․com", ["paypal.com"]),
        ("https∶//paypal.com", ["paypal.com"]),
        ("//paypal.com", ["paypal.com"]),
        ("example.com/paypal.com", ["example.com"]),
    ],
)
def test_hosts_are_read_as_a_reader_reads_them(text, expected):
    assert [claim.shown for claim in claims(text)] == expected


@pytest.mark.parametrize(
    "text",
    [
        "", "Read more", "Click here!", "Read on. It is worth it.", "at once.It works",
        "e.g. this", "i.e.",
        "Mr.Smith", "report.pdf", "README.md", "setup.py", "archive.zip", "photo.jpeg", "v2.0.1",
        "10.5",
        "192.0.2.7", "1.2.3", "3.141.592", "Learn ASP.NET", "Node.js", "U.S.A.", "...", "a.b",
        "etc...", "10.30 Uhr",
        "12.03.2025", "$9.99", "no.such-suffix-there-is", "file.tar.gz", "We care.In fact",
    ],
)  # fmt: skip
def test_words_are_no_hosts(text):
    assert claims(text) == ()


@given(st.text(max_size=400))
def test_no_text_makes_it_fail(text):
    assert len(claims(text)) <= 8
    claims(f"www.{text}.com")
