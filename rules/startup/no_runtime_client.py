from collections.abc import Iterator

from lambda_image_lint import Absent, Context, Dockerfile, File, Finding, Function, Place, Severity, Unknown, rule
from lambda_image_lint.function.chain import BOOTSTRAP, Step, StepKind, chain
from lambda_image_lint.rulekit.bootstraps import bootstrap_is_missing
from lambda_image_lint.rulekit.handlers import last_command
from lambda_image_lint.rulekit.interpreters import Executed, fault
from lambda_image_lint.rulekit.servers import idle_script
from lambda_image_lint.rulekit.starts import (
    executes_its_arguments,
    first_program,
    is_handler_word,
    uses_base_entrypoint,
)
from lambda_image_lint.rulekit.supplied import command_supplier, exporter, stage_for_lambda, workshop

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
def no_runtime_client(
    function: Function, dockerfile: Dockerfile | None, context: Context | None
) -> Iterator[Finding | Unknown]:
    """What is started never asks the Runtime API for an event."""
    client, first = function.runtime_client, first_program(function)
    if isinstance(first, Unknown) or isinstance(client, Unknown):
        yield first if isinstance(first, Unknown) else client  # type: ignore[misc]  # one of the two is Unknown
        return
    if first is None:
        made_by = exporter(context) if context is not None else None
        reason = f"{made_by} takes files out of the build: the image may never be started" if made_by else None
        reason = reason or _may_be_meant_otherwise(dockerfile, context)
        if reason is not None:
            yield Unknown(reason, function.handler_place())
        elif not function.entrypoint and not function.command:
            yield Finding("the image has neither ENTRYPOINT nor CMD: nothing is started", function.handler_place())
        return
    told = _is_told_elsewhere(function, dockerfile)
    # Of what cannot be executed at all, other rules tell.
    missing = isinstance(first.found, Absent) or (isinstance(first.found, File) and first.found.kind == "directory")
    if missing and is_handler_word(first.name) and not told:
        yield Finding(
            f"no runtime client is started: Lambda would execute {first.name} as a program", function.handler_place()
        )
    elif client is None and not missing and not told and not _cannot_go_on(function, first):
        name, place = _who(function, first)
        reason = _may_be_meant_otherwise(dockerfile, context)
        if reason is not None:
            yield Unknown(reason, place)
            return
        if function.command == () and executes_its_arguments(function, first):
            yield from _nothing_to_hand_on(context, name, place)
            return
        yield Finding(f"no runtime client is started: {name} never asks the Runtime API", place)
    elif client is not None and client.name == ADAPTER and (script := idle_script(function)) is not None:
        yield Finding(
            f"{script.name} only defines an application: nothing serves it, and the web adapter has nothing to talk to",
            function.handler_place(),
            help="Start a server: uvicorn, gunicorn, or app.run() in the file.",
        )


def _nothing_to_hand_on(context: Context | None, script: str, place: Place) -> Iterator[Finding | Unknown]:
    """Of an entry script that executes the command, where there is none."""
    supplier = command_supplier(context) if context is not None else None
    if supplier is not None:
        yield Unknown(f"{supplier} may give the command", place)
        return
    yield Finding(
        f"no runtime client is started: {script} executes the CMD, and there is none, unless ImageConfig gives one",
        place,
        severity=Severity.WARNING,
        help='Name the program that asks for events: CMD ["/main"].',
    )


def _may_be_meant_otherwise(dockerfile: Dockerfile | None, context: Context | None) -> str | None:
    """Why what the image starts may not be what Lambda starts: another stage is for Lambda, or the Dockerfile itself says
    nothing of a start."""
    stage = stage_for_lambda(dockerfile) if dockerfile is not None else None
    if stage is not None:
        return f"--target {stage} may be what Lambda gets: that stage has a handler on an AWS base"
    if dockerfile is None or last_command(dockerfile, "CMD", "ENTRYPOINT") is not None:
        return None
    supplier = command_supplier(context) if context is not None else None
    return workshop(dockerfile) or (f"{supplier} may give the command" if supplier is not None else None)


def _who(function: Function, first: Step) -> tuple[str, Place]:
    """What ought to ask and where it comes from: of a provided base the bootstrap, which its entrypoint executes."""
    bootstrap = function.files.find(BOOTSTRAP)
    if function.base is not None and uses_base_entrypoint(function) is True and isinstance(bootstrap, File):
        return BOOTSTRAP, bootstrap.place
    return first.name, function.handler_place()


def _cannot_go_on(function: Function, first: Step) -> bool:
    """Whether another rule tells what ends the start before anything could ask: the first program is no program, or it
    executes what is not there."""
    if isinstance(first.found, File) and isinstance(fault(function, Executed(first.found, None, True)), str):
        return True
    steps = chain(function)
    return not isinstance(steps, Unknown) and any(
        step.kind in (StepKind.PROGRAM, StepKind.SCRIPT)
        and isinstance(step.found, Absent)
        and step.is_certain
        and not (step.name == BOOTSTRAP or is_handler_word(step.name))
        for step in steps
    )


def _is_told_elsewhere(function: Function, dockerfile: Dockerfile | None) -> bool:
    """Whether entrypoint-breaks-runtime, bootstrap-missing or bootstrap-misplaced is about the same cause, or may be."""
    if function.base is not None and function.base.language != "provided":
        return True
    return bootstrap_is_missing(function, dockerfile) is not False
