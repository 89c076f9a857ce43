"""What a build context is given by a step of its own before the build: submodules of git, what a compiler writes."""

import posixpath
import re
from collections.abc import Iterator

from lambda_image_lint.answer import Unknown
from lambda_image_lint.dockerfile.context import Context
from lambda_image_lint.dockerfile.model import Dockerfile
from lambda_image_lint.patterns import lazy
from lambda_image_lint.rulekit.copies import is_left_out_of_git
from lambda_image_lint.rulekit.destinations import landing
from lambda_image_lint.rulekit.makers import maker
from lambda_image_lint.rulekit.stages import final_instructions

BUILT_FOLDERS = frozenset(
    "target build dist out bin obj publish release classes dependency node_modules .next .aws-sam cdk.out __generated__ gen vendor wheels wheelhouse".split()
)
"""Folders that a step before the build makes; git does not have them."""
_MOST_BYTES = 64 * 1024
"""Read of a file that says so: a person writes a hundredth of it."""

_SUBMODULE = lazy(r"^[ \t]*path[ \t]*=[ \t]*(\S.*?)[ \t]*$")
_OUTPUT = lazy(r"""^[^/\n]*["']outDir["'][ \t]*:[ \t]*["']([^"'\n]+)["']""")
_COMPILERS = ("tsconfig.json", "tsconfig.build.json")
_RELEASERS = (".goreleaser.yml", ".goreleaser.yaml", "goreleaser.yml", "goreleaser.yaml", ".goreleaser")
_RELEASED = lazy(r"""^[ \t-]*(?:binary|project_name|id)[ \t]*:[ \t]*["']?([^"'\s]+)["']?[ \t]*$""")
"""What GoReleaser puts into the folder that it gives to the builder, under the key ``dockers``.
Source: https://goreleaser.com/customization/docker/, read 2026-11-23."""


def bringer(context: Context, path: str) -> str | None:
    """The file that says who brings a path of the context: ``.gitmodules``, ``tsconfig.json``, ``.goreleaser.yml``; None
    where none does."""
    around = context.around()
    if around is None:
        return None
    tree, start = around
    full = posixpath.join(start, path)
    if any(_lies_in(full, folder) for folder in _named(tree.read(".gitmodules", _MOST_BYTES), _SUBMODULE)):
        return ".gitmodules"
    folder = posixpath.dirname(full)
    while True:
        for name in _COMPILERS:
            content = tree.read(posixpath.join(folder, name), _MOST_BYTES)
            if any(_lies_in(full, posixpath.join(folder, output)) for output in _named(content, _OUTPUT)):
                return posixpath.join(folder, name)
        for name in _RELEASERS:
            content = tree.read(posixpath.join(folder, name), _MOST_BYTES)
            if isinstance(content, bytes) and b"dockers" in content and path in _named(content, _RELEASED):
                return posixpath.join(folder, name)
        if not folder:
            return None
        folder = posixpath.dirname(folder)


def built_before(dockerfile: Dockerfile, context: Context, path: str) -> str | None:
    """Why a file that the image lacks may come with a folder of the context all the same: a step before the build
    writes it there. None where nothing says so, or .dockerignore keeps it out."""
    for source in _origins(dockerfile, context, path):
        if context.ignore.ignores(source):
            continue
        if (made_by := maker(context, source)) is not None:
            return f"{made_by} writes {source}"
        if (brought_by := bringer(context, source)) is not None:
            return f"{brought_by} says who brings {source}"
        folders = source.split("/")[:-1]
        built = next((index for index, name in enumerate(folders) if name in BUILT_FOLDERS), None)
        if is_left_out_of_git(context, source):
            return f"git leaves {source} out: a step before the build may write it"
        if built is not None and context.present("/".join(folders[: built + 1])) is False:
            return f"a step before the build may write {source}"
    return None


def _origins(dockerfile: Dockerfile, context: Context, path: str) -> Iterator[str]:
    """Where in the context a path of the image would stand, if a folder that is copied from there held it."""
    for copy in final_instructions(dockerfile, "COPY", "ADD"):
        target = landing(dockerfile, copy) if copy.flag("from") is None else None
        if target is None or not f"{path}/".startswith(f"{target.rstrip('/')}/"):
            continue
        for word in copy.sources:
            written = dockerfile.variables.expand(word.template, copy)
            if isinstance(written, Unknown) or "://" in written or any(letter in written for letter in "*?["):
                continue
            folder = posixpath.normpath(f"/{written}").lstrip("/")
            found = context.find(folder)
            if found is not None and not isinstance(found, Unknown) and found.is_dir:
                yield posixpath.join(folder, posixpath.relpath(path, target))


def _named(content: object, pattern: re.Pattern[str]) -> Iterator[str]:
    """What the lines of a file name; nothing where the file is not there."""
    for line in content.decode("utf-8", "replace").splitlines() if isinstance(content, bytes) else ():
        match = pattern.match(line)
        if match is not None:
            yield match[1]


def _lies_in(path: str, folder: str) -> bool:
    clean = posixpath.normpath(folder)
    return clean != "." and f"{path}/".startswith(f"{clean}/")
