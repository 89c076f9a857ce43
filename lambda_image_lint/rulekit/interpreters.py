"""Scripts that the kernel is given to execute, and what keeps it from doing so."""

from collections.abc import Iterator
from posixpath import basename

from msgspec import Struct

from lambda_image_lint.answer import Absent, Unknown
from lambda_image_lint.finding import Place
from lambda_image_lint.function.chain import Step, StepKind, is_of_base, which
from lambda_image_lint.function.model import File, Found, Function, Kind, Packaged
from lambda_image_lint.function.scripts import Shebang, shebang_of
from lambda_image_lint.knowledge import image_name, operating_system
from lambda_image_lint.rulekit.extensions import extensions
from lambda_image_lint.rulekit.steps import is_program

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_WITHOUT_BASH = ("alpine", "golang", "node", "python", "ruby")
"""Official images that have no bash where they stand on Alpine. Source: their Dockerfiles on Docker Hub."""


class Executed(Struct, frozen=True):
    """A file that is executed as a program."""

    file: File
    place: Place | None
    """What starts it; None for an extension."""
    must_be_program: bool
    """Lambda executes it itself. What a shell starts, the shell reads as its own script where the kernel refuses it; of
    a text among the extensions another rule tells."""


def executed(function: Function, steps: tuple[Step, ...]) -> Iterator[Executed]:
    """Every program that is certainly executed, extensions too."""
    for index, step in enumerate(steps):
        if step.kind is StepKind.PROGRAM and isinstance(step.found, File) and step.is_certain:
            yield Executed(step.found, step.place, index == 0)
    # An image that starts nothing is one to copy from: what is missing is where the extension ends up.
    for file in extensions(function) if steps else ():
        yield Executed(file, None, False)


def fault(function: Function, program: Executed) -> str | Unknown | None:
    """Why it is not executed, as a message; None where it is, or where it is no script."""
    file = program.file
    if file.kind is not Kind.FILE or is_of_base(file):
        return None
    kernel_takes = is_program(file)
    if isinstance(kernel_takes, Unknown):
        return kernel_takes if program.must_be_program else None
    if not kernel_takes:
        return _no_program(file) if program.must_be_program else None
    line = shebang_of(file)
    if line is None or isinstance(line, Unknown):
        return line
    if line.ends_in_return:
        return f"the first line of {file.path} ends in a carriage return, which becomes part of the interpreter's name"
    return _absent(function, file, line)


def _no_program(file: File) -> str:
    head = file.read(len(BYTE_ORDER_MARK))
    what = "begins with a byte order mark" if head == BYTE_ORDER_MARK else "is no program and has no interpreter line"
    return f"{file.path} {what}: Lambda cannot execute it"


def _absent(function: Function, file: File, line: Shebang) -> str | None:
    """The interpreter that is not there; behind ``env`` the program that it looks for."""
    names = [line.interpreter]
    if basename(line.interpreter) == "env":
        names += [word for word in line.options if not word.startswith("-") and "=" not in word][:1]
    for name in names:
        found = which(function, name)
        if isinstance(found, Absent) or _lacks_bash(function, name, found):
            return f"{name}, the interpreter of {file.path}, is not in the image"
    return None


def _lacks_bash(function: Function, name: str, found: Found) -> bool:
    """Whether it is the bash of an official image on Alpine to which nothing was installed."""
    if basename(name) != "bash" or not isinstance(found, Packaged) or found.packages != ():
        return False
    reference = function.base_reference
    if not isinstance(reference, str) or image_name(reference).full not in _WITHOUT_BASH:
        return False
    system = operating_system(reference)
    return system is not None and system.distribution == "alpine"
