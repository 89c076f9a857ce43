from collections.abc import Iterator

from lambda_image_lint import Finding, Function, Severity, Unknown, rule
from lambda_image_lint.function.languages.resolution import OutsidePath
from lambda_image_lint.rulekit.handlers import is_outside_task_root, resolution


@rule(
    "LIL317",
    Severity.ERROR,
    sources=(
        "https://github.com/aws/aws-lambda-nodejs-runtime-interface-client/issues/184",
        "https://github.com/aws/aws-lambda-nodejs-runtime-interface-client/pull/196",
    ),
    help="Copy the code to /var/task and set WORKDIR /var/task, or install the last version 3 of aws-lambda-ric.",
)
def node_ric_task_root(function: Function) -> Iterator[Finding | Unknown]:
    """aws-lambda-ric 4 looks for the handler in /var/task, whatever WORKDIR says, and the code lies elsewhere."""
    found = resolution(function)
    if isinstance(found, OutsidePath) and is_outside_task_root(function):
        file = found.found[0]
        yield Finding(
            f"aws-lambda-ric 4 looks for {found.module} in /var/task, and it lies at {file.path}",
            function.handler_place(),
            help="Copy the code to /var/task and set WORKDIR /var/task, or install the last version 3 of "
            f"aws-lambda-ric. Lambda says: {found.error}",
            related=(file.place,),
        )
