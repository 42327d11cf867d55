"""A draft: what the composer edits and `content.build` turns into a message."""

from __future__ import annotations

import msgspec

from missive_desktop.domain.message import Address


class DraftAttachment(msgspec.Struct, frozen=True):
    """A file that goes with a draft; its bytes lie in the store as the raw record `raw`."""

    raw: int
    name: str
    media_type: str
    size: int
    content_id: str = ""  # set for an image that the HTML body shows inline


class Draft(msgspec.Struct, frozen=True):
    """The whole state of a message being written.

    `kind` is new, reply, reply_all or forward; `parent` is the store id of the message it
    answers or forwards (0 for none). `html` is empty for a plain-text mail.
    """

    account: int
    kind: str = "new"
    parent: int = 0
    conversation: int = 0
    sender: Address = Address("", "")
    to: tuple[Address, ...] = ()
    cc: tuple[Address, ...] = ()
    bcc: tuple[Address, ...] = ()
    subject: str = ""
    text: str = ""
    html: str = ""
    attachments: tuple[DraftAttachment, ...] = ()
    message_id: str = ""  # fixed at the first save, so that a mirrored copy can be recognized
    in_reply_to: str = ""
    references: tuple[str, ...] = ()
