"""What a registry wants of those who ask: its ``WWW-Authenticate`` header, and where tokens may be had.

Sources: RFC 9110 §11.6.1; https://distribution.github.io/distribution/spec/auth/token/ and …/oauth/.
"""

import ipaddress
import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from msgspec import Struct

from lambda_image_lint.errors import SourceError

_TOKEN = re.compile(r"""([!#$%&'*+.^_`|~0-9A-Za-z/-]+)(?:\s*=\s*("(?:[^"\\]|\\.)*"|[^\s,"]+))?""")


class Challenge(Struct, frozen=True):
    """One scheme that a registry accepts."""

    scheme: str
    """In lower case: ``basic``, ``bearer``."""
    parameters: Mapping[str, str]
    """Names in lower case."""


def parse_challenges(header: str) -> list[Challenge]:
    """The challenges of a header, in order; what is malformed is left out."""
    found: list[tuple[str, dict[str, str]]] = []
    for name, value in _TOKEN.findall(header):
        if not value:
            found.append((name.lower(), {}))
        elif found:
            text = re.sub(r"\\(.)", r"\1", value[1:-1]) if value.startswith('"') else value
            found[-1][1].setdefault(name.lower(), text)
    return [Challenge(scheme, parameters) for scheme, parameters in found]


def check_target(url: str, *, asked_by: str, plain_http: bool) -> str:
    """The URL, if a registry may lead us there with a token request or a redirect. Raises `SourceError` otherwise.

    Never to a link-local address, where clouds answer with secrets; and to plain HTTP only from plain HTTP.
    """
    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.scheme not in ("http", "https") or not host:
        raise SourceError(f"{asked_by} leads to {_shown(url)}, which is no web address")
    if parts.scheme == "http" and not plain_http:
        raise SourceError(f"{asked_by} leads from HTTPS to plain HTTP at {host}, where anybody can read along")
    try:
        is_link_local = ipaddress.ip_address(host).is_link_local
    except ValueError:
        is_link_local = False
    if is_link_local:
        raise SourceError(f"{asked_by} leads to the link-local address {host}, which no registry has reason to")
    return url


def origin(url: str) -> tuple[str, str, int]:
    """Scheme, host and port: what credentials are meant for."""
    parts = urlsplit(url)
    return parts.scheme, parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)


def _shown(url: str) -> str:
    # A presigned URL is a secret in its query.
    return url.partition("?")[0][:100]
