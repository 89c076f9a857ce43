"""What is executed at the start, as several rules judge it: steps and what they say, programs."""

from collections.abc import Iterable, Iterator

from lambda_image_lint.answer import Unknown
from lambda_image_lint.dockerfile.model import Dockerfile
from lambda_image_lint.finding import Applicability, Edit, Fix, Place, TextPlace
from lambda_image_lint.function.chain import Step
from lambda_image_lint.function.model import File, Kind
from lambda_image_lint.function.scripts import SCRIPT_MAX
from lambda_image_lint.rulekit.edits import after


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


def is_program(file: File) -> bool | Unknown:
    """Whether the kernel can execute a file: an ELF program, or a script with an interpreter line."""
    if file.digest() is not None:
        return True
    head = file.read(4)
    return head if isinstance(head, Unknown) else head.startswith((b"#!", b"\x7fELF"))


def chmod_fix(dockerfile: Dockerfile | None, place: Place) -> Fix | None:
    """``--chmod=755`` for the COPY of one file that stands at a place."""
    if dockerfile is None or not isinstance(place, TextPlace):
        return None
    for copy in dockerfile.all("COPY", "ADD"):
        if copy.span.line != place.span.line or len(copy.sources) != 1:
            continue
        flag = copy.flag("chmod")
        if flag is None:
            return Fix("Copy it with --chmod=755", (after(copy.keyword_span, " --chmod=755"),), Applicability.SAFE)
        if flag.value_span is not None and (flag.value or "").isdigit():
            return Fix("Copy it with --chmod=755", (Edit(flag.value_span, "755"),), Applicability.SAFE)
    return None
