"""What is said of attached files before they are opened."""

import gzip
import io
import tarfile
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from missive_desktop.content.archives import tar_members, zip_members
from missive_desktop.content.dangers import warning
from missive_desktop.content.parse import parse

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)
PROGRAM = b"MZ" + bytes(58) + (128).to_bytes(4, "little") + bytes(64) + b"PE\0\0"


def packed(*names, content=b"x"):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name in names:
            archive.writestr(name, content)
    return out.getvalue()


def tarred(*names, gzipped=False):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name in names:
            archive.addfile(tarfile.TarInfo(name))
    # Without the time of day: the cases must be the same whenever they are collected.
    return gzip.compress(out.getvalue(), mtime=0) if gzipped else out.getvalue()


@pytest.mark.parametrize(
    ("name", "media_type", "data"),
    [
        ("plan.pdf", "application/pdf", b"%PDF-1.7\n1 0 obj"),
        ("photo.jpg", "image/jpeg", b"\xff\xd8\xff\xe0"),
        ("photo.jpg", "image/png", b"\x89PNG"),
        ("notes.txt", "text/plain", b"hello"),
        ("letter.docx", "application/zip", packed("[Content_Types].xml", "word/document.xml")),
        ("old.doc", "application/msword", OLE),
        ("pictures.zip", "application/zip", packed("a.jpg", "b/c.png", "page.html")),
        ("source.tar.gz", "application/gzip", tarred("a/readme.txt", gzipped=True)),
        ("invoice.xml", "text/xml", b"<?xml version='1.0'?><Invoice/>"),
        ("invite.ics", "text/calendar", b"BEGIN:VCALENDAR"),
        ("Version 2.0 final.odt", "application/octet-stream", b"PK"),
        ("noname", "application/octet-stream", b"\0\1"),
        (
            "mz.txt",
            "text/plain",
            b"MZ is a postal code of Mainz, and this goes on" + b"." * 40,
        ),
        ("", "", b""),
    ],
)
def test_nothing_is_said_of_what_is_harmless(name, media_type, data):
    assert warning(name, media_type, data) == ""


