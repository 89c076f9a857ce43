from collections.abc import Iterator

from lambda_image_lint import (
    Applicability,
    Context,
    Dockerfile,
    FilePlace,
    FileTree,
    Finding,
    Fix,
    Severity,
    Unknown,
    rule,
)
from lambda_image_lint.rulekit.duplicates import Double, copied_on, copied_twice, doubles_in
from lambda_image_lint.rulekit.edits import remove_instruction
from lambda_image_lint.rulekit.sizes import shown_size


@rule(
    "LIL907",
    Severity.INFO,
    sources=("https://docs.docker.com/build/building/best-practices/",),
    help="Bring it once. It counts twice against the 10 GiB limit, and for push, storage and the time in Pending.",
)
def duplicate_content(
    dockerfile: Dockerfile | None, context: Context | None, tree: FileTree | None
) -> Iterator[Finding | Unknown]:
    """A directory is in the image twice."""
    if dockerfile is not None and context is not None:
        for double in copied_twice(dockerfile, context):
            first, second = double.targets
            name = "what it holds" if double.inner == "." else f"{double.inner}/"
            where = f"as {first} and {second}" if first != second else f"both times as {first}"
            yield Finding(
                f"{name} is copied twice, {where}",
                double.second.copy.at(double.second.word.span),
                related=(double.first.copy.place,),
                fix=_fix(dockerfile, double),
            )
        for again in copied_on(dockerfile, context):
            yield Finding(
                f"{again.folder} is copied on to {again.target}, and stays where it was",
                again.run.at(again.word.span),
                related=(again.first.copy.place,),
                help="Copy it to its last place in the first place: what a later RUN removes is in the image all the same.",
            )
    elif tree is None:
        yield Unknown("layers not read")
    else:
        for one, other, size in doubles_in(tree):
            yield Finding(
                f"{other.path} holds the same {shown_size(size)} as {one.path}",
                FilePlace(other.path, other.layer if other.layer >= 0 else None),
                related=(FilePlace(one.path, one.layer if one.layer >= 0 else None),),
            )


def _fix(dockerfile: Dockerfile, double: Double) -> Fix | None:
    """Where both land in the same place, drop the COPY of the part."""
    if double.targets[0] != double.targets[1]:
        return None
    part = double.second if double.second.source == double.inner else double.first
    if len(part.copy.sources) > 1:
        return None
    return Fix("Drop the COPY of the part", (remove_instruction(dockerfile, part.copy),), Applicability.UNSAFE)
