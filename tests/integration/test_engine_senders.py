"""Signatures verified as mail arrives, and mailings left, by an engine over a real store."""

from __future__ import annotations

import time
from email import message_from_bytes
from email.utils import formatdate

import msgspec
import pytest
from tests.factories import KEY, mailbox
from tests.servers import signer
from tests.servers.pictures import HOST
from tests.servers.signer import Zone, zone

from missive_desktop.content import rendered
from missive_desktop.content.digest import digest
from missive_desktop.domain.folder import Role
from missive_desktop.engine import demo, dispatch, sender_check, unsubscribing, vetting
from missive_desktop.engine.protocol import Changed, LoadDemo, SetSetting, Unsubscribe
from missive_desktop.engine.runtime import Runtime
from missive_desktop.errors import Offline, Refused
from missive_desktop.profile import Profile
from missive_desktop.store import accounts, messages, outbox, raws, senders, settings, signatures

NOW = int(time.time())
POST = "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"


def mail(subject: str = "Hello", extra: str = "", sender: str = "info@shop.example") -> bytes:
    return (
        f"From: Shop <{sender}>\r\nTo: ben@example.org\r\nSubject: {subject}\r\n"
        f"Date: {formatdate(NOW - 60)}\r\nMessage-ID: <{subject}@shop.example>\r\n{extra}\r\nHi\r\n"
    ).encode()


def mailing(subject: str, *ways: str, post: bool = True) -> bytes:
    return mail(subject, f"List-Unsubscribe: {', '.join(ways)}\r\n" + (POST if post else ""))


COVERED = (*signer.DEFAULT_HEADERS, b"list-unsubscribe", b"list-unsubscribe-post")


class Desk:
    """An engine in this process over a mailbox that was filled before."""

    def __init__(self, directory) -> None:
        self.directory = directory
        self.changed: set[int] = set()
        self.runtime: Runtime | None = None

    def fill(self, *raws_: bytes, folder: str = "INBOX", role: Role = Role.INBOX) -> list[int]:
        with mailbox(self.directory) as box:
            where = box.folder(folder, role)
            start = len(box.reader.execute("SELECT 1 FROM messages").fetchall())
            return [
                box.add([box.arrival(start + at, digest(raw), raw=raw)], folder=where)[0]
                for at, raw in enumerate(raws_, 1)
            ]

    def start(self) -> Runtime:
        self.runtime = Runtime(Profile(self.directory), KEY, self.note)
        return self.runtime

    def note(self, notice) -> None:
        if isinstance(notice, Changed):
            self.changed |= set(notice.changes.messages)

    def results(self, message: int) -> list[str] | None:
        with self.runtime.reading() as conn:
            found = signatures.get(conn, message)
        return None if found is None else [one.result for one in found.signatures]


@pytest.fixture
def desk(tmp_path):
    desk = Desk(tmp_path)
    yield desk
    if desk.runtime is not None:
        desk.runtime.close()
        log = desk.runtime.profile.crash_log
        assert not log.exists() or log.read_text() == ""


def test_new_mail_is_verified_once(desk):
    good, changed, plain = desk.fill(
        signer.sign(mail("good")), signer.sign(mail("bad")).replace(b"Hi", b"Ha"), mail("plain")
    )
    runtime, names = desk.start(), zone()
    assert vetting.verify_new(runtime, NOW, names) == 3
    assert [desk.results(one) for one in (good, changed, plain)] == [["pass"], ["fail"], []]
    assert desk.changed == {good, changed}
    with runtime.reading() as conn:
        assert signatures.get(conn, changed).policy == "reject"
    asked = ["_dmarc.shop.example", "k1._domainkey.shop.example", "k1._domainkey.shop.example"]
    assert sorted(names.asked) == asked
    assert vetting.verify_new(runtime, NOW, names) == 0
    assert len(names.asked) == 3


def test_spam_and_own_mail_ask_nobody(desk):
    desk.fill(signer.sign(mail("spam")), folder="Junk", role=Role.SPAM)
    desk.fill(signer.sign(mail("sent")), folder="Sent", role=Role.SENT)
    names = zone()
    assert vetting.verify_new(desk.start(), NOW, names) == 0
    assert names.asked == []


def test_old_mail_and_the_setting_ask_nobody(desk):
    desk.fill(signer.sign(mail("late")))
    runtime, names = desk.start(), zone()
    assert vetting.verify_new(runtime, NOW + 30 * 86_400, names) == 0
    runtime.writer.run(lambda conn, _: settings.put(conn, signatures.SETTING, False))
    vetting.verify_new(runtime, NOW, names)
    assert names.asked == []


def test_what_the_provider_says_is_noted(desk):
    said = b"Authentication-Results: mx.example.org; spf=none\r\n"
    with_results, without, own = desk.fill(
        said + mail("said"), mail("silent"), said + mail("own", sender="ann@example.org")
    )
    vetting.verify_new(desk.start(), NOW, zone())
    with desk.runtime.reading() as conn:
        found = [signatures.get(conn, one).attested for one in (with_results, without, own)]
    assert found == [1, 0, -1]


