from pathlib import Path

import msgspec
from tests.factories import NOON, Mailbox, mailbox, settings
from tests.team_factories import ANA, TeamBox, conv, mail, member, name, space

from missive_desktop.content import digest as digests
from missive_desktop.content import rendered
from missive_desktop.domain.account import Endpoint, Security
from missive_desktop.domain.folder import Role
from missive_desktop.domain.sender import Verdict
from missive_desktop.domain.signature import Signature
from missive_desktop.engine import sender_check
from missive_desktop.store import accounts, messages, signatures, team_mail, tracking_report
from missive_desktop.sync import attesting

RESULTS = (
    "Authentication-Results: mx.example.org; dkim=pass header.d=shop.example;"
    " dmarc=pass header.from=shop.example\n"
    "DKIM-Signature: v=1; d=shop.example; s=k; b=x\n"
)


def come(box: Mailbox, uid: int, text: str, date: int, folder: int = 0) -> int:
    raw = f"Date: {_date(date)}\nMessage-ID: <{uid}.{date}@x>\n{text}\n\nHello\n".encode()
    return box.add([box.arrival(uid, digests.digest(raw), raw=raw)], folder=folder)[0]


def _date(seconds: int) -> str:
    from email.utils import formatdate

    return formatdate(seconds)


def judge(box: Mailbox, message: int) -> Verdict:
    row = messages.get(box.reader, message)
    assert row is not None
    shown = rendered.render(messages.raw(box.reader, box.store, message))
    return sender_check.verdict(box.reader, row, shown)


def attest(box: Mailbox, said: int, count: int = 6) -> None:
    """Let mail have come before, of which the provider said what it found, or not."""
    found = signatures.Found((), "", said)
    for number in range(count):
        message = come(box, 500 + number, f"From: x{number}@x.example", NOON - 9_999 + number)
        box.writer.run(
            lambda conn, changes, message=message: signatures.put(
                conn, message, found, NOON, changes
            )
        )


def test_the_tick_comes_with_acquaintance(tmp_path: Path) -> None:
    with mailbox(tmp_path) as box:
        attest(box, 1)
        mail = RESULTS + "From: Shop <info@shop.example>\nTo: ben@example.org"
        first = come(box, 1, mail, NOON)
        assert judge(box, first).level == "unknown"
        sent = box.folder("Sent", Role.SENT)
        own = come(
            box, 1, "From: Ben <ben@example.org>\nTo: Shop <info@shop.example>", NOON + 9, sent
        )
        assert judge(box, own).title == "You sent this"
        second = come(box, 2, mail, NOON + 60)
        assert judge(box, second).level == "genuine"


def test_a_provider_that_says_nothing_has_no_name_to_borrow(tmp_path: Path) -> None:
    """Whoever writes into a mail what the reader's provider would say gets no tick by it."""
    forged = RESULTS.replace("pass", "fail (p=reject)")
    with mailbox(tmp_path) as box:
        attest(box, 0)
        sent = box.folder("Sent", Role.SENT)
        come(box, 1, "From: Ben <ben@example.org>\nTo: Shop <info@shop.example>", NOON, sent)
        message = come(box, 2, RESULTS + "From: Shop <info@shop.example>", NOON + 60)
        assert judge(box, message).level == "plain"
        against = come(box, 3, forged + "From: Shop <info@shop.example>", NOON + 61)
        assert judge(box, against).level == "forged"


def test_people_are_compared_with_those_in_the_store(tmp_path: Path) -> None:
    with mailbox(tmp_path) as box:
        sent = box.folder("Sent", Role.SENT)
        come(box, 1, "From: ben@example.org\nTo: Ann Archer <ann@archer.example>", NOON, sent)
        alike = come(box, 1, "From: Ann Archer <ann@arcner.example>", NOON + 9)
        verdict = judge(box, alike)
        assert verdict.level == "doubtful"
        assert {one.code for one in verdict.warnings} >= {"lookalike", "known-name"}
        # Who is known later is compared at once.
        other = come(box, 2, "From: Cid Cobbler <x@gmail.com>", NOON + 10)
        assert judge(box, other).level == "unknown"
        come(box, 2, "From: ben@example.org\nTo: Cid Cobbler <cid@cobbler.example>", NOON, sent)
        assert judge(box, other).level == "doubtful"


