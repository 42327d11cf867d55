"""A drawing as it stands inside HTML, written as the XML that it would be in a file of its own.

HTML asks neither for a namespace nor for quotes, closed elements or the right capitals. Decides
nothing about safety: `vector` reads what comes out of here like any other drawing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from missive_desktop.content import markup

SVG = "http://www.w3.org/2000/svg"
_CDATA = re.compile(r"<!\[CDATA\[(.*?)(?:\]\]>|\Z)", re.DOTALL)
_NAME = re.compile(r"[a-z][a-z0-9-]*")
_UNWRITABLE = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 2.2


def as_xml(source: str) -> bytes:
    """Return well-formed XML for the source of a drawing, from its first tag to its last."""
    source = _CDATA.sub(lambda found: markup.escape_text(found[1]), source)
    text = "".join(_pieces(_UNWRITABLE.sub(" ", source)))
    return text.encode("utf-8", "replace")


def _pieces(source: str) -> Iterator[str]:
    open_: list[str] = []
    for kind, name, data, attributes in markup.plain_tokens(source):
        if kind == "text":
            if open_:
                yield markup.escape(_UNWRITABLE.sub(" ", data))
        elif not _NAME.fullmatch(name):
            continue
        elif kind == "end":
            if name in open_:
                while open_:
                    yield f"</{open_[-1]}>"
                    if open_.pop() == name:
                        break
                if not open_:
                    return
        else:
            written = {
                key.removeprefix("xlink:"): _UNWRITABLE.sub(" ", value)
                for key, value in attributes.items()
                if _NAME.fullmatch(key.removeprefix("xlink:")) and key != "xmlns"
            }
            if not open_:
                written["xmlns"] = SVG
            tag = markup.start_tag(name, written)
            if data == "/":
                yield f"{tag[:-1]}/>"
                if not open_:
                    return
            else:
                yield tag
                open_.append(name)
    for name in reversed(open_):
        yield f"</{name}>"
