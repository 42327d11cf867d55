"""Signing in to a team's server, two-factor, sessions and devices: what a person does for access.

The password never leaves this process: the server is shown what `accounts.derived` makes of it,
which opens no key. Nothing here reads or writes the store.
"""

from __future__ import annotations

from missive_desktop.errors import LoginRefused, Refused, UsageError
from missive_desktop.team.calls import Calls, Problems
from missive_desktop.team.keys.device import DeviceKeys
from missive_wire import accounts as wire
from missive_wire.accounts import DeviceInfo, LoginAnswer, SessionInfo, TwoFactorOffer

_WRONG = frozenset({"wrong", "wrong_code"})
_ADDRESS = "Is the server's address the one of your invitation? Passwords are bound to it."


def checked_address(email: str) -> str:
    """Return an address as the server knows it."""
    plain = wire.plain_address(email)
    if not plain:
        raise UsageError(f"{email} is not a mail address.")
    return plain


def checked_password(password: str, email: str) -> str:
    """Return a password that is fit to be a new one."""
    if len(password) < wire.PASSWORD_LETTERS:
        raise UsageError(f"The password needs at least {wire.PASSWORD_LETTERS} characters.")
    if password.casefold() in (email, email.partition("@")[0]) or len(set(password)) < 4:
        raise UsageError("This password is too easy to guess.")
    return password


def derived(calls: Calls, email: str, password: str) -> bytes:
    """Return what the server is shown of a password. Takes a moment, by design."""
    return wire.derived(password, _told(calls, email).salt, calls.host, email)


def _told(calls: Calls, email: str) -> wire.SaltAnswer:
    """Return what the server answers to an address."""
    answer = calls.post(wire.SALT, wire.SaltRequest(email), wire.SaltAnswer, token=False)
    if len(answer.salt) != wire.SALT_BYTES:
        raise Refused("The team's server did not answer as it should.")
    return answer


def sign_in(
    calls: Calls, email: str, password: str, device: DeviceKeys, code: str = ""
) -> LoginAnswer:
    """Sign in; where the answer's `st` is "code", do so again with one."""
    told = _told(calls, email)
    secret = wire.derived(password, told.salt, calls.host, email)
    proof = device.sign.sign(wire.LOGIN_LABEL, wire.login_message(told.challenge, device.id))
    keys = public(device)
    request = wire.LoginRequest(email, secret, keys, told.challenge, proof, code.strip())
    try:
        return calls.post(wire.LOGIN, request, LoginAnswer, token=False)
    except Problems as problem:
        if problem.code in _WRONG:
            raise LoginRefused(
                str(problem), _ADDRESS if problem.code == "wrong" else ""
            ) from problem
        raise


def public(device: DeviceKeys) -> wire.DeviceKeys:
    """Return a device as it names itself to the server."""
    return wire.DeviceKeys(device.id, device.sign.public, device.box.public)


def sign_out(calls: Calls) -> None:
    calls.post(wire.LOGOUT, wire.Done(), wire.Done)


def me(calls: Calls) -> wire.Me:
    return calls.get(wire.ME, wire.Me)


def sessions(calls: Calls) -> tuple[SessionInfo, ...]:
    return calls.get(wire.SESSIONS, wire.Sessions).sessions


def end_session(calls: Calls, session: str = "") -> None:
    """End one session, or all but this one."""
    calls.post(wire.END_SESSION, wire.EndSession(session), wire.Done)


def devices(calls: Calls) -> tuple[DeviceInfo, ...]:
    return calls.get(wire.DEVICES, wire.Devices).devices


def revoke_device(calls: Calls, device: str) -> None:
    calls.post(wire.REVOKE_DEVICE, wire.RevokeDevice(device), wire.Done)


def begin_two_factor(calls: Calls, email: str, password: str) -> TwoFactorOffer:
    secret = derived(calls, email, password)
    return calls.post(wire.TWO_FACTOR_BEGIN, wire.TwoFactorBegin(secret), TwoFactorOffer)


def confirm_two_factor(calls: Calls, code: str) -> tuple[str, ...]:
    """Switch it on; return the recovery codes, which are shown this once."""
    request = wire.TwoFactorConfirm(code.strip())
    return calls.post(wire.TWO_FACTOR_CONFIRM, request, wire.RecoveryCodes).codes


def new_recovery_codes(calls: Calls, email: str, password: str, code: str) -> tuple[str, ...]:
    proof = wire.TwoFactorProof(derived(calls, email, password), code.strip())
    return calls.post(wire.TWO_FACTOR_CODES, proof, wire.RecoveryCodes).codes


def end_two_factor(calls: Calls, email: str, password: str, code: str) -> None:
    proof = wire.TwoFactorProof(derived(calls, email, password), code.strip())
    calls.post(wire.TWO_FACTOR_OFF, proof, wire.Done)


def change_password(calls: Calls, email: str, old: str, new: str, code: str = "") -> None:
    """Ends all other sessions."""
    salt = _told(calls, email).salt
    request = wire.PasswordChange(
        wire.derived(old, salt, calls.host, email),
        wire.derived(checked_password(new, email), salt, calls.host, email),
        code.strip(),
    )
    calls.post(wire.PASSWORD, request, wire.Done)


def demand_two_factor(calls: Calls, on: bool) -> None:
    """For owner and admins: nobody gets anything without two-factor login."""
    calls.post(wire.POLICY, wire.Policy(on), wire.Done)
