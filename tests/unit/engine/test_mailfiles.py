"""Finding mail in files of other programs, and the flags they gave it."""

from __future__ import annotations

import pytest

from missive_desktop.domain.message import Flags
from missive_desktop.engine import mailfiles

MAIL = b"From: a@b.c\nSubject: hello\n\nhi\n"


def maildir(directory):
    for part in ("cur", "new", "tmp"):
        (directory / part).mkdir(parents=True)
    return directory


def found(path):
    return [(f.folder, f.kind) for f in mailfiles.find(path)]


def test_a_maildir_with_folders(tmp_path):
    top = maildir(tmp_path / "Maildir")
    maildir(top / ".Sent")
    maildir(top / ".Work.2024")
    (top / "cur" / "1.host:2,S").write_bytes(MAIL)
    (top / "new" / "2.host").write_bytes(MAIL)
    (top / "tmp" / "3.host").write_bytes(MAIL)
    (top / ".Sent" / "cur" / "4.host:2,RF").write_bytes(MAIL)
    assert found(top) == [("INBOX", "maildir"), ("Sent", "maildir"), ("Work/2024", "maildir")]
    mails = [m for f in mailfiles.find(top) for m in mailfiles.read(f)]
    assert [m.flags for m in mails] == [Flags.SEEN, Flags(0), Flags.FLAGGED | Flags.ANSWERED]
    assert all(m.raw == MAIL and m.received > 0 for m in mails)
    assert mailfiles.size_of(next(mailfiles.find(top))) == 2 * len(MAIL)


def test_files_and_folders_of_them(tmp_path):
    (tmp_path / "one.eml").write_bytes(MAIL)
    (tmp_path / "Old.mbox").write_bytes(b"From a@b.c Fri Jul  8 12:08:34 2011\n" + MAIL)
    (tmp_path / "Inbox").write_bytes(b"From - Fri Jul  8 12:08:34 2011\n" + MAIL)
    (tmp_path / "Inbox.msf").write_bytes(b"// index")
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "two.eml").write_bytes(MAIL)
    (tmp_path / "picture.png").write_bytes(b"\x89PNG")
    assert sorted(found(tmp_path)) == [
        ("INBOX", "mbox"),
        ("Imported", "eml"),
        ("Old", "mbox"),
        ("deep", "eml"),
    ]


def test_what_is_no_mail_is_said(tmp_path):
    picture = tmp_path / "picture.png"
    picture.write_bytes(b"\x89PNG\r\n")
    for path in (picture, tmp_path / "missing"):
        mails = [m for f in mailfiles.find(path) for m in mailfiles.read(f)]
        assert [(m.raw, bool(m.problem), m.path) for m in mails] == [(None, True, path)]


def test_an_empty_eml_is_a_message(tmp_path):
    path = tmp_path / "empty.eml"
    path.touch()
    assert [m.raw for f in mailfiles.find(path) for m in mailfiles.read(f)] == [b""]


def test_a_mail_without_suffix_is_known_by_its_header(tmp_path):
    path = tmp_path / "mail"
    path.write_bytes(MAIL)
    assert found(path) == [("Imported", "eml")]


def test_a_file_that_cannot_be_read_does_not_stop_the_next(tmp_path):
    top = maildir(tmp_path / "m")
    (top / "cur" / "1:2,").symlink_to(tmp_path / "nowhere")
    (top / "cur" / "2:2,").write_bytes(MAIL)
    mails = [m for f in mailfiles.find(top) for m in mailfiles.read(f)]
    assert [m.raw for m in mails] == [MAIL]


@pytest.mark.parametrize(
    ("name", "flags"),
    [
        ("1.host:2,", Flags(0)),
        ("1.host:2,DFPRST", Flags(63)),
        ("1.host;2,S", Flags.SEEN),
        ("1.host:2,Sabc", Flags.SEEN),
        ("1.host", Flags(0)),
    ],
)
def test_maildir_flags(name, flags):
    assert mailfiles.maildir_flags(name) == flags


@pytest.mark.parametrize(
    ("header", "flags"),
    [
        (b"", Flags.SEEN),
        (b"Status: O\n", Flags(0)),
        (b"Status: RO\nX-Status: AF\n", Flags.SEEN | Flags.ANSWERED | Flags.FLAGGED),
        (b"X-Mozilla-Status: 0001\n", Flags.SEEN),
        (b"X-Mozilla-Status: 1006\n", Flags.ANSWERED | Flags.FLAGGED | Flags.FORWARDED),
        (b"X-Mozilla-Status: nonsense\n", Flags(0)),
        (b"X-Gmail-Labels: Inbox,Unread,Starred\r\n", Flags.FLAGGED),
        (b"X-Gmail-Labels: Archived\r\n", Flags.SEEN),
    ],
)
def test_header_flags(header, flags):
    raw = header + b"Subject: x\n\nStatus: in the body\n"
    assert mailfiles.header_flags(raw) == flags
