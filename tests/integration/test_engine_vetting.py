"""Signatures of mail that came over a real server: every byte of it counts."""

from __future__ import annotations

import time
from email.utils import formatdate

from tests.servers import signer
from tests.servers.signer import zone

from missive_desktop.content import rendered
from missive_desktop.engine import dispatch, sender_check, vetting
from missive_desktop.engine.protocol import AddAccount, Sync
from missive_desktop.engine.runtime import Runtime
from missive_desktop.profile import Profile
from missive_desktop.store import folders, messages, signatures

KEY = bytes(range(32))
NOW = int(time.time())


def test_mail_from_a_server_verifies(dovecot, tmp_path):
    user = dovecot.new_user()
    mail = (
        f"From: Shop <info@shop.example>\r\nTo: {user.address}\r\nSubject: =?utf-8?q?=C3=BC?=\r\n"
        f" folded\r\nDate: {formatdate(NOW - 60)}\r\nContent-Type: text/plain; charset=utf-8\r\n"
        "\r\nTrailing  \r\n\r\n.dots\r\nüöä\t\r\n\r\n"
    ).encode()
    raws = (
        signer.sign(mail, relaxed=False),
        signer.sign_ed25519(mail.replace(b"\r\n folded", b"")),
        signer.sign(mail).replace(b"Trailing", b"Changed"),
    )
    for raw in raws:
        dovecot.deliver(user, raw)
    runtime = Runtime(Profile(tmp_path).create(), KEY, lambda notice: None)
    try:
        settings = dovecot.settings(user)
        account = dispatch.run(runtime, AddAccount(settings=settings, secret=user.password))
        dispatch.run(runtime, Sync(account=account["account"]))
        vetting.verify_new(runtime, NOW, zone())
        with runtime.reading() as conn:
            (inbox,) = folders.by_role(conn, folders.Role.INBOX)
            rows = messages.newest(conn, inbox.id, 9)
            found = [signatures.get(conn, row.id).signatures[0].result for row in rows]
            assert sorted(found) == ["fail", "pass", "pass"]
            for row, result in zip(rows, found, strict=True):
                shown = rendered.render(messages.raw(conn, runtime.store, row.id))
                verdict = sender_check.verdict(conn, row, shown)
                assert (verdict.level == "forged") == (result == "fail")
    finally:
        runtime.close()
