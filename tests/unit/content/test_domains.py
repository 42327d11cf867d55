import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from missive_desktop.content import domains


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("mail.shop.co.uk", "shop.co.uk"),
        ("Shop.CO.UK.", "shop.co.uk"),
        ("a.b.halden.example", "halden.example"),
        ("example", "example"),
        ("127.0.0.1", "127.0.0.1"),
        ("", ""),
        ("www.bücher.example", "xn--bcher-kva.example"),
        ("co.uk", "co.uk"),
    ],
)
def test_the_registrable_part(host: str, expected: str) -> None:
    assert domains.registrable(host) == expected


def test_both_spellings() -> None:
    assert domains.to_ascii("Bücher.example") == "xn--bcher-kva.example"
    assert domains.to_unicode("xn--bcher-kva.EXAMPLE") == "bücher.example"
    assert domains.to_unicode("xn--a.example") == "xn--a.example"


def test_one_owner() -> None:
    assert domains.same_owner("news.halden.example", "halden.example")
    assert not domains.same_owner("a.co.uk", "b.co.uk")
    assert not domains.same_owner("", "")


@pytest.mark.parametrize("host", ["192.0.2.1", "2130706433", "0x7f.1", "[::1]", "::1", "1.2.3.4."])
def test_addresses_are_no_names(host: str) -> None:
    assert domains.is_ip(host)


@settings(deadline=None)
@given(st.text(max_size=300))
def test_nothing_raises(text: str) -> None:
    for read in (domains.to_ascii, domains.to_unicode, domains.registrable, domains.suffix):
        assert isinstance(read(text), str)
    domains.is_ip(text)
