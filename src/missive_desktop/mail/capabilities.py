"""What a server offers, and how we use it (RFC 9051 section 7.2.2). Pure."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec


class Capabilities(msgspec.Struct, frozen=True):
    condstore: bool = False  # RFC 7162
    qresync: bool = False  # RFC 7162; only with ENABLE
    enable: bool = False  # RFC 5161
    move: bool = False  # RFC 6851
    uidplus: bool = False  # RFC 4315
    idle: bool = False  # RFC 2177
    special_use: bool = False  # RFC 6154
    list_extended: bool = False  # RFC 5258
    list_status: bool = False  # RFC 5819
    namespace: bool = False  # RFC 2342
    esearch: bool = False  # RFC 4731
    utf8: bool = False  # RFC 9755: folder names in UTF-8 after ENABLE
    compress: bool = False  # RFC 4978
    gmail: bool = False  # X-GM-EXT-1
    xlist: bool = False  # what Gmail had before SPECIAL-USE


_REV2 = frozenset(
    {"ENABLE", "IDLE", "LIST-EXTENDED", "LIST-STATUS", "MOVE", "NAMESPACE", "SPECIAL-USE"}
    | {"UIDPLUS", "UNSELECT", "ESEARCH"}
)


def capabilities(names: Iterable[str]) -> Capabilities:
    """Read the names of a CAPABILITY response."""
    have = {name.upper() for name in names}
    if "IMAP4REV2" in have and "IMAP4REV1" not in have:
        # Of a server that offers both, revision 1 is spoken, and its extensions stand in the list.
        have |= _REV2
    enable = "ENABLE" in have
    return Capabilities(
        condstore=bool(have & {"CONDSTORE", "QRESYNC"}),
        qresync="QRESYNC" in have and enable,
        enable=enable,
        move="MOVE" in have,
        uidplus="UIDPLUS" in have,
        idle="IDLE" in have,
        special_use="SPECIAL-USE" in have,
        list_extended="LIST-EXTENDED" in have,
        list_status="LIST-STATUS" in have,
        namespace="NAMESPACE" in have,
        esearch="ESEARCH" in have,
        utf8=enable and bool(have & {"UTF8=ACCEPT", "UTF8=ONLY"}),
        compress="COMPRESS=DEFLATE" in have,
        gmail="X-GM-EXT-1" in have,
        xlist="XLIST" in have,
    )
