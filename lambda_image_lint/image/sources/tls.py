"""Whom to trust in TLS: the system's authorities (``SSL_CERT_FILE`` counts), and those filed for one registry.

``/etc/docker/certs.d/HOST[:PORT]/`` holds ``*.crt`` authorities and ``*.cert`` with ``*.key`` of clients, as in
https://docs.docker.com/engine/security/certificates/; podman's folders have the same form.
"""

import os
import ssl
from collections.abc import Iterator
from pathlib import Path

from lambda_image_lint.errors import SourceError

_FOLDERS = ("/etc/docker/certs.d", "/etc/containers/certs.d", "~/.config/containers/certs.d", "~/.docker/certs.d")


def context_for(registry: str, *, verify: bool, folders: tuple[str, ...] = _FOLDERS) -> ssl.SSLContext:
    """The TLS settings for ``HOST[:PORT]``. Raises `SourceError` where a certificate that is filed cannot be used."""
    context = ssl.create_default_context()
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    for path in _filed(registry, folders):
        try:
            if path.suffix == ".crt":
                context.load_verify_locations(path)
            elif path.suffix == ".cert":
                context.load_cert_chain(path, path.with_suffix(".key"))
        except OSError as error:  # ssl.SSLError is one
            raise SourceError(f"the certificate {path} cannot be used: {error}", "Repair or remove it") from error
    return context


def _filed(registry: str, folders: tuple[str, ...]) -> Iterator[Path]:
    for folder in folders:
        own = Path(os.path.expanduser(folder)) / registry
        if own.is_dir():
            yield from sorted(own.iterdir())
