"""The verdict, on mail of our own writing."""

from typing import Any

import pytest

from missive_desktop.content import acquaintance, headers, origin
from missive_desktop.content.addresses import parse as addresses
from missive_desktop.content.authenticity import assess, vouched
from missive_desktop.content.cautions import Context
from missive_desktop.content.trust import Trust
from missive_desktop.domain.message import Address
from missive_desktop.domain.sender import Verdict
from missive_desktop.domain.signature import Signature

TRUST = Trust(("halden.example",), frozenset({"halden.example"}))
PEOPLE = acquaintance.know(
    [
        Address("Ben Okafor", "ben@halden.example"),
        Address("Ingrid Solberg", "ingrid@sykkelnord.example"),
        Address("Jonas Weber", "jonas.weber@postfach.example"),
        Address("Weber Räder", "info@weber.example"),
        Address("", "ana@halden.example"),
        Address("", "kind@gmail.com"),
    ],
    frozenset({"gmail.com"}),
)
READER = Context(
    trust=TRUST,
    own=frozenset({"ana@halden.example"}),
    own_names=frozenset({acquaintance.name_key("Ana Ribeiro")}),
    own_domains=frozenset({"halden.example"}),
    people=PEOPLE,
)
ALIGNED = "spf=pass smtp.mailfrom={0}; dkim=pass header.d={0}; dmarc=pass header.from={0}"
REJECTED = "spf=fail smtp.mailfrom={0}; dkim=none; dmarc=fail (p=reject dis=none) header.from={0}"
SIGNED = "DKIM-Signature: v=1; d={0}; s=k; b=x"


def judge(sender: str, *more: str, results: str = "", **known: Any) -> Verdict:
    """Judge a mail From `sender` with more header lines and what our provider says."""
    host = sender.rpartition("@")[2].strip(">")
    lines = ["Received: from a by mx.halden.example"]
    if results:
        lines.append(f"Authentication-Results: mx.halden.example; {results.format(host)}")
    signs = "dkim=pass" in results and not any("DKIM-Signature" in line for line in more)
    lines += [SIGNED.format(host)] if signs else []
    lines += [*more, *([f"From: {sender}"] if sender else []), "", ""]
    raw = "\n".join(lines).encode()
    fields = headers.split(raw, 0, len(raw)).fields
    reply = next((value for name, value in fields if name == "reply-to"), b"")
    return assess(origin.facts(fields), addresses(reply), READER._replace(**known))


def codes(verdict: Verdict) -> list[str]:
    return [one.code for one in verdict.warnings]


INGRID = "Ingrid Solberg <ingrid@sykkelnord.example>"


def test_a_tick_needs_a_pass_that_fits_and_a_known_sender() -> None:
    verdict = judge(INGRID, results=ALIGNED, written=True, known=True)
    assert (verdict.level, verdict.title) == ("genuine", "Confirmed: from sykkelnord.example")
    assert verdict.warnings == ()
    assert "may send for sykkelnord.example" in verdict.spf
    assert "Signed by sykkelnord.example" in verdict.dkim
    assert "comes from sykkelnord.example" in verdict.dmarc
    assert judge(INGRID, results=ALIGNED).level == "plain"
    stranger = judge("New <new@shop.example>", results=ALIGNED, first_time=True)
    assert (stranger.level, codes(stranger)) == ("unknown", ["first-time"])


def test_a_strangers_signature_is_worth_nothing() -> None:
    results = "spf=pass smtp.mailfrom=bulk.example; dkim=pass header.d=bulk.example"
    verdict = judge(INGRID, SIGNED.format("bulk.example"), results=results, known=True)
    assert verdict.level == "plain"
    assert "not the sender's domain" in verdict.spf
    assert "not the sender's domain" in verdict.dkim


def test_a_claimed_signature_must_be_there() -> None:
    claim = "dkim=pass header.d=sykkelnord.example"
    other = SIGNED.format("bulk.example")
    assert judge(INGRID, other, results=claim, known=True).level == "plain"
    carried = SIGNED.format("mail.sykkelnord.example")
    assert judge(INGRID, carried, results=claim, known=True).level == "genuine"


def test_our_own_check_counts() -> None:
    own = (Signature("sykkelnord.example", "k", "pass", "", ("from",), 1),)
    verdict = judge(INGRID, signatures=own, known=True)
    assert verdict.level == "genuine"
    assert "ourselves" in verdict.dkim


