"""A mail account's settings. Secrets are not part of them."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

import msgspec


class Security(StrEnum):
    TLS = "tls"  # from the first byte, RFC 8314
    STARTTLS = "starttls"


class Auth(StrEnum):
    PASSWORD = "password"  # noqa: S105 - the name of a method, not a secret
    XOAUTH2 = "xoauth2"


class AccountState(StrEnum):
    NEW = "new"
    SYNCING = "syncing"
    READY = "ready"
    OFFLINE = "offline"
    REFUSED = "refused"  # sign in again
    FAILED = "failed"


class Endpoint(msgspec.Struct, frozen=True):
    host: str
    port: int
    security: Security


class AccountSettings(msgspec.Struct, frozen=True):
    """All that is needed to reach an account, but the secret."""

    address: str
    imap: Endpoint
    smtp: Endpoint | None
    user: str  # the login name, often the address
    name: str = ""  # the display name for From
    auth: Auth = Auth.PASSWORD
    ca_file: str = ""  # an own certificate authority (PEM), or empty for the system's
    provider: str = ""  # "gmail", "outlook" …, or empty
    files_sent: bool = False  # the provider puts what is sent into Sent by itself
    signature: str = ""
    kind: Literal["mail", "space", "served"] = "mail"  # served: the mailbox behind a space
