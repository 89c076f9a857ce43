"""Which files of the context a build copies."""

from collections.abc import Iterator
from pathlib import Path

from lambda_image_lint.dockerfile.context import Context
from lambda_image_lint.dockerfile.model import Dockerfile, Instruction, Word


def context_paths(dockerfile: Dockerfile) -> Iterator[tuple[Instruction, Word, str]]:
    """The sources of COPY and ADD, in the stages that are built, that are paths in the build context and known."""
    for stage in dockerfile.needed_stages():
        for copy in stage.all("COPY", "ADD"):
            for word in copy.sources if copy.flag("from") is None else ():
                path = dockerfile.variables.expand(word.template, copy)
                if isinstance(path, str) and "://" not in path and not path.startswith(("<<", "git@")):
                    yield copy, word, path


def copies(dockerfile: Dockerfile, path: Path, root: Path, file: Path) -> bool:
    """Whether a build of the Dockerfile at `path` from the context `root` copies `file`, an absolute path."""
    resolved = root.resolve()
    if not file.is_relative_to(resolved):
        return False
    relative = file.relative_to(resolved).as_posix()
    context = Context.at(root, path)
    for _, _, source in context_paths(dockerfile):
        matched = context.match(source)
        for found in matched if isinstance(matched, tuple) else ():
            below = not found.path or relative.startswith(f"{found.path}/")
            if found.path == relative or (found.is_dir and below and context.find(relative)):
                return True
    return False