def test_what_the_domain_disowns_is_forged() -> None:
    verdict = judge(INGRID, results=REJECTED, known=True, written=True)
    assert (verdict.level, verdict.title) == ("forged", "This is not from sykkelnord.example")
    assert "asks to refuse" in verdict.dmarc
    looked_up = REJECTED.replace(" (p=reject dis=none)", "")
    assert judge(INGRID, results=looked_up, policy="quarantine").level == "forged"
    assert judge(INGRID, results=looked_up, policy="none").level == "doubtful"
    assert judge(INGRID, results=looked_up.replace("fail", "pass", 0), known=True).level == (
        "doubtful"
    )


def test_below_its_domain_another_policy_may_rule() -> None:
    results = "dmarc=fail (p=reject sp=none) header.from=news.sykkelnord.example"
    assert judge("a@news.sykkelnord.example", results=results).level == "doubtful"


@pytest.mark.parametrize(
    "results",
    [
        "dmarc=fail action=oreject header.from={0};compauth=fail reason=000",
        "dmarc=fail policy.published-domain-policy=quarantine header.from={0}",
        'dmarc=fail reason="no alignment" header.from={0} (policy=reject)',
        "dmarc=fail(p=REJECT) header.from={0}",
    ],
)
def test_how_providers_tell_the_policy(results: str) -> None:
    assert judge(INGRID, results=results).level == "forged"


def test_a_changed_mail_is_forged_unless_the_provider_changes_all() -> None:
    own = (Signature("sykkelnord.example", "k", "fail", "body", ("from",), 1),)
    assert judge(INGRID, signatures=own).level == "forged"
    assert judge(INGRID, signatures=own, reliable=False).level != "forged"
    assert judge(INGRID, signatures=own, results=ALIGNED, known=True).level == "genuine"
    unknown = (Signature("sykkelnord.example", "k", "none", "no key", ("from",), 1),)
    assert judge(INGRID, signatures=unknown).level == "unknown"


LIST = ("List-Id: Dev <dev.lists.example>", "List-Post: <mailto:dev@lists.example>")
BROKEN = (
    "spf=pass smtp.mailfrom=dev-bounces@lists.example; dkim=fail (body hash did not verify)"
    " header.d={0}; dmarc=fail (p=reject) header.from={0}"
)


def test_a_list_that_breaks_signatures_is_no_forger() -> None:
    verdict = judge(INGRID, *LIST, results=BROKEN, list_known=True)
    assert (verdict.level, verdict.title) == ("plain", "Sent through a mailing list")
    assert "changed it" in verdict.lines[0]
    assert "does not fit" in verdict.dkim
    own = (Signature("sykkelnord.example", "k", "fail", "body", ("from",), 1),)
    assert judge(INGRID, *LIST, signatures=own, list_known=True).level == "plain"


def test_anybody_can_call_himself_a_list() -> None:
    assert judge(INGRID, *LIST, results=BROKEN).level == "doubtful"
    elsewhere = BROKEN.replace("dev-bounces@lists.example", "x@evil.example")
    assert judge(INGRID, *LIST, results=elsewhere, list_known=True).level == "forged"


def test_a_list_excuses_nothing_by_its_name_alone() -> None:
    weak = "dmarc=fail (p=none) header.from={0}"
    assert judge(INGRID, *LIST, results=weak, known=True).level == "doubtful"
    softfail = "spf=softfail smtp.mailfrom=evil.example"
    boss = judge("Boss <boss@halden.example>", *LIST, results=softfail)
    assert codes(boss) == ["own-domain"]
    name = judge('"ben@halden.example" <x@lists.example>', *LIST)
    assert codes(name) == ["name-address"]


def test_lists_that_write_for_their_members() -> None:
    sender = '"ann@b.example via Dev" <dev@lists.example>'
    assert judge(sender, *LIST, results=ALIGNED, list_known=True).warnings == ()
    through = "spf=softfail smtp.mailfrom=halden.example; dkim=pass header.d=lists.example"
    signs = SIGNED.format("lists.example")
    colleague = judge(
        "Ben <ben@halden.example>", signs, *LIST, results=through, list_known=True, known=True
    )
    assert (colleague.level, colleague.warnings) == ("plain", ())


def test_one_person_may_have_two_addresses_at_one_house() -> None:
    at_home = judge("Ingrid Solberg <i.solberg@mail.sykkelnord.example>", first_time=True)
    assert at_home.level == "unknown"
    shared = acquaintance.know([Address("Ann Archer", "ann@gmail.com")], frozenset({"gmail.com"}))
    other = judge("Ann Archer <archer@gmail.com>", first_time=True, people=shared)
    assert codes(other) == ["known-name", "first-time"]
    assert judge("Ben Okafor <ben@b.example>", *LIST, list_known=True).level == "plain"