def test_without_a_network_it_is_tried_again(desk):
    wanted = desk.fill(*(signer.sign(mail(f"m{number}")) for number in range(5)))
    runtime, offline = desk.start(), Zone({}, offline=True)
    vetting.verify_new(runtime, NOW, offline)
    assert len([one for one in wanted if desk.results(one) == ["unreachable"]]) == 2
    names = zone()
    vetting.verify_new(runtime, NOW + 60, names)
    assert sorted(desk.results(one)[0] for one in wanted) == ["pass"] * 3 + ["unreachable"] * 2
    vetting.verify_new(runtime, NOW + 3_600, names)
    assert [desk.results(one) for one in wanted] == [["pass"]] * 5


def test_one_click_is_posted_when_a_signature_covers_it(desk, click_server):
    raw = mailing("news", f"<{click_server.url('/u?id=1')}>", "<mailto:out@shop.example>")
    (message,) = desk.fill(signer.sign(raw, headers=COVERED))
    runtime = desk.start()
    answer = unsubscribing.unsubscribe(
        runtime, Unsubscribe(message=message), click_server.poster(), zone()
    )
    assert answer == {"way": "posted", "url": "", "to": "", "note": ""}
    (click,) = click_server.clicks
    assert (click.method, click.path) == ("POST", "/u?id=1")
    assert click.body == b"List-Unsubscribe=One-Click"
    assert click.headers == {
        "Host": HOST,
        "User-Agent": "Mozilla/5.0",
        "Accept": "*/*",
        "Content-Type": "application/x-www-form-urlencoded",
        "Content-Length": "26",
    }
    with runtime.reading() as conn:
        left = senders.left_on(conn, "info@shop.example")
    assert left is not None
    assert left.way == "posted"


@pytest.mark.parametrize(
    "spoil",
    [
        lambda raw: signer.sign(raw),
        lambda raw: signer.sign(raw, headers=COVERED[:-1]),
        lambda raw: signer.sign(raw, headers=COVERED).replace(b"Hi", b"Ha"),
        lambda raw: signer.sign(raw, "other.example", headers=COVERED),
        lambda raw: raw,
    ],
    ids=["uncovered", "half covered", "changed", "no key", "unsigned"],
)
def test_without_such_a_signature_nothing_is_posted(desk, click_server, spoil):
    (message,) = desk.fill(spoil(mailing("news", f"<{click_server.url('/u')}>")))
    answer = unsubscribing.unsubscribe(
        desk.start(), Unsubscribe(message=message), click_server.poster(), zone()
    )
    if answer["way"] == "ask":  # what was changed after it was signed is forged
        answer = unsubscribing.unsubscribe(
            desk.runtime, Unsubscribe(message=message, anyway=True), click_server.poster(), zone()
        )
    assert (answer["way"], answer["url"]) == ("browser", click_server.url("/u"))
    assert click_server.clicks == []


def test_what_was_found_at_arrival_counts(desk, click_server):
    raw = mailing("news", f"<{click_server.url('/u')}>")
    (message,) = desk.fill(signer.sign(raw, headers=COVERED))
    runtime, names = desk.start(), zone()
    vetting.verify_new(runtime, NOW, names)
    asked = len(names.asked)
    request = Unsubscribe(message=message)
    answer = unsubscribing.unsubscribe(runtime, request, click_server.poster(), names)
    assert (answer["way"], len(names.asked)) == ("posted", asked)


def test_nobody_follows_where_the_server_sends_us(desk, click_server):
    click_server.answers["/u"] = 302
    raw = mailing("news", f"<{click_server.url('/u')}>")
    (message,) = desk.fill(signer.sign(raw, headers=COVERED))
    request = Unsubscribe(message=message)
    answer = unsubscribing.unsubscribe(desk.start(), request, click_server.poster(), zone())
    assert answer["way"] == "browser"
    assert "(302)" in answer["note"]
    assert [click.path for click in click_server.clicks] == ["/u"]


def test_private_addresses_are_not_asked(desk, click_server):
    raw = mailing("news", f"<{click_server.url('/u')}>")
    (message,) = desk.fill(signer.sign(raw, headers=COVERED))
    poster = click_server.poster("192.168.1.1")
    request = Unsubscribe(message=message)
    answer = unsubscribing.unsubscribe(desk.start(), request, poster, zone())
    assert (answer["way"], click_server.clicks) == ("browser", [])
    for url in ("https://192.168.1.1/", "http://pictures.example.net/", "https://localhost/"):
        with pytest.raises(Refused):
            click_server.poster().one_click(url)


def test_no_network_is_told_as_such(click_server):
    click_server.close()
    with pytest.raises(Offline):
        click_server.poster().one_click(click_server.url("/u"))


