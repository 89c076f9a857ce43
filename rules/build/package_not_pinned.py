from collections.abc import Iterator

from lambda_image_lint import Dockerfile, Finding, Severity, rule
from lambda_image_lint.dockerfile.installers import Installer
from lambda_image_lint.rulekit.runs import installs

_VERSION_SIGNS = {"pip": "=<>~@", "uv": "=<>~@"}


@rule(
    "LIL837",
    Severity.INFO,
    sources=(
        "https://pip.pypa.io/en/stable/topics/repeatable-installs/",
        "https://docs.npmjs.com/cli/commands/npm-install",
    ),
    help="Name a version, or list it in a file with versions: pip install name==1.2, npm install name@1.2.",
    aliases=("DL3013", "DL3016"),
    opt_in=True,
)
def package_not_pinned(dockerfile: Dockerfile) -> Iterator[Finding]:
    """pip or npm installs a package by name alone: another build may get another version."""
    for run, call in installs(dockerfile.needed_stages(), "pip", "uv", "npm", "pnpm", "yarn"):
        if call.has("-c", "--constraint", "--constraints", "--require-hashes"):
            continue
        for word in call.operands:
            name = word.text
            if name and _is_package(name) and not _has_version(call, name):
                yield Finding(f"{name} is installed in whatever version there is", run.at(word.span))


def _is_package(name: str) -> bool:
    """No path, no address, no archive; ``@scope/name`` is one."""
    if name.startswith((".", "/", "~", "-")) or "://" in name or name.endswith((".whl", ".tgz", ".gz", ".zip", ".txt")):
        return False
    return "/" not in name or name.startswith("@")


def _has_version(call: Installer, name: str) -> bool:
    signs = _VERSION_SIGNS.get(call.tool)
    return any(sign in name for sign in signs) if signs else "@" in name[1:]