def test_a_newsletter_is_its_own_list() -> None:
    own = "List-Id: <news.shop.example>"
    verdict = judge("Shop <info@shop.example>", own, results="spf=none", first_time=True)
    assert verdict.title == "First mail from this address"


def test_forwarded_mail_is_told_apart_by_its_seal() -> None:
    results = "arc=pass (i=1 dmarc=pass); dmarc=fail (p=reject) header.from={0}"
    assert judge(INGRID, results=results).level == "doubtful"


def test_own_mail_needs_no_check() -> None:
    verdict = judge("Ana Ribeiro <ana@halden.example>", sent=True)
    assert (verdict.level, verdict.warnings) == ("plain", ())


@pytest.mark.parametrize(
    ("sender", "expected"),
    [
        ('"ben@halden.example" <x@evil.example>', "name-address"),
        ('"sykkelnord.com orders" <x@evil.example>', "name-address"),
        ("Ben Okafor <office.ceo@evil.example>", "known-name"),
        ("OKAFOR, Ben <office.ceo@evil.example>", "known-name"),
        ("Bеn Оkаfоr <office.ceo@evil.example>", "known-name"),
        ("Ana Ribeiro <me@evil.example>", "own-name"),
        ("Halden Support <x@evil.example>", "known-name"),
        ("Sykkelnord <x@evil.example>", "known-name"),
        ("Ben <ben@haIden.example>", "lookalike"),
        ("Ben <ben@haldem.example>", "lookalike"),
        ("Ingrid <ingrid@sykke1nord.example>", "lookalike"),
        ("Jonas <j0nas.weber@postfach.example>", "lookalike"),
        ("Kind <kind@gmall.com>", "lookalike"),
        ("A <a@ѕykkеlnоrd.example>", "lookalike"),
        ("B <b@pаypal.example>", "mixed-script"),
        ("An\u202ena <anna@shop.example>", "unseen"),
        ("a@a.example, b@b.example", "many-from"),
        ("Nobody", "no-from"),
        ("", "no-from"),
    ],
)
def test_what_could_mislead_is_said(sender: str, expected: str) -> None:
    verdict = judge(sender, first_time=True)
    assert expected in codes(verdict)
    assert verdict.level == "doubtful"
    assert all(one.text.endswith(".") and len(one.text) < 160 for one in verdict.warnings)


@pytest.mark.parametrize(
    "sender",
    [
        "Jonas Weber <jonas.weber@postfach.example>",
        "Peter Weber <peter@gmail.com>",
        "Shop.example <info@shop-mail.example>",
        "Dr. M. Node.js <node@nodes.example>",
        "info@weber.example <info@weber.example>",
        "'Ann Archer' <ann@archer.example>",
        "Ruth רות <ruth@bücher.example>",
        "Иван <ivan@пример.рф>",
        "Support <support@shop.example>",
        "Ben Okafor <ben@halden.example>",
        "Notifications <notifications@gitforge.example>",
        "info <info@other.example>",
    ],
)
def test_ordinary_senders_raise_no_alarm(sender: str) -> None:
    verdict = judge(sender, first_time=True)
    assert [one.code for one in verdict.warnings if one.serious] == []


def test_robots_write_in_the_names_of_people() -> None:
    sender = "Ben Okafor <notifications@gitforge.example>"
    assert judge(sender, results=ALIGNED, first_time=True).level == "unknown"
    assert judge(sender, first_time=True).level == "doubtful"


def test_the_same_name_elsewhere_is_told_without_alarm() -> None:
    verdict = judge("J. <jonas.weber@gmail.com>", first_time=True)
    assert codes(verdict) == ["other-address", "first-time"]
    assert verdict.level == "unknown"


def test_answers_that_go_elsewhere() -> None:
    away = "Reply-To: <ceo@gmail.com>"
    note = judge("Shop <info@shop.example>", away)
    assert (codes(note), note.level) == (["reply-to"], "unknown")
    assert judge("Ben <ben@halden.example>", away, known=True).level == "doubtful"
    assert judge("Ben <ben@halden.example>", away, reply_known=True).warnings == ()
    assert judge("A <a@a.example>", "Reply-To: <x@mail.a.example>").warnings == ()
    assert judge("A <a@a.example>", away, "List-Unsubscribe: <https://a.example>").warnings == ()
    assert judge("A <a@a.example>", away, *LIST).warnings == ()
    to_list = "Reply-To: <dev@lists.example>"
    assert judge("Ben <ben@halden.example>", to_list, *LIST, list_known=True).warnings == ()
    assert judge("Ben <ben@halden.example>", to_list, *LIST).level == "doubtful"


