from collections.abc import Iterator

from lambda_image_lint import Config, Dockerfile, Finding, KeyPlace, Severity, Unknown, rule
from lambda_image_lint.rulekit.platforms import is_lambdas, stated_platforms


@rule(
    "LIL110",
    Severity.ERROR,
    sources=("https://docs.aws.amazon.com/lambda/latest/dg/images-create.html",),
    help="Build for linux/amd64 or linux/arm64, whichever the function is set to.",
)
def platform_unsupported(dockerfile: Dockerfile | None, config: Config | None) -> Iterator[Finding | Unknown]:
    """The image is for a platform that Lambda does not have."""
    if config is not None:
        if config.os and config.os.lower() != "linux":
            yield Finding(f"the image is for {config.os}, and Lambda runs Linux only", KeyPlace("config.os"))
        elif config.architecture and not is_lambdas("linux", config.architecture):
            message = f"the image is for {config.architecture}, and Lambda has amd64 and arm64 only"
            yield Finding(message, KeyPlace("config.architecture"))
        elif not (config.os and config.architecture):
            yield Unknown("the config names no platform")
    stated = stated_platforms(dockerfile) if dockerfile is not None else ()
    if (other := next((one for one in stated if not is_lambdas(one.os, one.architecture)), None)) is not None:
        message = f"{other.words} is for {other.os}/{other.architecture}, and Lambda has linux/amd64 and linux/arm64"
        yield Finding(message, other.place)
