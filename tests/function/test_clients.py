"""Which runtime client a function has, from a Dockerfile and from an image; never a false none."""

import pytest

from lambda_image_lint.answer import Unknown
from lambda_image_lint.dockerfile import parse
from lambda_image_lint.dockerfile.context import Context
from lambda_image_lint.function.from_dockerfile import function_from_dockerfile
from lambda_image_lint.function.from_image import function_from_image
from lambda_image_lint.function.model import Function, RuntimeClient
from lambda_image_lint.function.wishes import WISHES
from lambda_image_lint.image.sources.memory import image_of
from tests.function.dockerfiles import AWS_PYTHON, function_of
from tests.function.native.made import Made, make_elf

NONE, UNKNOWN = "none", "unknown"

GUARDED = """#!/bin/sh
if [ -z "${AWS_LAMBDA_RUNTIME_API}" ]; then
  exec /usr/local/bin/aws-lambda-rie /usr/local/bin/python -m awslambdaric "$@"
else
  exec /usr/local/bin/python -m awslambdaric "$@"
fi
"""
LOOP = """#!/bin/sh
while true; do
  curl -s "http://${AWS_LAMBDA_RUNTIME_API}/2018-06-01/runtime/invocation/next"
done
"""


def client(function: Function) -> str:
    """``NAME VERSION``, ``none`` or ``unknown``."""
    found = function.runtime_client
    if isinstance(found, Unknown):
        return UNKNOWN
    return NONE if found is None else f"{found.name} {found.version or ''}".strip()


