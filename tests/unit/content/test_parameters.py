"""Content-Type and Content-Disposition values."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from missive_desktop.content import mime, parameters


@pytest.mark.parametrize(
    ("text", "value", "expected"),
    [
        ("text/plain", "text/plain", {}),
        ("TEXT/Plain; Charset=UTF-8", "text/plain", {"charset": "UTF-8"}),
        ('text/plain; charset="utf-8" (Unicode)', "text/plain", {"charset": "utf-8"}),
        ("text/plain; charset=utf-8 (Unicode)", "text/plain", {"charset": "utf-8"}),
        ("text / plain ; charset = utf-8", "text/plain", {"charset": "utf-8"}),
        ("application/pdf; name=a long name.pdf", "application/pdf", {"name": "a long name.pdf"}),
        ("application/pdf\r\n name=x.pdf", "application/pdf", {"name": "x.pdf"}),
        (
            'attachment; filename="a \\"b\\".txt"; size=3',
            "attachment",
            {"filename": 'a "b".txt', "size": "3"},
        ),
        (
            "attachment; filename*=utf-8''r%C3%A9sum%C3%A9.pdf",
            "attachment",
            {"filename": "résumé.pdf"},
        ),
        (
            "attachment; filename*0=one; filename*1=two.txt",
            "attachment",
            {"filename": "onetwo.txt"},
        ),
        (
            "attachment; filename*1*=%20r.txt; filename*0*=utf-8'fr'%C3%A9",
            "attachment",
            {"filename": "é r.txt"},
        ),
        (
            "attachment; filename=plain.txt; filename*=utf-8''b%C3%B6se.txt",
            "attachment",
            {"filename": "böse.txt"},
        ),
        ('attachment; filename="=?utf-8?q?=C3=BC.txt?="', "attachment", {"filename": "ü.txt"}),
        (
            "attachment; filename*0*=iso-8859-1'es'%F1; filename*1*=\"iso-8859-1' (it\\'s).txt\"",
            "attachment",
            {"filename": "ñ (it's).txt"},
        ),
        (
            "attachment; filename*0*=utf-8''Rock; filename*1*=\"'n'Roll.mp3\"",
            "attachment",
            {"filename": "Rock'n'Roll.mp3"},
        ),
        ("attachment; filename*9999=b; filename*0=a", "attachment", {"filename": "ab"}),
        ("attachment; filename*=nonsense", "attachment", {"filename": "nonsense"}),
        ("multipart/mixed; boundary=a=b", "multipart/mixed", {"boundary": "a=b"}),
        (";;;", "", {}),
        ("", "", {}),
    ],
)
def test_reads(text, value, expected):
    found = parameters.parse(text.encode())
    assert found.value == value
    assert dict(found.parameters) == expected


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("a.txt", "a.txt"),
        ("../../etc/passwd", "_.._etc_passwd"),
        ("C:\\x.exe", "C__x.exe"),
        ("invoice\u202efdp.exe", "invoice_fdp.exe"),
        ("a\x00b", "a_b"),
        ("...", "_"),
        ("x" * 300 + ".pdf", "x" * 180 + ".pdf"),
    ],
)
def test_file_names_are_harmless(name, safe):
    assert mime.file_name(name) == safe


@given(st.binary(max_size=300))
def test_never_raises(value):
    parameters.parse(value)
