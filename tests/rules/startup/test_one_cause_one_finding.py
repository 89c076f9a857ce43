"""What has one cause is told once, by the rule that names the cause."""

import pytest

from tests.rules.linting import named, run_context


def _errors(dockerfile: str, *rules: str) -> list[tuple[str, str]]:
    files = {"index.js": "exports.handler = async () => 1\n", "app.py": "def handler(event, context): ...\n"}
    return [one for rule in rules for one in named(run_context(dockerfile, files, rule))]


@pytest.mark.parametrize(
    "dockerfile",
    [
        'FROM node:22-slim\nCOPY index.js .\nCMD ["index.handler"]\n',
        'FROM python:3.13-slim\nCOPY app.py .\nCMD ["app.handler"]\n',
    ],
)
def test_a_handler_without_a_runtime_client(dockerfile: str) -> None:
    assert _errors(dockerfile, "entrypoint-missing", "no-runtime-client") == [("no-runtime-client", "error")]


def test_a_program_that_is_missing_stays_one() -> None:
    dockerfile = 'FROM python:3.13-slim\nCOPY app.py .\nENTRYPOINT ["/var/task/serve"]\nCMD ["app.handler"]\n'
    assert _errors(dockerfile, "entrypoint-missing", "no-runtime-client") == [("entrypoint-missing", "error")]


def test_a_jar_beside_lib() -> None:
    dockerfile = (
        "FROM public.ecr.aws/lambda/java:21\nCOPY target/app.jar ${LAMBDA_TASK_ROOT}/app.jar\n"
        'CMD ["com.example.Handler::handleRequest"]\n'
    )
    assert _errors(dockerfile, "java-jar-not-in-lib", "handler-file-missing") == [("java-jar-not-in-lib", "error")]
