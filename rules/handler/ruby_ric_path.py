from collections.abc import Iterator

from lambda_image_lint import File, Finding, Function, Severity, rule
from lambda_image_lint.knowledge import image_name

WRITTEN = "/usr/local/bin/aws_lambda_ric"
INSTALLED = "/usr/local/bundle/bin/aws_lambda_ric"
"""Where the official Ruby images put the programs of gems, by their GEM_HOME."""


@rule(
    "LIL319",
    Severity.ERROR,
    sources=(
        "https://github.com/aws/aws-lambda-ruby-runtime-interface-client/issues/13",
        "https://github.com/docker-library/ruby",
    ),
    help=f"Write {INSTALLED}, or aws_lambda_ric alone, which PATH finds.",
)
def ruby_ric_path(function: Function) -> Iterator[Finding]:
    """The entrypoint names Ruby's runtime client where the official Ruby images do not put it."""
    reference, entrypoint = function.base_reference, function.entrypoint
    if not isinstance(reference, str) or image_name(reference).full != "ruby":
        return
    is_written = isinstance(entrypoint, tuple) and entrypoint[:1] == (WRITTEN,)
    moved = any(name in function.environment and function.environment[name] != value for name, value in _KEPT.items())
    if is_written and not moved and not isinstance(function.files.find(WRITTEN), File):
        yield Finding(
            f"the official Ruby images put gems' programs into /usr/local/bundle/bin, so {WRITTEN} is not there",
            function.where("entrypoint"),
        )


_KEPT = {"GEM_HOME": "/usr/local/bundle", "BUNDLE_BIN": ""}
