from collections.abc import Iterator

from lambda_image_lint import Applicability, Dockerfile, Finding, Fix, Severity, rule
from lambda_image_lint.rulekit.edits import drop_option
from lambda_image_lint.rulekit.trust import unsigned_switches


@rule(
    "LIL610",
    Severity.WARNING,
    sources=(
        "https://wiki.debian.org/SecureApt",
        "https://dnf.readthedocs.io/en/latest/command_ref.html",
        "https://wiki.alpinelinux.org/wiki/Alpine_Package_Keeper",
    ),
    help="Import the repository's key, and let the package manager check signatures.",
)
def unsigned_packages(dockerfile: Dockerfile) -> Iterator[Finding]:
    """Packages of the system are installed without a check of their signatures."""
    for found in unsigned_switches(dockerfile):
        edit = drop_option(dockerfile, found.option) if found.option is not None else None
        yield Finding(
            f"{found.written} ({found.who}) takes packages whose signature is not checked",
            found.instruction.at(found.span),
            fix=Fix(f"Drop {found.written}", (edit,), Applicability.UNSAFE) if edit is not None else None,
        )
