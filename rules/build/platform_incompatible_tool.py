from collections.abc import Iterator

from lambda_image_lint import Dockerfile, Finding, Severity, rule
from lambda_image_lint.dockerfile.shell import Command
from lambda_image_lint.rulekit.runs import commands
from lambda_image_lint.rulekit.systems import system

_APT = ("debian", "ubuntu")


@rule(
    "LIL814",
    Severity.ERROR,
    sources=(
        "https://playwright.dev/docs/browsers#install-system-dependencies",
        "https://playwright.dev/docs/intro#system-requirements",
    ),
    help="Install the libraries with the system's own package manager, or take a base that the tool supports.",
)
def platform_incompatible_tool(dockerfile: Dockerfile) -> Iterator[Finding]:
    """A tool is asked for something that it can do on another system only."""
    for stage in dockerfile.needed_stages():
        name = system(dockerfile, stage)
        if name is None or name in _APT:
            continue
        for run, command in commands([stage]):
            if not command.guards and _is_playwright(command):
                yield Finding(
                    f"`playwright install --with-deps` calls apt-get, which {name} does not have", run.at(command.span)
                )


def _is_playwright(command: Command) -> bool:
    """``playwright install --with-deps`` or ``install-deps``, called itself, by npx or as a module of Python."""
    words = [word.text or "" for word in command.words]
    names = [word.rpartition("/")[2].partition("@")[0] for word in words]
    if "playwright" not in names:
        return False
    rest = words[names.index("playwright") + 1 :]
    return rest[:1] == ["install-deps"] or (rest[:1] == ["install"] and "--with-deps" in rest)
