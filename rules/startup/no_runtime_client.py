from collections.abc import Iterator

from lambda_image_lint import Absent, Dockerfile, File, Finding, Function, Severity, Unknown, rule
from lambda_image_lint.rulekit.bootstraps import bootstrap_is_missing
from lambda_image_lint.rulekit.servers import idle_script
from lambda_image_lint.rulekit.starts import first_program, is_handler_word

ADAPTER = "aws-lambda-web-adapter"


@rule(
    "LIL201",
    Severity.ERROR,
    sources=(
        "https://docs.aws.amazon.com/lambda/latest/dg/images-create.html#images-ric",
        "own: boots of images without a runtime client",
    ),
    help="Install the runtime client of your language and start it, or put the web adapter in front of your server.",
)
def no_runtime_client(function: Function, dockerfile: Dockerfile | None) -> Iterator[Finding | Unknown]:
    """What is started never asks the Runtime API for an event."""
    client, first = function.runtime_client, first_program(function)
    if isinstance(first, Unknown) or isinstance(client, Unknown):
        yield first if isinstance(first, Unknown) else client  # type: ignore[misc]  # one of the two is Unknown
        return
    if first is None:
        if not function.entrypoint and not function.command:
            yield Finding("the image has neither ENTRYPOINT nor CMD: nothing is started", function.handler_place())
        return
    told = _is_told_elsewhere(function, dockerfile)
    # Of what cannot be executed at all, other rules tell.
    missing = isinstance(first.found, Absent) or (isinstance(first.found, File) and first.found.kind == "directory")
    if missing and is_handler_word(first.name) and not told:
        yield Finding(
            f"no runtime client is started: Lambda would execute {first.name} as a program", function.handler_place()
        )
    elif client is None and not missing and not told:
        yield Finding(
            f"no runtime client is started: {first.name} never asks the Runtime API", function.handler_place()
        )
    elif client is not None and client.name == ADAPTER and (script := idle_script(function)) is not None:
        yield Finding(
            f"{script.name} only defines an application: nothing serves it, and the web adapter has nothing to talk to",
            function.handler_place(),
            help="Start a server: uvicorn, gunicorn, or app.run() in the file.",
        )


def _is_told_elsewhere(function: Function, dockerfile: Dockerfile | None) -> bool:
    """Whether entrypoint-breaks-runtime, bootstrap-missing or bootstrap-misplaced is about the same cause, or may be."""
    if function.base is not None and function.base.language != "provided":
        return True
    return bootstrap_is_missing(function, dockerfile) is not False
