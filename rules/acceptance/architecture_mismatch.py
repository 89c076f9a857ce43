from collections.abc import Iterator

from lambda_image_lint import Config, Dockerfile, Finding, KeyPlace, Settings, Severity, rule
from lambda_image_lint.rulekit.platforms import (
    builders_flag,
    is_lambdas,
    lambdas_word,
    same_architecture,
    stated_platforms,
    wanted_architecture,
)


@rule(
    "LIL111",
    Severity.ERROR,
    sources=(
        "https://docs.aws.amazon.com/lambda/latest/dg/foundation-arch.html",
        "https://github.com/aws/aws-lambda-base-images/issues/26",
        "https://github.com/aws/aws-cdk/issues/31048",
    ),
    help="Build with --platform for the function's architecture, or set the function's Architectures to the image's.",
    aliases=("InvalidBaseImagePlatform",),
)
def architecture_mismatch(
    settings: Settings, dockerfile: Dockerfile | None, config: Config | None
) -> Iterator[Finding]:
    """The image is for another architecture than the function, or than the build that it comes from."""
    wanted = wanted_architecture(settings)
    has = config.architecture if config is not None else ""
    if wanted is not None and is_lambdas("linux", has) and not same_architecture(has, wanted):
        message = f"the image is {lambdas_word(has)}, and the function {lambdas_word(wanted)}"
        yield Finding(message, KeyPlace("config.architecture"))
    if dockerfile is None:
        return
    if (flag := builders_flag(dockerfile)) is not None:
        yield Finding(
            f"--platform={flag.value} makes the image one for the machine that builds it",
            flag.place,
            help="Leave the flag to builder stages; the final stage is for the target by itself.",
            fix=flag.drop,
            severity=Severity.WARNING,
        )
    stated = [one for one in stated_platforms(dockerfile) if is_lambdas(one.os, one.architecture)]
    if wanted is not None:
        for one in stated:
            if one.architecture != wanted:
                message = f"{one.words} is {lambdas_word(one.architecture)}, and the function {lambdas_word(wanted)}"
                yield Finding(message, one.place, fix=one.to(wanted))
    elif len(stated) > 1 and stated[0].architecture != stated[1].architecture:
        platform, base = stated
        yield Finding(
            f"{base.words} is {lambdas_word(base.architecture)}, and its {platform.words} is not",
            base.place,
            help="Name one architecture: that of the function.",
            fix=base.to(platform.architecture),
            severity=Severity.WARNING,
        )
