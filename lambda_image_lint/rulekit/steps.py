"""What is executed at the start, as several rules judge it: steps and what they say, extensions, programs."""

from collections.abc import Iterable, Iterator

from lambda_image_lint.answer import Unknown
from lambda_image_lint.dockerfile.model import Dockerfile
from lambda_image_lint.finding import Applicability, Fix, Place, TextPlace
from lambda_image_lint.function.chain import Step
from lambda_image_lint.function.model import File, Function, Kind
from lambda_image_lint.function.scripts import SCRIPT_MAX
from lambda_image_lint.rulekit.edits import after

EXTENSIONS = "/opt/extensions"


def texts_of(steps: Iterable[Step]) -> Iterator[str]:
    """What stands in the words and in the scripts of steps."""
    for each in steps:
        yield from (word for word in each.arguments if isinstance(word, str))
        content = each.found.read(SCRIPT_MAX) if _may_be_script(each) and isinstance(each.found, File) else b""
        if isinstance(content, bytes):
            yield content.decode("utf-8", "replace")


def _may_be_script(step: Step) -> bool:
    found = step.found
    return isinstance(found, File) and found.kind is Kind.FILE and found.digest() is None


def extensions(function: Function) -> tuple[File, ...]:
    """The files that Lambda starts as extensions, as far as they are known: those directly in the folder."""
    return tuple(file for file in function.files.known_glob(f"{EXTENSIONS}/*") if file.kind is Kind.FILE)


def is_program(file: File) -> bool | Unknown:
    """Whether the kernel can execute a file: an ELF program, or a script with an interpreter line."""
    if file.digest() is not None:
        return True
    head = file.read(4)
    return head if isinstance(head, Unknown) else head.startswith((b"#!", b"\x7fELF"))


def chmod_fix(dockerfile: Dockerfile | None, place: Place) -> Fix | None:
    """Add ``--chmod`` to the COPY of one file that stands at a place."""
    if dockerfile is None or not isinstance(place, TextPlace):
        return None
    for copy in dockerfile.all("COPY", "ADD"):
        if copy.span.line == place.span.line and copy.flag("chmod") is None and len(copy.sources) == 1:
            edit = after(copy.keyword_span, " --chmod=755")
            return Fix("Copy it with --chmod=755", (edit,), Applicability.SAFE)
    return None
