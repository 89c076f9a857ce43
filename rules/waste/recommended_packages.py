from collections.abc import Iterator

from lambda_image_lint import Applicability, Dockerfile, Finding, Fix, Severity, rule
from lambda_image_lint.dockerfile.installers import Installer, installers
from lambda_image_lint.rulekit.edits import after
from lambda_image_lint.rulekit.stages import final_instructions, final_stages, is_named_before

_SAYS = ("--no-install-recommends", "--install-recommends", "--help", "-s", "--simulate", "--dry-run")


@rule(
    "LIL917",
    Severity.INFO,
    sources=(
        "https://manpages.debian.org/stable/apt/apt-get.8.en.html",
        "https://docs.docker.com/build/building/best-practices/#apt-get",
    ),
    help="Pass --no-install-recommends, and name what is needed.",
    aliases=("DL3015",),
)
def recommended_packages(dockerfile: Dockerfile) -> Iterator[Finding]:
    """apt installs what its packages recommend, too, in the final stage."""
    final = final_stages(dockerfile)
    for run in final_instructions(dockerfile, "RUN"):
        calls = [call for call in installers(run.shell, "apt-get", "apt") if _brings_more(call)]
        words = [call.action_word.span for call in calls if call.action_word is not None]
        if not words or is_named_before(dockerfile, final[-1], run, "nstall-Recommends"):
            continue
        edits = tuple(after(span, " --no-install-recommends") for span in words)
        yield Finding(
            f"{calls[0].tool} installs what the packages recommend, too",
            run.at(words[0]),
            fix=Fix("Pass --no-install-recommends", edits, Applicability.UNSAFE),
        )


def _brings_more(call: Installer) -> bool:
    return call.action == "install" and bool(call.operands) and not call.has(*_SAYS)
