"""From the setting to the place."""

from __future__ import annotations

from pathlib import Path

from missive_server.blobs.folder import Folder
from missive_server.blobs.place import Place
from missive_server.blobs.s3 import S3


def open_place(setting: str) -> Place:
    """`setting` is a folder, or s3://…"""
    return S3(setting) if setting.startswith("s3://") else Folder(Path(setting))
