"""Images asked for over real connections: what is said, what is taken, what is refused."""

from __future__ import annotations

import gzip
import socket
import threading
import time
import zlib

import httpcore
import pytest
from tests.servers.pictures import HOST, PUBLIC, answer, drip, endless, png, redirect

from missive_desktop.errors import UsageError
from missive_desktop.remote.fetch import Fetched, Fetcher, Limits

PICTURE = png(3, 2)


def one(server, url: str, **given) -> Fetched:
    [result] = server.fetcher(**given).images([url])
    return result


def test_a_request_says_nothing_of_who_reads(picture_server):
    picture_server.pages["/a.png?id=1"] = answer(PICTURE)
    assert one(picture_server, f"https://{HOST}/a.png?id=1") == Fetched(
        f"https://{HOST}/a.png?id=1", PICTURE, "image/png"
    )
    [heard] = picture_server.heard
    assert heard.tls
    assert heard.raw == (
        b"GET /a.png?id=1 HTTP/1.1\r\n"
        b"Host: pictures.example.net\r\n"
        b"User-Agent: Mozilla/5.0\r\n"
        b"Accept: image/avif,image/webp,image/png,image/svg+xml,image/*;q=0.8,*/*;q=0.5\r\n"
        b"Accept-Encoding: gzip, deflate\r\n"
        b"\r\n"
    )
    assert picture_server.reached == [(PUBLIC, 443)]


def test_no_cookie_and_no_validator_comes_back(picture_server):
    page = answer(PICTURE, Set_Cookie="who=ann", ETag='"ann"', Last_Modified="yesterday")
    picture_server.pages["/a.png"] = redirect("/b.png").replace(
        b"\r\n\r\n", b"\r\nSet-Cookie: who=ann\r\n\r\n"
    )
    picture_server.pages["/b.png"] = page
    fetcher = picture_server.fetcher()
    for _ in range(2):
        [result] = fetcher.images([f"https://{HOST}/a.png"])
        assert result.media_type == "image/png"
    assert len(picture_server.heard) == 4
    for heard in picture_server.heard:
        assert heard.headers.keys() == {"Host", "User-Agent", "Accept", "Accept-Encoding"}


def test_the_environment_names_no_proxy(picture_server, monkeypatch):
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    picture_server.pages["/a.png"] = answer(PICTURE)
    assert one(picture_server, f"https://{HOST}/a.png").data == PICTURE


# --- https where it works


def test_http_addresses_are_asked_over_tls(picture_server):
    picture_server.pages["/a.png"] = answer(PICTURE)
    assert one(picture_server, f"http://{HOST}/a.png").data == PICTURE
    assert [heard.tls for heard in picture_server.heard] == [True]


def test_http_is_the_fallback_where_there_is_no_tls(picture_server):
    picture_server.tls = False
    picture_server.pages["/a.png"] = answer(PICTURE)
    assert one(picture_server, f"http://{HOST}/a.png").data == PICTURE
    assert [heard.tls for heard in picture_server.heard] == [False]
    assert picture_server.reached == [(PUBLIC, 443), (PUBLIC, 80)]


def test_http_is_the_fallback_where_the_certificate_is_anothers(picture_server):
    picture_server.pages["/a.png"] = answer(PICTURE)
    assert one(picture_server, "http://stranger.example.net/a.png").data == PICTURE
    assert [heard.tls for heard in picture_server.heard] == [False]


def test_https_never_falls_back(picture_server):
    picture_server.tls = False
    picture_server.pages["/a.png"] = answer(PICTURE)
    assert one(picture_server, f"https://{HOST}/a.png").problem
    assert picture_server.reached == [(PUBLIC, 443)]
    assert picture_server.heard == []


def test_a_wrong_certificate_is_refused(picture_server):
    picture_server.pages["/a.png"] = answer(PICTURE)
    result = one(picture_server, "https://stranger.example.net/a.png")
    assert result.problem == "Its server could not prove who it is."
    assert picture_server.heard == []


def test_https_is_not_sent_on_into_the_clear(picture_server):
    picture_server.pages[f"{HOST}/a.png"] = redirect("http://stranger.example.net/b.png")
    picture_server.pages["stranger.example.net/b.png"] = answer(PICTURE)
    assert one(picture_server, f"https://{HOST}/a.png").problem
    assert [heard.name for heard in picture_server.heard] == [HOST]


