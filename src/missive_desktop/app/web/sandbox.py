"""The one web profile and what hangs on it, kept alive in the right order.

Off the record: no cookie, cache, storage, permission or download survives or happens.
"""

from __future__ import annotations

from PySide6.QtCore import QObject
from PySide6.QtWebEngineCore import (
    QWebEngineCookieStore,
    QWebEngineDownloadRequest,
    QWebEngineProfile,
    QWebEngineSettings,
)

from missive_desktop.app.web import fitting, jumping
from missive_desktop.app.web.flags import SCHEME, register_scheme
from missive_desktop.app.web.handler import ImageSource, MailHandler
from missive_desktop.app.web.interceptor import Interceptor
from missive_desktop.app.web.page import MailPage, paint_signals

_Attribute = QWebEngineSettings.WebAttribute
_OFF = (
    _Attribute.JavascriptEnabled,
    _Attribute.JavascriptCanOpenWindows,
    _Attribute.JavascriptCanAccessClipboard,
    _Attribute.JavascriptCanPaste,
    _Attribute.LocalStorageEnabled,
    _Attribute.LocalContentCanAccessRemoteUrls,
    _Attribute.LocalContentCanAccessFileUrls,
    _Attribute.PluginsEnabled,
    _Attribute.PdfViewerEnabled,
    _Attribute.HyperlinkAuditingEnabled,
    _Attribute.DnsPrefetchEnabled,
    _Attribute.AutoLoadIconsForPage,
    _Attribute.TouchIconsEnabled,
    _Attribute.ErrorPageEnabled,
    _Attribute.FullScreenSupportEnabled,
    _Attribute.ScreenCaptureEnabled,
    _Attribute.WebGLEnabled,
    _Attribute.Accelerated2dCanvasEnabled,
    _Attribute.AllowRunningInsecureContent,
    _Attribute.AllowGeolocationOnInsecureOrigins,
    _Attribute.AllowWindowActivationFromJavaScript,
    _Attribute.NavigateOnDropEnabled,
    _Attribute.FocusOnNavigationEnabled,
    _Attribute.BackForwardCacheEnabled,
    _Attribute.ReadingFromCanvasEnabled,
)


class Sandbox(QObject):
    """Makes pages that can show mail and do nothing else. Outlives the pages it made."""

    def __init__(
        self, images: ImageSource, remote: ImageSource, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        register_scheme()
        self.profile = QWebEngineProfile(self)  # without a name: off the record
        self.interceptor = Interceptor(self)
        self.handler = MailHandler(images, remote, self)
        self._pages: list[MailPage] = []
        profile = self.profile
        profile.setHttpCacheType(QWebEngineProfile.HttpCacheType.NoCache)
        profile.setPersistentCookiesPolicy(
            QWebEngineProfile.PersistentCookiesPolicy.NoPersistentCookies
        )
        profile.setSpellCheckEnabled(False)
        profile.setUrlRequestInterceptor(self.interceptor)
        profile.installUrlSchemeHandler(SCHEME.encode(), self.handler)
        profile.scripts().insert([fitting.script(), jumping.script(), *paint_signals()])
        profile.downloadRequested.connect(_refuse_download)
        profile.cookieStore().setCookieFilter(_refuse_cookie)
        _harden(profile.settings())

    def page(self) -> MailPage:
        page = MailPage(self.profile)
        _harden(page.settings())
        self._pages.append(page)
        return page

    def close(self) -> None:
        """Delete the pages, then the profile: the other order is an error in Qt."""
        for page in self._pages:
            page.end()
        self._pages.clear()
        self.profile.deleteLater()


def _harden(settings: QWebEngineSettings) -> None:
    for attribute in _OFF:
        settings.setAttribute(attribute, False)
    settings.setAttribute(_Attribute.AutoLoadImages, True)
    settings.setAttribute(_Attribute.PlaybackRequiresUserGesture, True)
    settings.setAttribute(_Attribute.WebRTCPublicInterfacesOnly, True)
    # A click on mailto: reaches `acceptNavigationRequest` under this policy only, and is refused
    # there like every other; without a click nothing does.
    settings.setUnknownUrlSchemePolicy(
        QWebEngineSettings.UnknownUrlSchemePolicy.AllowUnknownUrlSchemesFromUserInteraction
    )


def _refuse_download(request: QWebEngineDownloadRequest) -> None:
    request.cancel()


def _refuse_cookie(request: QWebEngineCookieStore.FilterRequest) -> bool:
    return False
