from collections.abc import Iterator

from lambda_image_lint import Config, Dockerfile, Finding, KeyPlace, Severity, rule
from lambda_image_lint.rulekit.secrets import secrets_in_env, secrets_in_environment

HELP = (
    "Take it out and replace the secret; read it at run time from Secrets Manager or Parameter Store, or set it in the "
    "function's own configuration."
)


@rule(
    "LIL601",
    Severity.ERROR,
    sources=(
        "https://docs.docker.com/reference/build-checks/secrets-used-in-arg-or-env/",
        "https://docs.aws.amazon.com/lambda/latest/dg/with-secrets-manager.html",
    ),
    help=HELP,
    aliases=("DL3064", "SecretsUsedInArgOrEnv"),
)
def secret_in_env(dockerfile: Dockerfile | None, config: Config | None) -> Iterator[Finding]:
    """A secret lies in the environment of the image, for everybody who can pull it."""
    for given in secrets_in_env(dockerfile) if dockerfile is not None else ():
        said = (
            "keeps a secret build argument in the image" if given.by_argument else f"holds a secret ({given.told_by})"
        )
        yield Finding(f"ENV {given.pair.name} {said}", given.place)
    for name, told_by in secrets_in_environment(config) if config is not None else ():
        yield Finding(f"the image's variable {name} holds a secret ({told_by})", KeyPlace("config.Env"))
