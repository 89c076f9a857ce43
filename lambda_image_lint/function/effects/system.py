"""Package managers of the system, and the commands that keep users and certificates."""

from lambda_image_lint.answer import Unknown
from lambda_image_lint.function.effects.call import Call
from lambda_image_lint.function.model import Installed, Packaged
from lambda_image_lint.patterns import lazy

SYSTEM_FOLDERS = (
    "/bin",
    "/boot",
    "/etc",
    "/lib",
    "/lib64",
    "/run",
    "/sbin",
    "/usr",
    "/var/cache",
    "/var/lib",
    "/var/log",
)
"""Where packages of a system put their files. Source: https://refspecs.linuxfoundation.org/FHS_3.0/fhs-3.0.html"""

_OPTIONAL_FOLDERS = ("/opt", "/srv", "/home")
"""Where some do besides."""

_VALUES = (
    "-o",
    "-t",
    "--target-release",
    "-c",
    "--installroot",
    "--releasever",
    "--enablerepo",
    "--disablerepo",
    "--setopt",
    "-X",
    "--repository",
    "-x",
    "--exclude",
    "-p",
    "--root",
    "--virtual",
)
_INSTALLS = frozenset(
    [
        "install",
        "add",
        "reinstall",
        "localinstall",
        "groupinstall",
        "build-dep",
        "update",
        "upgrade",
        "dist-upgrade",
        "full-upgrade",
        "swap",
        "module",
    ]
)
_ONLY_CACHE = frozenset(
    [
        "clean",
        "autoclean",
        "makecache",
        "check-update",
        "list",
        "info",
        "search",
        "repolist",
        "show",
        "policy",
        "moo",
        "cache",
        "index",
    ]
)
_VERSIONED = lazy(r"(?P<name>[^=~<>]+?)(?:[=~<>]+(?P<version>.+))?")


def packages(call: Call) -> None:
    """``apt-get install``, ``dnf install``, ``apk add`` …: only the system's own folders change."""
    options = call.options(_VALUES)
    root = options.last("--installroot", "--root", "-p")
    if root is not None and call.program != "apt-get":
        call.blur(call.path(root))
        return
    texts = [word.text for word in options.positionals]
    verb = next((text for text in texts if isinstance(text, str)), "")
    if verb in _ONLY_CACHE:
        return
    names = [text for text in texts[1:] if isinstance(text, str)]
    if verb in _INSTALLS:
        _note(call, names, certain=not any(isinstance(text, Unknown) for text in texts))
    touch_system(call, tuple(names) if verb in _INSTALLS else ())


def _note(call: Call, names: list[str], *, certain: bool) -> None:
    for name in names:
        match = _VERSIONED.fullmatch(name)
        if match and "/" not in name:
            call.building.installed.append(Installed(call.program, match["name"], match["version"], call.place))
    if not certain:
        call.building.install_gaps.append(call.unknown(f"what {call.line} installs is not known"))


def touch_system(call: Call, names: tuple[str, ...] = ()) -> None:
    """Files may be added below the system's folders; none that is known changes."""
    unknown = Packaged(f"{call.line} may have brought it", call.place, packages=names, of_system=True)
    for folder in (*SYSTEM_FOLDERS, *_OPTIONAL_FOLDERS):
        call.files.blur(folder, unknown, changes=False)


def system_packages_of_a_file(call: Call) -> None:
    """``rpm -i FILE``, ``dpkg -i FILE``: what is in the file decides."""
    if call.options().has("-q", "-l", "-L", "-s", "--query", "--list", "--print-architecture", "--import"):
        return
    touch_system(call)


def accounts(call: Call) -> None:
    """Users, groups, certificates, libraries: tables below /etc, a home directory."""
    unknown = call.unknown(f"{call.line} may have written it")
    for folder in ("/etc", "/home", "/usr", "/var/cache", "/var/lib", "/var/spool"):
        call.files.blur(folder, unknown, changes=False)


EFFECTS = {
    **dict.fromkeys(("yum", "dnf", "microdnf", "apt", "apt-get", "aptitude", "apk", "zypper", "amazon-linux-extras"), packages),
    **dict.fromkeys(("rpm", "dpkg"), system_packages_of_a_file),
    **dict.fromkeys(
        ("useradd", "adduser", "usermod", "userdel", "groupadd", "addgroup", "groupmod", "passwd", "chpasswd",
         "update-ca-certificates", "update-ca-trust", "ldconfig", "locale-gen", "update-locale", "dpkg-reconfigure",
         "update-alternatives", "alternatives", "apt-key", "add-apt-repository", "yum-config-manager", "apt-mark",
         "apt-cache", "debconf-set-selections", "fc-cache"),
        accounts,
    ),
}  # fmt: skip
