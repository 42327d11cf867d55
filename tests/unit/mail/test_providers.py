"""The table of providers is whole, and addresses find their row."""

from __future__ import annotations

from collections import Counter

import pytest

from missive_desktop.domain.account import Auth, Security
from missive_desktop.mail.providers import by_domain, by_mx, endpoint, parse, settings, table


def test_the_table_is_sound() -> None:
    rows = table()
    assert len(rows) >= 40
    assert max(Counter(row.name for row in rows).values()) == 1
    assert max(Counter(d for row in rows for d in row.domains).values()) == 1
    assert max(Counter(s for row in rows for s in row.mx).values()) == 1
    for row in rows:
        assert row.domains or row.mx
        assert row.user in ("address", "local")
        assert bool(row.imap and row.smtp) is not bool(row.impossible)
        assert all(name == name.lower().strip(".") for name in row.domains + row.mx)
        if not row.impossible:
            made = settings(row, "a@b.org")
            assert made.smtp is not None
            assert "." in made.imap.host
            tls = made.imap.security is Security.TLS
            assert made.imap.port == (993 if tls else 1143)
            submission = (made.smtp.port, made.smtp.security)
            assert submission in {
                (465, Security.TLS),
                (587, Security.STARTTLS),
                (1025, Security.STARTTLS),
            }


def test_rows_are_found_by_domain_and_by_mx() -> None:
    rows = table()
    assert by_domain(rows, "example.org") is None
    found = by_domain(rows, "googlemail.com")
    assert found is not None
    assert found.name == "gmail"
    names = {
        host: row.name
        for host in (
            "alt1.aspmx.l.google.com",
            "contoso-com.mail.protection.outlook.com",
            "outlook-com.olc.protection.outlook.com",
            "mx1.messagingengine.com",
            "mxbiz1.qq.com",
            "notgoogle.com",
        )
        if (row := by_mx(rows, [host])) is not None
    }
    assert names == {
        "alt1.aspmx.l.google.com": "gmail",
        "contoso-com.mail.protection.outlook.com": "office365",
        "outlook-com.olc.protection.outlook.com": "outlook",
        "mx1.messagingengine.com": "fastmail",
        "mxbiz1.qq.com": "exmail",
    }


def test_the_written_form() -> None:
    assert endpoint("a.b:587 starttls").security is Security.STARTTLS
    assert endpoint("a.b:993").security is Security.TLS
    row = parse('[[provider]]\nname = "x"\ntitle = "X"\nimap = "a:1"\nuser = "local"')[0]
    made = settings(row, "me@x.org")
    assert (made.user, made.smtp, made.auth) == ("me", None, Auth.PASSWORD)
    with pytest.raises(Exception, match="unknown"):
        parse('[[provider]]\nname = "x"\ntitle = "X"\nunknown = 1')
