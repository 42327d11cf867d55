"""What packaging says of missive:// links fits what the program takes."""

import configparser
import plistlib
from pathlib import Path

PACKAGING = Path(__file__).parents[2] / "packaging"


def test_linux_opens_links_with_the_program():
    entry = configparser.RawConfigParser()
    entry.optionxform = str
    entry.read(PACKAGING / "missive-desktop.desktop")
    found = entry["Desktop Entry"]
    assert found["MimeType"] == "x-scheme-handler/missive;"
    assert found["Exec"] == "missive-desktop %u"


def test_macos_and_windows_open_links_with_the_program():
    found = plistlib.loads((PACKAGING / "Info.plist").read_bytes())
    assert found["CFBundleURLTypes"][0]["CFBundleURLSchemes"] == ["missive"]
    registry = (PACKAGING / "missive-links.reg").read_text()
    assert r"HKEY_CURRENT_USER\Software\Classes\missive\shell\open\command" in registry
    assert registry.rstrip().endswith('missive-desktop.exe\\" \\"%1\\""')
