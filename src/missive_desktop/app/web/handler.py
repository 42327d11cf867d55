"""Our own URL scheme: conversation pages from memory, images of mails, our fonts. No disk paths.

missive://mail/page/TOKEN · /image/MESSAGE/PART · /remote/MESSAGE/ID · /sheet/TOKEN/PAGE (of a
document that is previewed) · /font/NAME. Everything carries the policy that lets a document load
styles of its own and images of this scheme, and nothing else.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from urllib.parse import quote

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QObject, Signal
from PySide6.QtWebEngineCore import QWebEngineUrlRequestJob, QWebEngineUrlSchemeHandler
from shiboken6 import isValid

from missive_desktop import resources
from missive_desktop.app.web.flags import HOST, SCHEME
from missive_desktop.content.images import shown

POLICY = (
    "default-src 'none'; "
    f"img-src {SCHEME}: data:; style-src 'unsafe-inline'; font-src {SCHEME}:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
KEPT_PAGES = 8  # the one that is shown, the next ones, and some to come back to
_IMAGE = re.compile(r"/image/(\d{1,19})/(\d{1,6})")
_REMOTE = re.compile(r"/remote/(\d{1,19})/(\d{1,19})")
_SHEET = re.compile(r"/sheet/([0-9a-f]{1,32})/(\d{1,4})")
_FONT = re.compile(r"/font/([A-Za-z0-9-]+\.(?:ttf|otf|woff2))")

# Finds the decoded bytes of an image: (message id, part, or id of a remote image that was allowed
# for this message) → a future, resolved on any thread.
ImageSource = Callable[[int, int], "Future[bytes]"]
# The same for a page of the document that is previewed: (token of the preview, page).
SheetSource = Callable[[str, int], "Future[bytes]"]


def page_url(token: str, fragment: str = "", *, load: int = 0, place: str = "") -> str:
    """Return where a page is. Each `load` is another address: else Chromium takes going back to
    the page it last showed for a step within it, and draws and announces nothing. `place` says
    where the reader was on the page that this one replaces."""
    said = [f"load={load}"] if load else []
    said += [f"place={quote(place, safe='')}"] if place else []
    query = f"?{'&'.join(said)}" if said else ""
    return f"{SCHEME}://{HOST}/page/{token}{query}" + (f"#{fragment}" if fragment else "")


class MailHandler(QWebEngineUrlSchemeHandler):
    """Answers the view's requests on the window's thread; images may come from another one."""

    _fetched = Signal(object, object)

    def __init__(
        self, images: ImageSource, remote: ImageSource, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._images = images
        self._remote = remote
        self.sheets: SheetSource | None = None
        self._pages: OrderedDict[str, bytes] = OrderedDict()
        self._fetched.connect(self._answer_image)

    def put(self, token: str, html: str) -> None:
        """Keep a page to be asked for; the oldest of many is forgotten."""
        self._pages[token] = html.encode("utf-8", "replace")
        self._pages.move_to_end(token)
        while len(self._pages) > KEPT_PAGES:
            self._pages.popitem(last=False)

    def requestStarted(self, job: QWebEngineUrlRequestJob) -> None:
        url = job.requestUrl()
        path = url.path()
        if url.host() != HOST or bytes(job.requestMethod().data()) != b"GET":
            job.fail(QWebEngineUrlRequestJob.Error.RequestDenied)
        elif path.startswith("/page/"):
            page = self._pages.get(path.removeprefix("/page/"))
            self._answer(job, "text/html; charset=utf-8", page)
        elif match := _IMAGE.fullmatch(path):
            self._find(job, self._images, match)
        elif match := _REMOTE.fullmatch(path):
            self._find(job, self._remote, match)
        elif (match := _SHEET.fullmatch(path)) and self.sheets is not None:
            future = self.sheets(match[1], int(match[2]))
            future.add_done_callback(lambda done: self._tell(job, done))
        elif match := _FONT.fullmatch(path):
            file = resources.path("fonts", match[1])
            self._answer(job, f"font/{file.suffix[1:]}", _read(file))
        else:
            job.fail(QWebEngineUrlRequestJob.Error.UrlNotFound)

    def _find(
        self, job: QWebEngineUrlRequestJob, source: ImageSource, match: re.Match[str]
    ) -> None:
        future = source(int(match[1]), int(match[2]))
        future.add_done_callback(lambda done: self._tell(job, done))

    def _tell(self, job: QWebEngineUrlRequestJob, done: Future[bytes]) -> None:
        """Hand a result over to the window's thread; any thread may call."""
        if isValid(self):
            self._fetched.emit(job, done)

    def _answer_image(self, job: QWebEngineUrlRequestJob, done: Future[bytes]) -> None:
        if not isValid(job):  # the page is gone
            return
        data = None if done.cancelled() or done.exception() else done.result()
        image = shown(data) if data else None
        if image is None:
            self._answer(job, "", None)
        else:
            self._answer(job, image.media_type, image.data)

    def _answer(self, job: QWebEngineUrlRequestJob, media_type: str, data: bytes | None) -> None:
        if data is None:
            job.fail(QWebEngineUrlRequestJob.Error.UrlNotFound)
            return
        job.setAdditionalResponseHeaders(
            {
                QByteArray(b"Content-Security-Policy"): QByteArray(POLICY.encode()),
                QByteArray(b"X-Content-Type-Options"): QByteArray(b"nosniff"),
                QByteArray(b"Referrer-Policy"): QByteArray(b"no-referrer"),
                QByteArray(b"X-DNS-Prefetch-Control"): QByteArray(b"off"),
                QByteArray(b"Cache-Control"): QByteArray(b"no-store"),
            }
        )
        buffer = QBuffer(job)  # lives as long as the job reads it
        buffer.setData(QByteArray(data))
        buffer.open(QIODevice.OpenModeFlag.ReadOnly)
        job.reply(QByteArray(media_type.encode()), buffer)


def _read(file: Path) -> bytes | None:
    try:
        return file.read_bytes()
    except OSError:
        return None
