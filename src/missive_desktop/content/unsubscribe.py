"""The ways out of a mailing that its header offers (RFC 2369 3.2, RFC 8058). Offers, never goes.

Every URL here was written by the sender. A mailto gives its address, subject and body, nothing
else: who could add recipients could send mail in the reader's name.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import quote, unquote, urlsplit

import msgspec

from missive_desktop.content.remote import remote_url

MAX_FIELD = 8_000
MAX_URLS = 10
MAX_SUBJECT = 200  # a command to a program: nobody's letter
MAX_BODY = 200
ONE_CLICK = "List-Unsubscribe=One-Click"
COVERED = frozenset({"list-unsubscribe", "list-unsubscribe-post"})  # RFC 8058 4: must be signed

_ANGLE = re.compile(r"<([^<>]{1,4000})>")
_ADDRESS = re.compile(r"^[^\s@<>,;:\"()\[\]\\]{1,200}@[\w.\-]{1,253}$")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\u2028\u2029]+")


class Ways(msgspec.Struct, frozen=True):
    """How to leave; each is empty where the header offers no such way."""

    post_url: str = ""  # RFC 8058: POST it, once its two fields are known to be signed
    browser_url: str = ""  # for the reader's browser, https where there is one
    mail_to: str = ""  # an address
    mail_subject: str = ""
    mail_body: str = ""

    @property
    def offered(self) -> bool:
        """Whether there is any way."""
        return bool(self.browser_url or self.mail_to)


def ways(headers: Sequence[tuple[str, str]]) -> Ways:
    """Read the ways from decoded header fields, names in lower case."""
    fields = [value[:MAX_FIELD] for name, value in headers if name == "list-unsubscribe"]
    if not fields:
        return Ways()
    pages: list[str] = []
    mail: tuple[str, str, str] = ("", "", "")
    for written in _urls(fields):
        page = _page(written)
        if page:
            pages.append(page)
        elif not mail[0]:
            mail = _mail(written)
    secure = [page for page in pages if page.lower().startswith("https:")]
    asked = ["".join(value.split()) for name, value in headers if name == "list-unsubscribe-post"]
    # Of two fields a signature may cover the other one.
    one_click = len(fields) == 1 and asked == [ONE_CLICK] and bool(secure)
    return Ways(secure[0] if one_click else "", next(iter(secure or pages), ""), *mail)


def _urls(fields: Sequence[str]) -> list[str]:
    """Return what stands in angle brackets; some leave them out."""
    found: list[str] = []
    for value in fields:
        inside = _ANGLE.findall(value)
        if not inside and "<" not in value and value.strip():
            inside = value.split(",") if "mailto:" in value.lower() else [value]
        found.extend("".join(one.split()) for one in inside)
    return found[:MAX_URLS]


def _page(written: str) -> str:
    url = remote_url(written)
    if not url or not url.isprintable():
        return ""
    try:
        parts = urlsplit(url)
        if not parts.hostname or parts.username is not None:
            return ""
        parts.port  # noqa: B018 - raises when it is no number
    except ValueError:
        return ""
    return quote(url, safe="!#$%&'()*+,/:;=?@[]~") if not url.isascii() else url


def _mail(written: str) -> tuple[str, str, str]:
    """Read a mailto (RFC 6068): address, subject, body."""
    if written[:7].lower() != "mailto:":
        return "", "", ""
    target, _, query = written[7:].partition("?")
    address = unquote(target).strip()
    if not _ADDRESS.match(address):
        return "", "", ""
    values: dict[str, str] = {}
    for pair in query.replace("&amp;", "&").split("&")[:20]:
        name, _, value = pair.partition("=")
        values.setdefault(name.lower(), unquote(value))
    subject = _printable(_CONTROL.sub(" ", values.get("subject", ""))).strip()[:MAX_SUBJECT]
    body = values.get("body", "").replace("\r\n", "\n").replace("\r", "\n")[:MAX_BODY]
    return address, subject, _printable(body)


def _printable(text: str) -> str:
    return "".join(char for char in text if char == "\n" or char.isprintable())