def test_a_mailto_goes_through_the_outbox(desk):
    raw = mailing(
        "news", "<mailto:out%2B7@shop.example?subject=leave%20me&body=please&cc=v@x.example>",
        "<https://shop.example/u>", post=False,
    )  # fmt: skip
    (message,) = desk.fill(raw)
    runtime = desk.start()
    answer = unsubscribing.unsubscribe(runtime, Unsubscribe(message=message))
    assert (answer["way"], answer["to"]) == ("mailed", "out+7@shop.example")
    with runtime.reading() as conn:
        (row,) = outbox.all_(conn)
        sent = message_from_bytes(raws.load(conn, runtime.store, row.raw_id))
        assert senders.left_on(conn, "info@shop.example").way == "mailed"
    assert row.recipients == ("out+7@shop.example",)
    assert (sent["From"], sent["To"]) == ("ben@example.org", "out+7@shop.example")
    assert (sent["Subject"], sent["Cc"], sent["Bcc"]) == ("leave me", None, None)
    assert sent.get_payload().strip() == "please"


def test_a_sender_cannot_have_people_written_to_unseen(desk):
    """The words of a mailto are the sender's: "I resign", to the reader's own chief."""
    own = mail("hi", sender="ben@example.org").replace(b"To: ben@", b"To: chief@")
    desk.fill(own, folder="Sent", role=Role.SENT)
    (message,) = desk.fill(
        mailing("news", "<mailto:chief@example.org?body=I%20resign>", post=False)
    )
    runtime = desk.start()
    answer = unsubscribing.unsubscribe(runtime, Unsubscribe(message=message))
    assert answer["way"] == "ask"
    assert "chief@example.org" in answer["note"]
    answer = unsubscribing.unsubscribe(runtime, Unsubscribe(message=message, anyway=True))
    assert answer["way"] == "mailed"


def test_an_account_that_cannot_send_goes_to_the_browser(desk):
    ways = ("<mailto:out@shop.example>", "<https://shop.example/u>")
    (message, only_mail) = desk.fill(
        mailing("both", *ways, post=False), mailing("mail", ways[0], post=False)
    )
    runtime = desk.start()

    def without(conn, changes):
        row = accounts.all_(conn)[0]
        mute = msgspec.structs.replace(row.settings, smtp=None)
        accounts.update_settings(conn, row.id, mute, changes)

    runtime.writer.run(without)
    answer = unsubscribing.unsubscribe(runtime, Unsubscribe(message=message))
    assert (answer["way"], answer["url"]) == ("browser", "https://shop.example/u")
    with pytest.raises(Refused, match="cannot send"):
        unsubscribing.unsubscribe(runtime, Unsubscribe(message=only_mail))


def test_of_spam_and_forgeries_it_is_said_first(desk, click_server):
    raw = mailing("spam", f"<{click_server.url('/u')}>")
    (spam,) = desk.fill(signer.sign(raw, headers=COVERED), folder="Junk", role=Role.SPAM)
    results = "mx.example.org; dmarc=fail (p=reject) header.from=shop.example"
    disowned = f"Authentication-Results: {results}\r\n".encode()
    (forged,) = desk.fill(disowned + mailing("forged", f"<{click_server.url('/u')}>"))
    runtime, poster = desk.start(), click_server.poster()
    for message, word in ((spam, "spam"), (forged, "not from shop.example")):
        answer = unsubscribing.unsubscribe(runtime, Unsubscribe(message=message), poster, zone())
        assert answer["way"] == "ask"
        assert word in answer["note"]
    assert click_server.clicks == []
    anyway = Unsubscribe(message=spam, anyway=True)
    assert unsubscribing.unsubscribe(runtime, anyway, poster, zone())["way"] == "posted"


def test_no_browser_is_sent_into_the_private_network(desk):
    (message,) = desk.fill(mailing("news", "<http://192.168.1.1/restart>", post=False))
    runtime = desk.start()
    with pytest.raises(Refused, match="private network"):
        unsubscribing.unsubscribe(runtime, Unsubscribe(message=message))


def test_there_must_be_a_way(desk):
    (message,) = desk.fill(mail())
    runtime = desk.start()
    with pytest.raises(Refused, match="no way"):
        unsubscribing.unsubscribe(runtime, Unsubscribe(message=message))


def test_settings_reach_it_through_the_protocol(desk):
    desk.fill(mail())
    runtime = desk.start()
    dispatch.run(runtime, SetSetting(name=signatures.SETTING, value=False))
    with runtime.reading() as conn:
        assert settings.get(conn, signatures.SETTING) is False


def test_the_sample_mail_shows_every_verdict(tmp_path):
    runtime = Runtime(Profile(tmp_path).create(), KEY, lambda notice: None)
    demo.load(runtime, LoadDemo(now=NOW))
    with runtime.reading() as conn:
        found = {}
        for (message,) in conn.execute("SELECT id FROM messages ORDER BY id").fetchall():
            row = messages.get(conn, message)
            shown = rendered.render(messages.raw(conn, runtime.store, message))
            verdict = sender_check.verdict(conn, row, shown)
            found.setdefault(verdict.level, set()).add(row.sender.email)
            if row.sender.email == "news@velowire.example":
                assert shown.unsubscribe.post_url
    runtime.close()
    assert found["forged"] == {"sicherheit@bank-halden.example"}
    assert found["doubtful"] == {"billing@sykkelnrod.example"}
    assert "ingrid@sykkelnord.example" in found["genuine"]
    assert "mateus.oliveira@correio.example" in found["unknown"]
    assert "ben@halden.example" in found["plain"]
