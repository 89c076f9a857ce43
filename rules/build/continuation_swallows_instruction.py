from collections.abc import Iterator

from lambda_image_lint import Applicability, Dockerfile, Edit, Finding, Fix, Instruction, Severity, Span, rule
from lambda_image_lint.rulekit.stages import needed_instructions

_KEYWORDS = frozenset("FROM RUN CMD COPY ADD ENV ARG WORKDIR ENTRYPOINT USER EXPOSE LABEL VOLUME".split())


@rule(
    "LIL803",
    Severity.ERROR,
    sources=("https://docs.docker.com/reference/dockerfile/#format",),
    help="Remove the escape character at the end of the line before it.",
)
def continuation_swallows_instruction(dockerfile: Dockerfile) -> Iterator[Finding]:
    """A line that ends in the escape character has swallowed the next instruction."""
    for instruction in needed_instructions(dockerfile):
        if instruction.heredocs:
            continue
        for number in range(instruction.span.line + 1, instruction.span.end_line + 1):
            text = dockerfile.line_text(number)
            keyword = text.split(maxsplit=1)[0] if text.strip() else ""
            if keyword not in _KEYWORDS or not _is_instruction(text.strip(), keyword):
                continue
            above = _line_above(dockerfile, instruction, number)
            if above is None or dockerfile.line_text(above).rstrip().rstrip(instruction.escape).rstrip().endswith(
                ("&&", "||", ";", "|", "=")
            ):
                continue
            start = len(text) - len(text.lstrip()) + 1
            yield Finding(
                f"{keyword} is part of the {instruction.keyword} above: line {above} ends in {instruction.escape}",
                instruction.at(Span(number, start, number, start + len(keyword))),
                fix=_fix(dockerfile, above, instruction),
            )
            break


def _is_instruction(text: str, keyword: str) -> bool:
    """Whether what stands behind the keyword fits it, so that a word of a command is not taken for one."""
    rest = text[len(keyword) :].strip()
    match keyword:
        case "CMD" | "ENTRYPOINT":
            return rest.startswith("[")
        case "ARG":
            return "=" in rest or rest.isidentifier()
        case "ENV" | "LABEL":
            return "=" in rest
        case "COPY" | "ADD":
            return len(rest.split()) >= 2
        case "WORKDIR":
            return rest.startswith(("/", "$"))
    return bool(rest) and not rest.startswith(("=", "-"))


def _line_above(dockerfile: Dockerfile, instruction: Instruction, number: int) -> int | None:
    """The line that continues into this one; comments and empty lines between do not count."""
    for above in range(number - 1, instruction.span.line - 1, -1):
        text = dockerfile.line_text(above).strip()
        if text and not text.startswith("#"):
            return above if text.endswith(instruction.escape) else None
    return None


def _fix(dockerfile: Dockerfile, line: int, instruction: Instruction) -> Fix:
    text = dockerfile.line_text(line).rstrip("\r")
    end = len(text.rstrip())
    start = len(text.rstrip()[: -len(instruction.escape)].rstrip())
    return Fix("Remove the escape character", (Edit(Span(line, start + 1, line, end + 1), ""),), Applicability.UNSAFE)
