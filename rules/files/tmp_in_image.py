from collections.abc import Iterator

from lambda_image_lint import Context, Dockerfile, Finding, Function, Place, Severity, Unknown, rule
from lambda_image_lint.function.model import Kind
from lambda_image_lint.rulekit.references import Reference, references
from lambda_image_lint.rulekit.tmp_downloads import FETCHED_ANEW, TMP, TmpDownload, tmp_downloads
from lambda_image_lint.rulekit.unseen import unseen


@rule(
    "LIL405",
    Severity.ERROR,
    sources=(
        "https://docs.aws.amazon.com/lambda/latest/dg/configuration-ephemeral-storage.html",
        "own: boots with a fresh /tmp laid over that of the image",
    ),
    help="Put it elsewhere, below /opt or the task root: Lambda lays an empty /tmp of its own over that of the image.",
)
def tmp_in_image(
    function: Function, dockerfile: Dockerfile | None, context: Context | None
) -> Iterator[Finding | Unknown]:
    """The function reads a file that the build put into /tmp."""
    if (nothing := unseen(function)) is not None:
        yield nothing
        return
    told: set[Place] = set()
    for reference in references(function, TMP):
        for file in function.files.known_under(TMP):
            # Of an empty folder nothing is lost: who needs one for a cache makes it.
            if file.kind is Kind.DIRECTORY:
                continue
            if _meets(reference, file.path) and file.place not in told:
                told.add(file.place)
                # Who does not find it there downloads it.
                severity = Severity.WARNING if reference.who.partition(" ")[0] in FETCHED_ANEW else None
                yield Finding(
                    f"{reference.path} is gone at run time, and {reference.who} reads it",
                    file.place,
                    related=(reference.place,),
                    severity=severity,
                )
    for found in tmp_downloads(function, dockerfile, context) if dockerfile is not None else ():
        if found.run.place not in told:
            told.add(found.run.place)
            yield _download(found)


def _download(found: TmpDownload) -> Finding:
    message = f"{found.folder} is gone at run time, with the {found.what} in it"
    if found.folder == TMP:
        message = f"{TMP} is empty at run time, without the {found.what} of the build"
    return Finding(
        f"{message}: they are downloaded anew at each cold start" if found.at_run else message,
        found.run.at(found.command.span),
        related=() if found.reader is None else (found.reader,),
        severity=Severity.WARNING if found.at_run else None,
    )


def _meets(reference: Reference, path: str) -> bool:
    return path == reference.path or path.startswith(f"{reference.path}/")
