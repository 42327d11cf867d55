from missive_desktop.content import authenticity, headers, origin, sender_report
from missive_desktop.content.cautions import Context
from missive_desktop.content.trust import Trust
from missive_desktop.domain.signature import Signature

MAIL = b"""Received: from out.shop.example by mx.halden.example
Authentication-Results: mx.halden.example; dkim=pass header.d=shop.example; spf=none
DKIM-Signature: v=1; d=shop.example; s=k; b=x
Received: from pc by out.shop.example
Authentication-Results: evil.example; dmarc=pass header.from=bank.example
From: Shop <info@shop.example>

"""


def test_all_that_a_verdict_rests_on() -> None:
    facts = origin.facts(headers.split(MAIL, 0, len(MAIL)).fields)
    own = Signature("shop.example", "k", "unreachable", "no network", (), 1_750_000_000)
    context = Context(
        trust=Trust(("halden.example",), frozenset({"halden.example"})), signatures=(own,)
    )
    parts = sender_report.sections(authenticity.assess(facts, (), context), facts, context)
    text = sender_report.as_text(parts)
    assert [part.title for part in parts] == [
        "From shop.example",
        "Checks",
        "What servers wrote into the header",
        "Signatures that we verified ourselves",
        "The way it took, the last step first",
    ]
    assert "mx.halden.example: dkim=pass shop.example, spf=none (your provider)" in text
    assert "evil.example: dmarc=pass bank.example (not counted)" in text
    assert "shop.example (k), unreachable: no network (2025-06-15)" in text
    assert "\n  out.shop.example\n" in text
