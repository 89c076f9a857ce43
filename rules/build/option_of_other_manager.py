from collections.abc import Iterator

from lambda_image_lint import Applicability, Dockerfile, Edit, Finding, Fix, Severity, rule
from lambda_image_lint.dockerfile.installers import Installer
from lambda_image_lint.dockerfile.shell import Option
from lambda_image_lint.rulekit.edits import drop_option
from lambda_image_lint.rulekit.runs import calls, failure_ends_build

_APT = ("--no-install-recommends", "--no-install-suggests")
_RPM = (*_APT, "--no-cache", "--no-cache-dir")
_FOREIGN = {
    "dnf": _RPM,
    "yum": _RPM,
    "microdnf": _RPM,
    "apt-get": ("--no-cache", "--no-cache-dir"),
    "apt": ("--no-cache", "--no-cache-dir"),
    "apk": (*_APT, "-y", "--yes", "--assume-yes", "--no-cache-dir"),
}
"""Manager → options that another one has, and that it refuses."""


@rule(
    "LIL834",
    Severity.ERROR,
    sources=(
        "https://github.com/rpm-software-management/dnf/blob/master/dnf/cli/option_parser.py",
        "https://github.com/rpm-software-management/microdnf/blob/main/dnf/plugins/install/dnf-command-install.c",
        "https://github.com/alpinelinux/apk-tools/blob/master/src/apk.c",
        "own: apt-get install --no-cache ends with `not understood in combination with the other options`",
    ),
    help="Take it away: it is another package manager's.",
)
def option_of_other_manager(dockerfile: Dockerfile) -> Iterator[Finding]:
    """A package manager gets an option that only another one knows, and ends there."""
    for stage in dockerfile.needed_stages():
        for run, call in calls(stage, *_FOREIGN):
            option = next((one for one in call.options if one.name in _FOREIGN[call.tool]), None)
            if option is None:
                continue
            yield Finding(
                f"{call.tool} does not know {option.name}, and ends there",
                run.at(option.word.span),
                severity=None if failure_ends_build(run, call.command) else Severity.WARNING,
                fix=_fix(dockerfile, call, option),
            )


def _fix(dockerfile: Dockerfile, call: Installer, option: Option) -> Fix | None:
    """dnf has a setting of its own for what --no-install-recommends says; microdnf reads 0 and 1 alone."""
    if call.tool in ("dnf", "microdnf") and option.name == "--no-install-recommends":
        edit = Edit(option.word.span, "--setopt=install_weak_deps=0")
        return Fix("Write it as dnf's setting", (edit,), Applicability.SAFE)
    drop = drop_option(dockerfile, option)
    return Fix(f"Take {option.name} away", (drop,), Applicability.SAFE) if drop is not None else None
