"""Token buckets on a clock of our own."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from missive_server.http.buckets import Buckets, network_of


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_burst_then_a_pace() -> None:
    clock = Clock()
    buckets = Buckets(5, 10.0, clock)
    assert [buckets.take("a") for _ in range(5)] == [0.0] * 5
    assert buckets.take("a") == pytest.approx(2.0)
    assert buckets.take("b") == 0.0
    clock.now = 2.0
    assert buckets.take("a") == 0.0
    assert buckets.take("a") > 0


def test_only_so_many_are_remembered() -> None:
    buckets = Buckets(1, 10.0, Clock(), most=100)
    for each in range(1000):
        buckets.take(str(each))
    assert len(buckets._held) == 100
    assert buckets.take("999") > 0


@given(st.lists(st.floats(0, 5), max_size=60))
def test_no_more_than_burst_and_pace_allow(pauses: list[float]) -> None:
    clock = Clock()
    buckets = Buckets(3, 6.0, clock)
    taken = 0
    for pause in pauses:
        clock.now += pause
        taken += not buckets.take("a")
    assert taken <= 3 + clock.now * 0.5 + 1e-6


def test_an_ipv6_host_cannot_choose_another_bucket() -> None:
    assert network_of("2001:db8:1:2::1") == network_of("2001:db8:1:2:ffff::9")
    assert network_of("2001:db8:1:3::1") != network_of("2001:db8:1:2::1")
    assert network_of("::ffff:192.0.2.7") == network_of("192.0.2.7") == "192.0.2.7"
    assert network_of("not an address") == "unknown"


@given(st.ip_addresses())
def test_every_address_has_a_bucket(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> None:
    assert network_of(str(address)) != "unknown"