@pytest.mark.parametrize(
    ("name", "media_type", "data", "said"),
    [
        ("setup.exe", "", b"", "program for Windows"),
        ("setup.EXE. .", "", b"", "program for Windows"),
        ("tool", "application/octet-stream", b"\x7fELF", "program for Linux"),
        ("tool", "application/octet-stream", b"\xcf\xfa\xed\xfe", "program for macOS"),
        ("Install.command", "", b"", "macOS"),
        ("run.js", "", b"", "script"),
        ("clean.sh", "text/plain", b"#!/bin/sh", "script"),
        ("a", "application/hta", b"", "script"),
        ("bill.docm", "", b"", "macros"),
        ("bill.docx", "", packed("[Content_Types].xml", "word/vbaProject.bin"), "macros"),
        ("bill.xlsx", "", packed("[Content_Types].xml", "xl/macrosheets/s.xml"), "macros"),
        ("bill.doc", "", OLE + "_VBA_PROJECT".encode("utf-16-le"), "macros"),
        ("bill.xls", "", OLE + b"\x85\x00\x0e\x00\1\2\3\4\x00\x01\x06\x00Macro1", "macros"),
        ("bill.doc", "", OLE + "\x01Ole10Native".encode("utf-16-le"), "another file inside"),
        ("bill.rtf", "", b"{\\rtf1{\\object\\objdata 0105}}", "another file inside"),
        ("bill.xlsx", "", OLE + "EncryptedPackage".encode("utf-16-le"), "encrypted"),
        ("bill.pdf", "", b"%PDF-1.7 /OpenAction << /S /JavaScript /JS (x) >>", "PDF"),
        ("page.htm", "text/html", b"", "web page"),
        ("page", "text/plain", b"\xef\xbb\xbf <!DOCTYPE html><title>", "web page"),
        ("page", "", "\ufeff<html>".encode("utf-16-le"), "web page"),
        ("mail.mht", "", b"MIME-Version: 1.0", "web page"),
        ("logo.svg", "image/svg+xml", b"<svg>", "drawing"),
        ("logo", "image/svg+xml", b"<?xml version='1.0'?><!-- x --><svg xmlns=''>", "drawing"),
        ("disk.iso", "", b"", "disk image"),
        ("disk", "", bytes(32769) + b"CD001", "disk image"),
        ("disk.vhdx", "", b"vhdxfile", "disk image"),
        ("open.lnk", "", b"L\0\0\0\x01\x14\x02\0", "shortcut"),
        ("open.url", "", b"[InternetShortcut]\r\nURL=file://host/x", "shortcut"),
        ("x.library-ms", "", b"", "shortcut"),
        ("x.settingcontent-ms", "", b"", "shortcut"),
        ("x.webloc", "", b"", "shortcut"),
        ("x.desktop", "", b"[Desktop Entry]", "shortcut"),
        ("notes.one", "", b"", "notebook"),
        ("a.zip", "", packed("doc.txt", "in/invoice.pdf.js"), "script: invoice.pdf.js"),
        ("a.zip", "", packed("x.iso"), "may do harm: x.iso"),
        ("a.tar", "", tarred("a.txt", "run.sh"), "script: run.sh"),
        ("a.tgz", "", tarred("run.ps1", gzipped=True), "script: run.ps1"),
        ("a.7z", "", b"7z\xbc\xaf\x27\x1c", "cannot be looked into"),
        ("a.zip", "", packed("a.txt").replace(b"PK\3\4\x14\0\0", b"PK\3\4\x14\0\1"), "encrypted"),
        ("invoice.pdf.exe", "", b"", "pretends to be a .pdf file, but ends in .exe"),
        ("photo.jpg        .scr", "", b"", "pretends to be a .jpg"),
        ("invoice" + " " * 40 + ".exe", "", b"", "A long gap"),
        ("invoice_\u202efdp.exe", "", b"", "turn letters around; it ends in .exe"),
        ("inv\u200boice.exe", "", b"", "cannot be seen; it ends in .exe"),
        ("photo.jpg", "image/jpeg", PROGRAM, "Its name says .jpg, but that is not"),
        ("scan.pdf", "application/pdf", b"<html><script>", "Its name says .pdf"),
    ],
)
def test_says_what_may_harm(name, media_type, data, said):
    assert said in warning(name, media_type, data)


def test_the_name_is_judged_as_it_was_written():
    raw = (
        "Content-Type: application/octet-stream\r\n"
        'Content-Disposition: attachment; filename="invoice_\u202efdp.exe"\r\n\r\nx'
    ).encode()
    found = parse(raw).attachments[0]
    assert "turn letters around" in found.warning
    assert "\u202e" not in found.name


def test_a_program_behind_many_files_or_a_long_name_is_not_passed_over():
    many = packed(*(f"{number}.jpg" for number in range(2_001)), "run.exe")
    assert "too large to be looked through" in warning("a.zip", "application/zip", many)
    name = f"{'n' * 120}.exe"
    for form in (tarfile.GNU_FORMAT, tarfile.PAX_FORMAT):
        out = io.BytesIO()
        with tarfile.open(fileobj=out, mode="w", format=form) as archive:
            archive.addfile(tarfile.TarInfo(name))
        assert "Inside is a program" in warning("a.tar", "application/x-tar", out.getvalue())


@pytest.mark.parametrize("ending", ["appinstaller", "mobileconfig", "xapk", "oqy", "txz", "mof"])
def test_endings_that_install_or_connect(ending):
    assert warning(f"a.{ending}", "application/octet-stream", b"hello")


def test_names_of_archives_are_bounded():
    many = packed(*(f"{index}.txt" for index in range(2_500)))
    assert len(zip_members(many).names) <= 2_500
    assert zip_members(b"PK\x03\x04").names == ()


@given(st.binary(max_size=300), st.text(max_size=60))
def test_never_raises(data, name):
    for start in (
        b"",
        b"PK\x03\x04",
        b"PK\x01\x02",
        b"\x1f\x8b\x08",
        b"MZ",
        OLE,
        b"{\\rtf",
        b"%PDF-",
    ):
        warning(name, "", start + data)
    tar_members(bytes(257) + b"ustar" + data)
