"""Text → `Dockerfile`: instructions with exact spans, stages, variables, the shell inside RUN, the build context."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lambda_image_lint.dockerfile.model import Dockerfile


def parse(
    source: str | bytes,
    path: str = "Dockerfile",
    *,
    target: str | None = None,
    build_args: Mapping[str, str] | None = None,
    at_most: int | None = None,
) -> "Dockerfile":
    """Read a Dockerfile. Never raises on content: what is wrong with it stands in `Dockerfile.problems`.

    `target` is the stage to build, by name or number; `build_args` are those given on the command line.
    `at_most` instructions are read; where there are more, that is a problem, and `Dockerfile.final` is None.
    """
    from lambda_image_lint.dockerfile.parser import parse_dockerfile

    return parse_dockerfile(source, path, target, build_args, at_most)
