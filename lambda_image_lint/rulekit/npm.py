"""npm at the start of a function: which version it is, and where it would write."""

from collections.abc import Iterable

from lambda_image_lint.answer import Answer, Unknown
from lambda_image_lint.dockerfile.model import Dockerfile, Instruction
from lambda_image_lint.function.model import File, Found, Function
from lambda_image_lint.function.walk import parent
from lambda_image_lint.knowledge import image_name
from lambda_image_lint.rulekit.stages import final_instructions

FIRST_WITH_CACHE_AT_START = 7
"""Major version of npm from which ``npx`` is ``npm exec``, which makes its cache before it runs anything.
Source: https://docs.npmjs.com/cli/v7/commands/npm-exec"""
FIRST_WITHOUT_NEED_OF_CACHE = 11
"""Major version of npm from which ``npx`` starts an installed package though it cannot make its cache.
Source: own, a boot of npm 11.19 with a home that cannot be made."""
_NPM_OF_NODE = {10: 6, 12: 6, 14: 6, 15: 7, 16: 8, 17: 8, 18: 10, 20: 10, 22: 10, 24: 11}
"""Major version of Node.js → npm that comes with it. Source: https://nodejs.org/en/about/previous-releases"""
_MOVING = ("", "alpine", "bookworm", "bullseye", "current", "latest", "lts", "slim", "trixie")
"""Beginnings of tags of ``node`` that name no version: they lead to a recent one."""
_RECENT = 11


def npm_major(function: Function, npx: Found) -> Answer[int]:
    """The major version of the npm that ``npx`` belongs to."""
    package = function.files.find(f"{parent(parent(npx.path))}/package.json") if isinstance(npx, File) else npx
    content = package.read() if isinstance(package, File) and "/npm/" in package.path else None
    if isinstance(content, bytes):
        return _version_in(content)
    for installed in reversed(function.packages.installed):
        if (installed.manager, installed.name) == ("npm", "npm"):
            return _major(installed.version) if installed.version else _RECENT
    node = _node_major(function)
    if isinstance(node, Unknown):
        return node
    return _NPM_OF_NODE.get(node, _RECENT if node > max(_NPM_OF_NODE) else 6)


def _version_in(content: bytes) -> Answer[int]:
    import json

    try:
        document = json.loads(content)
    except (ValueError, RecursionError):
        return Unknown("the package.json of npm is no JSON")
    version = document.get("version") if isinstance(document, dict) else None
    return _major(version) if isinstance(version, str) else Unknown("the package.json of npm names no version")


def _major(version: str) -> Answer[int]:
    number = version.lstrip("^~v").partition(".")[0]
    return int(number) if number.isdecimal() else Unknown(f"npm {version} is no version")


def _node_major(function: Function) -> Answer[int]:
    unknown = Unknown("which npm the image has is not known", function.where("base"))
    if function.base is not None:
        version = function.base.version if function.base.language == "nodejs" else None
        return int(version) if version is not None and version.isdecimal() else unknown
    if not isinstance(function.base_reference, str):
        return unknown
    name = image_name(function.base_reference)
    if name.full != "node":
        return unknown
    word = (name.tag or "").partition("-")[0]
    number = word.partition(".")[0]
    if number.isdecimal():
        return int(number)
    return max(_NPM_OF_NODE) if word in _MOVING else unknown


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
