import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from missive_desktop.content.unsubscribe import Ways, ways

POST = ("list-unsubscribe-post", "List-Unsubscribe=One-Click")


def read(*values: str, post: bool = False) -> Ways:
    return ways([("list-unsubscribe", value) for value in values] + ([POST] if post else []))


def test_nothing_is_offered() -> None:
    assert ways([("list-id", "<a.b>"), POST]) == Ways()
    assert not Ways().offered


def test_one_click() -> None:
    found = read("<mailto:u@l.example?subject=leave>, <https://l.example/u/1>", post=True)
    assert found == Ways(
        post_url="https://l.example/u/1",
        browser_url="https://l.example/u/1",
        mail_to="u@l.example",
        mail_subject="leave",
    )
    assert found.offered


def test_one_click_needs_https_and_its_own_field() -> None:
    assert read("<http://l.example/u>", post=True).post_url == ""
    assert read("<https://l.example/u>").post_url == ""
    two = read("<https://l.example/1>", "<https://l.example/2>", post=True)
    assert (two.post_url, two.browser_url) == ("", "https://l.example/1")
    odd = ways([("list-unsubscribe", "<https://l.example>"), ("list-unsubscribe-post", "yes")])
    assert odd.post_url == ""


def test_https_is_preferred() -> None:
    assert read("<http://l.example/a>, <https://l.example/b>").browser_url == "https://l.example/b"


def test_a_mailto_gives_nothing_but_address_subject_and_body() -> None:
    found = read(
        "<mailto:leave%2Bx@l.example?subject=a%0D%0ABcc:%20v@x.example&body=one%0Atwo"
        "&cc=v@x.example&bcc=w@x.example&attach=/etc/passwd>"
    )
    assert found.mail_to == "leave+x@l.example"
    assert found.mail_subject == "a Bcc: v@x.example"
    assert found.mail_body == "one\ntwo"
    turned = read("<mailto:leave@l.example?subject=a%E2%80%AEb&body=a%1B[0mb>")
    assert (turned.mail_subject, turned.mail_body) == ("ab", "a[0mb")


@pytest.mark.parametrize(
    "value",
    [
        "<mailto:a@x.example,b@x.example>",
        "<mailto:>",
        "<mailto:a@x.example%0d%0aBcc:b@x.example>",
        "<ftp://l.example/u>",
        "<javascript:alert(1)>",
        "<file:///etc/passwd>",
        "<https:///>",
        "<https://user@l.example/>",
        "<https://l.example:port/>",
        "",
    ],
)
def test_what_is_no_way(value: str) -> None:
    assert not read(value).offered


def test_real_life_forms() -> None:
    assert read("https://l.example/u").browser_url == "https://l.example/u"
    assert read("<https://l.example/\r\n  u/1>").browser_url == "https://l.example/u/1"
    assert read("mailto:u@l.example").mail_to == "u@l.example"
    assert read("<https://l.example/ü>").browser_url == "https://l.example/%C3%BC"


@settings(deadline=None)
@given(st.text(max_size=300))
def test_nothing_raises(text: str) -> None:
    for value in (text, f"<{text}>", f"<mailto:{text}>", f"<https://{text}>"):
        found = read(value, post=True)
        assert "\n" not in found.mail_subject + found.mail_to + found.browser_url
