"""What must stand before Qt's application object: Chromium's flags and our URL scheme.

The flags are the floor of the sandbox: they close what no setting, interceptor or policy sees
(preconnect, DNS prefetch, WebRTC). They replace whatever the environment says.
"""

from __future__ import annotations

import os
import sys
from collections.abc import MutableMapping

from PySide6.QtCore import QCoreApplication, Qt

SCHEME = "missive"
HOST = "mail"  # one host for all mails: another host would cost a new renderer

CHROMIUM_FLAGS = (
    '--host-resolver-rules="MAP * ~NOTFOUND"',  # no name and no address resolves, proxy included
    "--proxy-server=127.0.0.1:9",
    "--proxy-bypass-list=<-loopback>",  # else 127.0.0.1 goes around the proxy
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-domain-reliability",
    "--no-pings",
    "--log-level=3",  # Chromium's log would name what a mail tried to load
)
# Each of these would open a door or loosen the sandbox from outside.
_FOREIGN = (
    "QTWEBENGINE_REMOTE_DEBUGGING",
    "QTWEBENGINE_DISABLE_SANDBOX",
    "QTWEBENGINE_CHROMIUM_FLAGS",
    "QTWEBENGINEPROCESS_PATH",
)


def set_environment(environment: MutableMapping[str, str], *, root: bool) -> None:
    """Replace what the environment says to the web engine by what we say."""
    for name in _FOREIGN:
        environment.pop(name, None)
    flags = list(CHROMIUM_FLAGS)
    if environment.get("QT_QPA_PLATFORM") == "offscreen":
        flags.append("--disable-gpu")  # there is none, and looking for it takes time
    environment["QTWEBENGINE_CHROMIUM_FLAGS"] = " ".join(flags)
    if root:
        # Chromium's own sandbox does not start as root (containers, build machines). Everything
        # else holds: no script, no network, one policy. An ordinary user always gets it.
        environment["QTWEBENGINE_DISABLE_SANDBOX"] = "1"


def prepare() -> None:
    """Set the flags. Call before the application object is made."""
    if QCoreApplication.instance() is not None:
        raise RuntimeError("the web engine must be prepared before the application object")
    set_environment(os.environ, root=sys.platform == "linux" and os.geteuid() == 0)
    QCoreApplication.setAttribute(Qt.ApplicationAttribute.AA_ShareOpenGLContexts)


def register_scheme() -> None:
    """Register our scheme. Call before the first web profile is made."""
    # Imported late: it costs 40 ms that the first rows of the list must not wait for.
    from PySide6.QtWebEngineCore import QWebEngineUrlScheme

    if QWebEngineUrlScheme.schemeByName(SCHEME.encode()).name().isEmpty():
        scheme = QWebEngineUrlScheme(SCHEME.encode())
        scheme.setSyntax(QWebEngineUrlScheme.Syntax.Host)
        scheme.setFlags(QWebEngineUrlScheme.Flag.SecureScheme)
        QWebEngineUrlScheme.registerScheme(scheme)
