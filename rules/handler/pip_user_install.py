from collections.abc import Iterator

from lambda_image_lint import Applicability, Dockerfile, Finding, Fix, Severity, rule
from lambda_image_lint.rulekit.edits import remove_option
from lambda_image_lint.rulekit.python_packages import BUILD_TOOLS, requested
from lambda_image_lint.rulekit.runs import installs
from lambda_image_lint.rulekit.stages import final_stages


@rule(
    "LIL315",
    Severity.ERROR,
    sources=(
        "https://docs.aws.amazon.com/lambda/latest/dg/images-create.html",
        "own: boots as uid 993 of images whose packages lie in /root/.local",
    ),
    help="Drop --user: packages then go where every user can read them.",
)
def pip_user_install(dockerfile: Dockerfile) -> Iterator[Finding]:
    """`pip install --user` puts packages into root's home, which the function cannot read."""
    for run, call in installs(final_stages(dockerfile), "pip"):
        variables = dockerfile.variables
        if any(variables.value(name, run) for name in ("PYTHONUSERBASE", "HOME")):
            continue
        path = variables.value("PYTHONPATH", run)
        if (isinstance(path, str) and ".local" in path) or set(requested(call) or ["?"]) <= BUILD_TOOLS:
            continue
        for option in call.options:
            if option.name == "--user":
                edit = remove_option(dockerfile, option.word.span)
                yield Finding(
                    "`pip install --user` puts packages into root's home, where the function cannot read them",
                    run.at(option.word.span),
                    fix=Fix("Drop --user", (edit,), Applicability.SAFE),
                )
