"""File names from strangers: they stay where they are put and show what they are."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from missive_desktop.content.filenames import safe_name


@pytest.mark.parametrize(
    ("hostile", "safe"),
    [
        ("report.pdf", "report.pdf"),
        ("Bericht März.pdf", "Bericht März.pdf"),
        ("../../etc/passwd", "_._etc_passwd"),
        ("..", "attachment"),
        ("", "attachment"),
        (".bashrc", "bashrc"),
        ("a/b\\c:d.txt", "a_b_c_d.txt"),
        ("invoice\u202efdp.exe", "invoicefdp.exe"),
        ("con.txt", "_con.txt"),
        ("LPT1", "_LPT1"),
        ("name. ", "name"),
        ("tab\tnew\nline.txt", "tabnewline.txt"),
        ("run.ex\u200be", "run.exe"),  # what is warned of is what is written
        ("x" * 300 + ".pdf", "x" * 116 + ".pdf"),
    ],
)
def test_names(hostile, safe):
    assert safe_name(hostile) == safe


@given(st.text(max_size=400))
def test_every_name_is_usable(name):
    safe = safe_name(name)
    assert safe
    assert len(safe.encode()) <= 136
    assert not set(safe) & set('/\\:*?"<>|\0\n')
    assert safe not in (".", "..")
    assert not safe.startswith(".")
    assert not safe.endswith((" ", "."))
