"""Names that promise a secret, and values that keep the promise."""

import re
from functools import lru_cache
from itertools import pairwise

from lambda_image_lint.secrets.pattern import compiled


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
# Said last, they tell only for which environment it is one: STRIPE_API_KEY_PROD.
_ENVIRONMENTS = _words(
    "prod production prd dev develop development stage staging stg test testing qa uat sandbox live preprod local preview"
)
# GPG_KEY in the official Python and PHP images is the fingerprint of a public key.
_PUBLIC_WORDS = frozenset({"public", "gpg", "pgp", "fingerprint"})

_PLACEHOLDER_WORDS = _words(
    """
    true false yes no on off none null nil undefined unset empty default
    changeme change-me change_me changeit replaceme replace-me replace_me placeholder example sample dummy fake mock test
    testing todo tbd fixme redacted masked hidden unused build build-time notused not-used not-a-secret notasecret insecure
    secret password passwd pass token key apikey api-key api_key mysecret my-secret mypassword my-password string value here
    noop no-op no_op nop nothing ignored irrelevant anything whatever precompile
    """
)
# As one of several plain words they say the same: dummy-for-collectstatic, placeholder_set_in_console.
_PLACEHOLDER_PARTS = _words(
    "placeholder dummy fake mock example sample insecure unused unset undefined changeme replaceme redacted notused"
    " notasecret test testing buildtime"
)
_PLACEHOLDER_PAIRS = (
    "build time",
    "build only",
    "only build",
    "for build",
    "not used",
    "not for",
    "dev only",
    "development only",
    "for development",
    "local dev",
    "local development",
    "not a",
    "not real",
    "not set",
    "not needed",
)
_PLAIN_WORDS = r"[A-Za-z]{1,16}(?:[-_. ]+(?:[A-Za-z]{1,16}|[0-9]{1,4})){1,15}"
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


@lru_cache(maxsize=1024)
def secrecy_of_name(name: str) -> str | None:
    """``strong`` where a name promises a secret, ``weak`` where only a random value makes it one, None otherwise."""
    words = [word.lower() for word in compiled(_WORDS_OF_NAME).findall(name)]
    while len(words) > 1 and words[-1] in _ENVIRONMENTS:
        words.pop()
    if not words or words[-1] in _TELLING_LAST_WORDS or _PUBLIC_WORDS.intersection(words):
        return None
    if _STRONG_WORDS.intersection(words) or any(word.endswith(_STRONG_ENDINGS) for word in words):
        return "strong"
    if len(words) > 1 and (words[-1] in ("pass", "pwd", "pw") or (words[-1] == "key" and words[-2] in _STRONG_KEYS)):
        return "strong"
    return "weak" if words[-1] in ("key", "auth", "salt", "secrets") else None


def looks_random(value: str) -> bool:
    """Whether a value looks drawn by lot: letters and digits mixed, in one long run."""
    if compiled(_UUID).fullmatch(value):
        return True
    run = max(re.split(r"[^A-Za-z0-9+=]", value), key=len)
    mixed = any(character.isdigit() for character in run) and any(character.isalpha() for character in run)
    return mixed and len(run) >= SHORTEST_RANDOM and len(set(run)) >= 8


def is_placeholder(value: str) -> bool:
    """Whether a value only holds the place of one: ``changeme``, ``<token>``, ``${TOKEN}``, a path, an ARN."""
    variable = compiled(_DEFAULT_OF_VARIABLE).match(value)
    if variable:
        default = variable["default"]
        return default is None or len(default) < SHORTEST_SECRET or is_placeholder(default)
    return (
        value.lower() in _PLACEHOLDER_WORDS or bool(compiled(_PLACEHOLDER).match(value)) or _says_that_it_is_none(value)
    )


def _says_that_it_is_none(value: str) -> bool:
    """Whether plain words say so: anything drawn by lot, or a sign between letters, makes it a secret after all."""
    if compiled(_PLAIN_WORDS).fullmatch(value) is None:
        return False
    words = re.split(r"[-_. ]+", value.lower())
    pairs = {f"{first} {second}" for first, second in pairwise(words)}
    return not _PLACEHOLDER_PARTS.isdisjoint(words) or not pairs.isdisjoint(_PLACEHOLDER_PAIRS)


def named_kind(name: str, value: str) -> str | None:
    """``value of NAME`` where the name makes the value a secret."""
    secrecy = secrecy_of_name(name)
    if secrecy is None or len(value) < SHORTEST_SECRET:
        return None
    if secrecy == "strong" and compiled(_AWS_SECRET).fullmatch(value) and looks_random(value):
        return f"value of {name}"
    if is_placeholder(value) or (value.isdigit() and "pass" not in name.lower()):
        return None
    return f"value of {name}" if secrecy == "strong" or looks_random(value) else None
