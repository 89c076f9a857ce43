from collections.abc import Iterator

from lambda_image_lint import Dockerfile, Finding, Function, Place, Severity, Unknown, rule
from lambda_image_lint.function.model import Kind
from lambda_image_lint.rulekit.home_downloads import tmp_downloads
from lambda_image_lint.rulekit.references import Reference, references
from lambda_image_lint.rulekit.unseen import unseen

_TMP = "/tmp"


@rule(
    "LIL405",
    Severity.ERROR,
    sources=(
        "https://docs.aws.amazon.com/lambda/latest/dg/configuration-ephemeral-storage.html",
        "own: boots with a fresh /tmp laid over that of the image",
    ),
    help="Put it elsewhere, below /opt or the task root: Lambda lays an empty /tmp of its own over that of the image.",
)
def tmp_in_image(function: Function, dockerfile: Dockerfile | None) -> Iterator[Finding | Unknown]:
    """The function reads a file that the build put into /tmp."""
    if (nothing := unseen(function)) is not None:
        yield nothing
        return
    told: set[Place] = set()
    for reference in references(function, _TMP):
        for file in function.files.known_under(_TMP):
            # Of an empty folder nothing is lost: who needs one for a cache makes it.
            if file.kind is Kind.DIRECTORY:
                continue
            if _meets(reference, file.path) and file.place not in told:
                told.add(file.place)
                yield Finding(
                    f"{reference.path} is gone at run time, and {reference.who} reads it",
                    file.place,
                    related=(reference.place,),
                )
    if dockerfile is not None:
        for found, folder in tmp_downloads(dockerfile):
            if not found.cache.at_run and found.run.place not in told:
                told.add(found.run.place)
                yield Finding(
                    f"{folder} is gone at run time, with the {found.cache.what} in it", found.run.at(found.command.span)
                )


def _meets(reference: Reference, path: str) -> bool:
    return path == reference.path or path.startswith(f"{reference.path}/")
