from collections.abc import Iterator

from lambda_image_lint import Applicability, Dockerfile, Edit, Finding, Fix, Severity, rule
from lambda_image_lint.dockerfile.installers import installers
from lambda_image_lint.rulekit.poetry import poetry_may_be_2
from lambda_image_lint.rulekit.stages import needed_instructions

_REMOVED = {"--no-dev": "--only main", "--remove-untracked": "--sync", "--dev-only": "--only dev"}


@rule(
    "LIL816",
    Severity.ERROR,
    sources=("https://python-poetry.org/blog/announcing-poetry-2.0.0/", "https://python-poetry.org/docs/cli/#install"),
    help="Write what took its place, or pin Poetry below 2.",
)
def poetry_removed_flag(dockerfile: Dockerfile) -> Iterator[Finding]:
    """An option that Poetry 2 no longer has, with a Poetry that is not pinned."""
    for run in needed_instructions(dockerfile, "RUN"):
        for call in installers(run.shell, "poetry"):
            for option in call.options:
                right = _REMOVED.get(option.name)
                if (
                    right is None
                    or call.action not in ("install", "update", "export")
                    or not poetry_may_be_2(dockerfile, run)
                ):
                    continue
                if call.action == "export" and option.name != "--no-dev":
                    continue
                yield Finding(
                    f"poetry {call.action} {option.name} is gone since Poetry 2, and Poetry is not pinned",
                    run.at(option.word.span),
                    help=f"Write {right}.",
                    fix=Fix(f"Write {right}", (Edit(option.word.span, right),), Applicability.SAFE),
                )