@pytest.mark.parametrize(
    ("dockerfile", "context", "expected"),
    [
        # AWS bases
        (f'{AWS_PYTHON}CMD ["a.b"]', {}, "base image 3.12"),
        ("FROM public.ecr.aws/lambda/nodejs", {}, "base image"),
        ("FROM public.ecr.aws/lambda/provided:al2023\nCOPY b /var/task/bootstrap", {"b": LOOP}, NONE),
        ("FROM public.ecr.aws/lambda/provided:al2023\nCOPY b /var/runtime/bootstrap", {"b": LOOP}, "shell bootstrap"),
        ("FROM public.ecr.aws/lambda/provided:al2023\nCOPY dist/bootstrap /var/runtime/bootstrap", {}, UNKNOWN),
        (f'{AWS_PYTHON}COPY app.py .\nENTRYPOINT ["python", "app.py"]', {"app.py": "print(1)"}, NONE),
        (f'{AWS_PYTHON}ENTRYPOINT ["/lambda-entrypoint.sh"]\nCMD ["a.b"]', {}, "base image 3.12"),
        (f'{AWS_PYTHON}ENTRYPOINT ["/var/runtime/bootstrap"]', {}, "base image 3.12"),
        (f'{AWS_PYTHON}ENTRYPOINT ["/var/lang/bin/python3", "/var/runtime/bootstrap.py"]', {}, "base image 3.12"),
        (f'{AWS_PYTHON}ENTRYPOINT ["/usr/bin/something"]', {}, UNKNOWN),
        # Python
        ('FROM python:3.12\nRUN pip install awslambdaric==2.0.4\nENTRYPOINT ["python", "-m", "awslambdaric"]', {},
         "awslambdaric 2.0.4"),
        ('FROM python:3.12\nCOPY r.txt .\nRUN pip install -r r.txt\nENTRYPOINT ["python", "-m", "awslambdaric"]',
         {"r.txt": "awslambdaric~=3.0\n"}, "awslambdaric"),
        ('FROM python:3.12\nRUN pip install -r r.txt\nENTRYPOINT ["python", "-m", "awslambdaric"]', {}, UNKNOWN),
        ('FROM example.com/base\nENTRYPOINT ["python", "-m", "awslambdaric"]', {}, UNKNOWN),
        # Installed, and not started: what Lambda would execute is the handler's name.
        ('FROM python:3.12\nRUN pip install awslambdaric\nCMD ["lambda_function.lambda_handler"]', {}, NONE),
        ('FROM python:3.12\nRUN pip install flask\nCOPY app.py .\nCMD ["python", "app.py"]', {"app.py": "1"}, NONE),
        ('FROM python:3.12\nCOPY . .\nCMD ["python", "app.py"]', {"app.py": "import x", "x.py": "import awslambdaric"},
         UNKNOWN),
        ('FROM python:3.12\nRUN pip install awslambdaric\nCOPY app.py .\nCMD ["python", "app.py"]',
         {"app.py": "from awslambdaric import bootstrap"}, "awslambdaric"),
        ('FROM python:3.12\nRUN pip install uvicorn\nCMD ["uvicorn", "app:app"]', {}, NONE),
        ('FROM python:3.12\nRUN pip install uvicorn\nCMD uvicorn app:app --port 8080', {}, NONE),
        ('FROM python:3.12\nRUN pip install uvicorn\nCMD ["python", "-m", "uvicorn", "app:app"]', {}, NONE),
        # Entry scripts
        ('FROM python:3.12\nRUN pip install awslambdaric\nCOPY e.sh /\nENTRYPOINT ["/e.sh"]\nCMD ["a.b"]',
         {"e.sh": GUARDED}, "awslambdaric"),
        ('FROM python:3.12\nCOPY e.sh /\nENTRYPOINT ["sh", "/e.sh"]', {"e.sh": "#!/bin/sh\nexec gunicorn a:b\n"}, NONE),
        ('FROM python:3.12\nRUN pip install mystery\nCOPY e.sh /\nENTRYPOINT ["/e.sh"]',
         {"e.sh": "#!/bin/sh\nexec mystery\n"}, UNKNOWN),
        ('FROM python:3.12\nENTRYPOINT ["/e.sh"]', {}, NONE),
        ('FROM example.com/base\nENTRYPOINT ["/e.sh"]', {}, UNKNOWN),
        # Node
        ('FROM node:20\nRUN npm install aws-lambda-ric@3.1.0\nENTRYPOINT ["npx", "aws-lambda-ric"]', {},
         "aws-lambda-ric 3.1.0"),
        ('FROM node:20\nWORKDIR /f\nCOPY package.json .\nRUN npm ci\n'
         'ENTRYPOINT ["/usr/local/bin/node", "/f/node_modules/aws-lambda-ric/bin/index.mjs"]',
         {"package.json": '{"dependencies": {"aws-lambda-ric": "3.2.1"}}'}, "aws-lambda-ric 3.2.1"),
        ('FROM node:20\nWORKDIR /f\nCOPY . .\nCMD ["npm", "start"]',
         {"package.json": '{"scripts": {"start": "node server.js"}}', "server.js": "listen()"}, NONE),
        # Java, Ruby
        ('FROM amazoncorretto:21\nENTRYPOINT ["java", "-cp", "./*", '
         '"com.amazonaws.services.lambda.runtime.api.client.AWSLambda"]', {}, "aws-lambda-java-runtime-interface-client"),
        ('FROM ruby:3.3\nRUN gem install aws_lambda_ric\nENTRYPOINT ["/usr/local/bundle/bin/aws_lambda_ric"]', {},
         "aws_lambda_ric"),
        # Compiled
        ("FROM golang:1.22 AS b\nRUN go build -o /main .\nFROM scratch\nCOPY --from=b /main /main\n"
         'ENTRYPOINT ["/main"]', {}, UNKNOWN),
        # The web adapter is the client, whatever is started
        ("FROM node:20\nCOPY --from=public.ecr.aws/awsguru/aws-lambda-adapter:0.9.1 /lambda-adapter "
         '/opt/extensions/lambda-adapter\nCMD ["node", "x.js"]', {}, "aws-lambda-web-adapter 0.9.1"),
        ("FROM python:3.12\nCOPY --from=public.ecr.aws/awsguru/aws-lambda-adapter:0.9.1 /lambda-adapter "
         '/opt/extensions/lambda-adapter\nCMD ["src/app.handler"]', {}, NONE),
        ('FROM mcr.microsoft.com/playwright/python:v1.50.0-noble\nRUN pip install awslambdaric\nCMD ["app.handler"]', {},
         NONE),
        # As AWS documents it: installed into a folder in one stage, copied to another
        ("FROM python:3.12 AS b\nRUN pip install --target /function awslambdaric\nFROM python:3.12-slim\n"
         'WORKDIR /function\nCOPY --from=b /function /function\nENTRYPOINT ["python", "-m", "awslambdaric"]', {},
         "awslambdaric"),
        ("FROM node:20 AS b\nWORKDIR /f\nRUN npm install aws-lambda-ric\nFROM node:20-slim\nWORKDIR /f\n"
         'COPY --from=b /f /f\nENTRYPOINT ["npx", "aws-lambda-ric"]', {"package.json": "{}"}, UNKNOWN),
        ("FROM node:20 AS b\nWORKDIR /f\nCOPY package.json .\nRUN npm install aws-lambda-ric\nFROM node:20-slim\n"
         'WORKDIR /f\nCOPY --from=b /f /f\nENTRYPOINT ["npx", "aws-lambda-ric"]', {"package.json": "{}"}, "aws-lambda-ric"),
        # bref
        ('FROM bref/php-83:2\nCMD ["x"]', {}, "bref"),
        ("FROM scratch", {}, NONE),
    ],
)  # fmt: skip
def test_from_a_dockerfile(dockerfile: str, context: dict[str, str], expected: str) -> None:
    assert client(function_of(dockerfile + "\n", context)) == expected


