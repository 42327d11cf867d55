"""Images through a proxy: it learns the names, and nothing is asked past it."""

from __future__ import annotations

import ssl

import pytest
from tests.servers.pictures import HOST, answer, png
from tests.servers.ports import free_ports

from missive_desktop.remote.fetch import Fetched, Fetcher

PICTURE = png(3, 2)


def never(*_: object):
    raise AssertionError("asked past the proxy")


@pytest.fixture
def fetch(picture_server):
    context = ssl.create_default_context(cafile=str(picture_server.certificates.ca))

    def fetch(url: str, proxy: str) -> Fetched:
        fetcher = Fetcher(proxy, resolve=never, connect=never, context=context)
        [result] = fetcher.images([url])
        return result

    return fetch


def test_the_proxy_resolves_the_names(picture_server, web_proxy, fetch):
    picture_server.pages["/a.png"] = answer(PICTURE)
    assert fetch(f"https://{HOST}/a.png", web_proxy.url).data == PICTURE
    assert web_proxy.asked == [("connect" if web_proxy.kind == "http" else "socks", HOST, 443)]
    [heard] = picture_server.heard
    assert heard.tls
    assert heard.headers.keys() == {"Host", "User-Agent", "Accept", "Accept-Encoding"}


def test_plain_http_goes_through_it_too(picture_server, web_proxy, fetch):
    picture_server.tls = False
    picture_server.pages["/a.png"] = answer(PICTURE)
    assert fetch(f"http://{HOST}/a.png", web_proxy.url).data == PICTURE
    assert [host for _, host, _ in web_proxy.asked] == [HOST, HOST]
    [heard] = picture_server.heard
    assert not heard.tls
    assert heard.headers.keys() == {"Host", "User-Agent", "Accept", "Accept-Encoding"}


def test_hosts_of_tor_are_asked_through_it_alone(picture_server, web_proxy, fetch):
    picture_server.pages["/a.png"] = answer(PICTURE)
    assert fetch("http://abcdef.onion/a.png", web_proxy.url).data == PICTURE
    assert web_proxy.asked[-1][1] == "abcdef.onion"
    assert fetch("http://abcdef.onion/a.png", "").problem == (
        "Its address is one of Tor, which needs a proxy."
    )


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "10.0.0.1", "[::1]", "0x7f.1", "nas.lan"]
)
def test_private_addresses_are_refused_all_the_same(web_proxy, fetch, host):
    assert fetch(f"http://{host}/a.png", web_proxy.url).problem
    assert web_proxy.asked == []


def test_names_and_passwords_of_the_proxy_reach_it_alone(picture_server, web_proxy, fetch):
    picture_server.pages["/a.png"] = answer(PICTURE)
    proxy = web_proxy.url.replace("://", "://ann:se%63ret@")
    assert fetch(f"https://{HOST}/a.png", proxy).data == PICTURE
    assert len(web_proxy.logins) == 1
    assert b"secret" in web_proxy.logins[0] or b"YW5uOnNlY3JldA==" in web_proxy.logins[0]
    assert b"Proxy-Auth" not in picture_server.heard[0].raw


def test_a_proxy_that_refuses(web_proxy, fetch):
    web_proxy.refuse = True
    result = fetch(f"https://{HOST}/a.png", web_proxy.url)
    assert result.problem == "The proxy could not reach its server."


def test_without_the_proxy_nothing_is_asked(web_proxy, fetch):
    [port] = free_ports(1)
    scheme = web_proxy.url.partition(":")[0]
    result = fetch(f"http://{HOST}/a.png", f"{scheme}://127.0.0.1:{port}")
    assert result.problem == "The proxy cannot be reached."


def test_a_proxy_of_the_other_kind(picture_server, web_proxy, fetch):
    other = {"http": "socks5", "socks": "http"}[web_proxy.kind]
    result = fetch(f"https://{HOST}/a.png", f"{other}://127.0.0.1:{web_proxy.port}")
    assert result.problem
    assert picture_server.heard == []
