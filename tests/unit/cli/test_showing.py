"""What the command line says of a mail's files and invitations."""

from missive_desktop.cli import showing

RAW = (
    b"From: a@x\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nHi\r\n"
    b"--b\r\nContent-Type: application/x-y; name=bill.pdf.exe\r\n\r\nx\r\n"
    b"--b\r\nContent-Type: text/calendar; name=tea.ics\r\n\r\nBEGIN:VCALENDAR\r\nMETHOD:CANCEL\r\n"
    b"BEGIN:VEVENT\r\nSUMMARY:Tea\r\nDTSTART;VALUE=DATE:20261124\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    b"--b--\r\n"
)


def test_files_come_with_what_may_harm():
    first, second = showing.attachments(RAW)
    assert first.startswith("bill.pdf.exe, application/x-y, 1 bytes. Its name pretends to be")
    assert second == "tea.ics, text/calendar, 113 bytes"


def test_invitations_are_a_line():
    assert showing.events(RAW) == ["Cancelled: Tea, 2026-11-24"]