PYTHON_PROGRAM = '"/usr/local/bin/python3.12" = { mode = "0755", content = "python" }\n'


@pytest.mark.parametrize(
    ("config", "files", "expected"),
    [
        ('Entrypoint = ["/usr/local/bin/python3.12", "-m", "awslambdaric"]',
         PYTHON_PROGRAM + '"/usr/local/lib/python3.12/site-packages/awslambdaric/__init__.py" = ""\n'
         '"/usr/local/lib/python3.12/site-packages/awslambdaric-3.0.0.dist-info/METADATA" = ""', "awslambdaric 3.0.0"),
        ('Entrypoint = ["/usr/local/bin/python3.12", "-m", "awslambdaric"]', PYTHON_PROGRAM, NONE),
        # Where the interpreter does not look, or in part
        ('Entrypoint = ["/usr/local/bin/python3.12", "-m", "awslambdaric"]',
         PYTHON_PROGRAM + '"/opt/venv/lib/python3.12/site-packages/awslambdaric/__init__.py" = ""', NONE),
        ('Entrypoint = ["/usr/local/bin/python3.12", "-m", "awslambdaric"]',
         PYTHON_PROGRAM + '"/usr/local/lib/python3.12/site-packages/awslambdaric-3.0.0.dist-info/METADATA" = ""', NONE),
        ('Entrypoint = ["/usr/local/bin/python3.12", "-m", "http.server"]', PYTHON_PROGRAM, NONE),
        ('Entrypoint = ["java", "-cp", "/f", "com.amazonaws.services.lambda.runtime.api.client.AWSLambda"]',
         '"/f/lib/client.jar" = "PK"', NONE),
        ('Entrypoint = ["java", "-cp", "/f/lib/*", "com.amazonaws.services.lambda.runtime.api.client.AWSLambda"]',
         '"/f/lib/client.jar" = "PK"', "aws-lambda-java-runtime-interface-client"),
        ('Entrypoint = ["node", "/f/node_modules/aws-lambda-ric/bin/index.mjs"]',
         '"/f/node_modules/aws-lambda-ric/bin/index.mjs" = ""\n'
         '"/f/node_modules/aws-lambda-ric/build/Release/rapid-client.node" = ""\n'
         '"/f/node_modules/aws-lambda-ric/package.json" = \'{"version": "3.2.1"}\'', "aws-lambda-ric 3.2.1"),
        # Installed without its scripts, which compile a part of it
        ('Entrypoint = ["node", "/f/node_modules/aws-lambda-ric/bin/index.mjs"]',
         '"/f/node_modules/aws-lambda-ric/bin/index.mjs" = ""\n"/f/node_modules/aws-lambda-ric/package.json" = "{}"', NONE),
        ('Entrypoint = ["/run.sh"]',
         "\"/run.sh\" = { mode = \"0755\", content = '''#!/bin/sh\ncurl $AWS_LAMBDA_RUNTIME_API/x/runtime/invocation/next''' }",
         "shell bootstrap"),
        ('Entrypoint = ["/missing"]', "", NONE),
        ('Cmd = ["app.handler"]', '"/app.py" = ""', NONE),
        ('Entrypoint = ["java", "-jar", "/app.jar"]', '"/app.jar" = "com/amazonaws/services/lambda/runtime/api/client/AWSLambda.class"',
         "aws-lambda-java-runtime-interface-client"),
        ('Entrypoint = ["java", "-jar", "/app.jar"]', '"/app.jar" = "PK"', UNKNOWN),
    ],
)  # fmt: skip
def test_from_an_image(config: str, files: str, expected: str) -> None:
    image = image_of(f"[config]\n{config}\n[files]\n{files}\n", wishes=WISHES)
    assert client(function_from_image(image)) == expected


