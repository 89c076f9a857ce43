from collections.abc import Iterator

from lambda_image_lint import Dockerfile, Finding, Severity, rule
from lambda_image_lint.knowledge import UnavailablePackage, package_managers, unavailable_packages
from lambda_image_lint.rulekit.os_packages import may_add_repository, os_installs
from lambda_image_lint.rulekit.systems import release, system

_AMAZON = ("al1", "al2", "al2023")
_DEBIAN = ("debian", "ubuntu")
_DEBIAN_NAMES = {
    "python3-dev": "python3-devel", "build-essential": "gcc gcc-c++ make", "g++": "gcc-c++", "libssl-dev": "openssl-devel",
    "libffi-dev": "libffi-devel", "zlib1g-dev": "zlib-devel", "libpq-dev": "libpq-devel", "libxml2-dev": "libxml2-devel",
    "libxslt1-dev": "libxslt-devel", "libcurl4-openssl-dev": "libcurl-devel", "libgl1": "mesa-libGL",
    "libgl1-mesa-glx": "mesa-libGL", "libglib2.0-0": "glib2", "libsm6": "libSM", "libxext6": "libXext",
    "xz-utils": "xz", "poppler-utils": "poppler-utils", "default-jre": "java-21-amazon-corretto", "netcat": "nmap-ncat",
    "libjpeg-dev": "libjpeg-turbo-devel", "ca-certificates-java": "",
}  # fmt: skip
"""Debian's name → Amazon Linux's."""
_AMAZON_NAMES = {right.split()[0]: wrong for wrong, right in _DEBIAN_NAMES.items() if right.endswith("-devel")}


@rule(
    "LIL812",
    Severity.WARNING,
    sources=(
        "https://docs.aws.amazon.com/linux/al2023/ug/epel.html",
        "https://docs.aws.amazon.com/linux/al2023/release-notes/all-packages.html",
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
        for install in os_installs([stage]):
            if install.call.tool not in managers.present and not _is_taken_over(name, install.call.tool):
                continue
            for package, word in install.packages:
                known = unavailable_packages(name).get(package)
                foreign = _foreign(name, package)
                if known is not None and not install.call.has("--allowerasing"):
                    is_elsewhere = known.elsewhere and may_add_repository(dockerfile, stage, install.run)
                    if not is_elsewhere and _is_gone(known, release(dockerfile, stage)):
                        yield Finding(
                            f"{name} has no package {package}", install.run.at(word.span), help=known.instead + "."
                        )
                elif foreign is not None:
                    hint = f"Write {foreign}." if foreign else "Look for its name in the system's own list."
                    yield Finding(f"{package} is not a package of {name}", install.run.at(word.span), help=hint)


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
        return _DEBIAN_NAMES.get(package) if _DEBIAN_NAMES.get(package) != package else None
    return _AMAZON_NAMES.get(package) if system_name in _DEBIAN else None
