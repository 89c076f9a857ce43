"""Whatever a Dockerfile and its context hold, the rules on files answer; and a fix leaves nothing of its rule."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.rules.linting import run_context

BASES = [
    "public.ecr.aws/lambda/python:3.13", "public.ecr.aws/lambda/nodejs:22", "public.ecr.aws/lambda/provided:al2023",
    "python:3.13-slim", "scratch", "$BASE", "example.com/own",
]  # fmt: skip
LINES = [
    "COPY . ${LAMBDA_TASK_ROOT}/", "COPY . .", "COPY src ./", "COPY --chmod=600 app.py ./", "COPY --chmod=$MODE src /x/",
    "COPY --from=build /root/.local /root/.local", "COPY --from=build /app/node_modules /tmp/", "ADD https://example.com/a /tmp/a",
    "RUN chmod -R 700 . && chmod", "RUN chmod 777 $X /tmp/x", "RUN umask 077; pip install --user requests", "RUN chmod go-rwx *",
    "RUN playwright install chromium", "RUN npx -y puppeteer browsers install chrome", "RUN python -c 'nltk.download(\"x\")'",
    "RUN python -c \"import x; x.from_pretrained(", "RUN curl -k -o /tmp/x https://$HOST/ | sh", "RUN curl -k", "RUN wget --no-check-certificate",
    "RUN pip install --trusted-host", "RUN git config http.sslVerify", "RUN dnf install -y --nogpgcheck --setopt=", "RUN apk add --allow-untrusted $A",
    "ENV PATH=/x", "ENV PATH", "ENV PATH=$PATH:/root/.local/bin PYTHONPATH=/root/x:/tmp/x", "ENV HOME=/tmp", "ENV PLAYWRIGHT_BROWSERS_PATH=$P",
    "ENV NODE_TLS_REJECT_UNAUTHORIZED=0", "WORKDIR /root/x", "WORKDIR x", "USER 1000", "ARG MODE", "FROM scratch AS build", "ONBUILD RUN chmod 777 /",
    'ENTRYPOINT ["/tmp/x"]', 'ENTRYPOINT ["python", "-m", "awslambdaric"]', 'CMD ["app.handler"]', "CMD app.handler", "RUN <<EOF\nchmod 600 app.py\nEOF",
]  # fmt: skip
FILES = {
    "app.py": "import src.x\nopen('/tmp/a')\ndef handler(event, context): pass\n", "src/x.py": "from . import y\n",
    "src/y.py": "open('z', 'w')\n", ".env": "TOKEN=9f8e7d6c5b4a39281706\n", "tests/a.py": "", ".git/HEAD": "x", "package.json": "{",
    "requirements.txt": "boto3\n-r other.txt\n",
}  # fmt: skip
GROUPS = ("files", "security", "environment", "waste", "base")


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(BASES), st.lists(st.sampled_from(LINES), max_size=7), st.booleans())
def test_no_dockerfile_makes_a_rule_crash(base: str, lines: list[str], ignores: bool) -> None:
    text = "\n".join([f"FROM {base}", *lines]) + "\n"
    files = {**FILES, ".dockerignore": "src\n"} if ignores else FILES
    for group in GROUPS:
        assert run_context(text, files, group).failures == ()


@pytest.mark.parametrize("rule", ["files", "security"])
def test_every_finding_lies_inside_the_file(rule: str) -> None:
    text = "FROM public.ecr.aws/lambda/python:3.13\n" + "\n".join(line for line in LINES if "FROM" not in line) + "\n"
    for result in run_context(text, FILES, rule).results:
        span = getattr(result.finding.place, "span", None)
        assert span is not None
        assert 1 <= span.line <= span.end_line <= text.count("\n")
