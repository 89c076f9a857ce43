from collections.abc import Iterator

from lambda_image_lint import Applicability, Dockerfile, Finding, Fix, Severity, Stage, rule
from lambda_image_lint.dockerfile.installers import Installer
from lambda_image_lint.knowledge import operating_system
from lambda_image_lint.rulekit.edits import after
from lambda_image_lint.rulekit.runs import calls, failure_ends_build
from lambda_image_lint.rulekit.systems import external_base, system

_YES = {
    "yum": ("-y", "--assumeyes"),
    "dnf": ("-y", "--assumeyes"),
    "apt-get": ("-y", "--yes", "--assume-yes", "--force-yes", "-qq"),
    "apt": ("-y", "--yes", "--assume-yes", "--force-yes", "-qq"),
}
"""Manager → the options that answer yes. Source: dnf(8), apt-get(8)."""
_ASKING = frozenset({"install", "reinstall", "remove", "groupinstall", "update", "upgrade", "dist-upgrade"})
_UPDATES = frozenset({"update", "upgrade"})


@rule(
    "LIL831",
    Severity.ERROR,
    sources=(
        "https://dnf.readthedocs.io/en/latest/command_ref.html",
        "https://manpages.debian.org/stable/apt/apt-get.8.en.html",
        "https://docs.aws.amazon.com/linux/al2023/ug/deterministic-upgrades.html",
    ),
    help="Give it -y: nobody is there to answer.",
    aliases=("DL3014", "DL3030", "DL3038"),
)
def install_not_confirmed(dockerfile: Dockerfile) -> Iterator[Finding]:
    """A package manager asks whether to go on, and a build has nobody to answer."""
    for stage, run, call in ((one, *pair) for one in dockerfile.needed_stages() for pair in calls(one, *_YES)):
        if call.action not in _ASKING or call.action_word is None or _is_answered(call):
            continue
        if call.tool in ("apt-get", "apt") and call.action == "update":
            continue  # only the lists
        if call.action in _UPDATES and _is_pinned(dockerfile, stage) and not call.has("--releasever"):
            continue  # pinned to the release that the image is made of: there is nothing to ask
        certain = (
            call.tool in ("yum", "dnf")
            and call.action in ("install", "groupinstall")
            and failure_ends_build(run, call.command)
        )
        yield Finding(
            f"{call.tool} {call.action} asks whether to go on, and nobody answers",
            run.at(call.action_word.span),
            severity=None if certain else Severity.WARNING,
            fix=Fix("Answer with -y", (after(call.action_word.span, " -y"),), Applicability.SAFE),
        )


def _is_pinned(dockerfile: Dockerfile, stage: Stage) -> bool:
    """Whether the stage stands on Amazon Linux 2023, as AWS's own bases or the system's."""
    reference = external_base(dockerfile, stage)
    found = operating_system(reference) if reference is not None else None
    is_its_image = found is not None and (found.distribution, found.release) == ("amazonlinux", "2023")
    return is_its_image or system(dockerfile, stage) == "al2023"


def _is_answered(call: Installer) -> bool:
    """By an option, a pipe (``yes |``), a setting, or another question of its own (``--help``, ``--downloadonly``)."""
    quiet = [option.name for option in call.options].count("-q") > 1 or any(
        option.name == "-o" for option in call.options
    )
    piped = call.command.piped_from is not None or bool(call.command.redirects)
    return call.has(*_YES[call.tool], "--assumeno", "--help", "-s", "--dry-run", "--simulate") or quiet or piped
