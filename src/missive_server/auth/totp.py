"""Codes of an authenticator (RFC 6238), pure. A step counts once, so a seen code is worthless."""

from __future__ import annotations

import hmac
import re

import pyotp

_STEP = 30
_DRIFT = 1  # steps that a telephone may be early or late
_CODE = re.compile(r"[0-9]{6}")
ISSUER = "Missive"


def new_key() -> str:
    """Return 160 random bits in base32."""
    return pyotp.random_base32()


def uri(key: str, email: str) -> str:
    """Return what the QR code says."""
    return pyotp.TOTP(key).provisioning_uri(name=email, issuer_name=ISSUER)


def is_code(text: str) -> bool:
    return _CODE.fullmatch(_digits(text)) is not None


def accepted_step(key: str, code: str, wall: float, last: int) -> int | None:
    """Return the step that a code is of, if it is near and after the last that counted.

    All near steps are compared, whichever it is.
    """
    digits = _digits(code)
    if not is_code(digits):
        return None
    now = int(wall) // _STEP
    source = pyotp.TOTP(key)
    found = None
    for step in range(now - _DRIFT, now + _DRIFT + 1):
        same = hmac.compare_digest(source.generate_otp(max(step, 0)), digits)
        if same and step > last:
            found = step
    return found


def _digits(text: str) -> str:
    return "".join(text.split())
