"""Which files of the context a build copies."""

from pathlib import Path

from lambda_image_lint.dockerfile.context import Context
from lambda_image_lint.dockerfile.model import Dockerfile


def copies(dockerfile: Dockerfile, path: Path, root: Path, file: Path) -> bool:
    """Whether a build of the Dockerfile at `path` from the context `root` copies `file`, an absolute path."""
    resolved = root.resolve()
    if not file.is_relative_to(resolved):
        return False
    relative = file.relative_to(resolved).as_posix()
    context = Context.at(root, path)
    for stage in dockerfile.needed_stages():
        for copy in stage.all("COPY", "ADD"):
            if copy.flag("from") is not None:
                continue
            for word in copy.sources:
                source = dockerfile.variables.expand(word.template, copy)
                matched = context.match(source) if isinstance(source, str) and "://" not in source else ()
                for found in matched if isinstance(matched, tuple) else ():
                    below = not found.path or relative.startswith(f"{found.path}/")
                    if found.path == relative or (found.is_dir and below and context.find(relative)):
                        return True
    return False
