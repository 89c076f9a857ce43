"""What Docker refuses."""

from collections.abc import Iterator

from lambda_image_lint.dockerfile.model import Dockerfile, Problem


def find_problems(dockerfile: Dockerfile) -> Iterator[Problem]:
    return iter(())
