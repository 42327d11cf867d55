"""A disk of 20 MB that fills up and gets room again."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

_SIZE = 20  # MB


class SmallDisk:
    """A file system in memory, mounted on `path`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._filler = path / "filler"

    def mount(self) -> bool:
        return _mount("-t", "tmpfs", "-o", f"size={_SIZE}m,mode=755", "tmpfs", str(self.path))

    def fill(self, left: int = 0) -> None:
        """Leave `left` bytes free."""
        free = shutil.disk_usage(self.path).free
        with self._filler.open("ab") as file:
            if free > left:
                os.posix_fallocate(file.fileno(), file.tell(), free - left)

    def make_room(self) -> None:
        """Have plenty of space again."""
        self._filler.unlink(missing_ok=True)
        assert _mount("-o", f"remount,size={_SIZE * 10}m", str(self.path))

    def read_only(self, on: bool) -> None:
        assert _mount("-o", f"remount,{'ro' if on else 'rw'}", str(self.path))

    def unmount(self) -> None:
        subprocess.run(["umount", "-l", str(self.path)], check=True)


def _mount(*arguments: str) -> bool:
    return subprocess.run(["mount", *arguments], capture_output=True, check=False).returncode == 0


@pytest.fixture
def small_disk() -> Iterator[SmallDisk]:
    """A disk of one's own; only the system's administrator may mount one."""
    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("only root on Linux can mount a small disk")
    disk = SmallDisk(Path(tempfile.mkdtemp(prefix="small-disk-")))
    if not disk.mount():
        disk.path.rmdir()
        pytest.skip("this machine does not allow mounting")
    try:
        yield disk
    finally:
        disk.unmount()
        disk.path.rmdir()
