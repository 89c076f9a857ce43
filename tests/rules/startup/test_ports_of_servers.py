"""A server's port by a variable: what the image, the start and a file of settings make of it."""

import pytest

from tests.rules.linting import run_context

ADAPTER = "COPY --from=public.ecr.aws/awsguru/aws-lambda-adapter:0.9.1 /lambda-adapter /opt/extensions/lambda-adapter\n"
NODE = f'FROM node:24-slim\n{ADAPTER}WORKDIR /app\nCOPY . .\nRUN npm ci --omit=dev\nCMD ["node", "server.js"]\n'
PYTHON = f'FROM python:3.13-slim\n{ADAPTER}WORKDIR /app\nCOPY . .\nCMD ["python", "main.py"]\n'
EXPRESS = "const express = require('express');\nconst app = express();\n"
ASKS = "and the web adapter asks 8080"


def told(dockerfile: str, files: dict[str, str]) -> list[str]:
    outcome = run_context(dockerfile, files, "web-adapter-port")
    assert outcome.failures == ()
    return [result.finding.message for result in outcome.results]


@pytest.mark.parametrize(
    "listening",
    [
        "app.listen(process.env.PORT || 3000);",
        "app.listen(process.env.PORT ?? 3000);",
        "app.listen(process.env['PORT'] || '3000');",
        "app.listen(Number(process.env.PORT) || 3000);",
        "app.listen(Number(process.env.PORT ?? 3000));",
        "app.listen(parseInt(process.env.PORT || '3000', 10));",
        "app.listen(+(process.env.PORT || 3000));",
        "const port = Number(process.env.PORT) || 3000;\napp.listen({ port, host: '0.0.0.0' });",
        "const port = process.env.PORT || 3000;\napp.listen({ port: port });",
        "const { PORT = 3000 } = process.env;\napp.listen(PORT);",
        "const { NODE_ENV, PORT = 3000 } = process.env;\napp.listen(PORT);",
    ],
)
def test_a_default_in_node(listening: str) -> None:
    assert told(NODE, {"server.js": EXPRESS + listening}) == [
        f"server.js listens on port 3000 where PORT is not set, {ASKS}"
    ]


@pytest.mark.parametrize(
    "source",
    [
        'import os\nimport uvicorn\nuvicorn.run("a:app", port=int(os.environ.get("PORT", 8000)))\n',
        'import os\nimport uvicorn\nuvicorn.run("a:app", port=int(os.getenv("PORT", "8000")))\n',
        'import os\nimport uvicorn\nuvicorn.run("a:app", port=int(os.getenv("PORT") or 8000))\n',
        'import os\nimport uvicorn\nPORT = int(os.environ.get("PORT", "8000"))\nuvicorn.run("a:app", port=PORT)\n',
        'from os import getenv\nfrom app import app\nif __name__ == "__main__":\n    app.run(port=getenv("PORT", 8000))\n',
    ],
)
def test_a_default_in_python(source: str) -> None:
    assert told(PYTHON, {"main.py": source}) == [f"main.py listens on port 8000 where PORT is not set, {ASKS}"]


@pytest.mark.parametrize(
    "listening",
    [
        "app.listen(process.env.PORT || 8080);",
        "app.listen(process.env.PORT);",
        "app.listen(process.env.PORT || config.port);",
        "app.listen(process.env.PORT || process.env.OTHER || 3000);",
        "process.env.PORT = '8080';\napp.listen(process.env.PORT || 3000);",
        "process.env.PORT ||= '8080';\napp.listen(process.env.PORT || 3000);",
        "let port = process.env.PORT || 3000;\nport = 8080;\napp.listen(port);",
        "const a = b;\nconst b = a;\napp.listen(a);",
        "const start = (PORT) => app.listen(PORT);\nconst { PORT = 3000 } = process.env;",
        "require('dotenv').config({ path: './settings' });\napp.listen(process.env.PORT || 3000);",
    ],
)
def test_what_stays_unknown_or_is_right_in_node(listening: str) -> None:
    assert told(NODE, {"server.js": EXPRESS + listening}) == []


SERVER = EXPRESS + "app.listen(process.env.PORT || 3000);"


def started(*lines: str) -> str:
    return f"FROM node:24-slim\n{ADAPTER}WORKDIR /app\nCOPY . .\n" + "\n".join(lines) + "\n"


@pytest.mark.parametrize(
    "dockerfile",
    [
        started("ENV PORT=3000", 'CMD ["node", "server.js"]'),
        started("ENV AWS_LWA_PORT=3000", 'CMD ["node", "server.js"]'),
        started("CMD PORT=8080 node server.js"),
        started("CMD export PORT=8080 && exec node server.js"),
        started('CMD ["env", "PORT=8080", "node", "server.js"]'),
        started('CMD ["node", "--env-file=settings", "server.js"]'),
        started("CMD . ./settings && exec node server.js"),
        started('CMD [ -n "$STAGE" ] && export PORT=8080; exec node server.js'),
        started('CMD ["sh", "start.sh"]'),
        started('CMD ["npm", "start"]'),
        started("CMD node server.js & exec nginx -g 'daemon off;'"),
    ],
)
def test_what_sets_the_port_is_taken_for_it(dockerfile: str) -> None:
    files = {
        "server.js": SERVER,
        "start.sh": "#!/bin/sh\nexport PORT=${PORT:-8080}\nexec node server.js\n",
        "package.json": '{"scripts": {"start": "PORT=8080 node server.js"}}',
    }
    assert told(dockerfile, files) == []


@pytest.mark.parametrize(
    "dockerfile",
    [
        started("CMD PORT=5000 node server.js"),
        started("CMD export PORT=5000 && exec node server.js"),
        started('CMD ["env", "PORT=5000", "node", "server.js"]'),
        started('CMD ["sh", "start.sh"]'),
        started('CMD ["npm", "start"]'),
    ],
)
def test_a_port_that_only_the_start_sets(dockerfile: str) -> None:
    files = {
        "server.js": SERVER,
        "start.sh": "#!/bin/sh\nexport PORT=${PORT:-5000}\nexec node server.js\n",
        "package.json": '{"scripts": {"start": "PORT=5000 node server.js"}}',
    }
    assert told(dockerfile, files) == [f"server.js listens on port 5000, {ASKS}"]


@pytest.mark.parametrize("loads", ["", "require('dotenv').config();\n"])
def test_a_file_of_settings_in_the_image(loads: str) -> None:
    files = {"server.js": loads + SERVER, ".env": "PORT=8080\n"}
    assert told(NODE, files) == []
    assert len(told(NODE, {**files, ".env": "LOG=debug\n"})) == 1
    assert len(told(NODE, {**files, ".dockerignore": ".env\n"})) == 1


def test_a_template_of_the_repository_may_set_it() -> None:
    files = {"server.js": SERVER, "main.tf": 'environment {\n  variables = {\n    PORT = "3000"\n  }\n}\n'}
    assert told(NODE, files) == []
    stack = "environment: {\n  AWS_LWA_PORT: '3000',\n},\n"
    assert told(NODE, {"server.js": SERVER, "cdk.json": "{}", "lib/stack.ts": stack}) == []
    assert len(told(NODE, {"server.js": SERVER, "docker-compose.yml": "environment:\n  PORT: 3000\n"})) == 1
