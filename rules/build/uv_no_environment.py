from collections.abc import Iterator

from lambda_image_lint import Applicability, Context, Dockerfile, Finding, Fix, Severity, rule
from lambda_image_lint.dockerfile.installers import Installer
from lambda_image_lint.knowledge import uv_spared_since, uv_wants_environment
from lambda_image_lint.rulekit.edits import after
from lambda_image_lint.rulekit.runs import calls, failure_ends_build
from lambda_image_lint.rulekit.uv import no_environment, spared, uv_version

_OTHERWISE = ("--no-system", "--project", "--directory", "--config-file", "--help", "-h")
"""Options with which it may do something else."""


@rule(
    "LIL838",
    Severity.ERROR,
    sources=(
        "https://github.com/astral-sh/uv-aws-lambda-example/issues/2",
        "https://docs.astral.sh/uv/pip/environments/",
        "own: uv 0.1.20 to 0.13.9 beside a Python that is no virtual environment",
    ),
    help="Give it --system, or make a virtual environment with uv venv first.",
)
def uv_no_environment(dockerfile: Dockerfile, context: Context) -> Iterator[Finding]:
    """`uv pip install` finds no virtual environment, and the build ends."""
    for stage in dockerfile.needed_stages():
        for run, call in calls(stage, "uv"):
            # `python -m uv` takes the Python that runs it.
            if call.action not in uv_wants_environment() or call.command.program != "uv":
                continue
            version = uv_version(dockerfile, stage, run)
            if spared(call, version) or call.has(*_OTHERWISE):
                continue
            if failure_ends_build(run, call.command) and no_environment(dockerfile, context, stage, run, call):
                yield Finding(_message(call, version), run.at(call.command.span), fix=_fix(call))


def _elsewhere(call: Installer) -> str | None:
    """The option by which packages go elsewhere, which did not always spare uv the environment."""
    return next((option.name for option in call.options if uv_spared_since(option.name) is not None), None)


def _message(call: Installer, version: tuple[int, ...] | None) -> str:
    option = _elsewhere(call)
    if option is None or version is None:
        return f"uv {call.action} finds no virtual environment"
    return f"uv {'.'.join(map(str, version))} finds no virtual environment, which it wants for {option} too"


def _fix(call: Installer) -> Fix | None:
    """None for what would take away all that the Python has and the list has not."""
    if call.action_word is None or (call.action == "pip sync" and _elsewhere(call) is None):
        return None
    return Fix("Install for the Python that is there", (after(call.action_word.span, " --system"),), Applicability.SAFE)
