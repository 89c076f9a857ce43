import re
from collections.abc import Iterator

from lambda_image_lint import Applicability, Dockerfile, Edit, Finding, Fix, Instruction, Severity, Span, rule
from lambda_image_lint.dockerfile.installers import installers
from lambda_image_lint.rulekit.python_packages import named_requirements
from lambda_image_lint.rulekit.stages import needed_instructions

_OPTIONS = ("-r", "--requirements")
_GONE_SINCE = (2022, 8, 13)
_PINNED = re.compile(r"pipenv==(\d+)\.(\d+)\.(\d+)")


@rule(
    "LIL839",
    Severity.ERROR,
    sources=(
        "https://github.com/pypa/pipenv/blob/main/CHANGELOG.md, 2022.8.13",
        "own: pipenv 2026.10.3 ends with `unrecognized arguments: -r`",
    ),
    help="Write pipenv requirements, which takes the versions of Pipfile.lock: copy that before.",
)
def pipenv_removed_option(dockerfile: Dockerfile) -> Iterator[Finding]:
    """`pipenv lock -r`, which pipenv no longer has, with a pipenv that is not pinned."""
    for run in needed_instructions(dockerfile, "RUN"):
        for call in installers(run.shell, "pipenv"):
            option = next((one for one in call.options if one.name in _OPTIONS), None)
            if call.action != "lock" or option is None or call.action_word is None or not _is_gone(dockerfile, run):
                continue
            # Of what stands beside it only this is an option of the other command too.
            plain = all(one.name in (*_OPTIONS, "--dev", "-d") for one in call.options) and not call.operands
            fix = None
            if plain and (span := _joined(call.action_word.span, option.word.span)) is not None:
                fix = Fix("Write pipenv requirements", (Edit(span, "requirements"),), Applicability.UNSAFE)
            yield Finding(
                f"pipenv lock {option.name} is gone since pipenv 2022.8.13, and pipenv is not pinned below it",
                run.at(option.word.span),
                fix=fix,
            )


def _joined(first: Span, second: Span) -> Span | None:
    """Both words and the blank between them; None where something else stands there."""
    if (first.end_line, first.end_column + 1) != (second.line, second.column):
        return None
    return Span(first.line, first.column, second.end_line, second.end_column)


def _is_gone(dockerfile: Dockerfile, run: Instruction) -> bool:
    """Whether the pipenv of a RUN is installed by this file, and no version from before is asked for."""
    assert run.stage is not None
    found = None
    for stage in dockerfile.stage_chain(dockerfile.stages[run.stage]):
        for earlier in stage.all("RUN"):
            if earlier.index > run.index:
                break
            for text in named_requirements(dockerfile, earlier):
                if re.match(r"pipenv(?![\w.-])", text):
                    found = text
    if found is None or (match := _PINNED.fullmatch(found)) is None:
        return found == "pipenv"
    return tuple(int(part) for part in match.groups()) >= _GONE_SINCE
