"""One DKIM signature against one mail (RFC 6376, 8301, 8463): pure, and in linear time.

dkimpy reads the tags and canonicalizes the fields; the body and the numbers are done here, because
its own ways take quadratic time on hostile mail and know no Ed25519 without another library.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key
from dkim import select_headers
from dkim.canonicalization import Relaxed, Simple
from dkim.util import InvalidTagValueList, parse_tag_value

from missive_desktop.domain.signature import Result

MAX_FIELD = 4_096
MAX_FIELDS = 2_000
MAX_KEY = 4_096
KEY_BITS = (1_024, 8_192)  # RFC 8301 3.2 calls less than 1,024 invalid
_EARLY = 36_000  # seconds that clocks of signers may be ahead

_LINES = re.compile(rb"\r?\n")
_SPACES = re.compile(rb"[ \t]+")
_NAME = re.compile(rb"[!-9;-~]{1,200}(?=[ \t]*:)")
_DOMAIN = re.compile(r"(?=.{1,253}$)[a-z0-9_](?:[a-z0-9_\-]{0,62})(?:\.[a-z0-9_\-]{1,63})+")
_SELECTOR = re.compile(r"(?=.{1,253}$)[a-z0-9_\-]{1,63}(?:\.[a-z0-9_\-]{1,63})*", re.IGNORECASE)

Field = tuple[bytes, bytes]


class Mail(NamedTuple):
    """A message as a signer sees it."""

    fields: tuple[Field, ...]
    body: bytes  # with CRLF


class Signed(NamedTuple):
    """A DKIM-Signature field whose form is sound."""

    domain: str
    selector: str
    algorithm: str  # rsa-sha256 or ed25519-sha256
    covers: tuple[str, ...]
    tags: Mapping[bytes, bytes]
    field: Field


class Outcome(NamedTuple):
    result: Result
    reason: str = ""


class Unsound(Exception):
    """A signature or key that counts for nothing; the text says why."""


def split(raw: bytes) -> Mail:
    """Take a message apart as signers do: every byte of a field counts."""
    text = _LINES.sub(b"\r\n", raw)
    head, _, body = text.partition(b"\r\n\r\n")
    fields: list[Field] = []
    pieces: list[bytes] = []
    for line in [*head.split(b"\r\n"), b""]:
        if line[:1] in (b" ", b"\t") and pieces:
            pieces.append(line)
            continue
        if pieces:
            fields.append(_field(pieces))
        pieces = [line] if _NAME.match(line) else []
        if len(fields) >= MAX_FIELDS:
            break
    return Mail(tuple(fields), body)


def _field(pieces: Sequence[bytes]) -> Field:
    name, _, value = b"\r\n".join(pieces).partition(b":")
    return name, value + b"\r\n"


def read(field: Field) -> Signed:
    """Read a DKIM-Signature field; raises Unsound."""
    if len(field[1]) > MAX_FIELD:
        raise Unsound("the signature is too long")
    try:
        tags: dict[bytes, bytes] = parse_tag_value(field[1].replace(b"\r\n", b""))
    except (InvalidTagValueList, IndexError) as error:
        raise Unsound("the signature is not well formed") from error
    text = {name: "".join(_text(tags, name).split()) for name in (b"d", b"s", b"a", b"h", b"i")}
    domain, selector = text[b"d"].lower().rstrip("."), text[b"s"]
    if not _DOMAIN.fullmatch(domain) or not _SELECTOR.fullmatch(selector):
        raise Unsound("the signature names no domain")
    algorithm = text[b"a"].lower()
    if algorithm == "rsa-sha1":  # RFC 8301 3.1
        raise Unsound("it is signed with SHA-1, which is no longer safe")
    if algorithm not in ("rsa-sha256", "ed25519-sha256") or _text(tags, b"v").strip() != "1":
        raise Unsound("it is signed in a way that we do not know")
    identity = text[b"i"].lower().rpartition("@")[2]
    if identity and identity != domain and not identity.endswith(f".{domain}"):
        raise Unsound("the signature speaks for another domain than its own")
    covers = tuple(name.lower() for name in text[b"h"].split(":") if name)
    if "from" not in covers:
        raise Unsound("the signature does not cover who the mail is from")
    return Signed(domain, selector, algorithm, covers, tags, field)


def check(mail: Mail, signed: Signed, record: bytes, now: int) -> Outcome:
    """Verify a signature with the key's record (TXT, RFC 6376 3.6.1)."""
    outcome = _checked(mail, signed, record, now)
    if outcome.result == "fail" and _is_tested(record):
        return Outcome("none", "its signer is still testing")
    return outcome


def _is_tested(record: bytes) -> bool:
    """Whether the key says that a broken signature is to be taken for none (t=y)."""
    try:
        return "y" in _words(parse_tag_value(record[:MAX_KEY]), b"t")
    except (InvalidTagValueList, IndexError):
        return False


def _checked(mail: Mail, signed: Signed, record: bytes, now: int) -> Outcome:
    try:
        key = _key(record, signed)
        header, body = _canonicalization(signed)
        _check_times(signed, now)
        hashed = _body(mail.body, relaxed=body)
        length = signed.tags.get(b"l")
        covered = hashed if length is None else hashed[: _number(length)]
        if hashlib.sha256(covered).digest() != _base64(signed.tags.get(b"bh", b"")):
            return Outcome("fail", "its text was changed after it was signed")
        mails_from = sum(name.lower().strip() == b"from" for name, _ in mail.fields)
        if mails_from > signed.covers.count("from"):
            return Outcome("fail", "a sender was added after it was signed")
        data = _header(mail, signed, relaxed=header)
        if not _fits(key, _base64(signed.tags.get(b"b", b"")), data):
            return Outcome("fail", "its header was changed after it was signed")
        if len(covered) < len(hashed):  # RFC 6376 8.2: anybody could have added the rest
            return Outcome("none", "the signature covers only a part of the text")
    except Unsound as error:
        return Outcome("none", str(error))
    return Outcome("pass")


