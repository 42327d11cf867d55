"""Who is told that a mail was read."""

import pytest

from missive_desktop import resources
from missive_desktop.content import trackers

TABLE = trackers.table(resources.path("trackers.toml").read_text("utf-8"))


def found(html, headers=()):
    return [(one.vendor, one.kind, one.host) for one in trackers.find(html, headers, TABLE)]


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        (
            '<img src="https://u1.ct.sendgrid.net/wf/open?upn=x">',
            [("SendGrid", "pixel", "u1.ct.sendgrid.net")],
        ),
        (
            '<img src="https://mail.shop.example/wf/open?upn=x">',
            [("SendGrid", "pixel", "mail.shop.example")],
        ),
        (
            '<img src="https://t.shop.example/o.gif" width=1 height=1>',
            [("", "pixel", "t.shop.example")],
        ),
        ('<img src="https://x.list-manage.com/logo.png">', []),
        (
            '<img src="https://x.list-manage.com/logo.png" width="0">',
            [("Mailchimp", "pixel", "x.list-manage.com")],
        ),
        (
            '<a href="https://x.list-manage.com/track/click?u=1">x</a>',
            [("Mailchimp", "link", "x.list-manage.com")],
        ),
        ('<a href="https://x.list-manage.com/unsubscribe?u=1">x</a>', []),
        ('<a href="https://www.hubspot.com/">x</a>', []),
        ('<a href="https://github.com/a/b">x</a><a href="https://x.com/a">y</a>', []),
        ('<a href="https://example.org/?utm_source=mail">x</a>', []),
        ('<img src="cid:x" width="1"><img src="data:image/gif;base64,AA" width="1">', []),
        (
            '<img src="//t.example/o" width="1"><img src="//t.example/o" width="1">',
            [("", "pixel", "t.example")],
        ),
        ("<img src='http://[broken' width=1>", []),
    ],
)
def test_finds(html, expected):
    assert found(html) == expected


def test_receipts_that_are_asked_for():
    headers = [
        ("disposition-notification-to", "Ann <ann@example.org>"),
        ("return-receipt-to", "b@example.org"),
    ]
    assert found("", headers) == [("", "receipt", "example.org")]


def test_table_is_sound():
    assert len({vendor.name for vendor in TABLE.hosts.values()}) >= 50
    assert all(host == host.lower() and "." in host for host in TABLE.hosts)


def test_many_are_bounded():
    html = "".join(f'<img src="https://t.example/{n}" width="1">' for n in range(5_000))
    assert len(found(html)) == trackers.MAX_FOUND
