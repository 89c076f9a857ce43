from collections.abc import Iterator

from lambda_image_lint import Applicability, Dockerfile, Finding, Fix, Instruction, Severity, rule
from lambda_image_lint.dockerfile.installers import installers
from lambda_image_lint.rulekit.edits import after
from lambda_image_lint.rulekit.poetry import poetry_may_be_2
from lambda_image_lint.rulekit.stages import needed_instructions

_PLUGIN = "poetry-plugin-export"


@rule(
    "LIL817",
    Severity.ERROR,
    sources=(
        "https://python-poetry.org/blog/announcing-poetry-2.0.0/",
        "https://github.com/python-poetry/poetry-plugin-export",
    ),
    help="Install poetry-plugin-export beside Poetry.",
)
def poetry_export_plugin_missing(dockerfile: Dockerfile) -> Iterator[Finding]:
    """`poetry export` with a Poetry that no longer brings it."""
    for run in needed_instructions(dockerfile, "RUN"):
        for call in installers(run.shell, "poetry"):
            if call.action != "export" or not poetry_may_be_2(dockerfile, run) or _has_plugin(dockerfile, run):
                continue
            yield Finding(
                "poetry export needs poetry-plugin-export since Poetry 2, and Poetry is not pinned",
                run.at(call.command.span),
                fix=_fix(dockerfile, run),
            )


def _has_plugin(dockerfile: Dockerfile, run: Instruction) -> bool:
    """Whether anything before it, of the stages that it stands on, names the plugin."""
    assert run.stage is not None
    chain = dockerfile.stage_chain(dockerfile.stages[run.stage])
    return any(_PLUGIN in one.raw for stage in chain for one in stage.all("RUN") if one.index <= run.index)


def _fix(dockerfile: Dockerfile, run: Instruction) -> Fix | None:
    assert run.stage is not None
    for stage in dockerfile.stage_chain(dockerfile.stages[run.stage]):
        for earlier in stage.all("RUN"):
            for call in installers(earlier.shell, "pip", "uv"):
                for word in call.operands:
                    if (word.text or "").partition("=")[0] == "poetry":
                        return Fix(f"Install {_PLUGIN}", (after(word.span, f" {_PLUGIN}"),), Applicability.SAFE)
    return None
