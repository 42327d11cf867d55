"""Finding the servers of an address, against DNS and HTTPS servers of our own."""

from __future__ import annotations

import time

import pytest
from tests.servers.certificates import Certificates
from tests.servers.dovecot import DovecotServer
from tests.servers.names import NameServer
from tests.servers.ports import free_ports
from tests.servers.scripted import Peer, Start
from tests.servers.web import WebServer

from missive_desktop.domain.account import Auth, Endpoint, Security
from missive_desktop.errors import Offline, Refused, UsageError
from missive_desktop.mail.discover import Guesses, Sources, autoconfig_urls, discover, usual_names

CONFIG = """<?xml version="1.0"?>
<clientConfig version="1.1"><emailProvider id="example.net"><domain>example.net</domain>
<incomingServer type="pop3"><hostname>pop.example.net</hostname><port>995</port>
 <socketType>SSL</socketType></incomingServer>
<incomingServer type="imap"><hostname>in.%EMAILDOMAIN%</hostname><port>143</port>
 <socketType>STARTTLS</socketType><username>%EMAILLOCALPART%</username></incomingServer>
<incomingServer type="imap"><hostname>in.%EMAILDOMAIN%</hostname><port>993</port>
 <socketType>SSL</socketType><username>%EMAILLOCALPART%</username>
 <authentication>password-cleartext</authentication></incomingServer>
<outgoingServer type="smtp"><hostname>out.example.net</hostname><port>587</port>
 <socketType>STARTTLS</socketType><username>%EMAILADDRESS%</username></outgoingServer>
</emailProvider></clientConfig>"""

NOWHERE = Guesses((), ())


@pytest.fixture
def sources(
    name_server: NameServer, web_server: WebServer, throwaway_certificates: Certificates
) -> Sources:
    return Sources(
        resolver=name_server.resolver,
        urls=lambda domain: [web_server.url(f"/{domain}/first"), web_server.url("/second")],
        guesses=lambda domain: NOWHERE,
        ca_file=str(throwaway_certificates.ca),
        seconds=20.0,
    )


def test_large_providers_are_known_without_asking(name_server: NameServer) -> None:
    found = discover("somebody@gmail.com", Sources(resolver=name_server.resolver))
    assert found.settings.imap == Endpoint("imap.gmail.com", 993, Security.TLS)
    assert found.settings.provider == "gmail"
    assert found.settings.files_sent
    assert "Gmail" in found.source
    assert found.note
    assert name_server.asked == []
    outlook = discover("somebody@hotmail.com").settings
    assert outlook.auth is Auth.XOAUTH2
    assert outlook.smtp == Endpoint("smtp-mail.outlook.com", 587, Security.STARTTLS)
    assert discover("somebody@free.fr").settings.user == "somebody"
    with pytest.raises(Refused, match="no IMAP"):
        discover("somebody@tuta.com")


def test_the_domains_own_file_comes_first(
    sources: Sources, web_server: WebServer, name_server: NameServer
) -> None:
    web_server.pages["/second"] = (200, {}, CONFIG.encode())
    name_server.records["_imaps._tcp.example.net", "SRV"] = ["0 1 993 other.example.net."]
    found = discover("max.muster@example.net", sources)
    assert found.settings.imap == Endpoint("in.example.net", 993, Security.TLS)
    assert found.settings.smtp == Endpoint("out.example.net", 587, Security.STARTTLS)
    assert found.settings.user == "max.muster"
    assert "autoconfig" in found.source
    assert not any("max" in path for path in web_server.requests)


def test_redirects_stay_encrypted_and_end(sources: Sources, web_server: WebServer) -> None:
    web_server.pages["/example.net/first"] = (302, {"Location": "/moved"}, b"")
    web_server.pages["/moved"] = (200, {}, CONFIG.encode())
    assert discover("a@example.net", sources).settings.imap.port == 993
    web_server.pages["/moved"] = (302, {"Location": "http://localhost/plain"}, b"")
    with pytest.raises(Refused):
        discover("a@example.net", sources)
    web_server.pages["/moved"] = (302, {"Location": "/moved"}, b"")
    with pytest.raises(Refused):
        discover("a@example.net", sources)


@pytest.mark.parametrize(
    "body", [b"<html>Welcome</html>", b"", b"<clientConfig/>", b"x" * 1_000_000, b"\xff\xfe<\x00"]
)
def test_files_that_say_nothing(sources: Sources, web_server: WebServer, body: bytes) -> None:
    web_server.pages["/second"] = (200, {}, body)
    with pytest.raises(Refused):
        discover("a@example.net", sources)


