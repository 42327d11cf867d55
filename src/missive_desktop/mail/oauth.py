"""The XOAUTH2 initial response (Google's and Microsoft's, before RFC 7628). Pure."""

from __future__ import annotations


def xoauth2(user: str, token: str) -> str:
    """Return the string, before base64, that signs `user` in with a bearer token."""
    return f"user={user}\x01auth=Bearer {token}\x01\x01"
