from collections.abc import Iterator

from lambda_image_lint import Finding, Function, Severity, rule
from lambda_image_lint.rulekit.extensions import extensions, is_stray


@rule(
    "LIL214",
    Severity.ERROR,
    sources=(
        "https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html",
        "own: a boot of an image with a text among its extensions",
    ),
    help="Keep only executables directly in /opt/extensions; put other files into a folder below it, or elsewhere in /opt.",
)
def extension_stray_file(function: Function) -> Iterator[Finding]:
    """A file among the extensions is no program, and Lambda tries to start it."""
    for file in extensions(function):
        if is_stray(file):
            is_zip = file.path.endswith(".zip")
            yield Finding(
                f"{file.path} is no program, and Lambda starts every file in /opt/extensions",
                file.place,
                help="ADD does not extract ZIP files: extract it in a RUN, or copy the extension itself."
                if is_zip
                else "",
            )
