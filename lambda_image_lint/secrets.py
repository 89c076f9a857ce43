"""What looks like a secret: by its shape, by the name it is given to, or by its place in a URL.

The rules on secrets and the masking of every report ask here, so that what a rule tells no report shows. Text is
scanned in linear time, whatever it holds: a line of a Dockerfile may be a megabyte of base64.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache


@dataclass(frozen=True, order=True)
class Secret:
    """A stretch of text that is secret: `start` to `end`, exclusive, in code points."""

    start: int
    end: int
    kind: str
    """In words, as a message says it: ``AWS access key id``, ``password in a URL``, ``value of NPM_TOKEN``."""


@dataclass(frozen=True)
class Shape:
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


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_STRONG_WORDS = _words(
    "secret password passwd passphrase passcode token credential credentials apikey secretkey accesskey privatekey"
)
_STRONG_ENDINGS = ("password", "passwd", "token", "secret", "apikey")
_STRONG_KEYS = _words("api private secret access encryption signing auth master account shared deploy")
# What is said *about* a secret is none.
_TELLING_LAST_WORDS = _words(
    """
    file files path paths name names arn arns url urls uri uris alias aliases id ids dir directory folder env stdin ttl expiry
    expiration expires expire age seconds minutes hours days length len size min max count limit type kind format algorithm
    timeout enabled disabled required endpoint host port version header prefix suffix region ref reference field policy bucket
    table queue manager service provider store cache role user username class module handler backend mode hash checksum digest
    copied hint label description rotation
    """
)
# GPG_KEY in the official Python and PHP images is the fingerprint of a public key.
_PUBLIC_WORDS = frozenset({"public", "gpg", "pgp", "fingerprint"})

_PLACEHOLDER_WORDS = _words(
    """
    true false yes no on off none null nil undefined unset empty default
    changeme change-me change_me changeit replaceme replace-me replace_me placeholder example sample dummy fake mock test
    testing todo tbd fixme redacted masked hidden unused build build-time notused not-used not-a-secret notasecret insecure
    secret password passwd pass token key apikey api-key api_key mysecret my-secret mypassword my-password string value here
    """
)
_PLACEHOLDER = r"""(?xi)
    \W*+$ | (.)\1{2,}+$ | [xX*.#-]{3,}          # nothing but signs, one character again and again, xxx…, ***
    | .{0,4}\*{3,}                              # masked already
    | <.*>?$ | \{\{ | %\w+%$ | \$\w+ | \$\( | ` # <token>, {{token}}, %TOKEN%, $TOKEN, $(cat token)
    | (?:id|src|source|type|from|env)=          # --secret id=…
    | your[\W_] | (?:insert|replace|change|enter|put|add|set)[-_ ]?(?:your|me|this|with|in|it)(?![a-z])
    | arn:aws | sha(?:1|256|512): | /?\.{0,2}/[\w./@-]*$ | ~/ | [A-Za-z]:\\ | file: | ssm: | vault:
    | \w+://(?![^/\s]*@)
"""
_DEFAULT_OF_VARIABLE = r"\$\{\w+(?::?[-=+](?P<default>[^}]*))?\}?"
_AWS_SECRET = r"[A-Za-z0-9+/]{40}"
_UUID = r"(?i)[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_WORDS_OF_NAME = r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+"

SHORTEST_SECRET = 4
"""Characters; what is shorter is a flag, a number or a joke. Own choice."""
SHORTEST_RANDOM = 16
"""Characters in a row without a separator before text counts as random. Own choice."""


@lru_cache(maxsize=64)
def _compiled(pattern: str) -> re.Pattern[str]:
    # Compiled at first need: most texts hold none of the literals, and compiling all takes longer than linting a file.
    return re.compile(pattern, re.ASCII)


@lru_cache(maxsize=1024)
def secrecy_of_name(name: str) -> str | None:
    """``strong`` where a name promises a secret, ``weak`` where only a random value makes it one, None otherwise."""
    words = [word.lower() for word in _compiled(_WORDS_OF_NAME).findall(name)]
    if not words or words[-1] in _TELLING_LAST_WORDS or _PUBLIC_WORDS.intersection(words):
        return None
    if _STRONG_WORDS.intersection(words) or any(word.endswith(_STRONG_ENDINGS) for word in words):
        return "strong"
    if len(words) > 1 and (words[-1] in ("pass", "pwd") or (words[-1] == "key" and words[-2] in _STRONG_KEYS)):
        return "strong"
    return "weak" if words[-1] in ("key", "auth", "salt", "secrets") else None


def looks_random(value: str) -> bool:
    """Whether a value looks drawn by lot: letters and digits mixed, in one long run."""
    if _compiled(_UUID).fullmatch(value):
        return True
    run = max(re.split(r"[^A-Za-z0-9+=]", value), key=len)
    mixed = any(character.isdigit() for character in run) and any(character.isalpha() for character in run)
    return mixed and len(run) >= SHORTEST_RANDOM and len(set(run)) >= 8


def is_placeholder(value: str) -> bool:
    """Whether a value only holds the place of one: ``changeme``, ``<token>``, ``${TOKEN}``, a path, an ARN."""
    variable = _compiled(_DEFAULT_OF_VARIABLE).match(value)
    if variable:
        default = variable["default"]
        return default is None or len(default) < SHORTEST_SECRET or is_placeholder(default)
    return value.lower() in _PLACEHOLDER_WORDS or bool(_compiled(_PLACEHOLDER).match(value))


def looks_secret(name: str, value: str) -> str | None:
    """The kind of secret that a variable or key holds, None where it holds none.

    A value's shape decides first, whatever the name; then the name, for a value that is no placeholder.
    """
    shape = next(_shapes(value), None) or next(_url_secrets(value), None)
    if shape:
        return shape.kind
    return _named_kind(name, value.strip("\"'"))


def _named_kind(name: str, value: str) -> str | None:
    secrecy = secrecy_of_name(name)
    if secrecy is None or len(value) < SHORTEST_SECRET:
        return None
    if secrecy == "strong" and _compiled(_AWS_SECRET).fullmatch(value) and looks_random(value):
        return f"value of {name}"
    if is_placeholder(value) or (value.isdigit() and "pass" not in name.lower()):
        return None
    return f"value of {name}" if secrecy == "strong" or looks_random(value) else None


def find_secrets(text: str, *, dockerfile: bool = False) -> Iterator[Secret]:
    """Every secret in a text, in order, none overlapping another.

    `dockerfile`: the text is a Dockerfile's or a history entry's, where ``ENV NAME some words`` gives a value up to the
    end of the line; in prose the same words would be a sentence.
    """
    found = [*_shapes(text), *_url_secrets(text)]
    lowered = text.lower()
    if any(
        hint in lowered
        for hint in ("secret", "token", "pass", "pwd", "key", "credential", "auth", "salt", "curl", "wget")
    ):
        found += _named_secrets(text, dockerfile)
    yield from _merged(found)


def _merged(found: list[Secret]) -> Iterator[Secret]:
    current: Secret | None = None
    for secret in sorted(found):
        if current is None:
            current = secret
        elif secret.start < current.end:
            kind = secret.kind if current.kind.startswith("value of ") else current.kind
            current = Secret(current.start, max(current.end, secret.end), kind)
        else:
            yield current
            current = secret
    if current is not None:
        yield current


def _shapes(text: str) -> Iterator[Secret]:
    for shape in SHAPES:
        if shape.literal in text:
            for match in _compiled(shape.pattern).finditer(text):
                yield Secret(match.start(), match.end(), shape.kind)
    if PRIVATE_KEY.literal in text:
        for match in _compiled(PRIVATE_KEY.pattern).finditer(text):
            start, end = match.span("body")
            marker = text.find("-----END", start, end)
            end = end if marker < 0 else marker
            if start < end:
                yield Secret(start, end, PRIVATE_KEY.kind)


_USER_INFO = r"(?<=://)(?P<user>[^\s/@:\"'`<>]{0,256}+)(?::(?P<password>[^\s/@\"'`<>]{1,1024}+))?@"


def _url_secrets(text: str) -> Iterator[Secret]:
    if "://" not in text or "@" not in text:
        return
    for match in _compiled(_USER_INFO).finditer(text):
        password = match["password"]
        if password and len(password) >= SHORTEST_SECRET and not is_placeholder(password):
            yield Secret(*match.span("password"), "password in a URL")
        if looks_random(match["user"]):
            yield Secret(*match.span("user"), "token in a URL")


# A name, as long as it goes, and what may stand between it and its value. The value is looked at only if the name counts.
_ASSIGNMENT = r"""(?x)
(?<![\w.-]) -*+ (?P<name>[A-Za-z_][\w.-]*+)
(?P<separator>
    =(?!=)
  | \\*["'] \s{0,2} [:=] \s{0,2}
  | [ \t]{1,3} =>? [ \t]{1,3}
  | (?P<prose> : [ \t]{1,8})
)"""
_OPTION = r"""(?<![\w-])--?(?P<name>[A-Za-z][\w-]*+)(?:["']\s{0,4},\s{0,4}|[ \t]{1,8})(?=[^\s-])"""
_SETTING = r"\b(?:config|configure)(?:[ \t]+set)?[ \t]+(?P<name>[\w./:@-]{1,256})[ \t]{1,8}(?=[^\s-])"
_ENV_WITHOUT_EQUALS = r"(?im)^[^\S\n]*(?:.{0,24}#\(nop\)[ \t]+)?ENV[ \t]+(?P<name>\w+)[ \t]+(?P<value>[^\s=].*)$"
_HEADER = r"""(?i)authorization\\*["']?\s{0,2}[:=]\s{0,2}\\*["']?(?:(?:bearer|basic|token)[ \t]{1,3})?"""
_BEARER = r"(?i)\bbearer[ \t]{1,3}(?=[\w.~+/-]*+\d)"
_LOGIN = r"""(?<=[ \t])(?:-u|--user)[ =]["']?[^\s:"']{1,128}+:"""
_PASSWORD_ARGUMENT = r"\b(?:sshpass[ \t]+-p[ \t]*|docker[ \t]+login\b[^\n]{0,200}?[ \t]-p[ \t]+|login[ \t]+\S{1,128}[ \t]+password[ \t]+)"

_VALUE = r"""(?x)
    (?P<escaped>\\+["']) (?P<between>[^\n]*?) (?P=escaped)
  | (?: "(?:[^"\\\n]|\\[^\n])*+" | '[^'\n]*+' | \\[^\n] | [^\s"'`\\] )++
  | ["'] (?P<unclosed>\S*+)
"""
_PREVIEW = 256
"""Characters of a value that are looked at before its whole extent is: keeps hostile lines linear."""


def _named_secrets(text: str, dockerfile: bool) -> Iterator[Secret]:
    yield from _found_by(_ASSIGNMENT, text)
    yield from _found_by(_OPTION, text)
    yield from _found_by(_SETTING, text)
    for pattern in (_HEADER, _BEARER, _LOGIN, _PASSWORD_ARGUMENT):
        yield from _found_by(pattern, text, name="password")
    if dockerfile:
        for match in _compiled(_ENV_WITHOUT_EQUALS).finditer(text):
            value = match["value"].rstrip("\\ \t\r")
            if _named_kind(match["name"], value):
                yield Secret(match.start("value"), match.start("value") + len(value), f"value of {match['name']}")


def _found_by(pattern: str, text: str, name: str | None = None) -> Iterator[Secret]:
    """The values after each match; a match inside a value found before is part of that value."""
    done = 0
    for match in _compiled(pattern).finditer(text):
        if match.start() < done or (pattern is _LOGIN and not _is_download(text, match.start())):
            continue
        secret = _value_at(text, match.end(), name or match["name"])
        if secret is None or (
            pattern is _ASSIGNMENT and match["prose"] and not _is_credible(text[secret.start : secret.end])
        ):
            continue
        done = secret.end
        yield secret


def _is_download(text: str, option: int) -> bool:
    # `curl --user name:password`, but `docker run --user 1000:1000`.
    return bool(_compiled(r"\b(?:curl|wget|http)\b").search(text, max(0, option - _PREVIEW), option))


def _is_credible(value: str) -> bool:
    # After `password: ` stands a value in YAML, and a sentence in prose.
    return any(character.isdigit() for character in value) and not value.isdigit()


def _value_at(text: str, start: int, name: str) -> Secret | None:
    """The secret that stands at `start` for `name`, without its quotes."""
    if secrecy_of_name(name) is None:
        return None
    preview = text[start : start + _PREVIEW]
    kind = _judged(name, preview)
    if kind is None:
        return None
    whole = _compiled(_VALUE).match(text, start) if len(preview) == _PREVIEW else _compiled(_VALUE).match(preview)
    if whole is None:
        return None
    offset = 0 if len(preview) == _PREVIEW else start
    begin, end = _inner(whole)
    return Secret(begin + offset, end + offset, kind)


def _judged(name: str, preview: str) -> str | None:
    match = _compiled(_VALUE).match(preview)
    if match is None:
        return None
    begin, end = _inner(match)
    return _named_kind(name, preview[begin:end])


def _inner(match: re.Match[str]) -> tuple[int, int]:
    """The extent of a value without the quotes around it, or the punctuation after it."""
    for group in ("between", "unclosed"):
        if match[group] is not None:
            return match.span(group)
    begin = match.start()
    value = match[0].rstrip(",;)]}")
    if len(value) > 1 and value[0] in "\"'" and value[-1] == value[0] and value[0] not in value[1:-1]:
        return begin + 1, begin + len(value) - 1
    return begin, begin + len(value)
