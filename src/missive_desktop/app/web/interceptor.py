"""The gate for each request of the view: our own scheme passes, nothing else does."""

from __future__ import annotations

from PySide6.QtWebEngineCore import QWebEngineUrlRequestInfo, QWebEngineUrlRequestInterceptor

from missive_desktop.app.web.flags import HOST, SCHEME


class Interceptor(QWebEngineUrlRequestInterceptor):
    """Blocks everything but pages, images and fonts that our own handler serves."""

    def interceptRequest(self, info: QWebEngineUrlRequestInfo) -> None:
        url = info.requestUrl()
        ours = url.scheme() == SCHEME and url.host() == HOST
        if url.scheme() == "data":  # the policy of the page lets it in for images only
            ours = info.resourceType() == QWebEngineUrlRequestInfo.ResourceType.ResourceTypeImage
        if not ours or bytes(info.requestMethod().data()) != b"GET":
            info.block(True)
