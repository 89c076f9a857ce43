"""Files that hold secrets: told by their names, and then by what is in them."""

import re
from collections.abc import Iterator
from fnmatch import fnmatch
from posixpath import basename

from msgspec import Struct

from lambda_image_lint.answer import Unknown
from lambda_image_lint.dockerfile.context import Context
from lambda_image_lint.dockerfile.model import Dockerfile
from lambda_image_lint.function.model import File, Function, Kind
from lambda_image_lint.patterns import lazy
from lambda_image_lint.rulekit.carried import Carried, carried, landed_path
from lambda_image_lint.rulekit.copies import ContextSource, context_sources
from lambda_image_lint.rulekit.stages import final_stages
from lambda_image_lint.rulekit.system_folders import is_of_system
from lambda_image_lint.secrets import find_secrets

_LIMIT = 64 * 1024
"""Bytes that are read of a file; such files have a few lines."""
_PLAIN = frozenset(
    ".npmrc .yarnrc.yml .pypirc pip.conf .netrc _netrc .git-credentials credentials .dockercfg accesskeys.csv"
    " terraform.tfstate".split()
)
"""Files that hold settings line by line, secrets among them."""
_PLAIN_ENDS = (".env", ".tfvars", ".tfvars.json", "_accesskeys.csv")
_PLAIN_STARTS = ".env."
_KEYS = frozenset({"id_rsa", "id_dsa", "id_ecdsa", "id_ed25519"})
_KEY_ENDS = (".pem", ".key", ".ppk")
_NAMED = lazy(r"secret|credential|service[-_.]?account|firebase|gcp|private|token|config|settings?\b", re.ASCII)
"""Other files that are opened: only what is a secret by its shape counts in them."""
_OPENED = frozenset({"json", "yaml", "yml", "ini", "toml", "cfg", "conf", "properties", "py", "js", "ts", "txt", "xml"})
_SAMPLE = lazy(r"example|sample|template|dist$|default|schema|\.lock|mock|fake|dummy", re.ASCII)
_NOT_OWN = frozenset(
    "node_modules site-packages dist-packages gems vendor test tests testdata __tests__ spec fixtures examples docs".split()
)
"""Folders of other people's files, and of those that are made up."""
_NETRC = lazy(r"\bpassword\s+(?P<value>\S{8,})")
_SHORTEST_KEY = 60
"""Characters of base64 that a private key has at least: Ed25519 in PKCS #8 has 64. Source: RFC 8410."""


class SecretFile(Struct, frozen=True):
    """A file that holds a secret."""

    path: str
    """In the build context, or in the image."""
    kind: str
    """As `lambda_image_lint.secrets` calls it: ``private key``, ``value of DB_PASSWORD``."""
    line: int
    """Where it stands, from 1."""


def copied_secrets(dockerfile: Dockerfile, context: Context) -> Iterator[tuple[ContextSource, tuple[SecretFile, ...]]]:
    """Each source of a COPY or ADD that brings such files from the context into the image."""
    final = {stage.index for stage in final_stages(dockerfile)}
    told: set[tuple[int, str]] = set()
    for source in context_sources(dockerfile, context):
        if source.copy.stage in final:
            found = tuple(secret for _, secret in _brought(source, context, told))
            if found:
                yield source, found


def carried_secrets(
    dockerfile: Dockerfile, context: Context
) -> Iterator[tuple[ContextSource, tuple[tuple[SecretFile, Carried], ...]]]:
    """Each source that brings such files to a builder, from where a COPY --from takes them on into the image."""
    final = {stage.index for stage in final_stages(dockerfile)}
    told: set[tuple[int, str]] = set()
    for source in context_sources(dockerfile, context):
        if source.copy.stage in final:
            continue
        found = []
        for top, secret in _brought(source, context, told):
            landed = landed_path(dockerfile, source.copy, top, secret.path)
            way = carried(dockerfile, source.copy, landed) if landed is not None else None
            if way is not None:
                found.append((secret, way))
        if found:
            yield source, tuple(found)


def _brought(source: ContextSource, context: Context, told: set[tuple[int, str]]) -> Iterator[tuple[str, SecretFile]]:
    """The files with a secret that a source brings, each with the path that was matched: itself, or a folder around it."""
    excluded = [flag.value for flag in source.copy.flags if flag.name == "exclude" and flag.value]
    for one in source.found:
        below = context.walk(one.path) if one.is_dir else (one,)
        for file in () if isinstance(below, Unknown) else below:
            if file.is_dir or (source.copy.index, file.path) in told or not _is_candidate(file.path):
                continue
            if any(fnmatch(file.path, pattern) or fnmatch(basename(file.path), pattern) for pattern in excluded):
                continue
            told.add((source.copy.index, file.path))
            yield from ((one.path, secret) for secret in _judge(file.path, file.read(_LIMIT)))


def secrets_in_files(function: Function) -> Iterator[tuple[File, SecretFile]]:
    """Such files of an image, outside the system's and packages' folders."""
    for top in function.files.known_glob("/*"):
        if top.kind is Kind.DIRECTORY and not is_of_system(top.path):
            for path in function.files.known_paths(top.path):
                if is_of_system(path) or not _is_candidate(path):
                    continue
                file = function.files.find(path)
                if isinstance(file, File) and file.kind is Kind.FILE and file.path == path:
                    for secret in _judge(path, file.read(_LIMIT)):
                        yield file, secret


def _is_candidate(path: str) -> bool:
    # An image has a hundred thousand names, and nearly all of them end here.
    name = basename(path).lower()
    if not (_is_plain(name) or _is_key(name) or (name.rpartition(".")[2] in _OPENED and _NAMED.search(name))):
        return False
    return not _SAMPLE.search(name) and not _NOT_OWN.intersection(path.lower().split("/")[:-1])


def _is_plain(name: str) -> bool:
    return name in _PLAIN or name.endswith(_PLAIN_ENDS) or name.startswith(_PLAIN_STARTS)


def _is_key(name: str) -> bool:
    return name in _KEYS or name.endswith(_KEY_ENDS)


def _judge(path: str, content: bytes | Unknown) -> Iterator[SecretFile]:
    """The first secret of a file."""
    if isinstance(content, Unknown) or b"\0" in content:
        return
    text = content.decode("utf-8", "replace")
    plain = _is_plain(basename(path).lower())
    for secret in find_secrets(text):
        value = text[secret.start : secret.end]
        if secret.kind == "private key":
            credible = len(re.sub(r"\s|\\n", "", value)) >= _SHORTEST_KEY and "ENCRYPTED" not in text
        elif secret.kind.startswith("value of ") or secret.kind.endswith("in a URL"):
            credible = plain and _is_credible(value)
        else:
            credible = "EXAMPLE" not in value
        if credible:
            yield SecretFile(path, secret.kind, text.count("\n", 0, secret.start) + 1)
            return
    if basename(path) in (".netrc", "_netrc") and (match := _NETRC.search(text)):
        yield SecretFile(path, "password", text.count("\n", 0, match.start()) + 1)


def _is_credible(value: str) -> bool:
    """Not a default that stands in every example, as ``postgres``: letters and digits mixed, or long."""
    mixed = any(letter.isdigit() for letter in value) and any(letter.isalpha() for letter in value)
    return (mixed and len(value) >= 8) or (len(value) >= 20 and len(set(value)) >= 8)
