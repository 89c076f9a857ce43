from collections.abc import Iterator

from lambda_image_lint import Config, Dockerfile, Finding, KeyPlace, Severity, rule
from lambda_image_lint.rulekit.secrets import secrets_in_arg, secrets_in_history


@rule(
    "LIL602",
    Severity.WARNING,
    sources=(
        "https://docs.docker.com/reference/build-checks/secrets-used-in-arg-or-env/",
        "https://docs.docker.com/build/building/secrets/",
    ),
    help="Pass it as a build secret: RUN --mount=type=secret,id=NAME,env=NAME, built with --secret id=NAME.",
    aliases=("DL3064", "SecretsUsedInArgOrEnv"),
)
def secret_in_arg(dockerfile: Dockerfile | None, config: Config | None) -> Iterator[Finding]:
    """A secret is passed as a build argument, which the image's history or the build cache keeps."""
    for given in secrets_in_arg(dockerfile) if dockerfile is not None else ():
        said = "is meant for a secret" if given.by_argument else f"has a secret as its default ({given.told_by})"
        kept = "the image's history" if given.in_image else "the build cache"
        yield Finding(f"ARG {given.pair.name} {said}: build arguments stay in {kept}", given.place)
    for index, kind in secrets_in_history(config) if config is not None else ():
        yield Finding(f"the history keeps a secret build argument: {kind}", KeyPlace(f"config.history[{index}]"))
