"""Files from strangers: what helps is taken, the rest is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from missive_desktop.domain.account import Auth, Endpoint, Security
from missive_desktop.mail.autoconfig import Unusable, parse

SERVER = """<incomingServer type="imap"><hostname>{host}</hostname><port>{port}</port>
<socketType>{socket}</socketType><username>{user}</username>{auth}</incomingServer>"""


def config(
    host: str = "imap.x.org",
    port: str = "993",
    socket: str = "SSL",
    user: str = "%EMAILADDRESS%",
    auth: str = "",
    before: str = "",
) -> bytes:
    server = SERVER.format(host=host, port=port, socket=socket, user=user, auth=auth)
    return f"{before}<clientConfig><emailProvider>{server}</emailProvider></clientConfig>".encode()


def test_a_plain_file() -> None:
    settings = parse(config(), "me@x.org")
    assert settings.imap == Endpoint("imap.x.org", 993, Security.TLS)
    assert settings.user == "me@x.org"
    assert settings.smtp is None


def test_methods_of_signing_in() -> None:
    methods = "<authentication>{}</authentication>"
    assert parse(config(auth=methods.format("OAuth2")), "a@x.org").auth is Auth.XOAUTH2
    both = methods.format("OAuth2") + methods.format("password-cleartext")
    assert parse(config(auth=both), "a@x.org").auth is Auth.PASSWORD
    with pytest.raises(Unusable):
        parse(config(auth=methods.format("GSSAPI")), "a@x.org")


BOMB = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>'


@pytest.mark.parametrize(
    "raw",
    [
        config(socket="plain"),
        config(port="0"),
        config(port="99999"),
        config(port="²"),
        config(host=""),
        config(host="a b"),
        config(host="evil/path"),
        config(before=BOMB),
        config(before='<!DOCTYPE x SYSTEM "file:///etc/passwd">'),
        config(before=BOMB).decode().encode("utf-16"),
        b"<clientConfig>" + b"<a>" * 5000,
        b"<other/>",
        b"",
        b"<clientConfig><emailProvider/></clientConfig>" + b" " * 300_000,
    ],
)
def test_what_is_refused(raw: bytes) -> None:
    with pytest.raises(Unusable):
        parse(raw, "a@x.org")


@given(st.binary(max_size=300))
def test_any_bytes_are_refused_or_read(raw: bytes) -> None:
    with pytest.raises(Unusable):
        parse(raw, "a@x.org")
