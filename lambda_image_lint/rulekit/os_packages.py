"""Packages of the operating system that a build installs, and what it leaves behind."""

from collections.abc import Iterable, Iterator

from msgspec import Struct

from lambda_image_lint.dockerfile.installers import OS_MANAGERS, Installer, installers
from lambda_image_lint.dockerfile.model import Dockerfile, Instruction, Stage
from lambda_image_lint.dockerfile.shell import Command, ShellWord
from lambda_image_lint.patterns import lazy
from lambda_image_lint.rulekit.runs import installs

CACHES = {
    "apt-get": "/var/lib/apt/lists", "apt": "/var/lib/apt/lists", "aptitude": "/var/lib/apt/lists",
    "apk": "/var/cache/apk", "yum": "/var/cache/yum", "dnf": "/var/cache/dnf", "microdnf": "/var/cache/yum",
}  # fmt: skip
"""Manager → where it leaves what it has downloaded."""


_ADDS_REPOSITORY = lazy(
    r"\.repo\b|repos\.d|config-manager|enablerepo|repofrompath|\bcopr\b|spal-release|epel|amazon-linux-extras|\.rpm\b|\.deb\b"
    r"|sources\.list|\.sources\b|add-apt-repository|apk/repositories|--repository|\s-X\b|\|\s*(?:sudo\s+)?(?:\S*/)?(?:ba)?sh\b|\.sh\b"
)
"""Words of an instruction after which packages may come from elsewhere; a script of one's own may do anything."""


_DEBIAN_LIBRARY = lazy(r"lib[a-z0-9.+-]+-dev")
_COLLECTION = lazy(r"rh-[a-z]+[0-9]+(?:-[a-z0-9+.-]+)?")


class OsInstall(Struct, frozen=True):
    """One ``install`` of an operating system's package manager."""

    run: Instruction
    call: Installer
    packages: tuple[tuple[str, ShellWord], ...]
    """Names without version, with the words that they stand in; what a variable names is left out."""


def os_installs(stages: Iterable[Stage]) -> Iterator[OsInstall]:
    """Every install of packages of the system, in order."""
    for run, call in installs(stages, *OS_MANAGERS):
        named = tuple((_name(word.text), word) for word in call.operands if word.text)
        yield OsInstall(run, call, named)


def os_downloads(stages: Iterable[Stage]) -> Iterator[tuple[Instruction, Installer]]:
    """Every call that fills a manager's cache: installs, updates and upgrades."""
    for stage in stages:
        for run in stage.all("RUN"):
            for call in installers(run.shell, *OS_MANAGERS):
                if call.installs or call.action in ("update", "upgrade", "dist-upgrade", "full-upgrade", "makecache"):
                    yield run, call


def _name(text: str) -> str:
    """``gcc=4:12.2`` and ``gcc>1`` are gcc; ``gcc-12.2-1.al2023`` cannot be told from a name, and stays."""
    end = next((index for index, letter in enumerate(text) if letter in "=<>~@"), len(text))
    return text[:end]


def is_debian_library(package: str) -> bool:
    """Whether a package is what a library of Debian's needs for compiling: Amazon Linux calls all of those -devel."""
    return _DEBIAN_LIBRARY.fullmatch(package) is not None


def is_software_collection(package: str) -> bool:
    """``rh-python36-python-virtualenv``: of Red Hat's Software Collections, which are made for RHEL 6 and 7 alone."""
    return _COLLECTION.fullmatch(package) is not None


def may_add_repository(dockerfile: Dockerfile, stage: Stage, until: Instruction) -> bool:
    """Whether the stage, or one that it stands on, may have got packages from elsewhere up to an instruction."""
    stages = dockerfile.stage_chain(stage)
    before = (one for each in stages for one in each.all("RUN", "COPY", "ADD") if one.span.line <= until.span.line)
    return any(_ADDS_REPOSITORY.search(one.raw) for one in before)


def removes(command: Command, name: str) -> bool:
    """Whether a command takes a package away again: ``apt-get purge gcc``, ``apk del .build-deps``."""
    words = [word.text for word in command.arguments]
    return (
        command.program in OS_MANAGERS
        and bool({"remove", "purge", "autoremove", "del", "erase"} & {*words})
        and name in words
    )


def cleans(run: Instruction, manager: str, call: Command) -> bool:
    """Whether a RUN empties a manager's cache itself, after a call that has filled it."""
    cache = CACHES[manager]
    # In a loop or a function what stands first may run last.
    commands = list(run.shell)
    first = commands.index(call) + 1 if call in commands and call.is_certain else 0
    for command in commands[first:]:
        words = [word.text or word.prefix for word in command.arguments]
        if (
            command.program in OS_MANAGERS
            and {"clean", "autoclean"} & {*words}
            and manager not in ("apt-get", "apt", "aptitude")
        ):
            return True
        if command.program in ("rm", "find") and any(_covers(word, cache) for word in words):
            return True
    return False


def _covers(path: str, cache: str) -> bool:
    """Whether deleting `path` empties the cache: the folder, one above it, or its content."""
    folder = path.rstrip("/*")
    return bool(folder) and (cache == folder or cache.startswith(f"{folder}/") or folder.startswith(f"{cache}/"))