def test_srv_records(sources: Sources, name_server: NameServer) -> None:
    name_server.records["_imaps._tcp.example.net", "SRV"] = ["0 0 0 ."]
    name_server.records["_imap._tcp.example.net", "SRV"] = [
        "20 0 143 backup.example.net.",
        "10 5 143 light.example.net.",
        "10 50 1143 Heavy.example.net.",
    ]
    name_server.records["_submissions._tcp.example.net", "SRV"] = ["0 1 465 out.example.net."]
    found = discover("a@example.net", sources)
    assert found.settings.imap == Endpoint("heavy.example.net", 1143, Security.STARTTLS)
    assert found.settings.smtp == Endpoint("out.example.net", 465, Security.TLS)
    assert "DNS" in found.source


def test_a_domain_hosted_by_a_large_provider(sources: Sources, name_server: NameServer) -> None:
    name_server.records["example.net", "MX"] = ["20 b.example.net.", "10 aspmx.l.google.com."]
    found = discover("a@example.net", sources)
    assert found.settings.provider == "gmail"
    assert found.settings.user == "a@example.net"
    assert "hosts example.net" in found.source


def test_usual_names_are_tried_by_shaking_hands(
    sources: Sources, dovecot: DovecotServer, name_server: NameServer, scripted: Start
) -> None:
    def web(peer: Peer) -> None:
        peer.send("HTTP/1.1 400 Bad Request")

    name_server.records["example.net", "A"] = ["127.0.0.1"]
    not_mail = scripted(web, tls=False)
    mute = scripted(Peer.stall, tls=False)
    good = Endpoint("localhost", dovecot.imap_port, Security.STARTTLS)
    sending = Endpoint("localhost", dovecot.submission.starttls_port, Security.STARTTLS)
    guesses = Guesses(
        (
            Endpoint("does-not-exist.invalid", 993, Security.TLS),
            Endpoint("localhost", free_ports(1)[0], Security.TLS),
            Endpoint("localhost", dovecot.imaps_port, Security.TLS),  # not our authority
            Endpoint("localhost", not_mail.port, Security.STARTTLS),
            Endpoint("localhost", mute.port, Security.STARTTLS),
            good,
        ),
        (sending,),
    )
    found = discover("a@example.net", sources._replace(guesses=lambda domain: guesses))
    assert found.settings.imap == good
    assert found.settings.smtp == sending
    assert "guessed" in found.source
    with_authority = sources._replace(guesses=lambda domain: guesses, ca_file=dovecot.ca_file)
    assert discover("a@example.net", with_authority).settings.imap.security is Security.TLS


def test_nothing_found_is_said_in_plain_words(sources: Sources, name_server: NameServer) -> None:
    name_server.records["example.net", "A"] = ["127.0.0.1"]
    with pytest.raises(Refused, match=r"No mail server for example\.net"):
        discover("a@example.net", sources)
    with pytest.raises(Refused, match=r"no domain example\.org"):
        discover("a@example.org", sources)
    name_server.silent = True
    began = time.monotonic()
    with pytest.raises(Offline, match="Nothing could be found out"):
        discover("a@example.net", sources._replace(seconds=2.0))
    assert time.monotonic() - began < 30


def test_slow_servers_hold_nobody_up(
    sources: Sources, web_server: WebServer, name_server: NameServer
) -> None:
    web_server.delay = 60
    name_server.records["_imaps._tcp.example.net", "SRV"] = ["0 1 993 in.example.net."]
    began = time.monotonic()
    found = discover("a@example.net", sources._replace(seconds=2.0))
    assert found.settings.imap.host == "in.example.net"
    assert time.monotonic() - began < 30


@pytest.mark.parametrize("address", ["", "nobody", "@x.org", "a@", "a b@x.org", "a@x..org"])
def test_what_is_no_address(address: str, sources: Sources) -> None:
    with pytest.raises(UsageError):
        discover(address, sources)


def test_where_it_looks_by_default() -> None:
    assert all(url.startswith("https://") and "@" not in url for url in autoconfig_urls("x.org"))
    assert usual_names("x.org").imap[0] == Endpoint("imap.x.org", 993, Security.TLS)
    assert usual_names("x.org").smtp[0] == Endpoint("smtp.x.org", 465, Security.TLS)


def test_domains_in_other_scripts(sources: Sources, name_server: NameServer) -> None:
    name_server.records["_imaps._tcp.xn--mller-kva.example", "SRV"] = ["0 1 993 in.example.net."]
    found = discover("a@Müller.example", sources)
    assert found.settings.address == "a@Müller.example"
