"""Fields as servers write them, in our own words and names."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from missive_desktop.content.authentication_results import MAX_METHODS, parse
from missive_desktop.domain.sender import Method

GMAIL = (
    "mx.google.com;       dkim=pass header.i=@halden.example header.s=s1 header.b=AbC/d+e1;"
    "       spf=pass (google.com: domain of ben@halden.example designates 192.0.2.4 as permitted"
    " sender) smtp.mailfrom=ben@halden.example;"
    "       dmarc=pass (p=REJECT sp=QUARANTINE dis=NONE) header.from=halden.example"
)
EXCHANGE = (
    "spf=pass (sender IP is 192.0.2.9) smtp.mailfrom=brisa.example; dkim=pass (signature was"
    " verified) header.d=brisa.example;dmarc=pass action=none"
    " header.from=brisa.example;compauth=pass reason=100"
)
FASTMAIL = (
    "mx4.messagingengine.com;\r\n dkim=pass (2048-bit rsa key sha256) header.d=lists.example"
    " header.i=@lists.example header.b=Q1w2E3r4 header.a=rsa-sha256 header.s=k1 x-bits=2048;"
    " dmarc=pass policy.published-domain-policy=quarantine policy.published-subdomain-policy=none"
    " policy.applied-disposition=none policy.policy-from=p (p=quarantine,sp=none,d=none)"
    " header.from=lists.example; iprev=pass smtp.remote-ip=192.0.2.3 (a.lists.example);"
    " spf=pass smtp.mailfrom=bounce@lists.example smtp.helo=a.lists.example"
)
PROTON = "mailin012.protonmail.ch; dmarc=fail (p=reject dis=none) header.from=bank.example"
GMX = "gmx.net; dkim=pass header.i=@shop.example"
RSPAMD = (
    "mail.halden.example; dkim=pass header.d=shop.example header.s=2026 header.b=zzzz; dmarc=fail"
    ' reason="SPF not aligned (relaxed), DKIM not aligned (relaxed)" header.from=bank.example'
    " (policy=quarantine); spf=softfail (mail.halden.example: 192.0.2.1 is neither permitted nor"
    ' denied by domain of "a b"@bank.example) smtp.mailfrom="a b"@bank.example'
)
OPENDKIM = (
    "mail.halden.example;\n\tdkim=pass (2048-bit key; unprotected) header.d=shop.example"
    ' header.i=@shop.example header.b="xY+/12=="; dkim-atps=neutral'
)
YAHOO = (
    "atlas1.free.mail.ne1.yahoo.com; dkim=pass header.i=@shop.example header.s=m1; spf=none"
    " smtp.mailfrom=shop.example; dmarc=fail(p=REJECT) header.from=shop.example"
)


def found(value: str, name: str) -> Method:
    return next(one for one in parse(value).methods if one.name == name)


@pytest.mark.parametrize(
    ("value", "authserv", "names"),
    [
        (GMAIL, "mx.google.com", ["dkim", "spf", "dmarc"]),
        (EXCHANGE, "", ["spf", "dkim", "dmarc", "compauth"]),
        (FASTMAIL, "mx4.messagingengine.com", ["dkim", "dmarc", "iprev", "spf"]),
        (PROTON, "mailin012.protonmail.ch", ["dmarc"]),
        (GMX, "gmx.net", ["dkim"]),
        (RSPAMD, "mail.halden.example", ["dkim", "dmarc", "spf"]),
        (OPENDKIM, "mail.halden.example", ["dkim", "dkim-atps"]),
        (YAHOO, "atlas1.free.mail.ne1.yahoo.com", ["dkim", "spf", "dmarc"]),
        ("mx.example.org 1; none", "mx.example.org", []),
        ("mx.example.org (our (inner) relay) 1; none", "mx.example.org", []),
        ("(said first) MX.Example.Org; spf=pass", "mx.example.org", ["spf"]),
        ('"mx.example.org"; dkim/1 = pass', "mx.example.org", ["dkim"]),
        ("mx.example.org dkim=pass header.d=a.example spf=fail", "mx.example.org", ["dkim", "spf"]),
        ("mx.example.org", "mx.example.org", []),
        ("", "", []),
        (";;;", "", []),
    ],
)
def test_who_wrote_it_and_what_was_checked(value: str, authserv: str, names: list[str]) -> None:
    results = parse(value)
    assert results.authserv == authserv
    assert [method.name for method in results.methods] == names


def test_results_properties_and_comments() -> None:
    dmarc = found(GMAIL, "dmarc")
    assert (dmarc.result, dmarc.reason) == ("pass", "p=REJECT sp=QUARANTINE dis=NONE")
    assert dmarc.value("header.from") == "halden.example"
    assert found(GMAIL, "dkim").value("header.d", "header.i") == "@halden.example"
    assert found(GMAIL, "spf").value("smtp.mailfrom") == "ben@halden.example"
    assert found(EXCHANGE, "compauth").result == "pass"
    assert found(EXCHANGE, "dmarc").value("action") == "none"
    assert found(FASTMAIL, "dmarc").value("policy.published-domain-policy") == "quarantine"
    assert "policy=quarantine" in found(RSPAMD, "dmarc").reason
    assert found(RSPAMD, "spf").value("smtp.mailfrom") == "a b@bank.example"
    assert found(OPENDKIM, "dkim").value("header.b") == "xy+/12=="
    assert "p=REJECT" in found(YAHOO, "dmarc").reason


def test_a_comment_hides_what_stands_in_it() -> None:
    results = parse(r"mx.example.org; spf=fail (dkim=pass; \) dmarc=pass) smtp.helo=x; (spf=pass")
    assert [(one.name, one.result) for one in results.methods] == [("spf", "fail")]
    quoted = parse('mx.example.org; dkim=fail reason="; dmarc=pass header.from=bank.example"')
    assert [(one.name, one.result) for one in quoted.methods] == [("dkim", "fail")]


def test_the_result_is_bounded() -> None:
    assert len(parse("a; " + "spf=pass; " * 5_000).methods) == MAX_METHODS
    assert parse("a; dkim=" + "(" * 7_000).methods == ()


@settings(deadline=None)
@given(
    st.one_of(
        st.text(max_size=200),
        st.text(alphabet='ab.=;() "\\/@\n\t', max_size=200),
        st.lists(st.sampled_from([GMAIL, EXCHANGE, RSPAMD, ";", "(", '"', "="]), max_size=4).map(
            "".join
        ),
    )
)
def test_nothing_raises(text: str) -> None:
    results = parse(text)
    assert all(method.name for method in results.methods)


def test_comments_between_the_parts_of_a_name():
    said = parse(
        "mx.example (ours) 1 (the version); dkim (so) / 1 (yes) = (well) fail policy (a dot) ."
        " (here) expired (now) = (at) 1362471462; spf (x\\)= spf=pass) = none"
    )
    assert said.authserv == "mx.example"
    assert [(one.name, one.result) for one in said.methods] == [("dkim", "fail")]
    assert said.methods[0].properties == (("policy.expired", "1362471462"),)
