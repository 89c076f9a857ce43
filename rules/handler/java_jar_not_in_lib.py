from collections.abc import Iterator

from lambda_image_lint import Dockerfile, Finding, Function, Severity, Unknown, rule
from lambda_image_lint.function.languages import java_jars_beside_lib
from lambda_image_lint.function.languages.resolution import FileMissing, OutsidePath, Resolved
from lambda_image_lint.rulekit.handlers import resolution
from lambda_image_lint.rulekit.jars import into_lib, jars_into_task_root, starts_on_java_base


@rule(
    "LIL311",
    Severity.ERROR,
    sources=(
        "https://docs.aws.amazon.com/lambda/latest/dg/java-image.html",
        "https://github.com/aws/aws-lambda-base-images/issues/4",
        "own: boots of images whose jar lies beside lib",
    ),
    help="Copy it to ${LAMBDA_TASK_ROOT}/lib/, or unpack its classes into ${LAMBDA_TASK_ROOT}.",
)
def java_jar_not_in_lib(function: Function, dockerfile: Dockerfile | None) -> Iterator[Finding | Unknown]:
    """A jar lies in the task root itself, where the runtime looks for classes and for no jar."""
    if not starts_on_java_base(function):
        return
    found = resolution(function)
    if isinstance(found, Resolved):
        return
    told = set()
    for one in jars_into_task_root(function, dockerfile) if dockerfile is not None else ():
        message = f"{one.name} goes into the task root, where the runtime looks for no jar"
        told.add(one.copy.place)
        yield Finding(message, one.copy.place, fix=into_lib(one.copy))
    jars = java_jars_beside_lib(function)
    if isinstance(jars, Unknown):
        yield jars
    elif isinstance(found, FileMissing | OutsidePath):
        # The class is nowhere else; where it may be, a jar in the task root may be there for another purpose.
        for jar in found.found if isinstance(found, OutsidePath) else jars:
            if jar.place not in told:
                yield Finding(f"{jar.path} lies beside lib, where the runtime looks for no jar", jar.place)
