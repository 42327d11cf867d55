"""Bytes to text by the charset that a mail declares, or by what fits when it lies.

Labels are read as browsers read them (WHATWG Encoding): iso-8859-1 is windows-1252, gb2312 is
gb18030. Only plain text codecs are reachable: Python also knows "zlib" and "punycode".
"""

from __future__ import annotations

import codecs
import re
from functools import lru_cache

_FAMILIES = re.compile(
    r"(?:utf|iso|latin|cp|windows|win|koi8|gb|big5|euc|shift|sjis|ms_kanji|ks_c|ksc|korean|"
    r"mac|tis|hz|johab|ascii|us|x_sjis|x_mac|ibm|unicode|ansi|ms9)[a-z0-9_]*"
)
_ALIASES = {
    "utf8mb4": "utf-8",
    "unicode_1_1_utf_8": "utf-8",
    "unicode_1_1_utf_7": "utf-7",
    "ascii": "cp1252",
    "us_ascii": "cp1252",
    "ansi_x3_4_1968": "cp1252",
    "latin1": "cp1252",
    "latin_1": "cp1252",
    "iso_8859_1": "cp1252",
    "iso8859_1": "cp1252",
    "iso_8859_9": "cp1254",
    "iso8859_9": "cp1254",
    "iso_8859_11": "cp874",
    "tis_620": "cp874",
    "iso_8859_8_i": "iso8859-8",
    "iso_8859_8_e": "iso8859-8",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "big5": "big5hkscs",
    "ks_c_5601_1987": "cp949",
    "ks_c_5601": "cp949",
    "euc_kr": "cp949",
    "korean": "cp949",
    "shift_jis": "cp932",
    "sjis": "cp932",
    "x_sjis": "cp932",
    "ms_kanji": "cp932",
    "iso_2022_jp": "iso2022_jp_ext",
    "iso2022_jp": "iso2022_jp_ext",
    "cp50220": "iso2022_jp_ext",
    "x_mac_roman": "mac_roman",
    "macintosh": "mac_roman",
    "mac": "mac_roman",
    "x_mac_cyrillic": "mac_cyrillic",
    "x_mac_ukrainian": "mac_cyrillic",
    "x_mac_ce": "mac_latin2",
    "x_mac_greek": "mac_greek",
    "x_mac_turkish": "mac_turkish",
}
MAX_HEAD = 8_192  # bytes of a page in which it may name its charset
_META = re.compile(rb"<meta\b[^>]{0,500}", re.IGNORECASE)
_NAMED = re.compile(rb"charset\s{0,9}=\s{0,9}[\"']?([A-Za-z0-9_:.-]{2,40})", re.IGNORECASE)
_UTF8 = frozenset({"utf-8", "utf8", "UTF-8"})
_ASCII = frozenset({"us-ascii", "ascii", "US-ASCII", ""})


@lru_cache(maxsize=512)
def codec(label: str) -> str:
    """Return Python's name of the charset `label`, or "" when it is none we know."""
    name = label.strip(" \t\"'").lower().replace("-", "_").replace(" ", "_").replace(":", "_")
    if len(name) > 40 or not _FAMILIES.fullmatch(name):
        return ""
    name = _ALIASES.get(name, name)
    for known in (name, re.sub(r"^(?:windows|win|ibm|ms|cp)_?(\d+)$", r"cp\1", name)):
        try:
            return codecs.lookup(known).name
        except (LookupError, ValueError):
            continue
    return ""


def decode(data: bytes, label: str) -> tuple[str, bool]:
    """Return the text of `data`, and whether every byte had a meaning under `label`."""
    if label in _ASCII and data.isascii():
        return _clean(data.decode("ascii")), True
    if label not in _UTF8 and label not in _ASCII:
        name = codec(label)
        if name:
            try:
                return _clean(data.decode(name)), True
            except (UnicodeError, ValueError):
                if name != "cp1252":
                    return _clean(_guess(data, name)), False
    try:
        return _clean(data.decode("utf-8-sig")), label in _UTF8 or data.isascii()
    except UnicodeError:
        return _clean(_guess(data, "utf-8" if label in _UTF8 else "cp1252")), False


def of_html(data: bytes) -> str:
    """Return the charset that a page names in its head (HTML 13.2.3.2), or ""."""
    for tag in _META.finditer(data[:MAX_HEAD]):
        found = _NAMED.search(tag[0])
        if found is not None and codec(label := found[1].decode("ascii")):
            # A page that could be read so far is in no wide charset.
            return "utf-8" if codec(label).startswith("utf") else label
    return ""


def decode_raw(data: bytes) -> str:
    """Return the text of header bytes that declare nothing: UTF-8 (RFC 6532), else Latin."""
    try:
        return data.decode("utf-8")
    except UnicodeError:
        return data.decode("cp1252", "replace")


def _guess(data: bytes, declared: str) -> str:
    if declared != "utf-8":
        try:
            return data.decode("utf-8")
        except UnicodeError:
            pass
    try:
        text = data.decode(declared, "replace")
    except (UnicodeError, ValueError):  # some codecs raise whatever they are told
        return data.decode("cp1252", "replace")
    # A page of Latin-1 under a UTF-8 label has a wrong byte in every few words, not one at a cut.
    if declared == "utf-8" and text.count("\ufffd") * 100 > len(text):
        return data.decode("cp1252", "replace")
    return text


def _clean(text: str) -> str:
    """Drop NUL and lone surrogates (utf-7 makes them), which no database holds."""
    if "\0" in text:
        text = text.replace("\0", "")
    if not text.isascii() and _SURROGATE.search(text):
        return text.encode("utf-8", "replace").decode("utf-8")
    return text


_SURROGATE = re.compile("[\ud800-\udfff]")
