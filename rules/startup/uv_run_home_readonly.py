from collections.abc import Iterator

from lambda_image_lint import Absent, Applicability, Dockerfile, Finding, Function, Severity, Unknown, rule
from lambda_image_lint.function.chain import Step, StepKind, chain
from lambda_image_lint.rulekit.handlers import variable_fix
from lambda_image_lint.rulekit.steps import texts_of

_SAYS_WHERE = ("UV_CACHE_DIR", "UV_NO_CACHE", "XDG_CACHE_HOME", "HOME")
_WORDS = ("UV_CACHE_DIR", "UV_NO_CACHE", "XDG_CACHE_HOME", "HOME=", "--cache-dir", "--no-cache")


@rule(
    "LIL226",
    Severity.ERROR,
    sources=(
        "https://docs.astral.sh/uv/concepts/cache/#cache-directory",
        "https://docs.aws.amazon.com/lambda/latest/dg/images-create.html#images-reqs",
        "own: uv 0.4.30, 0.5.8, 0.8.0 and 0.13.9, started by a user whose home cannot be made",
    ),
    help="Start what uv would start: the program in the environment that the build has made, such as "
    "/app/.venv/bin/uvicorn. To keep uv: UV_CACHE_DIR=/tmp/uv, and --no-sync.",
)
def uv_run_home_readonly(function: Function, dockerfile: Dockerfile | None) -> Iterator[Finding | Unknown]:
    """`uv run` starts the function, and makes its cache in a home directory that cannot be written."""
    steps = chain(function)
    if isinstance(steps, Unknown):
        yield steps
        return
    for index, step in enumerate(steps):
        if not _is_uv_run(step) or step.guards or isinstance(step.found, Absent):
            continue
        said = any(word in text for text in texts_of(steps[: index + 1]) for word in _WORDS)
        if said or "-n" in step.arguments or not {*_SAYS_WHERE}.isdisjoint(function.environment):
            return
        if isinstance(function.environment_complete, Unknown):
            yield function.environment_complete
        else:
            yield Finding(
                f"uv run makes its cache under a home directory that is read-only in Lambda: {step.why}",
                step.place,
                fix=variable_fix(
                    dockerfile,
                    "Set UV_CACHE_DIR=/tmp/uv, and UV_NO_SYNC=1",
                    "UV_CACHE_DIR=/tmp/uv UV_NO_SYNC=1",
                    Applicability.UNSAFE,
                ),
            )
        return


def _is_uv_run(step: Step) -> bool:
    return step.kind is StepKind.PROGRAM and step.program == "uv" and "run" in step.arguments
