"""Signs that a Dockerfile is meant for Lambda, for those that were found by searching."""

from lambda_image_lint.dockerfile.context import Context, ContextFile
from lambda_image_lint.dockerfile.model import Dockerfile, Form
from lambda_image_lint.knowledge import aws_base

_WORDS = (
    "awslambdaric", "aws-lambda-ric", "aws_lambda_ric", "aws-lambda-rie", "aws-lambda-adapter", "lambda-adapter",
    "Amazon.Lambda.RuntimeSupport", "aws-lambda-java-runtime-interface-client", "AWS_LAMBDA_", "LAMBDA_TASK_ROOT",
    "LAMBDA_RUNTIME_DIR", "AWS_LWA_", "bref/",
)  # fmt: skip
"""Runtime clients, the adapter, the emulator and Lambda's own variables, as they stand in instructions."""

_LISTS = {
    "requirements.txt": b"awslambdaric", "pyproject.toml": b"awslambdaric", "package.json": b"aws-lambda-ric",
    "Gemfile": b"aws_lambda_ric", "pom.xml": b"aws-lambda-java-runtime-interface-client",
}  # fmt: skip
"""Lists of dependencies → the runtime client in them."""

_LIST_BYTES = 256 * 1024
"""Of a list: what is longer is no list that a person wrote."""


def shows_lambda(dockerfile: Dockerfile, context: Context) -> bool:
    """Whether an AWS base, a runtime client, the adapter, the emulator, a variable of Lambda's or a handler is named."""
    if any(isinstance(stage.base_resolved, str) and aws_base(stage.base_resolved) for stage in dockerfile.stages):
        return True
    if any(word in one.raw for one in dockerfile.instructions for word in _WORDS):
        return True
    return any(
        _is_handler(one.words[0].text) for one in dockerfile.all("CMD") if one.form is Form.EXEC and len(one.words) == 1
    ) or any(_lists(context, name, client) for name, client in _LISTS.items())


def _is_handler(word: str) -> bool:
    """``app.handler``, ``app.lambda_handler``, ``com.example.Handler::handleRequest``."""
    return "::" in word or (
        "." in word and "/" not in word.rpartition(".")[2] and "handler" in word.rpartition(".")[2].lower()
    )


def _lists(context: Context, name: str, client: bytes) -> bool:
    file = context.find(name)
    content = file.read(_LIST_BYTES) if isinstance(file, ContextFile) and not file.is_dir else None
    return isinstance(content, bytes) and client in content
