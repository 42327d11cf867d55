"""Addresses that only lead on, read without asking anybody."""

import base64
import json
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from missive_desktop import resources
from missive_desktop.content import link_rules, trackers
from missive_desktop.content.redirectors import MAX_STEPS, unwrap, vendor_of
from missive_desktop.content.web_address import read

RULES = link_rules.rules(resources.path("links.toml").read_text(encoding="utf-8"))
VENDORS = trackers.table(resources.path("trackers.toml").read_text(encoding="utf-8"))
TARGET = "https://www.example.org/a/b?c=1&d=%C3%A9#e"
CODED = quote(TARGET, safe="")
PLAIN = "https://www.example.org/a"


def b64(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def unwrapped(text: str) -> str:
    address = read(text)
    assert address is not None
    return unwrap(address, RULES, VENDORS).address.whole


BY_PARAMETER = [
    "https://www.google.com/url?q={}&sa=D&source=editors&usg=x",
    "https://www.google.de/url?sa=t&url={}&ved=x",
    "https://www.google.co.uk/url?rct=j&q={}",
    "https://notifications.google.com/url?q={}",
    "https://www.googleadservices.com/pagead/aclk?sa=L&adurl={}",
    "https://nam12.safelinks.protection.outlook.com/?url={}&data=05%7C02%7C&sdata=x%3D&reserved=0",
    "https://emea01.safelinks.protection.outlook.com/ap/w-59584e83/?url={}&data=05",
    "https://urldefense.proofpoint.com/v1/url?u={}&k=x",
    "https://www.facebook.com/l.php?u={}&h=AT0x",
    "https://l.facebook.com/l.php?u={}&h=AT0x",
    "https://lm.facebook.com/l.php?u={}",
    "https://l.instagram.com/?u={}&e=AT",
    "https://www.linkedin.com/redir/redirect?url={}&urlhash=x",
    "https://www.linkedin.com/safety/go?url={}&trk=x",
    "https://www.youtube.com/redirect?event=video&redir_token=x&q={}",
    "https://slack-redir.net/link?url={}",
    "https://steamcommunity.com/linkfilter/?url={}",
    "https://steamcommunity.com/linkfilter/?u={}",
    "https://vk.com/away.php?to={}&cc_key=",
    "https://duckduckgo.com/l/?uddg={}&rut=x",
    "https://out.reddit.com/t3_abc?url={}&token=x&app_name=web",
    "https://medium.com/r/?url={}",
    "https://t.umblr.com/redirect?z={}&t=x&m=1",
    "https://www.pinterest.com/offsite/?token=1&url={}",
    "https://www.tiktok.com/link/v2?aid=1&target={}",
    "https://go.redirectingat.com/?id=1X&url={}",
    "https://redirect.viglink.com/?key=x&u={}",
    "https://www.awin1.com/cread.php?awinmid=1&ued={}",
    "https://click.linksynergy.com/deeplink?id=x&mid=1&murl={}",
    "https://www.anrdoezrs.net/click-1-2?url={}",
    "https://linkprotect.cudasvc.com/url?a={}&c=E,1,x",
    "https://link.edgepilot.com/s/abc/def?u={}",
    "https://clicktime.symantec.com/x?u={}",
    "https://deref-gmx.net/mail/client/x/dereferrer/?redirectUrl={}",
    "https://deref-web.de/mail/client/x/dereferrer/?redirectUrl={}&lm",
    "https://link.zhihu.com/?target={}",
    "https://rover.ebay.com/rover/1/711/1?mpre={}",
    "https://foo.app.link/x?$fallback_url={}",
    "https://foo.page.link/?link={}&apn=x",
    "https://disq.us/url?url={}%3AabcDEF0123456789_-abcdef",
    "https://www.bing.com/newtabredir?url={}",
    "https://trc.taboola.com/x/log/3/click?redir={}",
]


@pytest.mark.parametrize("shape", BY_PARAMETER)
def test_a_target_in_a_parameter(shape):
    assert unwrapped(shape.format(CODED)) == TARGET


@pytest.mark.parametrize(
    "text",
    [
        "https://urldefense.proofpoint.com/v2/url?u=https-3A__www.example.org_a&d=DwMFaQ&c=x&r=y",
        "https://urldefense.com/v3/__https://www.example.org/a__;!!Abc!Def-Ghi$",
        "https://urldefense.com/v3/__https:/www.example.org/a__;!!Abc!Def$",
        "https://urldefense.us/v3/__https://www.example.org/*__;YQ!!Abc!Def$",
        f"https://www.bing.com/ck/a?!&&p=1&ptn=3&u=a1{b64(PLAIN)}&ntb=1",
        f"https://eu-west-1.protection.sophos.com/?d=example.org&u={b64(PLAIN)}&i=x",
        "https://xyz.r.eu-west-1.awstrack.me/L0/https:%2F%2Fwww.example.org%2Fa/1/0102-0/sig=1",
        "https://click.redditmail.com/CL0/https:%2F%2Fwww.example.org%2Fa/1/0100/x",
        "https://r.search.yahoo.com/_ylt=A/RV=2/RE=1/RO=10/RU=https%3a%2f%2fwww.example.org%2fa/RK=2/RS=x-",
        "https://href.li/?https://www.example.org/a",
        "https://www.deviantart.com/users/outgoing?https://www.example.org/a",
        "https://secure-web.cisco.com/1abc/https%3A%2F%2Fwww.example.org%2Fa",
        "https://prf.hn/click/camref:1/destination:https%3A%2F%2Fwww.example.org%2Fa",
        "https://clk.tradedoubler.com/click?p=1&a=2&url=https%3A%2F%2Fwww.example.org%2Fa",
        "https://url.avanan.click/v2/___https://www.example.org/a___.YXAz",
        "https://www-example-org.cdn.ampproject.org/c/s/www.example.org/a",
        "https://www.google.com/amp/s/www.example.org/a",
    ],
)
def test_a_target_written_in_a_way_of_its_own(text):
    assert unwrapped(text) == PLAIN


@pytest.mark.parametrize(
    "text",
    [
        f"https://forum.com/exit.php?url={CODED}",
        f"https://news.com/a/away?to={CODED}&x=1",
        f"https://news.com/outgoing?target={CODED}",
        f"https://news.com/redirect.php?url={b64(TARGET)}",
    ],
)
def test_pages_that_many_sites_are_left_by(text):
    assert unwrapped(text) == TARGET


def test_mandrill_holds_json_in_json():
    inner = json.dumps({"u": 1, "v": 1, "url": TARGET, "id": "x"})
    told = b64(json.dumps({"s": "sig", "v": 1, "p": inner}))
    assert unwrapped(f"https://mandrillapp.com/track/click/30/example.org?p={told}") == TARGET


def test_a_mailing_vendor_s_redirector_with_the_target_in_clear():
    text = f"https://u1.ct.sendgrid.net/ls/click?upn=abc&url={CODED}"
    assert unwrapped(text) == TARGET


@pytest.mark.parametrize(
    "text",
    [
        "https://www.google.com/search?q=https%3A%2F%2Fexample.org",
        "https://www.google.com/url?q=javascript%3Aalert(1)",
        "https://www.google.com/url?q=/relative",
        "https://www.google.com/url?q=data:text/html,x",
        "https://www.google.com/url?q=https%3A%2F%2F",
        "https://www.google.com/url?q=https%3A%2F%2Flocalhost%2F",
        "https://www.google.com/url?q=",
        "https://www.google.com/url",
        f"https://shop.com/login?next={CODED}",
        f"https://shop.com/?redirect_uri={CODED}",
        f"https://shop.com/url?q={CODED}",
        f"https://login.shop.com/redirect.php?url={CODED}",
        f"https://shop.com/exit.php?url={CODED}&token=1",
        "https://example.org/exit.php?url=https%3A%2F%2Fwww.example.org%2F",
        f"https://notgoogle.com/url?q={CODED}",
        f"https://google.com.evil.example/url?q={CODED}",
        f"https://www.linkedin.com/in/ann?url={CODED}",
        f"https://shop.app.link/reset-password?id=1&$fallback_url={CODED}",
        f"https://shop.onelink.me/a?token=1&af_web_dp={CODED}",
        "https://mandrillapp.com/track/click/1/x?p=%%%",
        f"https://mandrillapp.com/track/click/1/x?p={b64('[' * 5000)}",
        "https://urldefense.com/v3/nothing",
        "https://u1.ct.sendgrid.net/ls/click?upn=abc",
        f"https://www.mailchimp.com/pricing?url={CODED}",
    ],
)
def test_what_is_not_to_be_unwrapped_stays(text):
    assert unwrapped(text) == text


def test_wrappings_are_taken_off_one_after_another():
    text = TARGET.partition("#")[0]
    for shape in BY_PARAMETER[: MAX_STEPS - 1]:
        text = shape.format(quote(text, safe=""))
    address = read(text)
    assert address is not None
    found = unwrap(address, RULES, VENDORS)
    assert found.address.whole == TARGET.partition("#")[0]
    assert found.skipped == ("Google",)


def test_there_is_an_end_to_it():
    text = "https://www.google.com/url?q=https://example.org/"
    for _ in range(8):
        text = f"https://www.google.com/url?q={quote(text, safe='')}"
    assert unwrapped(text).startswith("https://www.google.com/url?q=")


def test_a_fragment_is_carried_over():
    assert unwrapped("https://href.li/?https://example.org/a#b") == "https://example.org/a#b"
    google = "https://www.google.com/url?q=https%3A%2F%2Fexample.org%2Fa%23own#other"
    assert unwrapped(google) == "https://example.org/a#own"


def test_a_vendor_is_named_for_its_redirector_only():
    click = read("https://u1.ct.sendgrid.net/ls/click?upn=abc")
    page = read("https://sendgrid.com/pricing")
    assert click is not None
    assert page is not None
    assert vendor_of(click, VENDORS) == "SendGrid"
    assert vendor_of(page, VENDORS) == ""


@given(st.sampled_from(BY_PARAMETER), st.text(max_size=200))
def test_no_target_makes_it_fail(shape, value):
    address = read(shape.format(quote(value, safe="")))
    assert address is not None
    found = unwrap(address, RULES, VENDORS).address
    assert found.scheme in ("http", "https")
    assert found.host


@given(
    st.sampled_from(sorted(RULES.redirectors)),
    st.text(alphabet="/?&=%uqhtps:_-a1*;!.", max_size=80),
)
def test_no_shape_of_a_redirector_makes_it_fail(host, rest):
    address = read(f"https://{host.replace('*', 'com')}/{rest}")
    assert address is not None
    unwrap(address, RULES, VENDORS)


@pytest.mark.parametrize(
    "text",
    [
        f"https://click.news.example.com/CL0/{CODED}/1/0100018f-aaaa/x=",
        f"https://links.shop.example/L0/{CODED}/1/0100018f-aaaa/x=",
        f"https://substack.com/redirect/2/{b64(json.dumps({'e': TARGET, 'iat': 1}))}.sGn?r=1",
    ],
)
def test_a_target_in_the_path_is_read_behind_any_host(text):
    assert unwrapped(text) == TARGET
