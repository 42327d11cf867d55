"""Whose Authentication-Results count."""

import pytest

from missive_desktop.content import headers, origin, trust
from missive_desktop.content.trust import Trust

HALDEN = Trust(("halden.example",), frozenset({"halden.example"}))
GOOGLE = Trust(("mx.google.com",), frozenset({"google.com", "halden.example"}))
EXCHANGE = Trust(("protection.outlook.com",), frozenset({"outlook.com"}), True)


def found(text: str, whom: Trust) -> list[str]:
    raw = text.encode()
    facts = origin.facts(headers.split(raw, 0, len(raw)).fields)
    return [f"{one.name}={one.result}" for one in trust.results(facts, whom)]


OURS = "Received: from out.shop.example by mx.halden.example (Postfix)\n"
THEIRS = "Received: from pc by out.shop.example (Exim)\n"


def test_the_own_provider_counts_below_its_received_field_and_above() -> None:
    results = "Authentication-Results: mx.halden.example; dkim=pass header.d=a.example; spf=pass\n"
    assert found(OURS + results + THEIRS, HALDEN) == ["dkim=pass", "spf=pass"]
    assert found(results + OURS + THEIRS, HALDEN) == ["dkim=pass", "spf=pass"]


def test_below_a_strangers_received_field_nothing_counts() -> None:
    forged = "Authentication-Results: mx.halden.example; dmarc=pass header.from=bank.example\n"
    assert found(OURS + THEIRS + forged, HALDEN) == []


@pytest.mark.parametrize(
    "authserv", ["evil.example", "mx.halden.example.evil.example", "xhalden.example", ""]
)
def test_a_foreign_name_does_not_count(authserv: str) -> None:
    assert found(f"{OURS}Authentication-Results: {authserv}; dmarc=pass\n", HALDEN) == []


def test_only_the_topmost_counts() -> None:
    true = "Authentication-Results: mx.halden.example; spf=fail; dmarc=fail (p=reject)\n"
    forged = "Authentication-Results: mx.halden.example; spf=pass; dkim=pass; dmarc=pass\n"
    assert found(OURS + true + forged, HALDEN) == ["spf=fail", "dmarc=fail"]


def test_a_field_for_each_method() -> None:
    separate = (
        "Authentication-Results: mx.halden.example; dmarc=fail (p=none)\n"
        "DKIM-Filter: OpenDKIM\n"
        "Authentication-Results: mx.halden.example; dkim=fail header.d=a.example\n"
        "Authentication-Results: mx.halden.example; dkim=pass; dmarc=pass; spf=pass\n"
    )
    assert found(OURS + separate, HALDEN) == ["dmarc=fail", "dkim=fail"]
    apart = separate.replace("DKIM-Filter: OpenDKIM\n", OURS)
    assert found(OURS + apart, HALDEN) == ["dmarc=fail"]


@pytest.mark.parametrize(
    "name", ["mail.halden.example", '"x; mx.halden.example"', "halden.example"]
)
def test_one_server_says_it_all_in_one_name(name: str) -> None:
    """Servers take out what bears their own name; a forger writes one that only looks it."""
    true = "Authentication-Results: mx.halden.example; spf=none\n"
    forged = f"Authentication-Results: {name}; dmarc=pass\n"
    assert found(OURS + true + forged, HALDEN) == ["spf=none"]


def test_gmail_has_machines_without_names() -> None:
    text = (
        "Received: by 2002:a05:6402:1:b0:1:2:3 with SMTP id x\n"
        "ARC-Authentication-Results: i=1; mx.google.com; spf=pass\n"
        "Received: from a.example by mx.google.com with ESMTPS id y\n"
        "Authentication-Results: mx.google.com; spf=softfail; dmarc=fail\n"
    )
    assert found(text, GOOGLE) == ["spf=softfail", "dmarc=fail"]


def test_exchange_names_no_one() -> None:
    text = (
        "Received: from a.prod.outlook.com by b.eurprd01.prod.outlook.com with HTTPS\n"
        "Authentication-Results: spf=pass (sender IP is 192.0.2.1) smtp.mailfrom=a.example;"
        " dkim=none; dmarc=pass action=none header.from=a.example;compauth=pass reason=100\n"
        "Received: from x by out.shop.example with ESMTP\n"
        "Authentication-Results: dmarc=pass\n"
    )
    assert found(text, EXCHANGE) == ["spf=pass", "dkim=none", "dmarc=pass", "compauth=pass"]
    assert found(text, HALDEN) == []


def test_a_seal_counts_when_the_provider_put_it_there_itself() -> None:
    text = (
        "ARC-Seal: i=1; a=rsa-sha256; d={0}; s=s; cv=none; b=x\n"
        "ARC-Authentication-Results: i=1; mx.google.com; spf=pass; dmarc=pass\n" + OURS
    )
    assert found(text.format("google.com"), GOOGLE) == ["spf=pass", "dmarc=pass"]
    assert found(text.format("evil.example"), GOOGLE) == []


def test_machines_behind_the_door_are_no_strangers() -> None:
    results = "Authentication-Results: mx.halden.example; spf=pass\n"
    for host in ("localhost", "store1.internal", "[10.0.0.1]", "mail"):
        assert found(f"Received: from a by {host} with LMTP\n{results}", HALDEN) == ["spf=pass"]


def test_who_trusts_nobody_believes_nothing() -> None:
    assert found("Authentication-Results: ; spf=pass\n", trust.NOBODY) == []
