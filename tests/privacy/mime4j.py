"""How our reader of MIME agrees with 80 mails whose structure and decoded parts are known.

Compared are the leaves in order: text or not, decoded bytes, inside which attached message. A
multipart without any part is one leaf to us, its text (what stands there is shown to the reader).
Where the description loses text that a reader can have, ours must show all of it and more.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

from missive_desktop.content import mime

_FOLDERS = ("testmsgs", "mimetools-testmsgs")
_MAX_NESTED = 20
_MORE = {
    "malformedHeader-noheader": "the first line is a header there, and gone; a text here",
    "malformedHeaderStartsBody-noheader": "the second line is dropped there",
    "badbound": "a boundary folded over two lines: nothing is found there, three parts here",
    "frag": "cut base64: the bytes of its last, incomplete group are dropped there",
    "multi-frag": "the same",
}
# One mail is there twice, for two ways to take a line that is no header: to skip it is ours.
_OTHERS = {"malformedHeaderStartsBody-nocrlfcrlf": "malformedHeader-nocrlfcrlf"}
_MACHINE = re.compile(rb"--|[A-Za-z-]+:|\s")  # delimiters and headers, with what is folded


class Leaf(NamedTuple):
    """A part without parts: how many messages it lies in, and its bytes, line ends alike."""

    messages: int
    content: bytes


def compare(corpus: Path) -> tuple[int, int, list[str]]:
    """Return how many mails of the corpus are read as expected, of how many, and the others."""
    mails = [mail for folder in _FOLDERS for mail in sorted((corpus / folder).glob("*.msg"))]
    wrong = [f"{mail.parent.name}/{mail.name}" for mail in mails if not _agrees(mail)]
    return len(mails) - len(wrong), len(mails), wrong


def _agrees(mail: Path) -> bool:
    ours = list(read(mail.read_bytes()))
    name = _OTHERS.get(mail.stem, mail.stem)
    theirs = list(expected(mail.with_stem(name)))
    if ours == theirs or name not in _MORE:
        return ours == theirs
    shown = b"\n".join(leaf.content for leaf in ours)
    position = 0
    for leaf in theirs:
        for line in _text(leaf.content):
            position = shown.find(line, position)
            if position < 0:
                return False
    return True


def _text(content: bytes) -> list[bytes]:
    """The lines of a text; what is no text, whole. Headers of parts are no text to a reader."""
    if b"\0" in content:
        return [content]
    return [line for line in content.split(b"\n") if line.strip() and not _MACHINE.match(line)]


def read(raw: bytes, messages: int = 1) -> Iterator[Leaf]:
    """Walk a mail with our reader, attached messages opened."""
    raw = mime.normalize(raw)
    for part in mime.walk(raw).parts:
        content = mime.content(raw, part)
        if part.media_type == "message/rfc822" and messages < _MAX_NESTED:
            yield from read(content, messages + 1)
        else:
            yield Leaf(messages, _alike(content))


def expected(mail: Path) -> Iterator[Leaf]:
    """Read the leaves from the description beside a mail."""
    described = mail.with_name(f"{mail.stem}_decoded.xml").read_bytes()
    yield from _expected(ElementTree.fromstring(_declared(described)), mail.parent, 0)


def _expected(node: ElementTree.Element, folder: Path, messages: int) -> Iterator[Leaf]:
    if node.tag == "message":
        messages += 1
    elif node.tag in ("text-body", "binary-body"):
        yield Leaf(messages, _alike((folder / node.attrib["name"]).read_bytes()))
    elif node.tag == "multipart" and node.find("body-part") is None:
        yield Leaf(messages, _alike((node.findtext("preamble") or "").encode()))
    for child in node:
        yield from _expected(child, folder, messages)


def _declared(described: bytes) -> bytes:
    """The descriptions are Latin-1 and do not say so."""
    return b'<?xml version="1.0" encoding="iso-8859-1"?>\n' + described


def _alike(content: bytes) -> bytes:
    return content.replace(b"\r\n", b"\n").replace(b"\r", b"\n").strip(b"\n")


if __name__ == "__main__":
    right, total, others = compare(Path(sys.argv[1]))
    print(f"{right} of {total}", *others, sep="\n")
