from collections.abc import Iterator

from lambda_image_lint import Context, Dockerfile, Finding, Function, Severity, rule
from lambda_image_lint.function.languages.resolution import MissingImport
from lambda_image_lint.rulekit.environments import in_environment, in_unused_environment, unused_environments
from lambda_image_lint.rulekit.handlers import fault_place, imports, source_place
from lambda_image_lint.rulekit.python_imports import client_is_missing

_PATH = "PATH does not change where the AWS base looks, PYTHONPATH does."
HELP = f"Install where the runtime looks: into the interpreter that it starts, or with --target into the task root. {_PATH}"
_HELP = {
    "uv": "`uv export --no-dev --no-emit-project -o requirements.txt`, then `uv pip install --system -r requirements.txt`",
    "poetry": "`poetry config virtualenvs.create false` before `poetry install`",
    "pdm": "`pdm export --prod --without-hashes -o requirements.txt`, then `pip install -r requirements.txt`",
    "pipenv": "`pipenv install --system --deploy`",
    "pip": "call the base's own `pip`, not the environment's",
}
"""Tool → how it installs for the interpreter of the base. Source: each one's ``--help``, read 2026-11-29."""


@rule(
    "LIL314",
    Severity.ERROR,
    sources=(
        "https://docs.astral.sh/uv/guides/integration/aws-lambda/",
        "https://github.com/aws/aws-lambda-python-runtime-interface-client",
        "own: boots of images whose packages lie in a virtual environment",
    ),
    help=HELP,
)
def deps_not_on_path(function: Function, dockerfile: Dockerfile | None, context: Context | None) -> Iterator[Finding]:
    """What the handler imports is installed in a virtual environment that the runtime does not use."""
    for broken in imports(function):
        file = in_unused_environment(function, broken) if isinstance(broken, MissingImport) else None
        if file is not None and isinstance(broken, MissingImport):
            yield Finding(
                f"{broken.module} is in {file.path.partition('/lib/python3')[0]}, an environment that the runtime does not use",
                fault_place(function, file),
                related=(source_place(broken.file, broken.line),),
            )
    client = in_environment(function, "awslambdaric") if client_is_missing(function) else None
    if client is not None:
        yield Finding(
            f"the runtime client is in {client.path.partition('/lib/python3')[0]}, and another Python is started",
            function.where("entrypoint"),
            help="Start the environment's own interpreter: its bin/python instead of the system's.",
        )
    if dockerfile is None or context is None:
        return
    for each in unused_environments(function, dockerfile, context):
        yield Finding(
            f"`{each.tool}` installs into {each.folder}, where the runtime does not look",
            each.run.place,
            help=f"Install where the runtime looks: {_HELP[each.call.tool]}. {_PATH}",
            severity=Severity.WARNING,
        )
