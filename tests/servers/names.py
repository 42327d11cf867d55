"""A DNS server of our own making, on UDP: answers from a table, stays silent where told."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator

import dns.message
import dns.rcode
import dns.rdatatype
import dns.resolver
import dns.rrset
import pytest


class NameServer:
    """`records[(name, type)]` is a list of record texts; an existing name without any is empty."""

    def __init__(self) -> None:
        self.records: dict[tuple[str, str], list[str]] = {}
        self.silent = False
        self.asked: list[tuple[str, str]] = []
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self._socket.settimeout(0.05)
        self.port: int = self._socket.getsockname()[1]
        self._closed = False
        self._thread = threading.Thread(target=self._serve, name="names", daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while not self._closed:
            with contextlib.suppress(TimeoutError):
                raw, sender = self._socket.recvfrom(4096)
                if not self.silent:
                    self._socket.sendto(self._answer(raw), sender)

    def _answer(self, raw: bytes) -> bytes:
        query = dns.message.from_wire(raw)
        question = query.question[0]
        name = question.name.to_text(omit_final_dot=True).lower()
        kind = dns.rdatatype.to_text(question.rdtype)
        self.asked.append((name, kind))
        response = dns.message.make_response(query)
        texts = self.records.get((name, kind))
        if texts:
            response.answer.append(dns.rrset.from_text(question.name, 60, "IN", kind, *texts))
        elif not any(known == name or known.endswith("." + name) for known, _ in self.records):
            response.set_rcode(dns.rcode.NXDOMAIN)
        return response.to_wire()

    def resolver(self) -> dns.resolver.Resolver:
        """Return a resolver that asks only here."""
        made = dns.resolver.Resolver(configure=False)
        made.nameservers = ["127.0.0.1"]
        made.port = self.port
        made.lifetime = 20.0  # of a busy machine
        return made

    def close(self) -> None:
        self._closed = True
        self._thread.join(5)
        self._socket.close()


@pytest.fixture
def name_server() -> Iterator[NameServer]:
    server = NameServer()
    yield server
    server.close()
