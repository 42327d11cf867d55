"""A device: an Ed25519 pair that signs for it, and an X25519 pair that things are sealed to."""

from __future__ import annotations

import os
from dataclasses import dataclass

from missive_desktop.team.keys import primitives
from missive_desktop.team.keys.primitives import BoxKey, SigningKey


@dataclass(frozen=True)
class DevicePublic:
    id: str
    sign: bytes
    box: bytes


@dataclass(frozen=True)
class DeviceKeys:
    """The private halves. An invitation and the root act as devices too, under their own ids."""

    id: str
    sign: SigningKey
    box: BoxKey

    @property
    def public(self) -> DevicePublic:
        return DevicePublic(self.id, self.sign.public, self.box.public)


def new_device(device: str) -> DeviceKeys:
    return DeviceKeys(
        device, SigningKey(os.urandom(primitives.KEY)), BoxKey(os.urandom(primitives.KEY))
    )


def kept_device(device: str, sign: bytes, box: bytes) -> DeviceKeys:
    """Return a device from the seeds of its keys as they were put away."""
    return DeviceKeys(device, SigningKey(sign), BoxKey(box))