def _canonicalization(signed: Signed) -> tuple[bool, bool]:
    """Return whether header and body are canonicalized the relaxed way."""
    header, _, body = _text(signed.tags, b"c").strip().lower().partition("/")
    header, body = header or "simple", body or "simple"
    if {header, body} - {"simple", "relaxed"}:
        raise Unsound("it is signed in a way that we do not know")
    return header == "relaxed", body == "relaxed"


def _check_times(signed: Signed, now: int) -> None:
    start, end = signed.tags.get(b"t"), signed.tags.get(b"x")
    if start is not None and _number(start) > now + _EARLY:
        raise Unsound("it is signed in the future")
    if end is not None and _number(end) < now - _EARLY:
        raise Unsound("the signature was no longer valid when we looked")


def _key(record: bytes, signed: Signed) -> RSAPublicKey | Ed25519PublicKey:
    """Read the record of a key; raises Unsound."""
    try:
        tags: dict[bytes, bytes] = parse_tag_value(record[:MAX_KEY])
    except (InvalidTagValueList, IndexError) as error:
        raise Unsound("the signer's key is not well formed") from error
    if tags.get(b"v", b"DKIM1") != b"DKIM1" or b"p" not in tags:
        raise Unsound("the signer's key is not well formed")
    if not tags[b"p"]:
        raise Unsound("the signer withdrew the key")
    kind = _text(tags, b"k").strip().lower() or "rsa"
    if kind != signed.algorithm.partition("-")[0]:
        raise Unsound("the signer's key is of another kind")
    hashes, services = _words(tags, b"h"), _words(tags, b"s")
    if (hashes and "sha256" not in hashes) or (services and not services & {"*", "email"}):
        raise Unsound("the signer's key is not for mail")
    identity = _text(signed.tags, b"i").lower().rpartition("@")[2].strip()
    if "s" in _words(tags, b"t") and identity and identity != signed.domain:
        raise Unsound("the signature speaks for another domain than its own")
    return _loaded(_base64(tags[b"p"]), kind)


def _loaded(data: bytes, kind: str) -> RSAPublicKey | Ed25519PublicKey:
    try:
        if kind == "ed25519":
            return Ed25519PublicKey.from_public_bytes(data)
        key = load_der_public_key(data)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise Unsound("the signer's key is not well formed") from error
    if not isinstance(key, RSAPublicKey):
        raise Unsound("the signer's key is of another kind")
    if not KEY_BITS[0] <= key.key_size <= KEY_BITS[1]:
        raise Unsound("the signer's key is too short to be safe")
    return key


def _fits(key: RSAPublicKey | Ed25519PublicKey, signature: bytes, data: bytes) -> bool:
    try:
        if isinstance(key, RSAPublicKey):
            key.verify(signature, data, PKCS1v15(), SHA256())
        else:
            key.verify(signature, hashlib.sha256(data).digest())  # RFC 8463 3
    except (InvalidSignature, ValueError):
        return False
    return True


def _body(body: bytes, *, relaxed: bool) -> bytes:
    """Canonicalize a body (RFC 6376 3.4.3, 3.4.4)."""
    if relaxed:
        lines = (_SPACES.sub(b" ", line).rstrip(b" ") for line in body.split(b"\r\n"))
        text = b"\r\n".join(lines)
    else:
        text = body
    end = len(text)
    while text.endswith(b"\r\n", 0, end):
        end -= 2
    text = text[:end]
    return text + b"\r\n" if text or not relaxed else b""


def _header(mail: Mail, signed: Signed, *, relaxed: bool) -> bytes:
    """Put together what was signed of the header; the signature itself without its `b=`."""
    way = Relaxed if relaxed else Simple
    fields: list[Field] = way.canonicalize_headers(list(mail.fields))
    stripped = [(name.strip(), (name, value)) for name, value in fields]
    wanted = [name.encode("utf-8", "replace") for name in signed.covers]
    chosen: list[Field] = [pair for _, pair in select_headers(stripped, wanted)]
    bare = (signed.field[0], _without_b(signed.field[1]))
    own: Field = way.canonicalize_headers([bare])[0]
    lines = [name + b":" + value for name, value in chosen]
    return b"".join(lines) + own[0] + b":" + own[1].removesuffix(b"\r\n")


def _without_b(value: bytes) -> bytes:
    parts = value.split(b";")
    for at, part in enumerate(parts):
        name, equals, rest = part.partition(b"=")
        if equals and name.strip() == b"b":
            end = b"\r\n" if at == len(parts) - 1 and rest.endswith(b"\r\n") else b""
            parts[at] = name + b"=" + end
    return b";".join(parts)


def _text(tags: Mapping[bytes, bytes], name: bytes) -> str:
    return tags.get(name, b"").decode("ascii", "replace")


def _words(tags: Mapping[bytes, bytes], name: bytes) -> set[str]:
    return {word.strip().lower() for word in _text(tags, name).split(":") if word.strip()}


def _number(value: bytes) -> int:
    text = value.strip()
    if not text.isdigit() or len(text) > 12:
        raise Unsound("the signature is not well formed")
    return int(text)


def _base64(value: bytes) -> bytes:
    try:
        return base64.b64decode(b"".join(value.split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise Unsound("the signature is not well formed") from error
