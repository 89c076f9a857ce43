from collections.abc import Iterator

from lambda_image_lint import Absent, Finding, Function, Severity, Unknown, rule
from lambda_image_lint.rulekit.starts import first_program, is_handler_word, uses_base_entrypoint


@rule(
    "LIL202",
    Severity.ERROR,
    sources=(
        "https://docs.aws.amazon.com/lambda/latest/dg/images-create.html",
        "https://github.com/aws/aws-lambda-base-images/issues/112",
        "own: a boot of an AWS base whose entrypoint is another program",
    ),
    help="Leave ENTRYPOINT out and name the handler in CMD; for a web server, copy the web adapter to /opt/extensions.",
)
def entrypoint_breaks_runtime(function: Function) -> Iterator[Finding | Unknown]:
    """ENTRYPOINT replaces the runtime of an AWS base by a program that never asks for events."""
    if function.base is None or function.base.language == "provided" or uses_base_entrypoint(function) is True:
        return
    client, first = function.runtime_client, first_program(function)
    if isinstance(first, Unknown) or isinstance(client, Unknown):
        yield first if isinstance(first, Unknown) else client  # type: ignore[misc]  # one of the two is Unknown
        return
    if client is not None or first is None:
        return
    if isinstance(first.found, Absent) and not is_handler_word(first.name):
        return  # a fault of its own
    yield Finding(
        f"ENTRYPOINT replaces the base's runtime: {first.name} never asks the Runtime API", function.where("entrypoint")
    )