def test_the_own_house_must_be_shown() -> None:
    softfail = "spf=softfail smtp.mailfrom=evil.example; dmarc=none"
    assert codes(judge("Boss <boss@halden.example>", results=softfail)) == ["own-domain"]
    assert codes(judge("Ana <ana@halden.example>", results=softfail)) == ["own-address"]
    assert judge("Ben <ben@halden.example>", results="spf=none; dkim=none").warnings == ()
    assert judge("Ben <ben@halden.example>", known=True).level == "plain"


def test_handed_in_by_another() -> None:
    verdict = judge("A <a@a.example>", "Sender: b@b.example")
    assert codes(verdict) == ["sender"]
    assert judge("A <a@a.example>", "Sender: b@a.example").warnings == ()


def test_sent_in_another_name() -> None:
    back = "Return-Path: <x@evil.example>"
    assert codes(judge("A <a@a.example>", back)) == ["return-path"]
    assert judge("A <a@a.example>", "Return-Path: <x@a.example>").warnings == ()
    assert judge("A <a@a.example>", "Return-Path: <>").warnings == ()
    assert judge("A <a@a.example>", back, results="spf=none").warnings == ()
    assert judge("A <a@a.example>", back, *LIST).warnings == ()


def test_of_two_words_the_worse_counts() -> None:
    results = "dmarc=pass header.from={0}; dmarc=fail (p=reject) header.from={0}"
    assert judge(INGRID, results=results, known=True).level == "forged"
    spf = "spf=pass smtp.mailfrom={0}; spf=fail smtp.mailfrom={0}"
    assert judge(INGRID, results=spf, known=True).level == "plain"
    helo = "spf=none smtp.helo=out.example; spf=pass smtp.mailfrom={0}"
    assert judge(INGRID, results=helo, known=True).level == "genuine"


def test_two_from_fields() -> None:
    assert "many-from" in codes(judge("A <a@a.example>", "From: B <b@b.example>"))


def test_who_is_vouched_for() -> None:
    def vouches(results: str, **known: Any) -> bool | None:
        raw = f"Authentication-Results: mx.halden.example; {results}\n{SIGNED}\nFrom: {INGRID}\n\n"
        fields = headers.split(raw.encode(), 0, len(raw)).fields
        return vouched(origin.facts(fields), READER._replace(**known))

    ours = (Signature("sykkelnord.example", "k", "pass", "", (), 0),)
    theirs = (Signature("bulk.example", "k", "pass", "", (), 0),)
    elsewhere = "spf=pass smtp.mailfrom=bulk.example; dmarc=none"
    assert vouches("spf=pass smtp.mailfrom=sykkelnord.example") is True
    assert vouches(elsewhere) is False
    assert vouches(elsewhere, signatures=ours) is True
    assert vouches(elsewhere, trust=Trust()) is None
    assert vouches("", trust=Trust(), signatures=theirs) is False


@pytest.mark.parametrize(
    "name",
    [
        "Ingrid Solberg, CEO",
        "Dr. Ingrid Solberg",
        "Ingrid Solberg | Sykkelnord",
        "Ingrid S. Solberg",
        "ingrid＠sykkelnord.example",
    ],
)
def test_a_known_name_is_known_with_more_around_it(name: str) -> None:
    verdict = judge(f'"{name}" <x@evil.example>', results=ALIGNED)
    assert verdict.level == "doubtful"
    assert judge(f'"{name}" <ingrid@sykkelnord.example>', results=ALIGNED).level == "plain"


def test_a_sender_that_programs_read_differently_is_doubtful() -> None:
    raw = b"From: <ingrid@sykkelnord.example> <x@evil.example>\n\n"
    fields = headers.split(raw, 0, len(raw)).fields
    assert codes(assess(origin.facts(fields), (), READER)) == ["many-from"]


def test_answers_elsewhere_are_serious_where_nobody_vouches_or_the_name_is_alike() -> None:
    shop = "Shop <info@sykkelnord.example>"
    desk = "Reply-To: Shop <ticket+1@helpdesk.example>"
    assert judge(shop, desk, results=ALIGNED, written=True, known=True).level == "genuine"
    assert judge(shop, desk, written=True, known=True).level == "doubtful"
    alike = "Reply-To: Shop <info@sykkelnorb.example>"
    bulk = "List-Unsubscribe: <https://x.example>"
    assert judge(shop, alike, bulk, results=ALIGNED, written=True).level == "doubtful"
    form = "Reply-To: Customer <kind@gmail.com>"
    assert judge("Web <www@halden.example>", form, results=ALIGNED).level == "plain"
