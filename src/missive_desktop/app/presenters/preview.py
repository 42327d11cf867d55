"""Shows files of a mail in the window: which ones, in which order, and the page for each.

Pictures, PDFs as pictures of their pages, texts. Nothing touches the disk; bytes come from the
encrypted packs, PDFs are read by a process of their own. Must not know Qt.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from typing import NamedTuple, Protocol

from missive_desktop.app.presenters.parts import PartReader
from missive_desktop.app.presenters.pdf_pages import Document, PdfPages
from missive_desktop.app.presenters.preparing import Look
from missive_desktop.app.presenters.tasks import Tasks
from missive_desktop.content import charsets, images
from missive_desktop.content.markup import escape
from missive_desktop.content.previewing import Kind, kind_of
from missive_desktop.domain.message import Attachment
from missive_desktop.domain.pictures import dimensions
from missive_desktop.errors import KnownError

PAGE_WIDTH = 1_600  # pixels of a PDF's page: sharp to a zoom of 1.7 on a common screen
MAX_TEXT = 2_000_000  # characters; more is slow to lay out, and nobody reads it


class Item(NamedTuple):
    """A file that can be shown."""

    message: int
    part: int
    name: str
    kind: Kind


class PreviewView(Protocol):
    """What the overlay can be told."""

    def show_item(self, item: Item, position: int, total: int) -> None: ...
    def show_html(self, html: str) -> None: ...
    def show_trouble(self, title: str, advice: str) -> None: ...


def items(message: int, attachments: Sequence[Attachment]) -> list[Item]:
    """Return the files of a mail that can be shown, in the order of their tiles."""
    tiles = (file for file in attachments if not file.inline)
    found = ((file, kind_of(file.name, file.media_type, file.size)) for file in tiles)
    return [Item(message, file.part, file.name, kind) for file, kind in found if kind]


class PreviewPresenter:
    """One file at a time. `sheet` answers the page's requests for the pages of a PDF."""

    def __init__(self, parts: PartReader, view: PreviewView, look: Callable[[], Look]) -> None:
        self._parts = parts
        self._view = view
        self._look = look
        self._items: Sequence[Item] = ()
        self._at = 0
        self._showing: asyncio.Task[None] | None = None
        self._tasks = Tasks(lambda error: view.show_trouble(str(error), error.advice))
        self._pdf: PdfPages | None = None
        self._token = ""

    @property
    def item(self) -> Item | None:
        return self._items[self._at] if self._items else None

    def show(self, listed: Sequence[Item], at: int) -> None:
        """Show one of these files; `step` goes on to the others."""
        self._items, self._at = listed, at
        self._show()

    def step(self, by: int) -> None:
        """Go to the next file or the one before; the ends stay where they are."""
        at = max(0, min(len(self._items) - 1, self._at + by))
        if at != self._at:
            self._at = at
            self._show()

    def refresh(self) -> None:
        """Draw the same file again: the theme changed."""
        if self._items:
            self._show()

    def close(self) -> None:
        self._items = ()
        self._stop()

    def sheet(self, token: str, number: int) -> Future[bytes]:
        """Return a page of the PDF that is shown, to come."""
        if self._pdf is None or token != self._token:
            gone: Future[bytes] = Future()
            gone.set_result(b"")
            return gone
        return self._pdf.page(number, PAGE_WIDTH)

    def _stop(self) -> None:
        if self._showing is not None:
            self._showing.cancel()
            self._showing = None
        if self._pdf is not None:
            self._pdf.close()
            self._pdf = None

    def _show(self) -> None:
        self._stop()
        item = self._items[self._at]
        self._view.show_item(item, self._at + 1, len(self._items))
        self._showing = self._tasks.start(self._load(item))

    async def _load(self, item: Item) -> None:
        data = await asyncio.wrap_future(self._parts.read(item.message, item.part))
        look = self._look()
        if item.kind == "image":
            if images.shown(data) is None:
                raise KnownError(
                    "This is not a picture that can be shown.", "Open it with another program."
                )
            self._view.show_html(image_page(item, dimensions(data), look))
        elif item.kind == "text":
            self._view.show_html(await asyncio.to_thread(text_page, data, look))
        else:
            self._pdf = PdfPages()
            self._token = secrets.token_hex(8)
            document = await asyncio.wrap_future(self._pdf.open(data))
            self._view.show_html(pdf_page(item, document, self._token, look))


