"""Which addresses may be asked: every spelling of a private one is refused."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from missive_desktop.remote import guard
from missive_desktop.remote.guard import Denied, Target


@pytest.mark.parametrize(
    ("url", "target", "written"),
    [
        ("https://a.example", ("https", "a.example", 443, "/"), "https://a.example/"),
        ("HTTP://A.Example/B?c#d", ("http", "a.example", 80, "/B?c"), "http://a.example/B?c"),
        ("https://a.example.:8443/", ("https", "a.example", 8443, "/"), "https://a.example:8443/"),
        ("https://a.example?x", ("https", "a.example", 443, "/?x"), "https://a.example/?x"),
        ("https:\\\\a.example\\b\\c?\\", ("https", "a.example", 443, "/b/c?%5C"), None),
        (
            "https://bücher.example/ü x",
            ("https", "xn--bcher-kva.example", 443, "/%C3%BC%20x"),
            None,
        ),
        ("https://8.8.8.8/a", ("https", "8.8.8.8", 443, "/a"), "https://8.8.8.8/a"),
        ("https://[2606:4700::1]/", ("https", "2606:4700::1", 443, "/"), "https://[2606:4700::1]/"),
        ("https://my_cdn.example/", ("https", "my_cdn.example", 443, "/"), None),
        ("https://a.example\\@b.example/", ("https", "a.example", 443, "/@b.example/"), None),
        ("https://a.example/%7e%zz", ("https", "a.example", 443, "/%7e%zz"), None),
    ],
)
def test_addresses_are_read_as_browsers_read_them(url, target, written):
    assert guard.target(url) == Target(*target)
    if written:
        assert guard.target(url).url == written


HOSTS = [
    "127.0.0.1", "127.1", "127.0.0.1.", "2130706433", "0x7f.1", "0x7f000001", "017700000001",
    "0177.0.0.1", "127.0.0.01", "0", "0.0.0.0", "10.0.0.1", "100.64.0.1", "169.254.169.254",
    "172.16.0.1", "172.31.255.255", "192.168.1.1", "192.0.2.1", "198.18.0.1", "203.0.113.9",
    "224.0.0.1", "255.255.255.255", "1.2.3.4.5", "256.1.1.1", "１２７.０.０.１", "127。0。0。1",
    "①②⑦.0.0.1", "a.0x7f", "a.127",
    "[::]", "[::1]", "[::127.0.0.1]", "[::ffff:127.0.0.1]", "[::ffff:a00:1]", "[fe80::1]",
    "[fe80::1%25eth0]", "[fe80::1%eth0]", "[fc00::1]", "[fd12::1]", "[ff02::1]", "[fec0::1]",
    "[2001:db8::1]", "[2001::1]", "[2001:2::1]", "[2002:7f00:1::]", "[2002:808:808::]",
    "[3fff::1]", "[64:ff9b::127.0.0.1]", "[64:ff9b::a9fe:a9fe]", "[64:ff9b:1::8.8.8.8]",
    "[100::1]", "[5f00::1]", "[::1", "::1", "[v1.a]", "[1.2.3.4]",
    "localhost", "LOCALHOST", "a.localhost", "localhost.", "printer", "printer.local",
    "metadata.google.internal", "nas.home.arpa", "1.0.0.127.in-addr.arpa", "box.lan",
    "speedport.ip", "a.default.svc",
    "ｌｏｃａｌｈｏｓｔ", "x.onion", ".", "..", "a..b", "-", "a b.example", "a%2eexample",
    "%31%32%37.0.0.1", "ann@a.example", "ann:pw@a.example", "a.example:22", "a.example:25",
    "a.example:0", "a.example:99999", "a.example:8０", "a.example:-1", "a.example:443:80",
    "a" * 64 + ".example", "a." * 130 + "example", "a\x00.example", "a,b.example",
]  # fmt: skip


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("host", HOSTS)
def test_what_is_no_host_of_the_web_is_refused(scheme, host):
    with pytest.raises(Denied) as refused:
        guard.target(f"{scheme}://{host}/a.png")
    assert str(refused.value).endswith(".")


@pytest.mark.parametrize(
    "url",
    ["", "a.png", "//a.example/", "ftp://a.example/", "file:///a", "data:,x", "https:a.example",
     "javascript:1", "https:/a.example", "https://" + "a" * 9000, "gopher://a.example:80/"],
)  # fmt: skip
def test_only_addresses_of_the_web_are_asked(url):
    with pytest.raises(Denied):
        guard.target(url)


def test_a_proxy_knows_more_names_but_no_other_addresses():
    assert guard.target("http://x.onion/", proxied=True).host == "x.onion"
    for host in ("127.0.0.1", "localhost", "0x7f.1", "[::1]", "box.local", "10.0.0.1"):
        with pytest.raises(Denied):
            guard.target(f"http://{host}/", proxied=True)


def test_redirects_are_joined_and_checked():
    base = guard.target("https://a.example/b/c?d")
    assert guard.redirected(base, "e").url == "https://a.example/b/e"
    assert guard.redirected(base, "/e?f").url == "https://a.example/e?f"
    assert guard.redirected(base, "//c.example/").url == "https://c.example/"
    assert guard.redirected(base, "http://c.example").url == "http://c.example/"
    for location in ("http://127.0.0.1/", "//localhost", "https://[::1", "mailto:a@b", "//[x]/"):
        with pytest.raises(Denied):
            guard.redirected(base, location)


def test_the_way_over_tls():
    assert guard.secured(guard.target("http://a.example/b")).url == "https://a.example/b"
    assert guard.secured(guard.target("http://a.example:8080/b")).url == "https://a.example:8080/b"


def test_all_answers_must_be_public():
    assert guard.public_only(["8.8.8.8", "8.8.8.8", "2606:4700::1"]) == ["8.8.8.8", "2606:4700::1"]
    for answers in (
        [],
        ["8.8.8.8", "10.0.0.1"],
        ["::1"],
        ["nonsense"],
        ["8.8.8.8%1"],
        ["08.8.8.8"],
    ):
        with pytest.raises(Denied):
            guard.public_only(answers)


@given(st.ip_addresses(v=4))
def test_no_ipv4_address_is_public_that_python_calls_private(address):
    if guard.is_public(str(address)):
        assert address.is_global
        assert not address.is_multicast
        assert not address.is_reserved


@given(st.ip_addresses(v=6))
def test_no_ipv6_address_is_public_that_python_calls_private(address):
    if guard.is_public(str(address)):
        embedded = address.ipv4_mapped
        if address in ipaddress.IPv6Network("64:ff9b::/96"):
            embedded = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        assert (embedded or address).is_global
        assert not address.is_multicast


private4 = st.sampled_from(guard._FOUR).flatmap(
    lambda network: st.integers(0, network.num_addresses - 1).map(lambda at: network[at])
)


def spellings(address: ipaddress.IPv4Address) -> list[str]:
    """What a browser, or some library, may read as this address."""
    number = int(address)
    a, b, c, d = address.packed
    return [
        str(address), f"{address}.", str(number), hex(number), oct(number).replace("o", ""),
        f"{a}.{b}.{c * 256 + d}", f"{a}.{number & 0xFFFFFF}", f"0x{a:x}.0x{b:x}.0x{c:x}.0x{d:x}",
        f"0{a:o}.0{b:o}.0{c:o}.0{d:o}", f"[::ffff:{address}]", f"[::{address}]",
        f"[64:ff9b::{address}]", f"[2002:{a:02x}{b:02x}:{c:02x}{d:02x}::1]",
        f"[::ffff:0:{address}]", f"[2001:0:808:808:0:0:{a ^ 255:02x}{b ^ 255:02x}:1]",
        str(address).translate({48 + n: 0xFF10 + n for n in range(10)}),
    ]  # fmt: skip


@given(private4, st.booleans())
def test_no_spelling_of_a_private_address_gets_through(address, proxied):
    for spelled in spellings(address):
        for scheme in ("http", "https"):
            with pytest.raises(Denied):
                guard.target(f"{scheme}://{spelled}/", proxied=proxied)
    with pytest.raises(Denied):
        guard.public_only([str(address)])
    with pytest.raises(Denied):
        guard.public_only([f"::ffff:{address}"])


@given(st.text(max_size=60))
def test_whatever_is_let_through_is_a_clean_address(text):
    for url in (text, f"http://{text}", f"https://{text}/a", f"https://a.example/{text}"):
        try:
            target = guard.target(url)
        except Denied:
            continue
        assert guard.target(target.url) == target
        assert target.scheme in ("http", "https")
        assert target.port in guard.PORTS
        assert target.path.startswith("/")
        assert target.url.isascii()
        assert not set(target.url) & set(' \r\n\t"<>\\#')
        assert not guard.is_literal(target.host) or guard.is_public(target.host)
