from collections.abc import Iterator

from lambda_image_lint import Applicability, Dockerfile, Finding, Fix, Severity, rule
from lambda_image_lint.rulekit.edits import drop_option
from lambda_image_lint.rulekit.trust import tls_switches


@rule(
    "LIL609",
    Severity.WARNING,
    sources=(
        "https://curl.se/docs/sslcerts.html",
        "https://pip.pypa.io/en/stable/cli/pip/#cmdoption-trusted-host",
        "https://nodejs.org/api/cli.html#node_tls_reject_unauthorizedvalue",
    ),
    help="Leave the check on; for a certificate of your own, add its authority to the image's trust store.",
)
def tls_verification_off(dockerfile: Dockerfile) -> Iterator[Finding]:
    """A check of TLS certificates is switched off."""
    for found in tls_switches(dockerfile):
        edit = drop_option(dockerfile, found.option) if found.option is not None else None
        yield Finding(
            f"{found.written} ({found.who}) switches off the check of certificates",
            found.instruction.at(found.span),
            fix=Fix(f"Drop {found.written}", (edit,), Applicability.UNSAFE) if edit is not None else None,
        )
