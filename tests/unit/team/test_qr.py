"""QR codes in the forms that window, files and terminals show."""

from missive_desktop.team import qr

URI = "otpauth://totp/Missive:ana%40example.com?secret=JBSWY3DPEHPK3PXP&issuer=Missive"


def test_a_text_is_drawn_in_each_form() -> None:
    assert qr.svg(URI).startswith(b"<?xml")
    assert b"#fff" in qr.svg(URI)
    lines = qr.terminal(URI).splitlines()
    assert len(lines) > 15
    assert qr.terminal(URI) != qr.terminal(URI + "&digits=6")
