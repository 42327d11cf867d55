"""Requests on coming into teams and on one's own login there. Passwords come over the pipe only."""

from __future__ import annotations

from missive_desktop.engine.request import Request


class TeamCreate(Request, frozen=True):
    """Make an organization with the server's set-up link → {"team", "recovery", "must"}.

    `setup` is the link, which says server, address and name, or its token alone. `recovery` is the
    recovery key, to be shown this once: it is kept nowhere. `must`: two-factor is to be set up
    before anything else.
    """

    setup: str
    password: str
    name: str = ""
    url: str = ""
    email: str = ""
    organization: str = ""
    ca_file: str = ""
    proxy: str = ""


class TeamLook(Request, frozen=True):
    """Say what an invitation link is for → {"url", "role", "spaces": how many, "organization",
    "inviter", "email", "name"}; the last four as its seal says, or "".
    """

    link: str
    ca_file: str = ""
    proxy: str = ""


class TeamJoin(Request, frozen=True):
    """Join by an invitation link → {"team", "must"}."""

    link: str
    email: str
    name: str
    password: str
    ca_file: str = ""
    proxy: str = ""


class TeamLogin(Request, frozen=True):
    """Sign in, on this device or again → {"st", "team", "state", "code", "must"}.

    `st` "code": the password is right, call again with a code. `state` "approval": this device has
    to be approved, by typing `code` into another one, or by TeamRecover; TeamEntered tells whether.
    """

    url: str
    email: str
    password: str
    code: str = ""
    ca_file: str = ""
    proxy: str = ""


class TeamEntered(Request, frozen=True):
    """Look whether this device was approved meanwhile → {"state", "code"}."""

    team: int


class TeamRecover(Request, frozen=True):
    """Approve this device by the recovery key → {}. Other devices of this person end."""

    team: int
    key: str


class TeamLogout(Request, frozen=True):
    """Sign out → {}. With `forget` all that is here of the team goes."""

    team: int
    forget: bool = False


class TeamStanding(Request, frozen=True):
    """→ {"email", "two_factor", "must", "required", "codes"}, as the server has it.

    `required`: by the organization; `codes`: recovery codes that are left.
    """

    team: int


class TwoFactorBegin(Request, frozen=True):
    """→ {"uri", "key", "svg"}: for an authenticator, as a QR code and to be typed."""

    team: int
    password: str


class TwoFactorConfirm(Request, frozen=True):
    """Switch it on with a code → {"codes": recovery codes, to be shown this once}."""

    team: int
    code: str


class TwoFactorCodes(Request, frozen=True):
    """Replace the recovery codes → {"codes"}."""

    team: int
    password: str
    code: str


class TwoFactorOff(Request, frozen=True):
    """→ {}."""

    team: int
    password: str
    code: str


class DemandTwoFactor(Request, frozen=True):
    """For owner and admins: demand it of all members, or no longer → {}."""

    team: int
    on: bool


class ShowFingerprints(Request, frozen=True):
    """→ {"organization": letters, "people": {user: letters}}, for people to compare."""

    team: int


class NameOrganization(Request, frozen=True):
    """For owner and admins: call the organization something → {}."""

    team: int
    name: str


class ChangePassword(Request, frozen=True):
    """→ {}. All other sessions end."""

    team: int
    old: str
    new: str
    code: str = ""


class ListDevices(Request, frozen=True):
    """→ {"devices": [{"id", "name", "platform", "state", "since", "used", "current"}]}, one's own.

    Times in milliseconds.
    """

    team: int


class ApproveDevice(Request, frozen=True):
    """Let in the device of one's own that shows this code → {"device": id}."""

    team: int
    code: str
    name: str = ""


class RevokeDevice(Request, frozen=True):
    """End a device of one's own for good; what it could read gets new keys → {}."""

    team: int
    device: str


class ListSessions(Request, frozen=True):
    """→ {"sessions": [{"id", "device", "since", "used", "until", "current"}]}."""

    team: int


class EndSession(Request, frozen=True):
    """End one session, or ("") all but this one → {}."""

    team: int
    session: str = ""


TeamLoginRequest = (
    TeamCreate | TeamLook | TeamJoin | TeamLogin | TeamEntered | TeamRecover | TeamLogout
    | TeamStanding | TwoFactorBegin | TwoFactorConfirm | TwoFactorCodes | TwoFactorOff
    | DemandTwoFactor | ShowFingerprints | NameOrganization | ChangePassword | ListDevices
    | ApproveDevice | RevokeDevice
    | ListSessions | EndSession
)  # fmt: skip
