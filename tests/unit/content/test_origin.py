import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from missive_desktop.content import headers, origin, rendered
from missive_desktop.domain.message import Address
from missive_desktop.domain.sender import Facts

MAIL = b"""Return-Path: <bounce@esp.example>
Received: by mx.google.com with LMTP id 1; Mon, 1 Jun 2026 10:00:00 +0000
Received: from out.esp.example (out.esp.example [192.0.2.1])
\tby mx.google.com (Postfix) with ESMTPS id 2; Mon, 1 Jun 2026 10:00:00 +0000
Authentication-Results: mx.google.com; dkim=pass header.d=shop.example
ARC-Seal: i=1; a=rsa-sha256; d=google.com; s=arc; cv=none; b=abc
ARC-Authentication-Results: i=1; mx.google.com; spf=pass smtp.mailfrom=bounce@esp.example
DKIM-Signature: v=1; a=rsa-sha256; d=Shop.Example; s=k; h=from; bh=x; b=y
Received: from [10.0.0.4] by [192.0.2.77] with HTTP
From: =?utf-8?q?Ann=2C_b=40evil=2Eexample?= <ann@shop.example>
Sender: Robot <robot@esp.example>
List-Id: News of the shop <news.shop.example>
List-Unsubscribe: <https://shop.example/u>
Subject: Hello

Text
"""


def facts(raw: bytes) -> Facts:
    return origin.facts(headers.split(raw, 0, len(raw)).fields)


def test_what_a_header_says_of_its_origin() -> None:
    found = facts(MAIL)
    assert found.mailboxes == (Address("Ann, b@evil.example", "ann@shop.example"),)
    assert (found.from_fields, found.unseen) == (1, False)
    assert (found.sender, found.return_path) == ("robot@esp.example", "bounce@esp.example")
    assert found.signed == ("shop.example",)
    assert found.list_host == "news.shop.example"
    assert found.bulk
    assert [(one.kind, one.host) for one in found.trace] == [
        ("received", "mx.google.com"),
        ("received", "mx.google.com"),
        ("results", "mx.google.com"),
        ("sealed", "mx.google.com"),
        ("received", "192.0.2.77"),
    ]
    assert found.trace[3].sealer == "google.com"
    assert found.trace[2].methods[0].value("header.d") == "shop.example"


def test_it_is_kept_with_what_is_shown() -> None:
    shown = rendered.render(MAIL)
    assert rendered.decode(rendered.encode(shown)).facts == shown.facts == facts(MAIL)


def test_several_senders_and_what_is_not_seen() -> None:
    found = facts(b"From: a@a.example, B <b@b.example>\nFrom: c@c.example\n\n")
    assert [one.email for one in found.mailboxes] == ["a@a.example", "b@b.example", "c@c.example"]
    assert found.from_fields == 2
    assert facts("From: An\u202ena <a@a.example>\n\n".encode()).unseen
    assert facts("From: Anna <an\u200bna@a.example>\n\n".encode()).unseen
    assert not facts("From: \u200fרות <ruth@a.example>\n\n".encode()).unseen


@settings(deadline=None)
@given(st.binary(max_size=400))
def test_nothing_raises(raw: bytes) -> None:
    facts(raw)
    facts(b"From: " + raw + b"\nReceived: " + raw + b"\nAuthentication-Results: " + raw)


@pytest.mark.parametrize(
    ("value", "unclear"),
    [
        (b"<ann@a.example> <eve@e.example>", True),
        (b"ann@a.example eve@e.example", True),
        (b"<ann@a.example@e.example>", True),
        (b"ann@a.example\0@e.example", True),
        (b"=?utf-8?q?ann=40a.example?=", True),
        (b"ann@a.example", False),
        (b"Ann <ann@a.example>", False),
        (b"ann@a.example <ann@a.example>", False),
        (b'"Ann (@home)" <ann@a.example> (at work)', False),
        (b'"ann b"@a.example', False),
        (b"ann @ a.example", False),
        (b"<@relay.example:ann@a.example>", False),
        (b"ann@a.example, ben@b.example", False),
        (b"G: ann@a.example, ben@b.example;", False),
        (b"undisclosed:;", False),
    ],
)
def test_what_programs_may_read_differently(value: bytes, unclear: bool) -> None:
    assert origin.facts([("from", value)]).unclear is unclear
