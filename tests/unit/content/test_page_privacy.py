"""What a card says of its sender, trackers and images, and what it offers to do."""

import html as entities
import re

import msgspec
import pytest

from missive_desktop.content import page_privacy, rendered, trackers
from missive_desktop.content.page_privacy import Images
from missive_desktop.domain.sender import Caution, Verdict
from missive_desktop.domain.tracking import Tracker

PIXEL = Tracker("SendGrid", "pixel", "vendor", "u1.sendgrid.net", "https://u1.sendgrid.net/wf/open")
LINK = Tracker("HubSpot", "link", "vendor", "hs.example", "https://hs.example/c")
RECEIPT = Tracker("", "receipt", "header", "shop.example", "mailto:x@shop.example")
PICTURES = ("https://a.example/1.png", "https://a.example/2.png")


def mail(**given):
    shown = rendered.render(b"From: Ann <ann@shop.example>\r\n\r\nHello", trackers.EMPTY)
    return msgspec.structs.replace(shown, **given)


def plain(text: str) -> str:
    """What a reader sees of the markup."""
    return entities.unescape(re.sub(r"<[^>]*>", " ", text)).replace("  ", " ").strip()


def bar(images=Images(), **given) -> str:  # noqa: B008 - a constant
    return page_privacy.bar(7, mail(**given), images)


def acts(text: str) -> list[str]:
    return [entities.unescape(one) for one in re.findall(r'href="act:([^"]*)"', text)]


def test_a_mail_that_reports_nothing_has_no_bar():
    assert bar() == ""


def test_what_was_blocked_and_what_may_be_loaded():
    text = bar(trackers=(PIXEL,), remote=PICTURES)
    assert "1 tracker blocked (SendGrid) · 2 images not loaded" in " ".join(plain(text).split())
    assert acts(text)[:3] == [
        "privacy?message=7",
        "images?message=7&scope=once",
        "images?message=7&scope=sender",
    ]
    assert "images?message=7&scope=never" in acts(text)
    assert "bar?message=7" in acts(text)


def test_links_and_receipts_are_said_for_what_they_are():
    assert "Links report clicks to HubSpot" in plain(bar(trackers=(LINK,)))
    both = " ".join(plain(bar(trackers=(PIXEL, LINK))).split())
    assert "1 tracker blocked (SendGrid) · links report clicks to HubSpot" in both
    assert "This mail asks for a read receipt; none was sent" in plain(bar(trackers=(RECEIPT,)))


def test_loading_is_honest_the_first_time():
    told = "The sender may learn that you opened this, and your address."
    assert told in plain(bar(remote=PICTURES))
    assert told not in plain(bar(Images(known=True), remote=PICTURES))
    hidden = plain(bar(Images(through_proxy=True), remote=PICTURES))
    assert told not in hidden
    assert "your proxy hides your address" in hidden


def test_while_loading_and_after():
    loading = bar(Images(loading=True), remote=PICTURES)
    assert "Loading images…" in plain(loading)
    assert 'aria-busy="true"' in loading
    assert not [one for one in acts(loading) if one.startswith("images")]
    done = " ".join(plain(bar(trackers=(PIXEL,), loaded=3)).split())
    assert "3 images loaded for you · 1 tracker still blocked (SendGrid)" in done


def test_a_failure_is_said_and_can_be_tried_again():
    text = bar(Images(problem="2 images were not loaded: no connection"), remote=PICTURES)
    assert "2 images were not loaded: no connection" in plain(text)
    assert "Try again" in plain(text)


@pytest.mark.parametrize(
    ("images", "said", "scopes"),
    [
        (Images(domain="shop.example"), "Always for shop.example",
         ["once", "sender", "domain", "never"]),
        (Images(rule="never"), "You never load images of this sender", ["ask"]),
        (Images(rule="allow"), "Ask again for this sender", ["once", "ask"]),
        (Images(domain="shop.example", once_only=True), "Show images", ["once"]),
        (Images(off=True), "Remote images are switched off in the settings", []),
    ],
)  # fmt: skip
def test_offers_follow_the_rule(images, said, scopes):
    text = bar(images, remote=PICTURES)
    assert said in " ".join(plain(text).split())
    offered = [one.rpartition("scope=")[2] for one in acts(text) if one.startswith("images")]
    assert offered == scopes


def test_a_closed_bar_stays_away():
    assert bar(Images(hidden=True), remote=PICTURES) == ""


@pytest.mark.parametrize(
    ("level", "said"),
    [("genuine", "Sender is genuine"), ("doubtful", "Be careful"),
     ("forged", "Not from them")],
)  # fmt: skip
def test_badges_have_words(level, said):
    text = page_privacy.badge(Verdict(level, said))
    assert f'class="badge {level}"' in text
    assert said in text


def test_an_unknown_sender_is_said_quietly_and_once():
    verdict = Verdict("unknown", "First mail", warnings=(Caution("f", "It is the first.", False),))
    assert page_privacy.badge(verdict) == page_privacy.warnings(7, verdict) == ""
    assert ">First mail</span>" in page_privacy.quiet(verdict)
    assert page_privacy.quiet(Verdict("plain", "x")) == page_privacy.quiet(None) == ""


def test_a_plain_sender_has_no_badge_and_no_box():
    assert page_privacy.badge(None) == page_privacy.badge(Verdict("plain", "x")) == ""
    assert page_privacy.warnings(7, Verdict("plain", "x")) == ""


def test_warnings_stand_in_one_box_with_what_to_do():
    verdict = Verdict(
        "doubtful", "Be careful", warnings=(Caution("a", "It <b> says."), Caution("b", "And that."))
    )
    text = page_privacy.warnings(7, verdict)
    assert text.count("caution doubtful") == 1
    assert "It &lt;b&gt; says." in text
    assert page_privacy.ADVICE in text
    assert acts(text) == ["privacy?message=7"]
    mild = page_privacy.warnings(7, Verdict("plain", "x", warnings=(Caution("c", "New.", False),)))
    assert "caution mild" in mild
    assert page_privacy.ADVICE not in mild


def test_names_are_escaped():
    evil = msgspec.structs.replace(PIXEL, vendor='"><script>')
    assert "<script" not in bar(trackers=(evil,))
