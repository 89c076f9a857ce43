"""npm at the start of a function: which version it is, and where it would write."""

from collections.abc import Iterable

from lambda_image_lint.answer import Answer, Unknown
from lambda_image_lint.dockerfile.model import Dockerfile, Instruction
from lambda_image_lint.function.model import File, Found, Function
from lambda_image_lint.function.walk import parent
from lambda_image_lint.knowledge import image_name
from lambda_image_lint.rulekit.stages import final_instructions

Version = tuple[int, int | None]
"""Major and minor; None where the minor is not known."""

FIRST_WITH_CACHE_AT_START = 7
"""Major version of npm from which ``npx`` is ``npm exec``, which makes its cache before it runs anything.
Source: https://docs.npmjs.com/cli/v7/commands/npm-exec"""
_ENDS_WITHOUT_CACHE = ((8, 6), (8, 16))
"""Versions of npm, the second left out, that end where the cache cannot be made; all others start what is installed.
Source: https://github.com/npm/cli/issues/5183, and own: boots of 7.24, 8.5, 8.6, 8.11, 8.15, 8.16, 8.17, 8.19, 9.0, 9.5, 9.9,
10.2, 10.9 and 11.19 with a home that cannot be made."""
_NPM_OF_NODE = {10: 6, 12: 6, 14: 6, 15: 7, 16: 8, 17: 8, 18: 10, 20: 10, 22: 10, 24: 11}
"""Major version of Node.js → npm that comes with its last release. Source: https://nodejs.org/en/about/previous-releases"""
_NODE_WITH_SUCH_NPM = (((16, 15, 1), (16, 18, 0)), ((17, 9, 1), (18, 8, 0)))
"""Versions of Node.js, the second left out, that come with npm 8.6 to 8.15.
Source: https://github.com/nodejs/node/tree/main/doc/changelogs, "upgrade npm to", read 2026-11-28."""
_MOVING = ("", "alpine", "bookworm", "bullseye", "current", "latest", "lts", "slim", "trixie")
"""Beginnings of tags of ``node`` that name no version: they lead to a recent one."""
_RECENT = 11
_LAST = 999
"""Stands for the part of a version that a tag leaves out: the tag leads to the last one."""


def ends_without_cache(version: Version) -> bool:
    """Whether this npm certainly ends where it cannot make its cache."""
    major, minor = version
    first, end = _ENDS_WITHOUT_CACHE
    return minor is not None and first <= (major, minor) < end


def npm_version(function: Function, npx: Found) -> Answer[Version]:
    """The version of the npm that ``npx`` belongs to."""
    package = function.files.find(f"{parent(parent(npx.path))}/package.json") if isinstance(npx, File) else npx
    content = package.read() if isinstance(package, File) and "/npm/" in package.path else None
    if isinstance(content, bytes):
        return _version_in(content)
    for installed in reversed(function.packages.installed):
        if (installed.manager, installed.name) == ("npm", "npm"):
            return _version(installed.version) if installed.version else (_RECENT, None)
    node = _node_version(function)
    return node if isinstance(node, Unknown) else _version_with(node)


def _version_in(content: bytes) -> Answer[Version]:
    import json

    try:
        document = json.loads(content)
    except (ValueError, RecursionError):
        return Unknown("the package.json of npm is no JSON")
    version = document.get("version") if isinstance(document, dict) else None
    return _version(version) if isinstance(version, str) else Unknown("the package.json of npm names no version")


def _version(text: str) -> Answer[Version]:
    numbers = text.lstrip("^~v").split(".")
    if not numbers[0].isdecimal():
        return Unknown(f"npm {text} is no version")
    # What a range leads to, or a major alone, is decided while it is installed.
    exact = text[:1] not in "^~" and len(numbers) > 1 and numbers[1].isdecimal()
    return int(numbers[0]), int(numbers[1]) if exact else None


def _version_with(node: tuple[int, int, int]) -> Version:
    if any(first <= node < end for first, end in _NODE_WITH_SUCH_NPM):
        return _ENDS_WITHOUT_CACHE[0]
    major = node[0]
    return _NPM_OF_NODE.get(major, _RECENT if major > max(_NPM_OF_NODE) else 6), None


def _node_version(function: Function) -> Answer[tuple[int, int, int]]:
    unknown = Unknown("which npm the image has is not known", function.where("base"))
    if function.base is not None:
        version = function.base.version if function.base.language == "nodejs" else None
        return (int(version), _LAST, _LAST) if version is not None and version.isdecimal() else unknown
    if not isinstance(function.base_reference, str):
        return unknown
    name = image_name(function.base_reference)
    if name.full != "node":
        return unknown
    word = (name.tag or "").partition("-")[0]
    numbers = [int(number) for number in word.split(".") if number.isdecimal()]
    if numbers:
        major, minor, patch = (*numbers, _LAST, _LAST)[:3]
        return major, minor, patch
    return (max(_NPM_OF_NODE), _LAST, _LAST) if word in _MOVING else unknown


def writes_in_tmp(function: Function) -> Answer[bool]:
    """Whether the image's variables put npm's cache, or its user's home, below ``/tmp``."""
    undecided: Unknown | None = None
    for name, value in function.environment.items():
        if name == "HOME" or name.lower() == "npm_config_cache":
            if isinstance(value, Unknown):
                undecided = value
            elif f"{value}/".startswith("/tmp/"):
                return True
    if undecided is None and isinstance(function.environment_complete, Unknown):
        return function.environment_complete
    return undecided or False


def says_where(function: Function, dockerfile: Dockerfile | None, texts: Iterable[str]) -> bool:
    """Whether anything but a variable of the image says where npm writes: a script or words at the start, an npmrc."""
    if any("HOME=" in text or "npm_config_cache" in text.lower() or "--cache" in text for text in texts):
        return True
    folder = function.working_dir if isinstance(function.working_dir, str) else "/"
    for path in (f"{folder}/.npmrc", "/usr/local/etc/npmrc", "/etc/npmrc", "/var/lang/etc/npmrc"):
        found = function.files.find(path)
        content = found.read() if isinstance(found, File) else b""
        if isinstance(content, bytes) and b"cache" in content:
            return True
    return any("npmrc" in run.raw or "config set" in run.raw for run in _runs(dockerfile))


def _runs(dockerfile: Dockerfile | None) -> Iterable[Instruction]:
    return final_instructions(dockerfile, "RUN") if dockerfile is not None else ()