def test_a_server_that_sends_tls_back_into_the_clear_gets_its_way_once(picture_server):
    def page(connection: socket.socket) -> None:
        tls = picture_server.heard[-1].tls
        connection.sendall(redirect(f"http://{HOST}/a.png") if tls else answer(PICTURE))

    picture_server.pages["/a.png"] = page
    assert one(picture_server, f"http://{HOST}/a.png").data == PICTURE
    assert [heard.tls for heard in picture_server.heard] == [True, False]


# --- the private network


@pytest.mark.parametrize(
    "answers",
    [
        ["127.0.0.1"],
        ["10.1.2.3"],
        ["169.254.169.254"],
        ["::1"],
        ["fe80::1%2"],
        ["fd00::1"],
        ["::ffff:192.168.1.1"],
        ["64:ff9b::a00:1"],
        [PUBLIC, "192.168.0.1"],
        [],
    ],
)
def test_names_that_lead_into_the_private_network_are_refused(picture_server, answers):
    result = one(picture_server, f"https://{HOST}/a.png", resolve=lambda host, port: answers)
    assert result.problem == "Its address belongs to a private network."
    assert picture_server.reached == []


def test_a_redirect_to_what_the_caller_refuses_is_not_followed(picture_server):
    picture_server.pages[f"{HOST}/a.png"] = redirect("//spy.example.net/open?id=1")
    picture_server.pages["spy.example.net/open?id=1"] = answer(PICTURE)
    picture_server.pages[f"{HOST}/b.png"] = answer(PICTURE)
    urls = [f"https://{HOST}/a.png", f"https://{HOST}/b.png", "http://spy.example.net/x"]
    found = picture_server.fetcher().images(urls, refuses=lambda url: "//spy." in url)
    problems = {result.url: result.problem for result in found}
    assert problems == dict(
        zip(urls, ["It belongs to a tracker.", "", "It belongs to a tracker."], strict=True)
    )
    assert {heard.name for heard in picture_server.heard} == {HOST}


@pytest.mark.parametrize(
    "to",
    [
        "http://127.0.0.1/a.png",
        "https://192.168.1.1/a.png",
        "//[::1]/a.png",
        "http://localhost/a.png",
        "http://0x7f.1/a.png",
        "https://private.example.net/a.png",
        "https://pictures.example.net:22/a.png",
        "https://ann:secret@pictures.example.net/a.png",
        "file:///etc/passwd",
        "data:image/png;base64,AAAA",
        "ftp://pictures.example.net/a.png",
    ],
)
def test_redirects_are_checked_as_the_first_address_is(picture_server, to):
    picture_server.pages["/a.png"] = redirect(to)

    def resolve(host: str, port: int) -> list[str]:
        return ["192.168.1.1"] if host.startswith("private") else [PUBLIC]

    result = one(picture_server, f"https://{HOST}/a.png", resolve=resolve)
    assert result.problem
    assert not result.data
    assert len(picture_server.reached) == 1


def test_the_address_that_was_checked_is_the_one_that_is_connected_to(picture_server):
    answers = iter([[PUBLIC], ["127.0.0.1"], ["127.0.0.1"]])
    asked = []

    def rebinding(host: str, port: int) -> list[str]:
        asked.append(host)
        return next(answers)

    picture_server.pages["/a.png"] = answer(PICTURE)
    assert one(picture_server, f"https://{HOST}/a.png", resolve=rebinding).data == PICTURE
    assert asked == [HOST]
    assert picture_server.reached == [(PUBLIC, 443)]


def test_a_second_answer_is_checked_as_well(picture_server):
    answers = iter([[PUBLIC], ["127.0.0.1"]])
    picture_server.pages["/a.png"] = answer(b"", "302 Found", Location="/b.png", Connection="close")
    result = one(picture_server, f"https://{HOST}/a.png", resolve=lambda host, port: next(answers))
    assert result.problem == "Its address belongs to a private network."


