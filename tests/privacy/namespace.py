"""A network of one's own, where every address of the world is this machine: Linux only.

`reason` says why there is none; `command` wraps a program that then calls `open_up` in it.
"""

from __future__ import annotations

import os
import shutil
import socket
import struct
import subprocess
import sys

_NEW_ROUTE = 24  # RTM_NEWROUTE of rtnetlink(7)
_REQUEST_CREATE_ACK = 0x1 | 0x4 | 0x400
_LOCAL_TABLE, _BOOT, _LOCAL_TYPE, _HOST_SCOPE, _WORLD_SCOPE = 255, 3, 2, 254, 0
_OUT_INTERFACE = 4  # RTA_OIF
_UP = 0x1 | 0x40  # IFF_UP, IFF_RUNNING
_SET_FLAGS = 0x8914  # SIOCSIFFLAGS


def command(program: list[str]) -> list[str]:
    """Return the command that runs a program in an empty network."""
    return ["unshare", "-n" if os.geteuid() == 0 else "-rn", *program]


def reason() -> str:
    """Say why no network of one's own can be had here; "" if it can."""
    if sys.platform != "linux":
        return "network namespaces are Linux's"
    if shutil.which("unshare") is None:
        return "there is no unshare (util-linux)"
    tried = subprocess.run(command(["true"]), capture_output=True, text=True, check=False)
    if tried.returncode == 0:
        return ""
    return f"no network namespace may be made: {tried.stderr.strip().splitlines()[-1:]}"


def open_up() -> None:
    """Make the loopback of this namespace answer for every address there is."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        # Imported here: other systems have no such module.
        import fcntl

        fcntl.ioctl(any_socket, _SET_FLAGS, struct.pack("16sh22x", b"lo", _UP))
    for family in (socket.AF_INET, socket.AF_INET6):
        _route_everything_here(family)


def _route_everything_here(family: int) -> None:
    """Add `local default dev lo`, as iproute2 writes it."""
    scope = _HOST_SCOPE if family == socket.AF_INET else _WORLD_SCOPE
    body = struct.pack("BBBBBBBBI", family, 0, 0, 0, _LOCAL_TABLE, _BOOT, scope, _LOCAL_TYPE, 0)
    body += struct.pack("HHI", 8, _OUT_INTERFACE, socket.if_nametoindex("lo"))
    head = struct.pack("IHHII", 16 + len(body), _NEW_ROUTE, _REQUEST_CREATE_ACK, 1, 0)
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0) as kernel:
        kernel.bind((0, 0))
        kernel.send(head + body)
        answer = kernel.recv(4096)
    (error,) = struct.unpack_from("i", answer, 16)
    if error and family == socket.AF_INET:
        raise OSError(-error, os.strerror(-error))
