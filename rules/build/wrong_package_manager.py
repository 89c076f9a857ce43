from collections.abc import Iterator

from lambda_image_lint import Applicability, Dockerfile, Edit, Finding, Fix, Severity, rule
from lambda_image_lint.dockerfile.installers import installer
from lambda_image_lint.knowledge import package_managers
from lambda_image_lint.rulekit.runs import commands
from lambda_image_lint.rulekit.systems import system

_SAME = {("yum", "dnf"), ("dnf", "yum"), ("microdnf", "yum"), ("apt", "apt-get")}
"""Pairs that read the actions below alike."""
_ACTIONS = frozenset({"install", "clean", "remove", "update", "upgrade", "makecache"})


@rule(
    "LIL811",
    Severity.ERROR,
    sources=(
        "https://github.com/aws/aws-lambda-base-images/issues/124",
        "https://github.com/mdneuzerling/lambdr/issues/31",
        "https://docs.aws.amazon.com/linux/al2023/ug/minimal-container.html",
    ),
    help="Use the package manager of the base's own system.",
)
def wrong_package_manager(dockerfile: Dockerfile) -> Iterator[Finding]:
    """A RUN calls a package manager that its system does not have."""
    told: set[tuple[int, str]] = set()
    for stage in dockerfile.needed_stages():
        managers = package_managers(system(dockerfile, stage) or "")
        if managers is None:
            continue
        brought: set[str] = set()
        for run, command in commands(dockerfile.stage_chain(stage)):
            call = installer(command)
            name = command.program
            if call is not None and call.installs:
                brought.update(word.text or "" for word in call.operands)
            if name is None or name not in managers.absent or name in brought or command.guards or command.name != name:
                continue
            if (run.index, name) in told:
                continue
            told.add((run.index, name))
            first = command.words[0]
            same = (name, managers.use) in _SAME and call is not None and call.action in _ACTIONS
            every = [one.words[0] for one in run.shell.named(name)]
            edits = tuple(Edit(word.span, managers.use) for word in every)
            yield Finding(
                f"`{name}` is not there: the base has {' and '.join(managers.present)}",
                run.at(first.span),
                help=f"Use {managers.use}; names of packages may differ.",
                fix=Fix(f"Call {managers.use}", edits, Applicability.UNSAFE) if same else None,
            )
