"""Dockerfiles as people write them, and as nobody should: put together from lines of real files, pages and rubbish."""

from hypothesis import strategies as st

from tests.fix.mending import page_cases

BASES = (
    "FROM public.ecr.aws/lambda/python:3.12\n",
    "FROM public.ecr.aws/lambda/nodejs:20 AS build\n",
    "FROM --platform=linux/amd64 public.ecr.aws/lambda/java:21\n",
    "FROM python:3.13-slim AS base\n",
    "from base as final\n",
    "FROM https://public.ecr.aws/lambda/python:3.12\n",
    "FROM scratch",
)
LINES = (
    "COPY . .\n",
    "COPY app.py lib.py ${LAMBDA_TASK_ROOT}\n",
    "COPY app.py lib.py /opt/code\n",
    "copy requirements.txt .\n",
    "ADD app.py ./\n",
    "COPY --from=build /out /var/task\n",
    "RUN pip install --user -r requirements.txt\n",
    "RUN pip3 install --no-cache-dir flask && \\\n    # the cache is of no use\n    yum install -y gcc\n",
    "RUN yum install -y git \\\n\n    make\n",
    "RUN apt-get update && apt-get install -y curl \\\n  # last\n",
    "RUN npm install\n",
    "RUN poetry install --no-dev && poetry export -o r.txt\n",
    "RUN <<EOF\npip install flask\nyum install -y gcc\nEOF\n",
    "RUN <<-'END' cat\n\tpip install flask\n\tEND\n",
    "RUN chmod 600 app.py\n",
    "ENV AWS_REGION=eu-west-1 PATH=$PATH:/opt/bin\n",
    "ENV LAMBDA_TASKROOT /var/task\n",
    "ENV A=1 B=${A} \\\n    AWS_LAMBDA_FUNCTION_NAME=x\n",
    "ARG DEBIAN_FRONTEND=noninteractive\n",
    "WORKDIR src\n",
    "WORKDIR $LAMBDA_TASK_ROOT\n",
    "MAINTAINER somebody <some@body.example>\n",
    "EXPOSE 8080\n",
    "HEALTHCHECK CMD curl localhost\n",
    "USER app\n",
    "VOLUME /data\n",
    "ENTRYPOINT python -m awslambdaric\n",
    'ENTRYPOINT ["/start.sh"]\n',
    "CMD app.handler\n",
    'CMD ["app.py"]\n',
    "CMD ['app.handler']\n",
    'CMD ["src/app.handler"] \n',
    'CMD ["app.handler"]',
    "Copy function code\n",
    "Install the dependencies first\n",
    "# Copy the code\n",
    "# hadolint ignore=DL3042\n",
    "# lint-image: ignore[pip-cache, no-such-rule] because\n",
    "# lint-image: file-ignore[npm-install-not-ci] because\n",
    "# check=skip=JSONArgsRecommended\n",
    "# escape=`\n",
    "RUN pip install `\n  flask\n",
)
RUBBISH = (
    "\n", "\r\n", "\\\n", "\\", " ", "\t", "\x00", "\udcff", "\ufeff", "é", "<<EOF", "EOF\n", "[", '"', "'", "#", "$", "&&", "--x=", "\x85", "\u2028",
)  # fmt: skip
FILES = {
    "app.py": "def handler(event, context):\n    return event\n",
    "lib.py": "",
    "requirements.txt": "flask\n",
    "package.json": "{}\n",
    "package-lock.json": "{}\n",
    "start.sh": "#!/bin/sh\nexec python -m awslambdaric app.handler\n",
    "src/app.py": "def handler(event, context):\n    return event\n",
}


def _page_lines() -> tuple[str, ...]:
    """Each line of the rules' own examples."""
    return tuple(sorted({line for case in page_cases() for line in case.input.text.splitlines(keepends=True)}))


def _with_crlf(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\n", "\r\n")


_ordinary = st.lists(st.sampled_from(LINES) | st.sampled_from(_page_lines()), min_size=1, max_size=8)
_realistic = st.lists(st.tuples(st.sampled_from(BASES), _ordinary), min_size=1, max_size=3).map(
    lambda stages: "".join(base + "".join(lines) for base, lines in stages)
)
_hostile = st.lists(
    st.sampled_from(LINES) | st.sampled_from(BASES) | st.sampled_from(RUBBISH) | st.text(max_size=3), max_size=16
).map("".join)

dockerfiles = st.one_of(
    _realistic,
    _realistic.map(_with_crlf),
    _hostile,
    _hostile.map(lambda text: "\ufeffFROM python:3.13-slim\n" + text),
)
"""Texts; bytes that are not UTF-8 are lone surrogates in them, as the parser keeps them."""
