"""What hears every sign of life that leaves a program: names asked for, connections, datagrams.

Runs inside a network of its own (`namespace`). Each way out carries a label as the first word of
its host name, or as an address of its own, so that whatever is heard says which way it was.
"""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from collections import defaultdict
from collections.abc import Callable

DOMAIN = "canary.example"
PAGES = "pages"  # the host that serves what a bare view opens; not a way out
NAMED = "5.19"  # addresses that names lead to; public ones, or nobody would ask for an image there
_PORTS = (80, 443, 8080)
_PIXEL = bytes.fromhex(
    "47494638396101000100800000000000ffffff21f90401000000002c00000000010001000002024401003b"
)


def address(number: int) -> str:
    """Return the address that stands for a way out, for addresses without a name."""
    return f"198.18.{number // 250}.{number % 250 + 1}"


def label(number: int) -> str:
    return f"w{number}"


_SO_RCVBUFFORCE = 33  # Linux; beyond the limit of the system, for who rules the namespace
_CAPTURED = 64 << 20


class Canary:
    """`heard` is label → signs ("dns", "tcp 443", "http", "udp 3478"); `other` bear no label.

    `answers` maps a label to what its host says instead of a pixel, or does with the connection.
    """

    def __init__(self) -> None:
        self.heard: dict[str, set[str]] = defaultdict(set)
        self.other: set[str] = set()
        self.pages: dict[str, bytes] = {}
        self.answers: dict[str, bytes | Callable[[socket.socket], None]] = {}
        self._by_address: dict[str, str] = {}
        self._lock = threading.Lock()
        self._open: list[socket.socket] = []
        for work, sockets in (
            (self._watch, [self._packets()]),
            (self._names, [self._bound(socket.SOCK_DGRAM, 53)]),
            (self._serve, [self._bound(socket.SOCK_STREAM, port) for port in _PORTS]),
        ):
            for one in sockets:
                self._open.append(one)
                threading.Thread(target=work, args=(one,), daemon=True).start()

    def close(self) -> None:
        for one in self._open:
            one.close()

    # -- listening

    @staticmethod
    def _packets() -> socket.socket:
        everything = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0003))
        # Images on their way fill the usual 200 KB at once, and what does not fit is not heard.
        everything.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, _CAPTURED)
        everything.bind(("lo", 0))
        return everything

    @staticmethod
    def _bound(kind: socket.SocketKind, port: int) -> socket.socket:
        made = socket.socket(socket.AF_INET6, kind)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        made.bind(("::", port))
        if kind is socket.SOCK_STREAM:
            made.listen(64)
        return made

    def _note(self, where: str, sign: str) -> None:
        """Keep a sign under the label that its host name or address stands for."""
        known = self._by_address.get(where, "")
        first = known or where.removesuffix("." + DOMAIN).split(".")[-1]
        if where.startswith("198.18."):
            third, fourth = (int(part) for part in where.split(".")[2:])
            first = label(third * 250 + fourth - 1)
        if first == PAGES:
            return
        with self._lock:
            if first[:1] == "w" and first[1:].isdigit():
                self.heard[first].add(sign)
            else:
                self.other.add(f"{sign} {where}")

    def _watch(self, packets: socket.socket) -> None:
        """See every packet once, on its way out."""
        with contextlib.suppress(OSError):
            while True:
                frame, (_, _, direction, *_) = packets.recvfrom(2048)
                if direction == 4:  # PACKET_OUTGOING
                    self._packet(frame[14:])

    def _packet(self, packet: bytes) -> None:
        if packet[0] >> 4 == 4:
            protocol, where = packet[9], socket.inet_ntop(socket.AF_INET, packet[16:20])
            inner = packet[(packet[0] & 15) * 4 :]
        else:
            protocol, where = packet[6], socket.inet_ntop(socket.AF_INET6, packet[24:40])
            inner = packet[40:]
        if protocol == 6:
            begins = inner[13] & 0x12 == 0x02  # SYN without ACK
            if begins:
                self._note(where, f"tcp {struct.unpack_from('>H', inner, 2)[0]}")
        elif protocol == 17:
            source, target = struct.unpack_from(">HH", inner)
            if 53 not in (source, target):
                self._note(where, f"udp {target}")
        elif protocol not in (1, 58):  # what the kernel itself answers
            self._note(where, f"protocol {protocol}")

    def _names(self, server: socket.socket) -> None:
        """Answer every question for a name with an address that is its own."""
        with contextlib.suppress(OSError):
            while True:
                question, peer = server.recvfrom(2048)
                end = question.index(0, 12) + 5
                name = _name(question[12:])
                kind = struct.unpack_from(">H", question, end - 4)[0]
                first = name.removesuffix("." + DOMAIN).split(".")[-1]
                with self._lock:
                    count = len(self._by_address)
                    here = f"{NAMED}.{count // 250}.{count % 250 + 1}"
                    known = {word: at for at, word in self._by_address.items()}.get(first)
                    if known is None and kind == 1:
                        self._by_address[here] = first
                self._note(name, "dns")
                found = struct.pack(">HHHIH", 0xC00C, 1, 1, 60, 4)
                found += socket.inet_aton(known or here)
                answered = kind == 1
                head = question[:2] + struct.pack(">HHHHH", 0x8180, 1, answered, 0, 0)
                server.sendto(head + question[12:end] + (found if answered else b""), peer)

    def _serve(self, server: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = server.accept()
                threading.Thread(target=self._answer, args=(connection,), daemon=True).start()

    def _answer(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError, ValueError):
            connection.settimeout(5)
            request = connection.recv(65536)
            line, _, rest = request.partition(b"\r\n")
            if not line.endswith((b"HTTP/1.1", b"HTTP/1.0")):
                return  # TLS: the packet that began it has been seen
            path = line.split(b" ")[1].decode("latin-1")
            host = next(
                (h[5:].strip().decode("latin-1") for h in rest.split(b"\r\n")
                 if h.lower().startswith(b"host:")), "?",
            )  # fmt: skip
            host = host.partition(":")[0]
            page = self.pages.get(path) if host == f"{PAGES}.{DOMAIN}" else None
            if page is None:
                self._note(host, "http")
                if b"cookie:" in rest.lower() or b"referer:" in rest.lower():
                    self._note(host, "http with a cookie or a referer")
            own = self.answers.get(host.removesuffix("." + DOMAIN).split(".")[-1])
            if callable(own):
                own(connection)
                return
            if own is not None:
                connection.sendall(own)
                return
            kind = b"text/html; charset=utf-8" if page is not None else b"image/gif"
            body = page if page is not None else _PIXEL
            connection.sendall(
                b"HTTP/1.1 200 OK\r\nConnection: close\r\nAccess-Control-Allow-Origin: *\r\n"
                b"Content-Type: %s\r\nContent-Length: %d\r\n\r\n%s" % (kind, len(body), body)
            )


def _name(wire: bytes) -> str:
    parts = []
    while wire and wire[0]:
        parts.append(wire[1 : wire[0] + 1].decode("latin-1").lower())
        wire = wire[wire[0] + 1 :]
    return ".".join(parts)
