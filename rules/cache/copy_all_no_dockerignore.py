from collections.abc import Iterator

from lambda_image_lint import Applicability, Context, Dockerfile, Edit, Finding, Fix, Severity, Span, rule
from lambda_image_lint.rulekit.stages import final_instructions

IGNORED = """\
# What the function does not need
.git
.github
.aws
.aws-sam
.env
.venv
venv
cdk.out
node_modules
.terraform
**/__pycache__
**/*.pyc
tests
Dockerfile*
.dockerignore
"""


@rule(
    "LIL902",
    Severity.INFO,
    sources=("https://docs.docker.com/build/concepts/context/#dockerignore-files",),
    help="Write a .dockerignore, or copy what the function needs by name.",
)
def copy_all_no_dockerignore(dockerfile: Dockerfile, context: Context) -> Iterator[Finding]:
    """The whole context is copied, and there is no .dockerignore."""
    if not context.is_known or context.has_ignore_file:
        return
    for copy in final_instructions(dockerfile, "COPY", "ADD"):
        if copy.flag("from") is not None or not any(word.text.strip("./*") == "" for word in copy.sources):
            continue
        edit = Edit(Span(1, 1, 1, 1), IGNORED, ".dockerignore")
        yield Finding(
            "the whole build context is copied, and no .dockerignore keeps .git, secrets and caches out",
            copy.place,
            fix=Fix("Write a .dockerignore", (edit,), Applicability.UNSAFE),
        )
        return
