"""A missing CMD is not told where something in the repository may give the command."""

from pathlib import Path

import pytest

from lambda_image_lint.dockerfile.context import Context
from lambda_image_lint.rulekit.supplied import command_supplier
from tests.rules.linting import named, run_context

DOCKERFILE = "FROM public.ecr.aws/lambda/nodejs:22\nCOPY index.js ${LAMBDA_TASK_ROOT}/\n"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("template.yaml", "      ImageConfig:\n        EntryPoint: []\n        Command: [index.handler]\n"),
        ("infra/template-prod.yml", "ImageConfig: { Command: [index.handler] }\n"),
        ("cdk/Stack.template.json", '"ImageConfig": {\n "Command": ["index.handler"]\n}\n'),
        ("main.tf", 'resource "aws_lambda_function" "x" {\n  image_config {\n    command = var.command\n  }\n}\n'),
        ("modules/x/lambda.tf", 'image_config = {\n  entry_point = []\n  command = ["index.handler"]\n}\n'),
        ("lambda.tf", '  image_config_command = ["index.handler"]\n'),
        ("serverless.yml", "functions:\n  a:\n    image:\n      name: own\n      command:\n        - index.handler\n"),
        ("deploy.sh", "aws lambda create-function --image-config Command=index.handler\n"),
    ],
)
def test_the_file_is_named_instead(name: str, text: str) -> None:
    outcome = run_context(DOCKERFILE, {"index.js": "", name: text}, "cmd-missing")
    assert named(outcome) == []
    assert [one.reason for one in outcome.not_run] == [f"{name} may give the command"]


@pytest.mark.parametrize(
    ("project", "name", "text"),
    [
        ("cdk.json", "lib/stack.ts", "new lambda.DockerImageFunction(this, 'F', { code: DockerImageCode.fromImageAsset('.', { cmd: ['i.h'] }) })"),
        ("cdk.json", "app/stack.py", "lambda_.DockerImageFunction(self, 'F',\n code=DockerImageCode.from_image_asset('.', cmd=['i.h']))"),
        ("cdk.json", "lib/stack.ts", "new lambda.Function(this, 'F', { code: lambda.Code.fromEcrImage(images, { cmd: ['i.h'], tag: 'a' }) })"),
        ("cdk.json", "app/stack.py", "lambda_.Function(self, 'F', code=lambda_.Code.from_asset_image('.', cmd=['i.h']))"),
        ("cdk.json", "lib/stack.ts", "const code = new lambda.EcrImageCode(images, {\n cmd: ['i.h'],\n})"),
        ("cdk.json", "src/Stack.java", "Code.fromEcrImage(images, EcrImageCodeProps.builder().cmd(List.of(\"i.h\")).build())"),
        ("Pulumi.yaml", "index.ts", "new aws.lambda.Function('f', { packageType: 'Image', imageConfig: { commands: ['i.h'] } })"),
        ("Pulumi.yaml", "__main__.py", "aws.lambda_.Function('f', image_config=aws.lambda_.FunctionImageConfigArgs(\n commands=['i.h']))"),
    ],
)  # fmt: skip
def test_so_does_a_stack_in_code(project: str, name: str, text: str) -> None:
    assert command_supplier(Context.of({project: b"{}", name: text.encode()})) == name
    assert command_supplier(Context.of({name: text.encode()})) is None


def test_a_stack_that_gives_another_program_a_command_gives_none() -> None:
    stack = b"new lambda.Function(this, 'F', { code: lambda.Code.fromEcrImage(images) }); spawn({ command: 'x' })"
    assert command_supplier(Context.of({"cdk.json": b"{}", "lib/stack.ts": stack})) is None


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("template.yaml", "# ImageConfig:\n#   Command: [index.handler]\n"),
        ("template.yaml", "ImageConfig:\n  WorkingDirectory: /app\n"),
        ("main.tf", 'provisioner "local-exec" {\n  command = "make"\n}\n'),
        ("node_modules/x/template.yaml", "ImageConfig:\n  Command: [index.handler]\n"),
        ("docker-compose.yml", "image: own\ncommand: [index.handler]\n"),
    ],
)
def test_other_words_give_nothing(name: str, text: str) -> None:
    outcome = run_context(DOCKERFILE, {"index.js": "", name: text}, "cmd-missing")
    assert named(outcome) == [("cmd-missing", "warning")]


def test_a_template_above_the_context_counts_up_to_the_repository_s_top(tmp_path: Path) -> None:
    folder = tmp_path / "repository" / "functions" / "thumbnail"
    folder.mkdir(parents=True)
    (tmp_path / "repository" / "template.yaml").write_text("ImageConfig:\n  Command: [index.handler]\n")
    assert command_supplier(Context.at(folder)) is None
    (tmp_path / "repository" / ".git").mkdir()
    assert command_supplier(Context.at(folder)) == "template.yaml"
