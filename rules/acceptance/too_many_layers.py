from collections.abc import Iterator

from lambda_image_lint import Config, Dockerfile, Finding, KeyPlace, Severity, rule
from lambda_image_lint.knowledge import limit
from lambda_image_lint.rulekit.stages import final_instructions


@rule(
    "LIL109",
    Severity.ERROR,
    sources=("https://docs.docker.com/engine/storage/drivers/overlayfs-driver/",),
    help="Put RUN steps that belong together into one, and COPY several sources at once.",
)
def too_many_layers(dockerfile: Dockerfile | None, config: Config | None) -> Iterator[Finding]:
    """The image has more layers than Docker can stack, or far more than it needs."""
    most, enough = limit("layers_docker"), limit("layers_recommended")

    def verdict(count: int, words: str) -> tuple[str, Severity]:
        if count > most:
            return f"{count} {words}, more than the {most} that Docker can stack", Severity.ERROR
        return f"{count} {words}, more than the {enough} that are plenty", Severity.INFO

    if config is not None and (count := len(config.diff_ids)) > enough:
        message, severity = verdict(count, "layers")
        yield Finding(message, KeyPlace("config.rootfs.diff_ids"), severity=severity)
    # Of the base's layers a Dockerfile tells nothing: its own alone are certain.
    makers = [] if dockerfile is None else list(final_instructions(dockerfile, "RUN", "COPY", "ADD"))
    if len(makers) > enough:
        message, severity = verdict(len(makers), "layers of its own")
        yield Finding(message, makers[most if len(makers) > most else enough].place, severity=severity)