def test_own_signatures_are_taken_in(tmp_path: Path) -> None:
    with mailbox(tmp_path) as box:
        message = come(box, 1, "From: Shop <info@shop.example>", NOON)
        own = signatures.Found(
            (Signature("shop.example", "k", "fail", "changed", ("from",), NOON),), ""
        )
        box.writer.run(lambda conn, changes: signatures.put(conn, message, own, NOON, changes))
        assert judge(box, message).level == "forged"


def test_whom_an_account_trusts() -> None:
    own = attesting.trust_of(settings("ana@halden.example"))
    assert own.ids == ("halden.example",)
    gmail = msgspec.structs.replace(
        settings("ana@halden.example"), imap=Endpoint("imap.gmail.com", 993, Security.TLS)
    )
    assert attesting.trust_of(gmail).ids == ("mx.google.com",)
    assert {"google.com", "halden.example"} <= attesting.trust_of(gmail).hosts
    exchange = msgspec.structs.replace(settings("ana@halden.example"), provider="office365")
    assert attesting.trust_of(exchange).nameless
    posteo = msgspec.structs.replace(
        settings("ana@posteo.net"), imap=Endpoint("posteo.de", 993, Security.TLS)
    )
    assert "posteo.de" in attesting.trust_of(posteo).ids
    local = msgspec.structs.replace(
        settings("On this computer"), imap=Endpoint("", 0, Security.TLS)
    )
    assert attesting.trust_of(local).ids == ()


def test_an_account_that_is_gone(tmp_path: Path) -> None:
    with mailbox(tmp_path) as box:
        message = come(box, 1, RESULTS + "From: Shop <info@shop.example>", NOON)
        row = messages.get(box.reader, message)
        assert row is not None
        shown = rendered.render(messages.raw(box.reader, box.store, message))
        box.writer.run(lambda conn, changes: accounts.remove(conn, box.account, changes))
        assert sender_check.verdict(box.reader, row, shown).level == "unknown"


def test_in_a_shared_inbox_the_word_of_who_serves_it_counts_and_is_named(tmp_path: Path) -> None:
    raw = (
        f"{RESULTS}From: Shop <info@shop.example>\nTo: support@example.org\n"
        f"Date: {_date(NOON)}\nMessage-ID: <m@x>\n\nHello\n"
    ).encode()
    told = {"ids": ["example.org"], "hosts": ["example.org"], "proven": True}
    grid = {"vendor": "G", "kind": "pixel", "how": "vendor", "host": "g.example", "times": 1}
    mails = {
        "m": {"checked": told, "tracked": [grid, {"kind": "of a newer version"}]},
        "n": {},  # brought in before anybody looked
        "o": {"checked": told | {"ids": [1]}},
    }
    with mailbox(tmp_path) as box:
        team = TeamBox(box)
        team.take_all(space(), member(ANA, "Ana"))
        team.take(conv("c", inbox=True), *(mail(one, "c", **more) for one, more in mails.items()))
        ids = {one: _brought(team, one, raw) for one in mails}
        found = judge(box, ids["m"])
        assert found.dmarc == "Together they show that it comes from shop.example."
        assert found.lines[-1] == "Checked by the computer of Ana, which serves this inbox."
        others = [judge(box, ids[one]) for one in ("n", "o")]
        assert not any("Checked by" in " ".join(one.lines) for one in others)
        assert not any(one.dmarc == found.dmarc for one in others)
        row = messages.get(box.reader, ids["m"])
        assert row is not None
        _, sections = sender_check.report(box.reader, row, rendered.render(raw))
        assert "(the shared inbox's provider)" in "\n".join(sections[2].lines)


def test_a_mail_that_stands_for_itself_has_its_trackers(tmp_path: Path) -> None:
    grid = {"vendor": "G", "kind": "pixel", "how": "vendor", "host": "g.example", "times": 1}
    with mailbox(tmp_path) as box:
        team = TeamBox(box)
        team.take_all(space())
        team.take(conv("c", inbox=True), mail("m", "c", tracked=[grid, {"kind": "newer"}]))
        assert tracking_report.totals(box.reader).trackers == 1


def _brought(team: TeamBox, word: str, raw: bytes) -> int:
    """Let the bytes of a mail come; return the message."""
    known = team_mail.by_id(team.box.reader, team.account, name(word))
    assert known is not None
    sealed = team.box.packs.append(raw)
    team.box.packs.sync()
    team.box.writer.run(
        lambda conn, changes: team_mail.complete(
            conn, known.message, digests.digest(raw), sealed, word.encode() * 16, changes
        )
    )
    return known.message
