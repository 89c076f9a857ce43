from collections.abc import Iterator

from lambda_image_lint import Dockerfile, Finding, Severity, Unknown, rule
from lambda_image_lint.rulekit.shellcheck import remarks
from lambda_image_lint.rulekit.systems import system

_SHELLS = {"debian": "dash", "ubuntu": "dash", "alpine": "busybox"}
"""Distribution → what its /bin/sh is; Amazon Linux has bash, and with an unknown one nothing is held against it."""


@rule(
    "LIL826",
    Severity.INFO,
    sources=("https://www.shellcheck.net/wiki/",),
    help="See https://www.shellcheck.net/wiki/ for the code.",
    opt_in=True,
)
def shell_check(dockerfile: Dockerfile) -> Iterator[Finding | Unknown]:
    """What ShellCheck warns of in the shell of RUN."""
    for stage in dockerfile.needed_stages():
        runs = list(stage.all("RUN"))
        for remark in remarks(dockerfile, runs, _SHELLS.get(system(dockerfile, stage) or "", "bash")):
            if isinstance(remark, Unknown):
                yield remark
                return
            yield Finding(
                f"SC{remark.code}: {remark.text.rstrip('.')}",
                remark.instruction.at(remark.span),
                help=f"See https://www.shellcheck.net/wiki/SC{remark.code}.",
            )
