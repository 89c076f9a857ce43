from collections.abc import Iterator

from lambda_image_lint import Applicability, Dockerfile, Edit, Finding, Fix, Function, Severity, Unknown, rule
from lambda_image_lint.rulekit.adapters import adapter
from lambda_image_lint.rulekit.handlers import last_command
from lambda_image_lint.rulekit.starts import uses_base_entrypoint


@rule(
    "LIL217",
    Severity.ERROR,
    sources=(
        "https://aws.github.io/aws-lambda-web-adapter/",
        "https://github.com/aws/aws-lambda-base-images/issues/112",
        "own: a boot of an AWS base with the adapter and its own entrypoint",
    ),
    help="Start the server as the ENTRYPOINT, or empty the base's with ENTRYPOINT [].",
)
def web_adapter_on_aws_base(function: Function, dockerfile: Dockerfile | None) -> Iterator[Finding | Unknown]:
    """The web adapter stands on an AWS base whose own runtime is still started."""
    uses = uses_base_entrypoint(function)
    if isinstance(uses, Unknown):
        yield uses
        return
    if not uses or function.base is None or function.base.language in ("provided", "unknown"):
        return
    # A wrapper takes the runtime's place: the recipe for ZIP files.
    if "AWS_LAMBDA_EXEC_WRAPPER" in function.environment or adapter(function) is None:
        return
    yield Finding(
        "the base's own runtime is started beside the web adapter: ENTRYPOINT is still that of the base",
        function.where("command"),
        fix=_fix(dockerfile, function),
    )


def _fix(dockerfile: Dockerfile | None, function: Function) -> Fix | None:
    """Of a program in CMD make the entrypoint."""
    instruction = last_command(dockerfile, "CMD") if dockerfile else None
    if instruction is None or not isinstance(function.command, tuple) or len(function.command) < 2:
        return None
    edit = Edit(instruction.keyword_span, "ENTRYPOINT")
    return Fix("Make it the ENTRYPOINT", (edit,), Applicability.SAFE)
