from collections.abc import Iterator

from lambda_image_lint import Applicability, Dockerfile, Finding, Fix, Severity, rule
from lambda_image_lint.knowledge import missing_tools, package_managers
from lambda_image_lint.rulekit.edits import before
from lambda_image_lint.rulekit.runs import commands, failure_ends_build
from lambda_image_lint.rulekit.systems import system
from lambda_image_lint.rulekit.tools import may_have_brought


@rule(
    "LIL813",
    Severity.ERROR,
    sources=(
        "https://docs.aws.amazon.com/linux/al2023/ug/minimal-container.html",
        "https://github.com/aws/aws-lambda-base-images/issues/196",
    ),
    help="Install the package first.",
)
def tool_missing(dockerfile: Dockerfile) -> Iterator[Finding]:
    """A RUN calls a command that the base image does not bring."""
    told: set[tuple[int | None, str]] = set()
    for stage in dockerfile.needed_stages():
        name = system(dockerfile, stage) or ""
        packages = missing_tools(name)
        managers = package_managers(name)
        for run, command in commands([stage], *packages) if packages else ():
            tool = command.name or ""
            package = packages.get(tool)
            if package is None or (stage.index, package) in told or not failure_ends_build(run, command):
                continue
            if may_have_brought(dockerfile, stage, run, command, tool, package):
                continue
            told.add((stage.index, package))
            fix = None
            if managers is not None and run.span.column == 1:
                line = f"RUN {managers.use} install -y {package} && {managers.use} clean all\n"
                fix = Fix(f"Install {package}", (before(run.span, line),), Applicability.UNSAFE)
            place = run.at(command.words[0].span)
            yield Finding(
                f"`{tool}` is not there: the base does not bring {package}",
                place,
                help=f"Install {package} first.",
                fix=fix,
            )
