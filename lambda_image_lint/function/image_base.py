"""The AWS base that an image stands on: that it is one, its config tells; which one, its files."""

import re
from functools import cached_property
from typing import TYPE_CHECKING

from lambda_image_lint import knowledge
from lambda_image_lint.answer import Answer
from lambda_image_lint.function.model import AwsBase, File, Files

if TYPE_CHECKING:
    from lambda_image_lint.image.config import Config

UNKNOWN_LANGUAGE = "unknown"

_PROGRAMS = {
    "python": "/var/lang/bin/python3",
    "nodejs": "/var/lang/bin/node",
    "java": "/var/lang/bin/java",
    "dotnet": "/var/lang/bin/dotnet",
    "ruby": "/var/lang/bin/ruby",
}
"""Programs that tell the language of an AWS base. Source: https://github.com/aws/aws-lambda-base-images"""
_MARKS = ("LAMBDA_TASK_ROOT", "LAMBDA_RUNTIME_DIR", "TZ")
"""Variables that every AWS base sets, and hardly anybody else to the same."""
_RELEASE = "/var/runtime/runtime-release"
_SYSTEMS = {"2018.03": "al1", "2": "al2", "2023": "al2023"}
"""VERSION_ID of Amazon Linux. Source: /etc/os-release of each."""
_TEXT_MAX = 64 * 1024
"""Bytes of a text file that are read; the longest of them, node_version.h, has 4 KiB."""


def base_entrypoint() -> tuple[str, ...]:
    """The entrypoint of every AWS base."""
    return knowledge.aws_base_config("provided").entrypoint


def image_base(config: "Config", files: Files) -> AwsBase | None:
    """The AWS base of an image; None where the config shows none. The files are read when its language is asked for."""
    expected = knowledge.aws_base_config("provided").environment
    kept = {name for name in _MARKS if config.env.get(name) == expected[name]}
    # A function may set one of them anew, or start something else.
    if not (kept if config.entrypoint == base_entrypoint() else kept >= {"LAMBDA_RUNTIME_DIR", "TZ"}):
        return None
    return ImageBase(files, config.env.get("DOTNET_VERSION"))


class ImageBase:
    """An `AwsBase` that is looked at only as far as somebody asks."""

    def __init__(self, files: Files, dotnet_version: str | None) -> None:
        self._files = files
        self._dotnet_version = dotnet_version

    @property
    def reference(self) -> str | None:
        return None

    @cached_property
    def language(self) -> str:
        if self._dotnet_version is not None:
            return "dotnet"
        if self._known is not None:
            return self._known.language
        found = [language for language, path in _PROGRAMS.items() if isinstance(self._files.find(path), File)]
        if found:
            return found[0]
        return "provided" if isinstance(self._files.find("/"), File) else UNKNOWN_LANGUAGE

    @cached_property
    def version(self) -> str | None:
        if self.language == "provided":
            return self.os
        found = self._number
        tags = knowledge.aws_base_versions(self.language) if found and self.language != UNKNOWN_LANGUAGE else ()
        exact = [tag for tag in tags if found == tag or (found or "").startswith(tag + ".")]
        # An older Java on a newer system has a tag of its own.
        on_system = [tag for tag in tags if f"{exact[0]}.{self.os}" == tag] if exact else []
        return next(iter((*on_system, *exact)), None)

    @cached_property
    def os(self) -> str | None:
        for path in ("/etc/os-release", "/usr/lib/os-release"):
            match = re.search(r'^VERSION_ID="?([\d.]+)', self._text(path), re.MULTILINE)
            if match:
                return _SYSTEMS.get(match[1])
        return None

    @cached_property
    def runtime(self) -> str | None:
        if self._known is not None:
            return self._known.id
        if self.language == "provided":
            return {"al1": "provided"}.get(self.os or "", f"provided.{self.os}" if self.os else None)
        if self.version is None:
            return None
        known = knowledge.aws_base(f"public.ecr.aws/lambda/{self.language}:{self.version}")
        return known.runtime if known is not None else None

    @cached_property
    def _known(self) -> knowledge.Runtime | None:
        """What the base itself says that it is."""
        match = re.search(r"^NAME=\"?([\w.]+)", self._text(_RELEASE), re.MULTILINE)
        return knowledge.runtime(match[1]) if match else None

    @cached_property
    def _number(self) -> str | None:
        """The version of the language, as exactly as its files tell."""
        if self._dotnet_version is not None:
            return self._dotnet_version
        if self.language == "python":
            return self._newest(r"/var/lang/bin/python(3\.\d+)", "/var/lang/bin")
        if self.language == "ruby":
            return self._newest(r"/var/lang/lib/ruby/(\d+\.\d+)\.\d+", "/var/lang/lib/ruby")
        if self.language == "dotnet":
            return self._newest(r"/var/lang/bin/shared/Microsoft\.NETCore\.App/([\d.]+)", "/var/lang/bin/shared")
        path, pattern = {
            "nodejs": ("/var/lang/include/node/node_version.h", r"NODE_MAJOR_VERSION\s+(\d+)"),
            "java": ("/var/lang/release", r'JAVA_VERSION="(?:1\.)?(\d+)'),
        }.get(self.language, ("", ""))
        match = re.search(pattern, self._text(path)) if path else None
        return match[1] if match else None

    def _newest(self, pattern: str, folder: str) -> str | None:
        matches = [match for file in self._files.known_under(folder) if (match := re.fullmatch(pattern, file.path))]
        return max(
            (match[1] for match in matches), key=lambda text: [int(n) for n in text.split(".") if n], default=None
        )

    def _text(self, path: str) -> str:
        found = self._files.find(path)
        content: Answer[bytes] = found.read(_TEXT_MAX) if isinstance(found, File) else b""
        return content.decode("utf-8", "replace") if isinstance(content, bytes) else ""
