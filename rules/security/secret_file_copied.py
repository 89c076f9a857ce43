from collections.abc import Iterator

from lambda_image_lint import Context, Dockerfile, File, Finding, Function, Severity, Span, TextPlace, Unknown, rule
from lambda_image_lint.rulekit.pipeline_secrets import CopiedSecret, pipeline_secrets
from lambda_image_lint.rulekit.secret_files import SecretFile, carried_secrets, copied_secrets, secrets_in_files
from lambda_image_lint.rulekit.unseen import unseen


@rule(
    "LIL603",
    Severity.ERROR,
    sources=(
        "https://docs.docker.com/build/building/secrets/",
        "https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-encryption",
    ),
    help="Name it in .dockerignore; what the build needs comes by RUN --mount=type=secret, what the function needs from Secrets Manager.",
)
def secret_file_copied(
    function: Function, dockerfile: Dockerfile | None, context: Context | None
) -> Iterator[Finding | Unknown]:
    """A file that holds a secret becomes part of the image."""
    if dockerfile is None:
        if (nothing := unseen(function)) is not None:
            yield nothing
        for file, secret in secrets_in_files(function):
            yield Finding(
                f"{file.path} holds a secret ({secret.kind}) that everybody with the image can read", file.place
            )
    elif context is not None:
        told = set()
        for source, secrets in copied_secrets(dockerfile, context):
            told.add(source.word)
            yield Finding(
                f"{source.copy.keyword} brings {_told(secrets)}",
                source.copy.at(source.word.span),
                related=tuple(_place(secret) for secret in secrets),
            )
        for source, ways in carried_secrets(dockerfile, context):
            told.add(source.word)
            secrets = tuple(secret for secret, _ in ways)
            way = ways[0][1]
            there = function.files.find(way.path)
            yield Finding(
                f"{source.copy.keyword} brings {_told(secrets)}; line {way.copy.place.span.line} takes it into the image",
                source.copy.at(source.word.span),
                related=(way.copy.place, *map(_place, secrets)),
                # Commands between the two may do anything with it, though none that is known to.
                severity=None if isinstance(there, File) and there.source == secrets[0].path else Severity.WARNING,
            )
        for copied in pipeline_secrets(dockerfile, context):
            if copied.source.word not in told:
                yield _written(copied)


def _written(copied: CopiedSecret) -> Finding:
    written, way, copy = copied.written, copied.way, copied.source.copy
    further = f"; line {way.copy.place.span.line} takes it into the image" if way is not None else ""
    place = TextPlace(Span(written.line, 1, written.line, 1), written.place)
    return Finding(
        f"{copy.keyword} brings {written.path}, into which {written.pipeline} writes the secret {written.secret}{further}",
        copy.at(copied.source.word.span),
        related=(place,) if way is None else (way.copy.place, place),
        severity=None if copied.is_certain else Severity.WARNING,
    )


def _told(secrets: tuple[SecretFile, ...]) -> str:
    first, *more = secrets
    others = f", and {len(more)} more such files" if more else ""
    return f"{first.path}, which holds a secret ({first.kind}){others}"


def _place(secret: SecretFile) -> TextPlace:
    return TextPlace(Span(secret.line, 1, secret.line, 1), secret.path)