def test_another_address_is_tried_when_the_first_is_dead(picture_server):
    from missive_desktop.remote import connections

    def connect(address: str, port: int, seconds: float):
        target = picture_server.port if address == PUBLIC else 1
        return connections.connect("127.0.0.1", target, seconds)

    picture_server.connect = connect
    picture_server.pages["/a.png"] = answer(PICTURE)
    result = one(
        picture_server, f"https://{HOST}/a.png", resolve=lambda *_: ["2606:4700::1", PUBLIC]
    )
    assert result.data == PICTURE


def test_a_host_without_address(picture_server):
    def nothing(host: str, port: int) -> list[str]:
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    result = one(picture_server, f"https://{HOST}/a.png", resolve=nothing)
    assert result.problem == "Its server cannot be reached."


# --- redirects


def test_redirects_are_followed_and_counted(picture_server):
    for number in range(10):
        picture_server.pages[f"/{number}"] = redirect(f"{number - 1}" if number else "/end")
    picture_server.pages["/end"] = answer(PICTURE)
    assert one(picture_server, f"https://{HOST}/4").data == PICTURE
    result = one(picture_server, f"https://{HOST}/9")
    assert result.problem == "Its server sends us on again and again."


def test_circles_end(picture_server):
    picture_server.pages["/a"] = redirect("/a")
    assert one(picture_server, f"http://{HOST}/a").problem
    assert len(picture_server.heard) <= 7


# --- what comes back


@pytest.mark.parametrize(
    ("page", "problem"),
    [
        (answer(b"<html><img src=x>", Content_Type="image/png"), "It is no image."),
        (answer(b"<html>" + b"x" * 9000, Content_Type="image/png"), "It is no image."),
        (answer(b"%PDF-1.7"), "It is no image."),
        (answer(b"GIF8"), "It is no image."),
        (answer(b""), "Its server sent nothing."),
        (answer(PICTURE, "404 Not Found"), "It is no longer there."),
        (answer(PICTURE, "403 Forbidden"), "Its server refused (403)."),
        (answer(PICTURE, "206 Partial Content"), "Its server refused (206)."),
        (answer(PICTURE, "304 Not Modified")[:-70], "Its server refused (304)."),
        (answer(PICTURE, "302 Found"), "Its server refused (302)."),
        (answer(PICTURE, Content_Encoding="br"), "Its server packed it"),
        (answer(PICTURE, Content_Encoding="gzip"), "Its server packed it"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n", "It is larger than 10 MB."),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\nshort", "Its server broke"),
        (b"nonsense\r\n\r\n", "Its server broke the connection."),
        (b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 40_000, "Its server broke the connection."),
    ],
)
def test_only_whole_images_are_taken(picture_server, page, problem):
    def send(connection: socket.socket) -> None:
        connection.sendall(page)

    picture_server.pages["/a"] = send
    result = one(picture_server, f"https://{HOST}/a")
    assert result.problem.startswith(problem), result
    assert not result.data


def test_the_type_is_told_by_the_bytes(picture_server):
    picture_server.pages["/a"] = answer(PICTURE, Content_Type="text/html")
    assert one(picture_server, f"https://{HOST}/a").media_type == "image/png"
    svg = b"<?xml version='1.0'?>\n<!-- a > b --><svg xmlns='http://www.w3.org/2000/svg'/>"
    picture_server.pages["/b"] = answer(svg)
    assert one(picture_server, f"https://{HOST}/b").media_type == "image/svg+xml"
    picture_server.pages["/c"] = answer(b"<html><svg></svg>", Content_Type="image/svg+xml")
    assert one(picture_server, f"https://{HOST}/c").problem == "It is no image."


@pytest.mark.parametrize("bare", [False, True])
def test_packed_images_are_unpacked(picture_server, bare):
    picture_server.pages["/a"] = answer(gzip.compress(PICTURE), Content_Encoding="gzip")
    assert one(picture_server, f"https://{HOST}/a").data == PICTURE
    machine = zlib.compressobj(wbits=-15 if bare else 15)
    packed = machine.compress(PICTURE) + machine.flush()
    picture_server.pages["/b"] = answer(packed, Content_Encoding="deflate")
    assert one(picture_server, f"https://{HOST}/b").data == PICTURE


def test_what_is_packed_small_and_is_huge_is_cut_off(picture_server):
    bomb = gzip.compress(PICTURE + bytes(60 << 20))
    assert len(bomb) < 100_000
    picture_server.pages["/a"] = answer(bomb, Content_Encoding="gzip")
    assert one(picture_server, f"https://{HOST}/a").problem == "It is larger than 10 MB."


