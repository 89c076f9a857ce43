"""The bytes that are kept of an image's files in the one pass over its layers."""

from lambda_image_lint.function.languages.wishes import WISHES as LANGUAGE_WISHES
from lambda_image_lint.function.native.wishes import WISHES as NATIVE_WISHES
from lambda_image_lint.image.wishes import Wish

_SOURCE = 1024 * 1024
_SMALL = 64 * 1024
_JAR = 16 * 1024 * 1024
"""Bytes; a jar with its dependencies has more, and is read again when it is asked for."""
_PYC_HEADER = 16
"""Bytes; source: PEP 552."""

WISHES: tuple[Wish, ...] = (
    # Programs and libraries: what the loader needs to know, and whether they speak to the Runtime API.
    *NATIVE_WISHES,
    *LANGUAGE_WISHES,
    # Entry scripts.
    Wish("/**", limit=_SMALL, magic=b"#!"),
    # What tells an AWS base.
    Wish("/var/runtime/runtime-release", limit=_SMALL),
    Wish("/etc/os-release", limit=_SMALL),
    Wish("/usr/lib/os-release", limit=_SMALL),
    Wish("/var/lang/release", limit=_SMALL),
    Wish("/var/lang/include/node/node_version.h", limit=_SMALL),
    # The function's own code.
    *(Wish(f"/{folder}/**/*.{ending}", limit=_SOURCE)
      for folder in ("var/task", "app", "function", "src", "home", "opt", "srv", "code", "workspace", "usr/src")
      for ending in ("py", "js", "mjs", "cjs", "ts", "rb", "json", "class")),
    *(Wish(f"/{folder}/**/*.jar", limit=_JAR) for folder in ("var/task", "app", "function", "opt")),
    # What is installed.
    Wish("/**/package.json", limit=_SMALL),
    Wish("/**/*.dist-info/METADATA", limit=_SOURCE),
    # Whether Python's compiled modules are still good.
    Wish("/**/__pycache__/*.pyc", prefix=_PYC_HEADER),
)  # fmt: skip
