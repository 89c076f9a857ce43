from collections.abc import Iterator

from lambda_image_lint import Applicability, Dockerfile, Edit, Finding, Fix, Function, Severity, Unknown, rule
from lambda_image_lint.function.model import File, RuntimeClient
from lambda_image_lint.rulekit.adapters import adapter, is_left_over
from lambda_image_lint.rulekit.edits import remove_instruction
from lambda_image_lint.rulekit.handlers import last_command
from lambda_image_lint.rulekit.stages import final_instructions
from lambda_image_lint.rulekit.starts import uses_base_entrypoint


@rule(
    "LIL217",
    Severity.ERROR,
    sources=(
        "https://aws.github.io/aws-lambda-web-adapter/",
        "https://github.com/aws/aws-lambda-base-images/issues/112",
        "https://github.com/awslabs/aws-lambda-web-adapter/blob/v0.9.1/src/lib.rs",
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
    client = adapter(function)
    # A wrapper takes the runtime's place: the recipe for ZIP files.
    if "AWS_LAMBDA_EXEC_WRAPPER" in function.environment or client is None:
        return
    if is_left_over(function, client):
        yield _left_over(function, client, dockerfile)
        return
    yield Finding(
        "the base's own runtime is started beside the web adapter: ENTRYPOINT is still that of the base",
        function.where("command"),
        fix=_fix(dockerfile, function),
    )


def _left_over(function: Function, client: RuntimeClient, dockerfile: Dockerfile | None) -> Finding:
    found = function.files.find(client.path or "")
    return Finding(
        "nothing uses the web adapter: the base's own runtime serves the handler of CMD",
        found.place if isinstance(found, File) else function.where("command"),
        help="Drop the web adapter; or start a server as the ENTRYPOINT, in place of the handler.",
        related=(function.where("command"),),
        severity=Severity.WARNING,
        fix=_drop(dockerfile, found) if dockerfile is not None and isinstance(found, File) else None,
    )


def _drop(dockerfile: Dockerfile, found: File) -> Fix | None:
    """Delete the COPY that brings the adapter and nothing else."""
    for copy in final_instructions(dockerfile, "COPY"):
        if copy.place == found.place and len(copy.sources) == 1 and copy.sources[0].text.endswith("/lambda-adapter"):
            edit = remove_instruction(dockerfile, copy)
            return Fix("Drop the web adapter", (edit,), Applicability.UNSAFE)
    return None


def _fix(dockerfile: Dockerfile | None, function: Function) -> Fix | None:
    """Of a program in CMD make the entrypoint."""
    instruction = last_command(dockerfile, "CMD") if dockerfile else None
    if instruction is None or not isinstance(function.command, tuple) or len(function.command) < 2:
        return None
    edit = Edit(instruction.keyword_span, "ENTRYPOINT")
    return Fix("Make it the ENTRYPOINT", (edit,), Applicability.SAFE)
