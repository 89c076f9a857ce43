"""Starts that look wrong and are right: nothing is said of them."""

from collections.abc import Mapping

import pytest

from tests.rules.linting import run_context

FILES: Mapping[str, str] = {
    "app.py": "def handler(event, context): return 1\n",
    "entry.sh": '#!/bin/sh\nif [ -z "${AWS_LAMBDA_RUNTIME_API}" ]; then\n  exec /usr/bin/aws-lambda-rie python -m awslambdaric "$1"\n'
    'else\n  exec python -m awslambdaric "$1"\nfi\n',
    "run.sh": "#!/bin/bash\nsource setup.sh\nexec /lambda-entrypoint.sh $@\n",
    "server.js": "require('http').createServer((q, s) => s.end()).listen(process.env.PORT);\n",
    "main.go": "package main\n",
    "runtime.R": "lambdr::start_lambda()\n",
    "install.sh": "#!/bin/sh\ncurl https://example.org/layer.tar | tar x -C /opt\n",
}
ADAPTER = "COPY --from=public.ecr.aws/awsguru/aws-lambda-adapter:0.9.1 /lambda-adapter /opt/extensions/lambda-adapter\n"
STARTS: Mapping[str, str] = {
    "the adapter in front of a server whose port a variable tells": "FROM node:22-slim\n"
    + ADAPTER
    + "ENV PORT=8000\nWORKDIR /app\nCOPY . .\nCMD exec node server.js --port $PORT\n",
    "the emulator behind a condition": "FROM python:3.13-slim\nRUN pip install --no-cache-dir awslambdaric\nCOPY entry.sh /\n"
    'RUN chmod 755 /entry.sh\nENTRYPOINT ["/entry.sh"]\nCMD ["app.handler"]\n',
    "a program of one's own as the entrypoint of a provided base": "FROM golang:1.26 AS build\nWORKDIR /app\nCOPY . .\n"
    "RUN go build -o bootstrap main.go\nFROM public.ecr.aws/lambda/provided:al2023\nCOPY --from=build /app/bootstrap ./\n"
    'ENTRYPOINT ["./bootstrap"]\n',
    "a bootstrap that a build made": "FROM rust:1 AS build\nCOPY . .\nRUN cargo build --release\n"
    "FROM public.ecr.aws/lambda/provided:al2023\n"
    'COPY --from=build /target/release/f ${LAMBDA_RUNTIME_DIR}/bootstrap\nCMD ["bootstrap"]\n',
    "a bootstrap that is printed": "FROM public.ecr.aws/lambda/provided:al2023\n"
    "RUN printf '#!/bin/sh\\nRscript runtime.R\\n' > /var/runtime/bootstrap && chmod +x /var/runtime/bootstrap\n"
    'COPY runtime.R ./\nCMD ["runtime.handler"]\n',
    "a bootstrap that a script may have installed": "FROM public.ecr.aws/lambda/provided:al2023\nCOPY install.sh /tmp/\n"
    'RUN sh /tmp/install.sh\nCMD ["runtime.handler"]\n',
    "an AWS base that starts its runtime from a script": "FROM public.ecr.aws/lambda/python:3.13\nCOPY app.py run.sh ./\n"
    'ENTRYPOINT ["/bin/bash", "run.sh"]\nCMD ["app.handler"]\n',
    "an AWS base with a client of its own": "FROM public.ecr.aws/lambda/python:3.13\nCOPY app.py ./\n"
    'ENTRYPOINT ["/var/lang/bin/python", "-m", "awslambdaric"]\nCMD ["app.handler"]\n',
    "extensions from an image that nobody knows": "FROM public.ecr.aws/lambda/python:3.13\nCOPY app.py ./\n"
    'COPY --from=example.org/extension:1 /opt/. /opt/\nCMD ["app.handler"]\n',
    "a wrapper from an image that nobody knows": "FROM public.ecr.aws/lambda/python:3.13\nCOPY app.py ./\n"
    "COPY --from=example.org/layer:1 /opt /opt\nENV AWS_LAMBDA_EXEC_WRAPPER=/opt/otel-instrument\n"
    'CMD ["app.handler"]\n',
    "a wrapper out of an archive": "FROM public.ecr.aws/lambda/python:3.13\nCOPY app.py ./\n"
    "RUN curl -sSL https://example.org/layer.zip -o layer.zip && python3 -m zipfile -e layer.zip /opt && rm layer.zip\n"
    'ENV AWS_LAMBDA_EXEC_WRAPPER=/opt/otel-instrument\nCMD ["app.handler"]\n',
    "npx whose cache a variable in small letters moves": "FROM node:22-slim\nWORKDIR /function\n"
    'RUN npm install aws-lambda-ric\nENV npm_config_cache=/tmp\nENTRYPOINT ["npx", "aws-lambda-ric"]\nCMD ["index.handler"]\n',
}


@pytest.mark.parametrize("start", STARTS)
def test_nothing_is_said_of(start: str) -> None:
    outcome = run_context(STARTS[start], FILES, "startup")
    assert not outcome.failures
    assert [result.finding.message for result in outcome.results] == []
