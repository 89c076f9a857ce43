from collections.abc import Iterator

from lambda_image_lint import Applicability, Context, Dockerfile, Finding, Fix, Instruction, Severity, rule
from lambda_image_lint.dockerfile.installers import Installer
from lambda_image_lint.rulekit.edits import after
from lambda_image_lint.rulekit.projects import copies_a_folder, needs_its_sources, project_list
from lambda_image_lint.rulekit.runs import calls, failure_ends_build

_WITHOUT = (
    "--no-emit-project",
    "--no-emit-workspace",
    "--no-install-project",
    "--no-install-workspace",
    "--no-emit-local",
    "--no-install-local",
)
_ELSEWHERE = ("--project", "--directory", "--package", "--all-packages", "--script")


@rule(
    "LIL806",
    Severity.ERROR,
    sources=(
        "https://docs.astral.sh/uv/guides/integration/aws-lambda/",
        "https://docs.astral.sh/uv/concepts/projects/export/",
    ),
    help="Give uv export --no-emit-project: the function's code is copied, not installed.",
)
def uv_export_project(dockerfile: Dockerfile, context: Context) -> Iterator[Finding]:
    """`uv export` lists the project itself, and its sources are not there yet when the list is installed."""
    for stage in dockerfile.needed_stages():
        for run, call in calls(stage, "uv"):
            if call.action != "export" or call.has(*_WITHOUT, *_ELSEWHERE) or call.action_word is None:
                continue
            install = next(
                (one for one, other in calls(stage, "uv", "pip") if one.index >= run.index and _installs(one, other)),
                None,
            )
            project = project_list(dockerfile, context, stage, run)
            if install is None or project is None or not needs_its_sources(project):
                continue
            if not copies_a_folder(dockerfile, context, stage, install):
                fix = Fix(
                    "Leave the project out", (after(call.action_word.span, " --no-emit-project"),), Applicability.SAFE
                )
                yield Finding(
                    "uv export lists the project itself (`-e .`), whose sources are not there yet",
                    run.at(call.command.span),
                    fix=fix,
                )


def _installs(run: Instruction, call: Installer) -> bool:
    """Whether a call installs from a list, and the build ends where it cannot."""
    named = call.action in ("install", "pip install", "pip sync") and bool(
        call.requirement_files or call.action == "pip sync"
    )
    return named and failure_ends_build(run, call.command)
