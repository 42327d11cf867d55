"""Text records from a DNS server of our own."""

import pytest
from tests.servers import signer

from missive_desktop.errors import Offline
from missive_desktop.remote import signatures
from missive_desktop.remote.names import Names

MAIL = b"From: a@shop.example\r\nTo: b@b.example\r\nSubject: x\r\nDate: y\r\n\r\nHello\r\n"


def quoted(record: bytes) -> str:
    """As a zone file has it: strings of at most 255 bytes."""
    text = record.decode()
    return " ".join(f'"{text[at : at + 200]}"' for at in range(0, len(text), 200))


def test_keys_come_from_the_dns_and_are_asked_for_once(name_server) -> None:
    name_server.records["k1._domainkey.shop.example", "TXT"] = [quoted(signer.rsa_record())]
    names = Names(name_server.resolver())
    for _ in range(2):
        (found,) = signatures.verify(signer.sign(MAIL), names)
        assert found.result == "pass"
    assert name_server.asked == [("k1._domainkey.shop.example", "TXT")]


def test_what_is_not_there_is_no_trouble(name_server) -> None:
    names = Names(name_server.resolver())
    name_server.records["a.shop.example", "A"] = ["192.0.2.1"]
    assert names("k1._domainkey.other.example") == ()
    assert names("a.shop.example") == ()
    for odd in ("", "a..example", "x" * 70 + ".example", ".".join(["abcdefgh"] * 40), "ü.example"):
        assert names(odd) == ()


def test_silence_is_not_an_answer(name_server) -> None:
    name_server.silent = True
    resolver = name_server.resolver()
    resolver.timeout = resolver.lifetime = 0.2
    with pytest.raises(Offline):
        Names(resolver, seconds=0.3)("k1._domainkey.shop.example")
    name_server.silent = False
    name_server.records["k1._domainkey.shop.example", "TXT"] = ['"v=DKIM1; p="']
    names = Names(name_server.resolver())
    assert names("k1._domainkey.shop.example") == (b"v=DKIM1; p=",)