def test_endless_bodies_are_cut_off(picture_server):
    head = b"HTTP/1.1 200 OK\r\n\r\n" + PICTURE
    picture_server.pages["/a"] = endless(head, bytes(65536))
    assert one(picture_server, f"https://{HOST}/a").problem == "It is larger than 10 MB."
    picture_server.pages["/b"] = endless(b"HTTP/1.1 200 OK\r\n\r\n", b"text" * 1000)
    assert one(picture_server, f"https://{HOST}/b").problem == "It is no image."


@pytest.mark.parametrize("prefix", [0, 30, 200])
def test_servers_that_drip_are_cut_off(picture_server, prefix):
    page = answer(PICTURE + bytes(200))
    start = page[:prefix]

    def send(connection: socket.socket) -> None:
        connection.sendall(start)
        drip(page[prefix:], 0.2)(connection)

    picture_server.pages["/a"] = send
    limits = Limits(image_seconds=1.0)
    result = one(picture_server, f"https://{HOST}/a", limits=limits)
    assert result.problem == "It took too long."


# --- many


def test_connections_are_kept_and_few(picture_server):
    urls = [f"https://{HOST}/{number}" for number in range(40)]
    picture_server.pages.update({f"/{number}": answer(PICTURE) for number in range(40)})
    results = list(picture_server.fetcher().images([*urls, *urls]))
    assert {result.url for result in results} == set(urls)
    assert all(result.data == PICTURE for result in results)
    assert len(picture_server.heard) == 40
    assert picture_server.connections <= 6


def test_a_dead_host_is_not_waited_for_with_each_image(picture_server):
    def connect(address: str, port: int, seconds: float) -> httpcore.NetworkStream:
        picture_server.reached.append((address, port))
        raise httpcore.ConnectTimeout("silence")

    fetcher = Fetcher(resolve=lambda *_: [PUBLIC], connect=connect)
    urls = [f"http://{HOST}/{number}" for number in range(100)]
    results = list(fetcher.images(urls))
    assert {result.problem for result in results} == {"It took too long."}
    assert len(picture_server.reached) <= 2 * Limits().at_once


def test_a_connection_that_closed_while_it_lay_idle_is_opened_again(picture_server):
    first = threading.Event()

    def page(connection: socket.socket) -> None:
        if not first.is_set():
            first.set()  # and hang up without a word, as a server does whose patience ended
        else:
            connection.sendall(answer(PICTURE))

    picture_server.pages["/a.png"] = page
    assert one(picture_server, f"https://{HOST}/a.png").data == PICTURE
    assert len(picture_server.heard) == 2


def test_there_is_a_limit_for_all_together(picture_server):
    large = PICTURE + bytes(900_000)
    picture_server.pages.update({f"/{number}": answer(large) for number in range(10)})
    limits = Limits(images=8, all_bytes=3_000_000, at_once=1)
    urls = [f"https://{HOST}/{number}" for number in range(10)]
    results = list(picture_server.fetcher(limits=limits).images(urls))
    assert sum(bool(result.data) for result in results) == 3
    problems = [result.problem for result in results if result.problem]
    assert problems.count("This mail has too many images.") == 2
    assert problems.count("The images of this mail are too large together.") == 5


def test_nothing_wanted_is_nothing_asked(picture_server):
    assert list(picture_server.fetcher().images([])) == []
    assert picture_server.reached == []


def test_it_ends_when_told_to(picture_server):
    picture_server.pages["/a"] = lambda connection: time.sleep(5)
    stop = threading.Event()
    threading.Timer(0.3, stop.set).start()
    [result] = picture_server.fetcher().images([f"https://{HOST}/a"], stop)
    assert result.problem == "It took too long."
    limits = Limits(all_seconds=0.3)
    [result] = picture_server.fetcher(limits=limits).images([f"https://{HOST}/a"])
    assert result.problem == "It took too long."


@pytest.mark.parametrize("proxy", ["ftp://a:1", "127.0.0.1:8080", "http://", "http://a:x", "x"])
def test_a_proxy_that_is_none_is_said_at_once(proxy):
    with pytest.raises(UsageError, match="A proxy is written as"):
        Fetcher(proxy)
