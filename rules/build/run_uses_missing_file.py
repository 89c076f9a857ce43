from collections.abc import Iterator

from lambda_image_lint import Context, Dockerfile, Finding, Function, Severity, rule
from lambda_image_lint.rulekit.reading import can_come_from_a_folder, fatal_reads


@rule(
    "LIL805",
    Severity.ERROR,
    sources=("own: builds of the project's own tests", "https://docs.docker.com/reference/dockerfile/#copy"),
    help="Copy it before this RUN, to where the command looks for it.",
)
def run_uses_missing_file(dockerfile: Dockerfile, context: Context, function: Function) -> Iterator[Finding]:
    """A RUN reads a file that nothing has brought into its stage."""
    if not context.is_known:
        return
    told = set()
    for read in fatal_reads(function):
        stage = read.instruction.stage
        if (stage, read.path) in told:
            continue
        told.add((stage, read.path))
        span = read.command.span if read.command is not None else read.instruction.span
        # A step before the build may write into a folder that is copied whole.
        doubtful = can_come_from_a_folder(dockerfile, context, read)
        yield Finding(
            f"{read.program} needs {read.written}, and {read.path} is not there",
            read.instruction.at(span),
            severity=Severity.WARNING if doubtful else None,
        )
