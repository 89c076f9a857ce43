"""Secrets that are told by their shape, whatever they are called, and those in URLs."""

from collections.abc import Iterator

from msgspec import Struct

from lambda_image_lint.secrets.names import SHORTEST_SECRET, is_placeholder, looks_random
from lambda_image_lint.secrets.pattern import compiled


class Secret(Struct, frozen=True, order=True):
    """A stretch of text that is secret: `start` to `end`, exclusive, in code points."""

    start: int
    end: int
    kind: str
    """In words, as a message says it: ``AWS access key id``, ``password in a URL``, ``value of NPM_TOKEN``."""


class Shape(Struct, frozen=True):
    """Text that is a secret whatever it is called."""

    kind: str
    literal: str
    """Part of every match: a text without it is not searched."""
    pattern: str


# The prefixes are those that the issuers print in their own documentation for secret scanners.
SHAPES = (
    Shape("AWS access key id", "AKIA", r"(?<![A-Za-z0-9])AKIA[A-Z0-9]{16}(?![A-Za-z0-9])"),
    Shape("AWS temporary access key id", "ASIA", r"(?<![A-Za-z0-9])ASIA[A-Z0-9]{16}(?![A-Za-z0-9])"),
    Shape("GitHub token", "gh", r"(?<![A-Za-z0-9])gh[opsur]_[A-Za-z0-9]{20,}+"),
    Shape("GitHub token", "github_pat_", r"github_pat_[A-Za-z0-9_]{20,}+"),
    Shape("GitLab token", "glpat-", r"glpat-[A-Za-z0-9_-]{16,}+"),
    Shape("Slack token", "xox", r"(?<![A-Za-z0-9])xox[abeoprs]-[A-Za-z0-9-]{10,}+"),
    Shape("npm token", "npm_", r"(?<![A-Za-z0-9])npm_[A-Za-z0-9]{20,}+"),
    Shape("PyPI token", "pypi-", r"(?<![A-Za-z0-9])pypi-Ag[A-Za-z0-9_-]{30,}+"),
    Shape("Stripe key", "live", r"(?<![A-Za-z0-9])[rs]k[_-]live[_-][A-Za-z0-9]{8,}+"),
    Shape("Stripe key", "_test_", r"(?<![A-Za-z0-9])[rs]k_test_[A-Za-z0-9]{16,}+"),
    Shape("API key", "sk-", r"(?<![A-Za-z0-9_-])sk-(?=[A-Za-z_-]*+[0-9])[A-Za-z0-9_-]{20,}+"),
    Shape("Google API key", "AIza", r"(?<![A-Za-z0-9])AIza[A-Za-z0-9_-]{35}"),
    Shape("SendGrid key", "SG.", r"(?<![A-Za-z0-9])SG\.[A-Za-z0-9_-]{16,64}\.[A-Za-z0-9_-]{16,}+"),
    Shape("Hugging Face token", "hf_", r"(?<![A-Za-z0-9])hf_[A-Za-z0-9]{30,}+"),
    Shape("Docker Hub token", "dckr_pat_", r"dckr_pat_[A-Za-z0-9_-]{20,}+"),
    Shape("JSON Web Token", "eyJ", r"(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{5,}+\.eyJ[A-Za-z0-9_-]{5,}+\.[A-Za-z0-9_-]*+"),
    Shape("storage account key", "AccountKey=", r"(?<=AccountKey=)[A-Za-z0-9+/]{40,}+=*"),
)

# A key that ends is masked to its end; one that was cut, as far as the text looks like base64.
PRIVATE_KEY = Shape(
    "private key",
    "PRIVATE KEY",
    r"-----BEGIN (?:[A-Z0-9]+ ){0,4}PRIVATE KEY(?: BLOCK)?-----(?P<body>[A-Za-z0-9+/=\s\\,:\"'-]*+)",
)


def shapes(text: str) -> Iterator[Secret]:
    """Every secret of a known shape; those of one shape in order."""
    for shape in SHAPES:
        if shape.literal in text:
            for match in compiled(shape.pattern).finditer(text):
                yield Secret(match.start(), match.end(), shape.kind)
    if PRIVATE_KEY.literal in text:
        for match in compiled(PRIVATE_KEY.pattern).finditer(text):
            start, end = match.span("body")
            marker = text.find("-----END", start, end)
            end = end if marker < 0 else marker
            if start < end:
                yield Secret(start, end, PRIVATE_KEY.kind)


_USER_INFO = r"(?<=://)(?P<user>[^\s/@:\"'`<>]{0,256}+)(?::(?P<password>[^\s/\"'`<>]{1,1024}))?@"


def url_secrets(text: str) -> Iterator[Secret]:
    """Passwords and tokens before the host of a URL."""
    if "://" not in text or "@" not in text:
        return
    for match in compiled(_USER_INFO).finditer(text):
        password = match["password"]
        if password and len(password) >= SHORTEST_SECRET and not is_placeholder(password):
            yield Secret(*match.span("password"), "password in a URL")
        if looks_random(match["user"]):
            yield Secret(*match.span("user"), "token in a URL")
