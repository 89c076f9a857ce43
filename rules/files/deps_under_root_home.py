from collections.abc import Iterator

from lambda_image_lint import Dockerfile, Finding, Function, Severity, Unknown, rule
from lambda_image_lint.rulekit.root_home import used_from_home


@rule(
    "LIL403",
    Severity.ERROR,
    sources=(
        "https://docs.astral.sh/uv/reference/environment/#uv_python_install_dir",
        "https://docs.aws.amazon.com/lambda/latest/dg/troubleshooting-images.html",
        "own: boots as uid 993 of images whose packages lie in /root/.local",
    ),
    help="Install it where everybody can read: the task root, /opt or /usr/local.",
)
def deps_under_root_home(function: Function, dockerfile: Dockerfile | None) -> Iterator[Finding | Unknown]:
    """What the function needs lies in root's home, which is closed to it."""
    for found in used_from_home(function, dockerfile):
        if isinstance(found, Unknown):
            yield found
        else:
            yield Finding(
                f"{found.what}: {found.folder} is in root's home, where the function cannot read", found.place
            )
