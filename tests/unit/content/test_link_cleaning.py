"""What is cut from addresses, and what is left alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from missive_desktop import resources
from missive_desktop.content import link_rules
from missive_desktop.content.link_cleaning import clean, is_left_alone
from missive_desktop.content.web_address import read

RULES = link_rules.rules(resources.path("links.toml").read_text(encoding="utf-8"))


def cleaned(text: str) -> str:
    address = read(text)
    assert address is not None
    return clean(address, RULES).address.whole


GENERAL = (
    "utm_source utm_medium utm_campaign utm_term utm_content utm_id utm_whatever mc_eid mc_cid "
    "fbclid gclid dclid msclkid gbraid wbraid _hsenc _hsmi mkt_tok vero_id oly_enc_id "
    "oly_anon_id igshid yclid wickedid ck_subscriber_id s_cid ttclid twclid li_fat_id "
    "mtm_campaign pk_campaign hsa_cam _openstat elqTrackId et_rid sfmc_id iterable_campaign "
    "spMailingID cm_mmc _kx dm_i srsltid"
)


@pytest.mark.parametrize("name", GENERAL.split())
def test_a_mark_is_cut_wherever_it_stands(name):
    assert cleaned(f"https://shop.com/a?{name}=1") == "https://shop.com/a"
    assert cleaned(f"https://shop.com/a?{name}=1&id=2") == "https://shop.com/a?id=2"
    assert cleaned(f"https://shop.com/a?id=2&{name.upper()}=1&x=") == "https://shop.com/a?id=2&x="
    assert cleaned(f"https://shop.com/a?id=2#{name}=1") == "https://shop.com/a?id=2"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("https://www.amazon.de/dp/B0?ref_=x&th=1", "https://www.amazon.de/dp/B0?th=1"),
        ("https://www.amazon.co.uk/dp/B0?pd_rd_w=x&pf_rd_p=y", "https://www.amazon.co.uk/dp/B0"),
        ("https://youtu.be/abc?si=xyz&t=30", "https://youtu.be/abc?t=30"),
        ("https://www.youtube.com/watch?v=a&si=b", "https://www.youtube.com/watch?v=a"),
        ("https://open.spotify.com/track/1?si=x", "https://open.spotify.com/track/1"),
        ("https://x.com/a/status/1?s=20&t=x", "https://x.com/a/status/1"),
        ("https://www.linkedin.com/posts/a?trk=x&midToken=y", "https://www.linkedin.com/posts/a"),
        ("https://www.nytimes.com/2025/a.html?smid=x", "https://www.nytimes.com/2025/a.html"),
        ("https://www.ebay.de/itm/1?mkcid=1&mkrid=2&hash2=3", "https://www.ebay.de/itm/1?hash2=3"),
    ],
)
def test_some_marks_are_a_host_s_own(before, after):
    assert cleaned(before) == after
    assert "?" not in after or cleaned(before.replace("://", "://x.org/")) == before.replace(
        "://", "://x.org/"
    )


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("https://s.com/?b=%2f&utm_id=1&a=%C3%A9+x", "https://s.com/?b=%2f&a=%C3%A9+x"),
        ("https://s.com/?a=1&a=&a&utm_id&=&&b", "https://s.com/?a=1&a=&a&=&&b"),
        ("https://s.com/?utm%5Fsource=1&a=1", "https://s.com/?a=1"),
        ("https://s.com/?a=1&amp;utm_source=1&amp;b=2", "https://s.com/?a=1&amp;b=2"),
        ("https://s.com/a;utm_source=1?b=1", "https://s.com/a;utm_source=1?b=1"),
        ("https://s.com/?a=1;utm_source=2;b=3", "https://s.com/?a=1;utm_source=2;b=3"),
        ("https://s.com/?utm_source=2;b=3", "https://s.com/?utm_source=2;b=3"),
        ("https://s.com/?utm_source=a;b&c=1", "https://s.com/?c=1"),
        ("https://s.com/?utm_id=1#top", "https://s.com/#top"),
        ("https://s.com/#top&utm_id=1", "https://s.com/#top"),
        ("https://s.com/#/page?utm_id=1&x=2", "https://s.com/#/page?x=2"),
        ("https://s.com/#/page?utm_id=1", "https://s.com/#/page"),
        ("https://s.com/#?utm_id=1", "https://s.com/"),
        ("https://s.com/?&utm_id=1", "https://s.com/?"),
        ("https://s.com?utm_id=1", "https://s.com"),
        ("https://s.com/?code=SPRING10&utm_id=1", "https://s.com/?code=SPRING10"),
        ("https://s.com/?my_utm_source=1", "https://s.com/?my_utm_source=1"),
        ("https://s.com/?q=utm_source%3D1", "https://s.com/?q=utm_source%3D1"),
        ("https://s.com/?", "https://s.com/?"),
        ("https://s.com/#", "https://s.com/#"),
        ("https://s.com/utm_source=1", "https://s.com/utm_source=1"),
        ("HTTPS://S.com/?utm_id=1", "HTTPS://S.com/"),
    ],
)
def test_every_other_byte_stays(before, after):
    assert cleaned(before) == after


KEPT = (
    "login signin sign-in auth/callback oauth/authorize reset-password password/reset "
    "users/password/edit forgot verify verify-email email/verification confirm/abc "
    "account/confirm activate/1 activation unsubscribe u/unsubscribe.php opt-out optout "
    "email-preferences manage/subscription invoice/12 invoices/12.pdf payment/12 pay/12 "
    "checkout/3 billing share/abc s/share invite/abc invitation magic-link sso/saml "
    "resetPassword abmelden rechnung/3 facture rsvp otp mfa redeem/x "
    "EmailPreference.html email-preference-center manage-subscription anmelden connexion "
    "iniciar-sesion mot-de-passe disiscriviti"
)


@pytest.mark.parametrize("path", KEPT.split())
def test_links_that_do_something_are_left_alone(path):
    text = f"https://www.shop.com/{path}?utm_source=mail&mc_eid=abc"
    assert cleaned(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "https://login.shop.com/?utm_source=1",
        "https://accounts.google.com/x?utm_source=1",
        "https://shop.com/index.php?action=unsubscribe&utm_source=1",
        "https://shop.com/?page=login&utm_source=1",
        "https://shop.com/?do=confirm-email&mc_eid=1",
        "https://shop.com/?unsubscribe&mc_eid=1",
        "https://shop.com/#/reset-password?utm_source=1",
        "https://shop.com/#login&utm_source=1",
        "https://shop.com/a?token=x&utm_source=1",
        "https://shop.com/a?sig=x&utm_source=1",
        "https://shop.com/a?signature=x&utm_source=1",
        "https://shop.com/a?hmac=x&utm_source=1",
        "https://b.s3.amazonaws.com/a?X-Amz-Signature=x&utm_source=1",
        "https://b.s3.amazonaws.com/a?x-amz-expires=60&utm_source=1",
        "https://storage.googleapis.com/a?X-Goog-Signature=x&utm_source=1",
        "https://x.cloudfront.net/a?Expires=1&Policy=x&Key-Pair-Id=y&utm_source=1",
        "https://x.blob.core.windows.net/a?sv=2020&se=1&sp=r&sig=x&utm_source=1",
        "https://shop.com/a?auth_token=x&utm_source=1",
        "https://shop.com/a?mkt_unsubscribe=1&mkt_tok=x",
        "https://shop.com/a?invite=x&utm_source=1",
        "https://shop.com/a?expires=17&hash=x&utm_source=1",
        "https://shop.com/a?x=eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln&utm_source=1",
    ],
)
def test_tokens_and_signatures_are_left_alone(text):
    assert cleaned(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "https://blog.com/2025/how-to-reset-a-forgotten-password-in-windows?utm_source=1",
        "https://shop.com/products/wallet-of-leather?utm_source=1",
        "https://shop.com/p/shared-office-chair?utm_source=1",
        "https://paypal.com/us/home?utm_source=1",
        "https://shop.com/signage?utm_source=1",
    ],
)
def test_words_in_titles_of_pages_do_not_count(text):
    assert cleaned(text) == text.partition("?")[0]


PARTS = st.sampled_from(
    [
        "utm_source=a",
        "a=1",
        "a",
        "",
        "=",
        "mc_eid=%20",
        "b=%zz",
        "gclid",
        "x=;y=2",
        "utm_id=;z=1",
        "c=+",
    ]
)


@given(
    st.lists(PARTS, max_size=8), st.lists(PARTS, max_size=4), st.sampled_from(["", "/p", "/login"])
)
def test_cleaning_twice_is_cleaning_once_and_only_cuts(query, fragment, path):
    text = f"https://shop.com{path}"
    text += f"?{'&'.join(query)}" if query else ""
    text += f"#{'&'.join(fragment)}" if fragment else ""
    address = read(text)
    assert address is not None
    once = clean(address, RULES)
    assert clean(once.address, RULES) == (once.address, ())
    if not once.cut:
        assert once.address.whole == text
    left = iter(query)
    kept = (once.address.query or "").split("&") if once.address.query is not None else []
    assert all(part in left for part in kept)  # in order, nothing new
    if is_left_alone(address, RULES):
        assert not once.cut
