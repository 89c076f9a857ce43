from collections.abc import Iterator

from lambda_image_lint import Dockerfile, Finding, Severity, rule
from lambda_image_lint.rulekit.os_packages import os_installs, removes
from lambda_image_lint.rulekit.stages import final_stages

_TOOLS = frozenset(
    """autoconf automake bison build-essential build-base cargo clang cmake cpp dpkg-dev flex g++ gcc gcc-c++ gcc-gfortran
    gfortran git golang java-devel libtool llvm m4 make maven meson musl-dev ninja ninja-build nodejs-dev patch perl-dev
    pkg-config pkgconf rust rustc default-jdk default-jdk-headless openjdk-8-jdk openjdk-11-jdk openjdk-17-jdk
    openjdk-21-jdk gradle swig""".split()
)
_GROUPS = frozenset({"development tools", "development"})
_ENDINGS = ("-dev", "-devel", "-jdk", "-jdk-headless")


@rule(
    "LIL905",
    Severity.INFO,
    sources=(
        "https://docs.aws.amazon.com/lambda/latest/dg/images-create.html",
        "https://docs.docker.com/build/building/multi-stage/",
    ),
    help="Build in a stage of its own, and copy what comes of it.",
)
def build_tools_in_final(dockerfile: Dockerfile) -> Iterator[Finding]:
    """Compilers, build tools or development packages stay in the final image."""
    told = set()
    for install in os_installs(final_stages(dockerfile)):
        if install.run.index in told:
            continue
        found = [
            (name, word)
            for name, word in install.packages
            if _is_tool(name) and not any(removes(command, name) for command in install.run.shell)
        ]
        virtual = {value.text for value in install.call.values("--virtual", "-t")}
        if not found or any(removes(command, name) for command in install.run.shell for name in virtual if name):
            continue
        told.add(install.run.index)
        names = ", ".join(dict.fromkeys(name for name, _ in found))
        yield Finding(f"build tools stay in the final image: {names}", install.run.at(found[0][1].span))


def _is_tool(name: str) -> bool:
    """By name, of a group too; a pattern counts where what stands before its star is one: ``gcc*``, ``openssl-devel*``."""
    plain = name.removesuffix("*").lower()
    return plain in _TOOLS or plain.endswith(_ENDINGS) or name.strip("@\"'").lower() in _GROUPS
