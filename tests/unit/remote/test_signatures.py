"""Signatures made by another implementation, and what people do to signed mail."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.servers import signer
from tests.servers.signer import Zone, zone

from missive_desktop.domain.signature import Signature
from missive_desktop.remote import signatures
from missive_desktop.remote.signatures import policy, verify

MAIL = (
    b"From: Shop <info@shop.example>\r\nTo: ben@halden.example\r\nSubject: Your  order\r\n"
    b"Date: Mon, 1 Jun 2026 10:00:00 +0000\r\n\r\n"
    b"Hello Ben,  \r\n\r\nit is on its way.\t\r\n\r\n\r\n"
)


def one(raw: bytes, names: Zone | None = None) -> Signature:
    (found,) = verify(raw, names or zone())
    return found


@pytest.mark.parametrize("relaxed", [True, False])
def test_a_signature_passes(relaxed: bool) -> None:
    found = one(signer.sign(MAIL, relaxed=relaxed))
    assert (found.domain, found.selector, found.result) == ("shop.example", "k1", "pass")
    assert found.reason == ""
    assert set(found.headers) == {"from", "to", "subject", "date"}


def test_ed25519_passes() -> None:
    assert one(signer.sign_ed25519(MAIL)).result == "pass"
    changed = signer.sign_ed25519(MAIL).replace(b"Hello", b"Hallo")
    assert one(changed).result == "fail"


def test_line_ends_of_a_store_do_no_harm() -> None:
    assert one(signer.sign(MAIL).replace(b"\r\n", b"\n")).result == "pass"


def test_relaxed_bears_what_relays_do() -> None:
    raw = signer.sign(MAIL).replace(b"Subject: Your  order", b"SUBJECT:  Your\r\n order ")
    assert one(b"Received: by relay.example\r\n" + raw + b"\r\n\r\n").result == "pass"
    assert one(signer.sign(MAIL, relaxed=False).replace(b"Subject: Y", b"SUBJECT: Y")).result == (
        "fail"
    )


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        (b"on its way", b"cancelled", "text was changed"),
        (b"Your  order", b"Your invoice", "header was changed"),
        (b"info@shop", b"boss@shop", "header was changed"),
        (b"From: Shop", b"From: Evil <e@evil.example>\r\nFrom: Shop", "sender was added"),
    ],
)
def test_what_was_changed_fails(old: bytes, new: bytes, reason: str) -> None:
    found = one(signer.sign(MAIL).replace(old, new))
    assert found.result == "fail"
    assert reason in found.reason


def test_what_covers_a_part_is_no_pass() -> None:
    raw = signer.sign(MAIL, length=True)
    assert one(raw).result == "pass"
    added = one(raw + b"\r\nPay here.\r\n")
    assert (added.result, added.reason) == ("none", "the signature covers only a part of the text")


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (b"v=DKIM1; p=", "withdrew"),
        (b"v=DKIM1; p=AAAA", "not well formed"),
        (b"v=DKIM2; p=AAAA", "not well formed"),
        (b"nonsense", "not well formed"),
        (b"\xff\x00", "not well formed"),
        (signer.rsa_record(extra="h=sha1; "), "not for mail"),
        (signer.rsa_record(extra="s=other; "), "not for mail"),
        (signer.ed25519_record(), "another kind"),
    ],
    ids=["withdrawn", "short", "version", "words", "bytes", "hash", "service", "kind"],
)
def test_keys_that_count_for_nothing(record: bytes, reason: str) -> None:
    found = one(signer.sign(MAIL), Zone({"k1._domainkey.shop.example": record}))
    assert found.result == "none"
    assert reason in found.reason


def test_a_short_key_is_not_trusted() -> None:
    found = one(
        signer.sign(MAIL, bits=1024), Zone({"k1._domainkey.shop.example": signer.rsa_record(1024)})
    )
    assert found.result == "pass"
    short = (
        b"v=DKIM1; p=MFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBAMgkmN9LqSPOjJnv95cp6ytKTGiYzPFI/t/iUbHiZlRr"
        b"tpPDo3ApVHRz3fnPTACB9fmKJeypKEb6ch+55z8RUiUCAwEAAQ=="
    )
    assert one(signer.sign(MAIL), Zone({"k1._domainkey.shop.example": short})).result == "none"


def test_a_signer_that_tests_breaks_nothing() -> None:
    testing = Zone({"k1._domainkey.shop.example": signer.rsa_record(extra="t=y; ")})
    assert one(signer.sign(MAIL), testing).result == "pass"
    assert one(signer.sign(MAIL).replace(b"way", b"end"), testing).result == "none"


def test_a_key_may_bind_its_signer() -> None:
    strict = Zone({"k1._domainkey.shop.example": signer.rsa_record(extra="t=s; ")})
    raw = signer.sign(MAIL, identity="a@mail.shop.example")
    assert one(raw).result == "pass"
    assert one(raw, strict).result == "none"
    assert one(signer.sign(MAIL, identity="a@shop.example"), strict).result == "pass"


@pytest.mark.parametrize(
    "change",
    [
        (b"a=rsa-sha256", b"a=rsa-sha1"),
        (b"a=rsa-sha256", b"a=none"),
        (b"h=from", b"h=x-from"),
        (b"v=1", b"v=2"),
        (b"d=shop.example", b"d=com"),
        (b"d=shop.example", b"d=a b"),
        (b"d=shop.example", b"d=shop.example; x=1"),
        (b"d=shop.example", b"d=shop.example; i=@evil.example"),
        (b"s=k1", b"s=../k1"),
        (b"s=k1", b"s=k1; s=k2"),
        (b"c=relaxed/relaxed", b"c=odd"),
    ],
)
def test_signatures_that_count_for_nothing(change: tuple[bytes, bytes]) -> None:
    assert one(signer.sign(MAIL).replace(*change)).result == "none"


def test_a_missing_key_and_no_network() -> None:
    assert one(signer.sign(MAIL), Zone({})).result == "none"
    found = one(signer.sign(MAIL), Zone({}, offline=True))
    assert (found.result, found.reason) == (
        "unreachable",
        "the signer's key could not be asked for",
    )


def test_the_senders_own_is_looked_at_among_many() -> None:
    raw = signer.sign(MAIL)
    for number in range(12):
        raw = signer.sign(MAIL, "evil.example", f"n{number}")[: -len(MAIL)] + raw
    names = zone()
    found = verify(raw, names, is_senders=lambda domain: domain == "shop.example")
    assert len(found) == len(names.asked) == signatures.MAX_SIGNATURES
    assert (found[0].domain, found[0].result) == ("shop.example", "pass")


def test_unsigned_mail_asks_nobody() -> None:
    names = zone()
    assert verify(MAIL, names) == []
    assert verify(b"", names) == []
    assert names.asked == []


def test_the_wish_of_a_domain() -> None:
    names = zone()
    assert policy("shop.example", "shop.example", names) == "reject"
    assert policy("news.shop.example", "shop.example", names) == "none"
    assert policy("other.example", "other.example", names) == ""
    odd = Zone({"_dmarc.a.example": b"v=spf1 p=reject", "_dmarc.b.example": b"v=DMARC1;P=Reject"})
    assert policy("a.example", "a.example", odd) == ""
    assert policy("b.example", "b.example", odd) == "reject"


def test_hostile_mail_takes_linear_time() -> None:
    """Quadratic ways would need hours here."""
    field = signer.sign(MAIL)[: -len(MAIL)]
    for body in (b" " * 3_000_000 + b"x", b"\r\n" * 1_500_000, b"\t \t" * 1_000_000):
        assert one(field + b"From: a@shop.example\r\n\r\n" + body).result == "fail"
    folded = b"X:" + b"\r\n a" * 1_000_000
    assert one(field + folded + b"\r\nFrom: a@shop.example\r\n\r\n").result == "fail"


@settings(deadline=None)
@given(st.binary(max_size=300), st.binary(max_size=100))
def test_nothing_raises(raw: bytes, record: bytes) -> None:
    names = Zone({"k1._domainkey.shop.example": record})
    field = signer.sign(MAIL)[: -len(MAIL)]
    verify(raw, names)
    verify(field + raw, names)
    verify(b"DKIM-Signature:" + raw + b"\r\n" + MAIL, names)
    verify(field.replace(b"d=shop.example", b"d=shop.example; " + raw[:30]) + MAIL, names)