def test_without_layers_it_is_not_told() -> None:
    image = image_of('[config]\nEntrypoint = ["/x"]\n[files]\n"/x" = ""\n')
    found = function_from_image(image, read_layers=False).runtime_client
    assert found == Unknown("layers not read")


def test_the_reason_names_what_could_not_be_looked_into() -> None:
    function = function_of('FROM example.com/base:1\nENTRYPOINT ["/main"]\n', {})
    assert isinstance(function.runtime_client, Unknown)
    assert function.runtime_client.reason == "the base image example.com/base:1 may hold it"


def program(*strings: bytes, size: int = 0) -> bytes:
    """An executable that holds some strings, and `size` zeros."""
    made = bytearray(make_elf(Made(interpreter="/lib64/ld-linux-x86-64.so.2", needed=("libc.so.6",))))
    made[24:32] = (0x1000).to_bytes(8, "little")  # e_entry: a program, no library
    return bytes(made) + b"\0".join(strings) + bytes(size)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (program(b"http://%s/2018-06-01/runtime/invocation/next"), "own client"),
        (program(b"Missing AWS_LAMBDA_RUNTIME_API env var", b"lambda_runtime"), "lambda_runtime"),
        (program("AWS_LAMBDA_RUNTIME_API".encode("utf-16-le")), "own client"),
        (program(b"hello"), NONE),
        # Room for an interpreter with compressed modules
        (program(b"hello", size=2 * 1024 * 1024), UNKNOWN),
    ],
)
def test_a_program_is_told_by_the_strings_in_it(content: bytes, expected: str) -> None:
    function = function_from_dockerfile(
        parse('FROM scratch\nCOPY --chmod=755 main /main\nENTRYPOINT ["/main"]\n'), Context.of({"main": content})
    )
    assert client(function) == expected


def test_an_extension_that_asks_for_invocations_is_the_adapter_under_another_name() -> None:
    function = function_from_dockerfile(
        parse('FROM node:20\nCOPY a b /opt/extensions/\nCMD ["node", "x.js"]\n'),
        Context.of({"a": program(b"AWS_LAMBDA_RUNTIME_API"), "b": program(b"2018-06-01/runtime/invocation/next")}),
    )
    found = function.runtime_client
    assert isinstance(found, RuntimeClient)
    assert (found.name, found.path) == ("aws-lambda-web-adapter", "/opt/extensions/b")
