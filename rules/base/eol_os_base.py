from collections.abc import Iterator

from lambda_image_lint import Dockerfile, Finding, Settings, Severity, rule
from lambda_image_lint.knowledge import aws_base, operating_system, product, system_in_tag
from lambda_image_lint.rulekit.stages import external_bases, final_stages


@rule(
    "LIL703",
    Severity.WARNING,
    sources=(
        "https://endoflife.date/",
        "https://wiki.debian.org/LTS",
        "https://alpinelinux.org/releases/",
        "https://github.com/docker-library/official-images",
    ),
    help="Move to a release that still gets patches.",
)
def eol_os_base(dockerfile: Dockerfile, settings: Settings) -> Iterator[Finding]:
    """A base image's distribution, or the final stage's language, is out of support."""
    final = {stage.index for stage in final_stages(dockerfile)}
    for stage, reference in external_bases(dockerfile):
        if aws_base(reference) is not None:
            continue
        system, language = operating_system(reference) or system_in_tag(reference), product(reference)
        if system is not None and system.end is not None and system.end < settings.as_of:
            yield Finding(
                f"{reference} stands on {system.distribution} {system.release}, out of support since {system.end}",
                stage.place,
            )
        elif language is not None and language.end < settings.as_of and stage.index in final:
            # A builder's language is never run by the function.
            brings = f"{language.name} {language.version}"
            what = (
                f"{reference} gets no patches: its repository dropped {brings} on {language.end}"
                if language.dropped
                else f"{reference} brings {brings}, out of support since {language.end}"
            )
            yield Finding(what, stage.place)
