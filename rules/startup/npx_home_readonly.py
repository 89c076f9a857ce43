from collections.abc import Iterator

from lambda_image_lint import Absent, Applicability, Dockerfile, Finding, Function, Severity, Unknown, rule
from lambda_image_lint.function.chain import Step, StepKind, chain
from lambda_image_lint.rulekit.handlers import variable_fix
from lambda_image_lint.rulekit.npm import (
    FIRST_WITH_CACHE_AT_START,
    ends_without_cache,
    npm_version,
    says_where,
    writes_in_tmp,
)
from lambda_image_lint.rulekit.steps import texts_of


@rule(
    "LIL211",
    Severity.ERROR,
    sources=(
        "https://github.com/aws/aws-lambda-base-images/issues/63",
        "https://github.com/aws/aws-lambda-nodejs-runtime-interface-client/issues/56",
        "https://github.com/npm/cli/issues/5183",
        "https://github.com/npm/cli/issues/7105",
        "own: boots of fourteen versions of npm with a home that cannot be made",
    ),
    help="Set NPM_CONFIG_CACHE=/tmp/.npm, or start the client without npx: "
    'ENTRYPOINT ["/usr/local/bin/node", "…/node_modules/aws-lambda-ric/bin/index.mjs"].',
)
def npx_home_readonly(function: Function, dockerfile: Dockerfile | None) -> Iterator[Finding | Unknown]:
    """npx starts the function, and makes its cache in a home directory that cannot be written."""
    steps = chain(function)
    if isinstance(steps, Unknown):
        yield steps
        return
    for index, step in enumerate(steps):
        if not _is_npx(step) or not step.is_certain or isinstance(step.found, Absent):
            continue
        redirected = writes_in_tmp(function)
        if redirected is True or says_where(function, dockerfile, texts_of(steps[: index + 1])):
            return
        version = npm_version(function, step.found)
        if isinstance(redirected, Unknown) or isinstance(version, Unknown):
            yield redirected if isinstance(redirected, Unknown) else version  # type: ignore[misc]  # one of the two is
        elif version[0] >= FIRST_WITH_CACHE_AT_START:
            yield Finding(
                f"{step.program} makes its cache under a home directory that is read-only in Lambda: {step.why}",
                step.place,
                severity=None if ends_without_cache(version) else Severity.WARNING,
                fix=variable_fix(
                    dockerfile, "Set NPM_CONFIG_CACHE=/tmp/.npm", "NPM_CONFIG_CACHE=/tmp/.npm", Applicability.SAFE
                ),
            )
        return


def _is_npx(step: Step) -> bool:
    return step.kind is StepKind.PROGRAM and (
        step.program == "npx" or (step.program == "npm" and step.arguments[:1] in (("exec",), ("x",)))
    )
