"""What may harm when an attached file is opened, said in plain words. Pure and bounded.

Judges by the name as it was written, the declared type and the bytes. Knows nothing of where it is
shown: the tile, the question before opening and the command line all say the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from missive_desktop.content import archives

HEAD = 64 * 1024  # bytes of a file that are looked at for what it is
_SEARCHED = 16 * 1024 * 1024  # and for what a document carries
_SAID = 3

_ENDINGS_WORDS = {
    "windows": (
        "exe com scr pif cpl dll ocx sys drv xll wll gadget msi msp mst msix msixbundle appx "
        "appxbundle appinstaller mde ade"
    ),
    "macos": "app command tool workflow action pkg mpkg osx kext prefpane",
    "linux": "appimage run deb rpm flatpakref flatpak snap elf bin ko so",
    "system": "apk xapk aab jar jnlp xpi crx air xbap application appref-ms ipa class pyz",
    "script": (
        "bat cmd js jse mjs vb vbe vbs vbscript wsf wsh ws wsc sct hta ps1 ps1xml psd1 psm1 psc1 "
        "msh msh1 msh2 sh bash zsh fish csh ksh py pyc pyw pyo pl rb php lua tcl awk applescript "
        "scpt scptd terminal reg inf ins isp msc chm hlp ahk au3 job gs iqy oqy dqy rqy odc slk "
        "sylk printerexport udl mof cdxml"
    ),
    "macros": (
        "docm dotm vsdm vssm vstm xlsm xltm xlam xlm pptm potm ppsm ppam sldm accdb accde accda "
        "accdr mdb mda mdz mdw mam maf mar maq odb"
    ),
    "page": "htm html xhtml xht shtml mht mhtml xml xsl xslt xhtm htmls",
    "drawing": "svg svgz",
    "disk": "iso img vhd vhdx dmg udf nrg mdf cdr toast sparseimage wim ova vmdk",
    "shortcut": (
        "lnk url desktop webloc inetloc fileloc website library-ms settingcontent-ms search-ms "
        "searchconnector-ms mobileconfig ica scf shb shs pol rdp diagcab contact appcontent-ms "
        "theme themepack"
    ),
    "notebook": "one onepkg onetoc2",
    "sealed": (
        "rar 7z ace arj cab lzh lha r00 r01 z01 xz lz zst bz2 txz tbz tbz2 tlz tzst zipx daa uue "
        "alz egg"
    ),
}
_ENDINGS = {end: kind for kind, words in _ENDINGS_WORDS.items() for end in words.split()}
_TYPES = {
    "application/x-msdownload": "windows",
    "application/x-dosexec": "windows",
    "application/vnd.microsoft.portable-executable": "windows",
    "application/x-msi": "windows",
    "application/x-executable": "linux",
    "application/x-elf": "linux",
    "application/vnd.debian.binary-package": "linux",
    "application/x-rpm": "linux",
    "application/x-mach-binary": "macos",
    "application/java-archive": "system",
    "application/vnd.android.package-archive": "system",
    "application/hta": "script",
    "application/javascript": "script",
    "text/javascript": "script",
    "application/x-sh": "script",
    "application/x-shellscript": "script",
    "application/x-bat": "script",
    "text/vbscript": "script",
    "text/html": "page",
    "application/xhtml+xml": "page",
    "message/rfc822+mht": "page",
    "multipart/related": "page",
    "image/svg+xml": "drawing",
    "application/x-iso9660-image": "disk",
    "application/x-apple-diskimage": "disk",
    "application/x-ms-shortcut": "shortcut",
    "application/x-desktop": "shortcut",
    "application/internet-shortcut": "shortcut",
    "application/onenote": "notebook",
}
_WORDS = {
    "windows": "This is a program for Windows.",
    "macos": "This is a program for macOS.",
    "linux": "This is a program for Linux.",
    "system": "This is a program.",
    "script": "This is a script: opening it can run commands.",
    "macros": "This document carries macros, which are small programs.",
    "page": "This is a web page: it can imitate a sign-in page, and tell the sender it was opened.",
    "drawing": "This drawing can carry scripts, and tell the sender that it was opened.",
    "disk": "This is a disk image: the system does not check the files in it as it checks others.",
    "shortcut": "This is a shortcut: it can start a program or connect to a server.",
    "notebook": "This notebook can carry programs.",
    "sealed": "This archive cannot be looked into here: it may hold programs.",
    "encrypted": "This file is encrypted: nothing can be said about what is in it.",
    "object": "This document carries another file inside.",
    "pdf": "This PDF carries a script or starts something when it is opened.",
}
_PROGRAMS = frozenset(["windows", "macos", "linux", "system", "script", "shortcut"])
_ALONE = frozenset(
    ["drawing", "page"]
)  # said of the file itself, too common to be said in archives
# What people expect to be harmless, and what others like to be taken for.
_HARMLESS_WORDS = (
    "pdf doc docx xls xlsx ppt pptx odt ods odp rtf txt csv md log jpg jpeg png gif webp heic bmp "
    "tif tiff mp3 mp4 m4a wav mov avi mkv eml ics vcf zip gz pages numbers key epub"
)
_HARMLESS = frozenset(_HARMLESS_WORDS.split())

_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"\x7fELF", "linux"),
    (b"\xfe\xed\xfa\xce", "macos"),
    (b"\xfe\xed\xfa\xcf", "macos"),
    (b"\xce\xfa\xed\xfe", "macos"),
    (b"\xcf\xfa\xed\xfe", "macos"),
    (b"\xca\xfe\xba\xbe", "system"),
    (b"#!", "script"),
    (b"@echo off", "script"),
    (b"L\x00\x00\x00\x01\x14\x02\x00", "shortcut"),
    (b"[InternetShortcut]", "shortcut"),
    (b"[Desktop Entry]", "shortcut"),
    (b"ITSF\x03", "script"),
    (b"conectix", "disk"),
    (b"vhdxfile", "disk"),
    (b"Rar!\x1a\x07", "sealed"),
    (b"7z\xbc\xaf\x27\x1c", "sealed"),
    (b"MSCF\x00\x00\x00\x00", "sealed"),
    (b"\xe4\x52\x5c\x7b\x8c\xd8\xa7\x4d\xae\xb1\x53\x78\xd0\x29\x96\xd3", "notebook"),
    (b"!<arch>\ndebian", "linux"),
    (b"\xed\xab\xee\xdb", "linux"),
)
_PAGE = re.compile(
    rb"\s*(?:<!--.{0,2000}?-->\s*|<\?xml[^>]{0,200}>\s*){0,5}<(?:!doctype\s+html|html|head|body|script|"
    rb"iframe|meta|form)\b",
    re.IGNORECASE | re.DOTALL,
)
_DRAWING = re.compile(
    rb"\s*(?:<!--.{0,2000}?-->\s*|<\?xml[^>]{0,200}>\s*|<!doctype\s+svg[^>]{0,400}>\s*){0,5}<svg\b",
    re.IGNORECASE | re.DOTALL,
)
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# A sheet of Excel 4.0 macros: BOUNDSHEET of [MS-XLS] 2.4.28 with the type of a macro sheet.
_MACRO_SHEET = re.compile(
    rb"\x85\x00[\x08-\x48]\x00[\s\S]{4}[\x00-\x02]\x01[\x01-\x1f][\x00\x01][\x20-\x7e]"
)
_PDF_ACTS = re.compile(rb"/(?:JavaScript|JS|Launch|RichMedia|XFA)[\s/(<\[]")
_RTF_OBJECT = re.compile(rb"\\obj(?:data|emb|update|link)")
_TURNS = re.compile("[\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]")
_UNSEEN = re.compile(
    "[\x00-\x1f\x7f\u00ad\u034f\u115f\u1160\u17b4\u180e\u200b-\u200d\u2060-\u2064\ufeff]"
)
_GAP = re.compile(r"[\s\u00a0\u2000-\u200a\u3000\u2800\u3164_]{8,}")


class _Name(NamedTuple):
    ending: str
    before: str  # the ending before the ending: "pdf" of "invoice.pdf.exe"


def warning(name: str, media_type: str, data: bytes) -> str:
    """Say what may harm when a file is opened; nothing where nothing is known to.

    `name` is the name as the sender wrote it, not as it was cleaned.
    """
    said = list(dict.fromkeys(_warnings(name, media_type.lower(), data)))
    return " ".join(said[:_SAID])


def kind_of_name(name: str) -> str:
    """Return the kind of danger that the ending of a name stands for, or nothing."""
    return _ENDINGS.get(_parts(name).ending, "")


def _warnings(name: str, media_type: str, data: bytes) -> Iterator[str]:
    parts = _parts(name)
    by_name = _ENDINGS.get(parts.ending, "")
    by_bytes = _kind_of_bytes(data)
    yield from _disguises(name, parts, by_name, by_bytes)
    kind = by_bytes if by_bytes and by_bytes != "sealed" else by_name or by_bytes
    if by_bytes == "script" and by_name in ("page", "drawing", "shortcut"):
        kind = by_name
    if not kind and not (parts.ending in _HARMLESS and data):
        kind = _TYPES.get(media_type, "")
    if kind == "page" and parts.ending in ("xml", "xsl", "xslt") and by_bytes != "page":
        kind = ""  # invoices come as XML: data, unless it is a page
    if kind:
        yield _WORDS[kind]
    yield from _carried(parts.ending, data)


def _parts(name: str) -> _Name:
    """Return how a name really ends: Windows drops dots and spaces behind the ending."""
    clean = _UNSEEN.sub("", _TURNS.sub("", name)).strip().rstrip(". ").lower()
    words = [word.strip(" _\u00a0\u3000") for word in clean.split(".")]
    if len(words) < 2:
        return _Name("", "")
    return _Name(words[-1], words[-2] if len(words) > 2 else "")


def _disguises(name: str, parts: _Name, by_name: str, by_bytes: str) -> Iterator[str]:
    ending = f".{parts.ending}" if parts.ending else "no ending"
    if _TURNS.search(name):
        yield f"Its name holds hidden characters that turn letters around; it ends in {ending}."
    elif _UNSEEN.search(name.strip()):
        yield f"Its name holds characters that cannot be seen; it ends in {ending}."
    elif by_name and _GAP.search(name):
        yield f"A long gap in its name hides how it ends: in {ending}."
    if by_name and parts.before in _HARMLESS:
        yield f"Its name pretends to be a .{parts.before} file, but ends in {ending}."
    hidden = by_bytes and by_bytes not in ("sealed", "disk")
    if hidden and not by_name and parts.ending in _HARMLESS - {"txt", "md", "log", "csv"}:
        yield f"Its name says {ending}, but that is not what is in it."


def _kind_of_bytes(data: bytes) -> str:
    head = data[:HEAD]
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")[:64]
    if head.startswith(b"MZ") and (len(head) < 64 or _is_program(head)):
        return "windows"
    for magic, kind in _MAGIC:
        if head.startswith(magic) or (len(magic) > 8 and start.lower().startswith(magic.lower())):
            return kind
    text = head.replace(b"\0", b"") if head[:2] in (b"\xff\xfe", b"\xfe\xff") else head
    text = text.lstrip(b"\xef\xbb\xbf\xff\xfe")
    if _PAGE.match(text):
        return "page"
    if _DRAWING.match(text):
        return "drawing"
    if data[32769:32774] == b"CD001" or data[-512:-508] == b"koly":
        return "disk"
    return ""


def _is_program(head: bytes) -> bool:
    """MZ alone begins many a text; a program of Windows names where its second header is."""
    offset = int.from_bytes(head[60:64], "little")
    if offset + 4 <= len(head):
        return head[offset : offset + 2] in (b"PE", b"NE", b"LE", b"LX")
    return b"\x00" in head[:64]


def _carried(ending: str, data: bytes) -> Iterator[str]:
    """Say what documents and archives carry."""
    if data.startswith(b"PK"):
        yield from _in_archive(archives.zip_members(data), ending)
    elif data.startswith(_OLE):
        searched = data[:_SEARCHED]
        if "EncryptedPackage".encode("utf-16-le") in searched:
            yield _WORDS["encrypted"]
        elif "_VBA_PROJECT".encode("utf-16-le") in searched or _MACRO_SHEET.search(searched):
            yield _WORDS["macros"]
        if "\x01Ole10Native".encode("utf-16-le") in searched:
            yield _WORDS["object"]
    elif data.lstrip()[:5] == b"{\\rtf" and _RTF_OBJECT.search(data[:_SEARCHED]):
        yield _WORDS["object"]
    elif data[:1024].find(b"%PDF-") >= 0:
        if _PDF_ACTS.search(data[:_SEARCHED]):
            yield _WORDS["pdf"]
        if b"/Encrypt" in data[-4096:]:
            yield _WORDS["encrypted"]
    elif archives.is_tar(data):
        yield from _in_archive(archives.tar_members(data), ending)


def _in_archive(listed: archives.Members, ending: str) -> Iterator[str]:
    if listed.encrypted:
        yield "This archive is encrypted: nothing in it was checked for you on the way."
    office = "[Content_Types].xml" in listed.names
    if any(name.lower().endswith("vbaproject.bin") for name in listed.names) or any(
        name.lower().startswith("xl/macrosheets/") for name in listed.names
    ):
        yield _WORDS["macros"]
    if office or ending in ("jar", "apk", "xpi", "odt", "ods", "odp", "epub"):
        return
    for name in listed.names:
        kind = kind_of_name(name)
        if kind and kind not in _ALONE and kind != "sealed":
            inside = _UNSEEN.sub("", _TURNS.sub("", name)).rpartition("/")[2][:60]
            if kind in _PROGRAMS:
                yield f"Inside is a program or a script: {inside}."
            else:
                yield f"Inside is a file that may do harm: {inside}."
            return
    if listed.cut:
        yield "This archive is too large to be looked through here: it may hold programs."
