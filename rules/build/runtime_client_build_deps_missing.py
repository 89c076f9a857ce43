from collections.abc import Iterator

from lambda_image_lint import Dockerfile, Finding, Severity, Stage, rule
from lambda_image_lint.dockerfile.installers import Installer
from lambda_image_lint.knowledge import image_name
from lambda_image_lint.rulekit.runs import failure_ends_build, installs
from lambda_image_lint.rulekit.stages import is_named_before
from lambda_image_lint.rulekit.systems import external_base, system

_FIRST_MUSL_WHEEL = (4, 0, 2)
"""Of awslambdaric: 4.0.1 has no wheel for musl, 4.0.4 has one. Source: own: what pip finds for musllinux_1_2, 2026-11-23."""
_COMPILERS = ("build-base", "g++", "gcc-c++", "cmake", "build-essential")


@rule(
    "LIL815",
    Severity.ERROR,
    sources=(
        "https://github.com/aws/aws-lambda-nodejs-runtime-interface-client/issues/34",
        "https://github.com/aws/aws-lambda-python-runtime-interface-client/issues/128",
    ),
)
def runtime_client_build_deps_missing(dockerfile: Dockerfile) -> Iterator[Finding]:
    """A runtime client is compiled while it is installed, and what it is compiled with is not there."""
    for stage in dockerfile.needed_stages():
        for run, call in installs([stage], "npm", "yarn", "pnpm", "pip"):
            if not failure_ends_build(run, call.command):
                continue
            needs = _for_node(dockerfile, stage, call) if call.tool != "pip" else _for_alpine(dockerfile, stage, call)
            if needs is None or any(is_named_before(dockerfile, stage, run, word) for word in needs):
                continue
            client = "aws-lambda-ric" if call.tool != "pip" else "this awslambdaric"
            yield Finding(
                f"{client} is compiled here, and {needs[0]} is not installed",
                run.at(call.command.span),
                help="Install g++, make, cmake, autoconf, automake, libtool, unzip and the headers of libcurl first."
                if call.tool != "pip"
                else "Take awslambdaric 4.0.4 or later, which has a wheel for Alpine; or install its compilers first.",
            )


def _for_node(dockerfile: Dockerfile, stage: Stage, call: Installer) -> tuple[str, ...] | None:
    """Any of these must have been named before; None where nothing is compiled, or the base is not an official image."""
    reference = external_base(dockerfile, stage)
    official = reference is not None and image_name(reference).full == "node"
    named = any((word.text or "").partition("@")[0] == "aws-lambda-ric" for word in call.operands)
    return ("cmake", "cmake3") if official and named and not call.has("--ignore-scripts") else None


def _for_alpine(dockerfile: Dockerfile, stage: Stage, call: Installer) -> tuple[str, ...] | None:
    reference = external_base(dockerfile, stage)
    official = reference is not None and image_name(reference).full == "python"
    if not official or system(dockerfile, stage) != "alpine":
        return None
    versions = [
        (word.text or "").partition("awslambdaric==")[2]
        for word in call.operands
        if (word.text or "").startswith("awslambdaric==")
    ]
    numbers = [tuple(int(part) for part in text.split(".")) for text in versions if text.replace(".", "").isdigit()]
    return _COMPILERS if numbers and numbers[0] < _FIRST_MUSL_WHEEL else None
