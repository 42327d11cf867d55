"""TLS as a mail client wants it: certificates and host names verified, TLS 1.2 or later."""

from __future__ import annotations

import ssl
from pathlib import Path

from missive_desktop.errors import CertificateRefused


def client_context(ca_file: str = "") -> ssl.SSLContext:
    """Return a context that trusts the system's authorities, or only those in `ca_file`."""
    if not ca_file:
        context = ssl.create_default_context()
    else:
        if not Path(ca_file).is_file():
            raise CertificateRefused(f"The certificate file {ca_file} does not exist.")
        try:
            context = ssl.create_default_context(cafile=ca_file)
        except (OSError, ssl.SSLError) as error:
            raise CertificateRefused(
                f"The file {ca_file} holds no certificate that can be read.",
                "It must be a certificate authority in PEM format.",
            ) from error
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context
