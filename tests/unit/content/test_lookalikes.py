import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from missive_desktop.content import lookalikes
from missive_desktop.content.lookalikes import resembles, skeleton

KNOWN = frozenset({"halden.example", "brisa.example", "paypal.com", "microsoft.com", "gmail.com"})


@pytest.mark.parametrize(
    "seen", ["PAYPAL", "PayPaI", "раураl", "pɑypal", "ｐａｙｐａｌ", "pay\u200bpal", "𝐩𝐚𝐲𝐩𝐚𝐥"]
)
def test_what_looks_alike_has_one_skeleton(seen: str) -> None:
    assert skeleton(seen) == skeleton("paypal")


def test_other_words_have_other_skeletons() -> None:
    assert len({skeleton(word) for word in ("paypal", "payment", "пароль", "例え", "")}) == 5


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("paypa1.com", "paypal.com"),
        ("rnicrosoft.com", "microsoft.com"),
        ("раураl.com", "paypal.com"),
        ("xn--pypal-4ve.com", "paypal.com"),
        ("paypál.com", "paypal.com"),
        ("paypal.com.evil.example", "paypal.com"),
        ("login-paypal-com.example", "paypal.com"),
        ("haldem.example", "halden.example"),
        ("mail.hadlen.example", "halden.example"),
        ("brissa.example", "brisa.example"),
        ("rnail.halclen.example", "halden.example"),
        # Known owners, their subdomains, and names that are simply other names.
        ("paypal.com", ""),
        ("www.paypal.com", ""),
        ("email.com", ""),
        ("halden.test", ""),
        ("brise.test", ""),
        ("microsoft2.com", ""),
        ("weather.example", ""),
        ("192.0.2.7", ""),
        ("localhost", ""),
        ("", ""),
    ],
)
def test_hosts_that_could_be_taken_for_known_ones(host: str, expected: str) -> None:
    assert resembles(host, KNOWN) == expected


@pytest.mark.parametrize("label", ["pаypal", "xn--pypal-4ve", "аpple", "gοοgle"])
def test_mixed_scripts(label: str) -> None:
    assert lookalikes.is_mixed(label)


@pytest.mark.parametrize(
    "label", ["paypal", "пример", "東京カフェtokyo", "한국korea", "bücher", "münchen-1", "", "xn--"]
)
def test_scripts_that_go_together(label: str) -> None:
    assert not lookalikes.is_mixed(label)


def test_a_whole_label_in_disguise() -> None:
    assert lookalikes.has_mixed("раура.com")
    assert not lookalikes.has_mixed("пример.рф")
    assert not lookalikes.has_mixed("москва.com")


def test_what_is_not_seen() -> None:
    assert lookalikes.unseen("An\u202ena")
    assert lookalikes.turning("An\u202ena")
    assert lookalikes.unseen("An\u200bna")
    assert not lookalikes.turning("An\u200bna")
    assert not lookalikes.unseen("👩\u200d💻 نام\u200cها")


@settings(deadline=None)
@given(st.text(max_size=8), st.text(max_size=8))
def test_the_distance_is_symmetric_and_bounded(one: str, other: str) -> None:
    measured = lookalikes.distance(one, other, 2)
    assert measured == lookalikes.distance(other, one, 2) <= 3
    assert (measured == 0) == (one == other)


@settings(deadline=None)
@given(st.text(max_size=600))
def test_nothing_raises(text: str) -> None:
    assert skeleton(skeleton(text)[:100]) is not None
    lookalikes.has_mixed(text)
    assert isinstance(resembles(text, KNOWN), str)


def test_the_short_table_says_what_the_long_one_says() -> None:
    table = lookalikes._prototypes()
    for code in range(128):
        char = chr(code)
        if char != "%":  # a percent sign stands for nothing in a name
            known = lookalikes._ASCII.get(code, char)
            assert known == table.get(code, char)


@pytest.mark.parametrize(
    "name", ["Müller", "Åsa Ångström", "Łódź", "Ivančić", "NGUYỄN Văn", "Élodie"]
)
def test_accents_are_no_disguise(name: str) -> None:
    table = lookalikes._prototypes()
    seen = unicodedata.normalize("NFD", name)
    for _ in range(2):
        seen = unicodedata.normalize("NFD", seen.translate(table).casefold())
    assert skeleton(name) == seen
