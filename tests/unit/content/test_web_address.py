"""Addresses taken apart as browsers do."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from missive_desktop.content.web_address import host_name, read, scheme_of, tidy


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("https://example.org", "example.org"),
        ("HTTPS://EXAMPLE.ORG/", "example.org"),
        ("https://example.org.", "example.org"),
        ("https:example.org/x", "example.org"),
        ("https:/example.org/x", "example.org"),
        ("https:////example.org/x", "example.org"),
        ("https:\\\\example.org\\x", "example.org"),
        ("https:/\\example.org", "example.org"),
        ("http://user:pass@example.org/", "example.org"),
        ("http://good.example@evil.example/", "evil.example"),
        ("http://a@b@evil.example/", "evil.example"),
        ("http://good.example\\@evil.example/", "good.example"),
        ("http://good.example/@evil.example", "good.example"),
        ("http://good.example#@evil.example", "good.example"),
        ("http://good.example?@evil.example", "good.example"),
        ("https://bücher.example/", "xn--bcher-kva.example"),
        ("https://BÜCHER.example/", "xn--bcher-kva.example"),
        ("https://ｅｘａｍｐｌｅ.org/", "example.org"),
        ("https://example。org/", "example.org"),
        ("https://ex%61mple.org/", "example.org"),
        ("https://exam\u00adple.org/", "example.org"),
        ("https://exam\u200bple.org/", "example.org"),
        ("https://under_score.example.org/", "under_score.example.org"),
        ("http://127.0.0.1/", "127.0.0.1"),
        ("http://2130706433/", "127.0.0.1"),
        ("http://0x7f000001/", "127.0.0.1"),
        ("http://0x7f.1/", "127.0.0.1"),
        ("http://0177.0.0.1/", "127.0.0.1"),
        ("http://127.1/", "127.0.0.1"),
        ("http://%31%32%37.1/", "127.0.0.1"),
        ("http://①②⑦.1/", "127.0.0.1"),
        ("http://0/", "0.0.0.0"),
        ("http://[::1]/", "[::1]"),
        ("http://[2001:DB8::1]:8080/", "[2001:db8::1]"),
    ],
)
def test_the_host_is_the_one_that_a_browser_asks(text, host):
    address = read(text)
    assert address is not None
    assert address.host == host


@pytest.mark.parametrize(
    "text",
    [
        "", "https://", "https:///", "https://@/", "http://exa mple.org/", "http://[::1/",
        "http://[zz]/", "http://256.1.1.1/", "http://1.2.3.4.5/", "http://0xzz/", "http://4294967296/",
        "http://example.org:99999/", "http://example.org:8a/", "http://a<b/", "ftp://example.org/",
        "mailto:a@example.org", "example.org", "http://" + "a." * 200 + "org/", "http://08/",
    ],
)  # fmt: skip
def test_what_a_browser_would_not_open_is_no_address(text):
    assert read(text) is None


@pytest.mark.parametrize(
    ("text", "port"),
    [
        ("http://example.org:80/", 0),
        ("https://example.org:443/", 0),
        ("https://example.org:/", 0),
        ("http://example.org:443/", 443),
        ("https://example.org:8443/", 8443),
        ("https://me:1@example.org:08443/", 8443),
        ("https://[::1]:8443/", 8443),
    ],
)
def test_only_an_unusual_port_is_said(text, port):
    address = read(text)
    assert address is not None
    assert address.port == port


@pytest.mark.parametrize(
    "text",
    [
        "https://example.org", "https://example.org?", "https://example.org#", "https://example.org/?#",
        "HTTPS://User@Example.org:443/a;b//c/../%41?x=%2F&&x=;y#?#", "http://example.org/ü?ö#ä",
        "https://example.org/a?b?c#d#e",
    ],
)  # fmt: skip
def test_nothing_is_written_anew(text):
    address = read(text)
    assert address is not None
    assert address.whole == text


def test_slashes_are_those_that_a_browser_writes():
    address = read("https:\\\\example.org\\a\\b?c\\d#e\\f")
    assert address is not None
    assert address.whole == "https://example.org/a/b?c\\d#e\\f"


def test_tidying_drops_what_browsers_drop():
    assert tidy(" \x01ht\ntp://a\tb/\r\n ") == "http://ab/"
    assert scheme_of("JavaScript:x") == "javascript"
    assert scheme_of("//x:y") == ""


@given(st.text(max_size=300))
def test_no_text_makes_it_fail(text):
    for each in (text, f"https://{text}", f"http://{text}/x"):
        address = read(tidy(each))
        if address is not None:
            assert read(address.whole) == address


@given(st.text(alphabet="0123456789abcdefx.[]:%-é。", max_size=40))
def test_a_host_is_what_it_becomes(text):
    host = host_name(text)
    assert host_name(host) == host