def image_page(item: Item, size: tuple[int, int] | None, look: Look) -> str:
    """Write the page of a picture: as large as it is, or as the window allows."""
    attributes = f' width="{size[0]}" height="{size[1]}"' if size is not None else ""
    address = f"missive://mail/image/{item.message}/{item.part}"
    name = escape(item.name)
    return _page("image", f'<img src="{address}" alt="{name}"{attributes}>', look)


def pdf_page(item: Item, document: Document, token: str, look: Look) -> str:
    """Write the pages of a PDF one below the other; each is drawn when it comes into view."""
    total = document.total
    sheets = "".join(
        f'<section style="aspect-ratio:{max(width, 1):.2f}/{max(height, 1):.2f}" '
        f'role="img" aria-label="{escape(item.name)}, page {number + 1} of {total}">'
        f'<i style="background-image:url(missive://mail/sheet/{token}/{number})"></i></section>'
        for number, (width, height) in enumerate(document.sizes)
    )
    left = total - len(document.sizes)
    rest = f"<p>{left} more pages are not shown. Open the file to see them.</p>" if left else ""
    return _page("pdf", sheets + rest, look)


def text_page(data: bytes, look: Look) -> str:
    """Write a text as it is."""
    text, _ = charsets.decode(data[: 4 * MAX_TEXT], "utf-16" if _is_utf16(data) else "utf-8")
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    cut = len(text) > MAX_TEXT or len(data) > 4 * MAX_TEXT
    rest = "<p>The rest is not shown. Open the file to see it.</p>" if cut else ""
    return _page("text", f'<pre dir="auto">{escape(text[:MAX_TEXT])}</pre>{rest}', look)


def _is_utf16(data: bytes) -> bool:
    return data[:2] in (b"\xff\xfe", b"\xfe\xff")


def _page(kind: str, inner: str, look: Look) -> str:
    scheme = "dark" if look.dark else "light"
    return (
        f'<!DOCTYPE html>\n<html><head><meta charset="utf-8"><title></title><style>'
        f":root{{color-scheme:{scheme};{_values(look.values)}}}{_STYLE}</style></head>"
        f'<body class="{kind}"><main>{inner}</main></body></html>\n'
    )


def _values(values: Mapping[str, str]) -> str:
    wanted = (
        "surface-page", "surface-raised", "text", "text-secondary", "text-tertiary", "hairline",
        "hairline-strong",
    )  # fmt: skip
    return "".join(f"--{name}:{values[name]};" for name in wanted if name in values)


_STYLE = (
    "html{background:var(--surface-page);color:var(--text);--zoom:1}"
    "::-webkit-scrollbar{width:12px;height:12px}::-webkit-scrollbar-corner{background:transparent}"
    "::-webkit-scrollbar-thumb{min-height:32px;border:3px solid transparent;border-radius:6px;"
    "background:var(--hairline-strong) padding-box}"
    "::-webkit-scrollbar-thumb:hover{background-color:var(--text-tertiary)}"
    "body{margin:0;font:14px/22px sans-serif}p{text-align:center;color:var(--text-secondary)}"
    ".image main{display:grid;place-items:center;min-height:100vh;width:max-content;min-width:100%}"
    "img{display:block;width:auto;height:auto;max-width:calc(100vw - 48px);"
    "max-height:calc(100vh - 48px);zoom:var(--zoom);"
    "background:repeating-conic-gradient(#0000 0 25%,#8881 0 50%) 0 0/16px 16px}"
    ".pdf main{display:grid;justify-items:center;gap:16px;padding:16px;width:max-content;"
    "min-width:calc(100% - 32px)}"
    "section{width:min(900px,100vw - 64px);zoom:var(--zoom);content-visibility:auto;"
    "background:#fff;outline:1px solid var(--hairline)}"
    "section i{display:block;width:100%;height:100%;background:0 0/100% 100% no-repeat}"
    "pre{margin:0 auto;padding:24px 32px;max-width:100ch;white-space:pre-wrap;"
    "overflow-wrap:anywhere;font:calc(13px*var(--zoom))/1.5 monospace;tab-size:4}"
)
