from collections.abc import Iterator

from lambda_image_lint import Config, Finding, KeyPlace, Settings, Severity, Unknown, rule
from lambda_image_lint.knowledge import limit
from lambda_image_lint.rulekit.age import base_built, built


@rule(
    "LIL708",
    Severity.INFO,
    sources=("https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html",),
    help="Build it again on the newest patch of its base (docker build --pull --no-cache), and do so at regular times.",
)
def stale_image(settings: Settings, config: Config) -> Iterator[Finding | Unknown]:
    """The image, or the base it stands on, was built so long ago that patches are missing."""
    image, base, most = built(config), base_built(config), limit("stale_image_days")
    if image is None and base is None:
        yield Unknown("the image does not tell when it was built")
    elif image is not None and (days := (settings.as_of - image).days) > most:
        yield Finding(
            f"the image was built {days} days ago, on {image}: patches since then are not in it",
            KeyPlace("config.created"),
        )
    elif base is not None and (days := (settings.as_of - base).days) > most:
        message = f"the base was built {days} days ago, on {base}: patches since then are not in it"
        yield Finding(message, KeyPlace("config.history[0].created"))
