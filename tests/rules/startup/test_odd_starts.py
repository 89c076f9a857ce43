"""Whatever a Dockerfile says of its start, the rules on it answer."""

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.rules.linting import run_context

BASES = [
    "public.ecr.aws/lambda/python:3.13", "public.ecr.aws/lambda/nodejs:22", "public.ecr.aws/lambda/provided:al2023",
    "python:3.13-slim", "node:22", "node:14", "python:3-alpine", "scratch", "$BASE", "example.com/own",
]  # fmt: skip
LINES = [
    "COPY bootstrap /var/task/", "COPY bootstrap ${LAMBDA_RUNTIME_DIR}", "COPY . /opt/extensions/", "COPY --chmod=$MODE entry.sh /",
    "COPY --from=public.ecr.aws/awsguru/aws-lambda-adapter:0.9.1 /lambda-adapter /opt/extensions/",
    "COPY --from=public.ecr.aws/awsguru/aws-lambda-adapter:0.6.4-x86_64 /lambda-adapter /opt/extensions/",
    "COPY --from=public.ecr.aws/awsguru/aws-lambda-adapter /lambda-adapter /opt/extensions/", "ENV AWS_LWA_READINESS_CHECK_PATH=x",
    "ENV AWS_LWA_READINESS_CHECK_HEALTHY_STATUS=$X,4xx,²,9-", "ENV AWS_LWA_READINESS_CHECK_MIN_UNHEALTHY_STATUS=²",
    "ENV AWS_LWA_READINESS_CHECK_PROTOCOL=$P", 'CMD ["python", "server.py"]', 'CMD ["uvicorn", "app:app"]', "ADD x.zip /opt/extensions",
    "ENV AWS_LAMBDA_EXEC_WRAPPER=/opt/x A=1", "ENV A=1 AWS_LAMBDA_EXEC_WRAPPER=", "ENV AWS_LAMBDA_EXEC_WRAPPER $X", "ENV PORT=x",
    "ENV PORT=80", "ENV AWS_LWA_PORT=$PORT", "ENV ASYNC_INIT=true READINESS_CHECK_PATH=/x", "ENV HOME=/tmp", "ENV NPM_CONFIG_CACHE",
    "WORKDIR /root", "WORKDIR $X", "WORKDIR /entry.sh", "FROM scratch AS build", "FROM stage",
    'ENTRYPOINT ["/aws-lambda-rie", "/main"]', "ENTRYPOINT aws-lambda-rie /main", 'ENTRYPOINT ["/usr/local/bin/aws-lambda-rie"]',
    'ENTRYPOINT ["npx", "aws-lambda-ric"]', "ENTRYPOINT []", 'ENTRYPOINT ["/entry.sh"]', 'ENTRYPOINT ["sh", "entry.sh"]', "ENTRYPOINT [",
    'CMD ["app.handler"]', 'CMD ["gunicorn", "-b", ":5000"]', "CMD uvicorn --port $PORT", "CMD", "CMD []", "RUN ./install.sh", "RUN chmod 700 .",
    "RUN uv sync", "RUN uv pip install x", "RUN pip install --no-compile x", "RUN find / -name __pycache__ -exec rm -rf {} +", "RUN rm -rf *.pyc",
]  # fmt: skip
FILES = {
    "bootstrap": b"#!/bin/sh\r\n", "entry.sh": b"exec aws-lambda-rie python app.py; npx x; curl -o x https://x; pip install x",
    "x.zip": b"PK", "README": b"", "lib/a.so": b"\x7fELF", "install.sh": b"\xef\xbb\xbf#!/bin/sh", "app.py": b"x = 1",
    "server.py": b"class P(BaseHTTPRequestHandler):\n def do_GET(s): ...\nHTTPServer(1, P)",
    ".npmrc": b"cache=\xff",
}  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(BASES), st.lists(st.sampled_from(LINES), max_size=8))
def test_a_start_of_any_kind_is_judged(base: str, lines: list[str]) -> None:
    outcome = run_context("\n".join([f"FROM {base} AS stage", *lines]) + "\n", FILES, "startup")
    assert not outcome.failures
    for result in outcome.results:
        assert result.finding.message
        assert "\n" not in result.finding.message
