from collections.abc import Iterator

from lambda_image_lint import Dockerfile, Finding, Severity, rule
from lambda_image_lint.rulekit.bases import needed_arguments


@rule(
    "LIL709",
    Severity.INFO,
    sources=("https://docs.docker.com/reference/build-checks/invalid-default-arg-in-from/",),
    help="Give it a default, so that a build without --build-arg works: ARG NAME=value.",
    aliases=("InvalidDefaultArgInFrom",),
)
def base_argument_no_default(dockerfile: Dockerfile) -> Iterator[Finding]:
    """FROM takes its image from an ARG without a default: no build works that does not pass one."""
    for argument in needed_arguments(dockerfile):
        yield Finding(
            f"without --build-arg {argument.name} there is no base image: ARG {argument.name} has no default",
            argument.place,
            related=(argument.use,),
        )
