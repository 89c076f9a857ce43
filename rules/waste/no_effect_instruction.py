from collections.abc import Iterator

from lambda_image_lint import Applicability, Config, Dockerfile, Finding, Fix, KeyPlace, Severity, rule
from lambda_image_lint.rulekit.edits import remove_instruction
from lambda_image_lint.rulekit.stages import final_stages

_WHY = {
    "EXPOSE": "nothing connects to the container's ports",
    "HEALTHCHECK": "nothing checks the container's health",
    "STOPSIGNAL": "Lambda ends the process itself",
    "VOLUME": "Lambda mounts nothing there",
    "USER": "Lambda runs the function as its own user",
}


@rule(
    "LIL912",
    Severity.INFO,
    sources=("https://docs.aws.amazon.com/lambda/latest/dg/images-create.html",),
    help="Delete it, unless the image runs elsewhere too.",
)
def no_effect_instruction(dockerfile: Dockerfile | None, config: Config | None) -> Iterator[Finding]:
    """EXPOSE, HEALTHCHECK, VOLUME, STOPSIGNAL or USER, which Lambda does not heed."""
    if dockerfile is not None:
        yield from _in_dockerfile(dockerfile)
    elif config is not None:
        yield from _in_config(config)


def _in_dockerfile(dockerfile: Dockerfile) -> Iterator[Finding]:
    instructions = [one for stage in final_stages(dockerfile) for one in stage.instructions]
    runs = [one.index for one in instructions if one.keyword == "RUN"]
    for one in instructions:
        # A USER that a later RUN works under matters to the build. COPY ignores it, and who owns the folder that WORKDIR
        # makes is nothing to Lambda, which runs neither as that user nor with a root that could be written.
        if one.keyword not in _WHY or (one.keyword == "USER" and any(index > one.index for index in runs)):
            continue
        if one.keyword == "HEALTHCHECK" and one.value.strip().upper() == "NONE":
            continue
        yield Finding(
            f"{one.keyword} has no effect on Lambda: {_WHY[one.keyword]}",
            one.place,
            fix=Fix(f"Delete {one.keyword}", (remove_instruction(dockerfile, one),), Applicability.UNSAFE),
        )


def _in_config(config: Config) -> Iterator[Finding]:
    found = {
        "EXPOSE": ("ExposedPorts", config.exposed_ports),
        "HEALTHCHECK": ("Healthcheck", config.healthcheck),
        "STOPSIGNAL": ("StopSignal", config.stop_signal),
        "VOLUME": ("Volumes", config.volumes),
        "USER": ("User", config.user if config.user not in ("", "root", "0", "0:0") else None),
    }
    for keyword, (key, value) in found.items():
        if value:
            yield Finding(f"{keyword} has no effect on Lambda: {_WHY[keyword]}", KeyPlace(f"config.{key}"))
