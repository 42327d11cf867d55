"""A disk of 20 MB that fills up and gets room again."""

from __future__ import annotations

import contextlib
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
        with self._filler.open("ab") as file:
            while (free := shutil.disk_usage(self.path).free) > left:
                with contextlib.suppress(OSError):  # somebody else took some meanwhile
                    os.posix_fallocate(file.fileno(), file.seek(0, os.SEEK_END), free - left)

    def make_room(self, size: int = 0) -> None:
        """Have `size` bytes free, or plenty."""
        self._filler.unlink(missing_ok=True)
        if size:
            self.fill(left=size)
        else:
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
