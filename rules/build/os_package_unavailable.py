from collections.abc import Iterator

from lambda_image_lint import Dockerfile, Finding, Instruction, Severity, Stage, rule
from lambda_image_lint.dockerfile.shell import ShellWord
from lambda_image_lint.knowledge import UnavailablePackage, package_managers, unavailable_packages
from lambda_image_lint.rulekit.os_packages import (
    OsInstall,
    is_debian_library,
    is_software_collection,
    may_add_repository,
    os_installs,
)
from lambda_image_lint.rulekit.systems import release, system

_AMAZON = ("al1", "al2", "al2023")
_DEBIAN = ("debian", "ubuntu")
_DEBIAN_NAMES = {
    "python3-dev": "python3-devel", "build-essential": "gcc gcc-c++ make", "libssl-dev": "openssl-devel",
    "libffi-dev": "libffi-devel", "zlib1g-dev": "zlib-devel", "libpq-dev": "libpq-devel", "libxml2-dev": "libxml2-devel",
    "libxslt1-dev": "libxslt-devel", "libcurl4-openssl-dev": "libcurl-devel", "libgl1": "mesa-libGL",
    "libgl1-mesa-glx": "mesa-libGL", "libglib2.0-0": "glib2", "libsm6": "libSM", "libxext6": "libXext",
    "xz-utils": "xz", "poppler-utils": "poppler-utils", "default-jre": "java-21-amazon-corretto", "netcat": "nmap-ncat",
    "libjpeg-dev": "libjpeg-turbo-devel", "ca-certificates-java": "",
}  # fmt: skip
"""Debian's name → Amazon Linux's."""
# g++ is not among them: gcc-c++ provides that name on Amazon Linux 2023, and dnf takes it.
_AMAZON_NAMES = {right.split()[0]: wrong for wrong, right in _DEBIAN_NAMES.items() if right.endswith("-devel")}


@rule(
    "LIL812",
    Severity.WARNING,
    sources=(
        "https://docs.aws.amazon.com/linux/al2023/ug/epel.html",
        "https://docs.aws.amazon.com/linux/al2023/release-notes/all-packages.html",
        "https://docs.redhat.com/en/documentation/red_hat_software_collections/3/html/packaging_guide/index",
    ),
    help="Use the name that the base's own system has.",
)
def os_package_unavailable(dockerfile: Dockerfile) -> Iterator[Finding]:
    """A package is installed under a name that the base's system does not know."""
    for stage in dockerfile.needed_stages():
        name = system(dockerfile, stage)
        managers = package_managers(name or "")
        if name is None or managers is None:
            continue
        wrong: dict[Instruction, dict[str, tuple[ShellWord, str]]] = {}
        for install in os_installs([stage]):
            if install.call.tool in managers.present or _is_taken_over(name, install.call.tool):
                found = wrong.setdefault(install.run, {})
                for package, word in install.packages:
                    hint = _hint(dockerfile, stage, name, install, package)
                    if hint is not None:
                        found.setdefault(package, (word, hint))
        for run, packages in wrong.items():
            if packages:
                word, _ = next(iter(packages.values()))
                hints = dict.fromkeys(hint for _, hint in packages.values())
                yield Finding(f"{name} has no package {', '.join(packages)}", run.at(word.span), help=" ".join(hints))


def _hint(dockerfile: Dockerfile, stage: Stage, name: str, install: OsInstall, package: str) -> str | None:
    """What to do instead; None where the system may have the package."""
    known = unavailable_packages(name).get(package)
    foreign = _foreign(name, package)
    if known is not None and not install.call.has("--allowerasing"):
        is_elsewhere = known.elsewhere and may_add_repository(dockerfile, stage, install.run)
        return None if is_elsewhere or not _is_gone(known, release(dockerfile, stage)) else f"{known.instead}."
    if name in _AMAZON and is_software_collection(package):
        if may_add_repository(dockerfile, stage, install.run):
            return None
        return "Red Hat's Software Collections are not made for Amazon Linux."
    if foreign is None or (known is not None and foreign == ""):
        return None
    return f"Write {foreign}." if foreign else "Look for its name in the system's own list."


def _is_gone(package: UnavailablePackage, having: str | None) -> bool:
    """Whether the release is certainly one without the package."""
    return package.since is None or (having is not None and _numbers(having) >= _numbers(package.since))


def _numbers(written: str) -> tuple[int, ...]:
    return tuple(map(int, written.split(".")))


def _is_taken_over(system_name: str, tool: str) -> bool:
    """A wrong manager whose names would be the same: the fault of the name stays when the manager is mended."""
    return system_name in _AMAZON and tool in ("yum", "dnf", "microdnf")


def _foreign(system_name: str, package: str) -> str | None:
    if system_name in _AMAZON:
        if package not in _DEBIAN_NAMES and is_debian_library(package):
            return ""
        return _DEBIAN_NAMES.get(package) if _DEBIAN_NAMES.get(package) != package else None
    return _AMAZON_NAMES.get(package) if system_name in _DEBIAN else None
