"""One server for one data folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from missive_server.database.alone import alone
from missive_server.errors import Trouble


def test_a_second_one_is_told_and_the_next_one_is_let_in(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "data"
    with alone(folder), pytest.raises(Trouble, match="Another server"), alone(folder):
        pass
    with alone(folder):
        pass


def test_a_folder_that_cannot_be_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(Trouble, match="file cannot be made"), alone(tmp_path / "file"):
        pass
