from collections.abc import Iterator

from lambda_image_lint import Applicability, Edit, File, Finding, Fix, Function, Severity, Span, Unknown, rule
from lambda_image_lint.function.chain import chain
from lambda_image_lint.rulekit.handlers import source_place
from lambda_image_lint.rulekit.interpreters import BYTE_ORDER_MARK, executed, fault


@rule(
    "LIL206",
    Severity.ERROR,
    sources=(
        "https://man7.org/linux/man-pages/man2/execve.2.html",
        "own: boots of entry scripts without an interpreter line, with Windows line ends, and for an absent shell",
    ),
    help="Begin the script with the line of an interpreter that is in the image: #!/bin/sh.",
)
def script_interpreter_missing(function: Function) -> Iterator[Finding | Unknown]:
    """A script that nothing can execute: no interpreter line, Windows line ends, or an interpreter that is not there."""
    steps = chain(function)
    if isinstance(steps, Unknown):
        yield steps
        return
    for program in executed(function, steps):
        found = fault(function, program)
        if isinstance(found, Unknown):
            yield found
        elif found is not None:
            file = program.file
            related = [place for place in (program.place,) if place is not None and place != file.place]
            source = [source_place(file)] if file.source is not None else []
            windows = "carriage return" in found
            yield Finding(
                found,
                file.place,
                help="Save it with Unix line ends: `*.sh text eol=lf` in .gitattributes." if windows else "",
                related=(*source, *related),
                fix=_fix(function, file),
            )


def _fix(function: Function, file: File) -> Fix | None:
    """The line that is missing, in a file of the build context that is a shell script by its name."""
    head = file.read(len(BYTE_ORDER_MARK))
    if file.source is None or not file.source.endswith(".sh") or not isinstance(head, bytes):
        return None
    if head.startswith((b"#!", BYTE_ORDER_MARK)) or not isinstance(function.files.find("/bin/sh"), File):
        return None
    edit = Edit(Span(1, 1, 1, 1), "#!/bin/sh\n", file.source)
    return Fix("Begin it with #!/bin/sh", (edit,), Applicability.SAFE)
