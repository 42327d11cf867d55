"""An invitation as a link: https://HOST/join#1.<org>.<invite>.<secret>.<fingerprint of the root>.

What follows the # is never sent by a browser. From the secret come what the server checks (`auth`),
and the keys of a temporary device: it certifies the newcomer, opens the first grants, so nobody has
to wait for the inviter, and reads what the organization is called. Who has the link can join in its
stead: once, until it expires.
"""

from __future__ import annotations

import os
import uuid
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from missive_desktop.team.keys import fingerprints, primitives
from missive_desktop.team.keys.device import DeviceKeys
from missive_desktop.team.keys.primitives import BoxKey, SigningKey
from missive_desktop.team.keys.trouble import BadLink

DAYS = 7
_VERSION = "1"
_SECRET = 20


@dataclass(frozen=True)
class Invitation:
    """What a link says. `url` is the server's address, without a path."""

    url: str
    org: str
    invite: str
    secret: bytes = field(repr=False)
    root: bytes  # fingerprint

    @property
    def auth(self) -> bytes:
        """What the server is shown; it kept only a hash, and nothing leads on from it."""
        return primitives.derived(self.secret, "invitation auth")

    def device(self) -> DeviceKeys:
        """The temporary device whose keys everybody with the link has."""
        return DeviceKeys(
            self.invite,
            SigningKey(primitives.derived(self.secret, "invitation sign")),
            BoxKey(primitives.derived(self.secret, "invitation box")),
        )


def new_invitation(url: str, org: str, invite: str, root: bytes) -> Invitation:
    return Invitation(url.rstrip("/"), org, invite, os.urandom(_SECRET), root)


def link(invitation: Invitation) -> str:
    parts = (
        _VERSION,
        primitives.text(uuid.UUID(invitation.org).bytes),
        primitives.text(uuid.UUID(invitation.invite).bytes),
        primitives.text(invitation.secret),
        primitives.text(invitation.root),
    )
    return f"{invitation.url}/join#{'.'.join(parts)}"


def parsed(given: str) -> Invitation:
    """Return what a link says: https://HOST/join#…, or missive://join/HOST#… as an app opens it."""
    address = "".join(given.split())
    try:
        parts = urlsplit(address)
        url = _server(parts.scheme, parts.netloc, parts.path)
        version, org, invite, secret, root = parts.fragment.split(".")
        found = Invitation(url, _id(org), _id(invite), primitives.raw(secret), primitives.raw(root))
    except ValueError as error:
        raise BadLink("This is not an invitation link. Copy it whole, as it was sent.") from error
    if version != _VERSION:
        raise BadLink("This invitation needs a newer version of Missive.")
    if len(found.secret) != _SECRET or len(found.root) != fingerprints.SIZE:
        raise BadLink("A piece of this link is missing. Copy it whole, as it was sent.")
    return found


def _server(scheme: str, host: str, path: str) -> str:
    if scheme == "missive":
        if host != "join" or not path.strip("/") or "/" in path.strip("/"):
            raise ValueError("no host")
        return f"https://{path.strip('/')}"
    if scheme not in ("https", "http") or not host or "@" in host or not path.endswith("/join"):
        raise ValueError("no address")
    return f"{scheme}://{host}{path.removesuffix('/join')}"


def _id(letters: str) -> str:
    return str(uuid.UUID(bytes=primitives.raw(letters)))
