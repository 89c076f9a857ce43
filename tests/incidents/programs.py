"""What the stand-in images and packages are made of, in our own words: each does what the incident is about, no more."""

NODE_CLIENT = r"""#!/usr/bin/env node
// Speaks the Runtime API as a client does, and loads its native part where the package has one.
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";

const require = createRequire(import.meta.url);
const native = fileURLToPath(new URL("../build/Release/runtime-client.node", import.meta.url));
if (existsSync(native)) {
  require(native);
}
const api = `http://${process.env.AWS_LAMBDA_RUNTIME_API}/2018-06-01/runtime`;
const word = process.argv[2] ?? process.env._HANDLER;
const dot = word.lastIndexOf(".");
const handler = require(path.resolve(word.slice(0, dot)))[word.slice(dot + 1)];
for (;;) {
  const event = await fetch(`${api}/invocation/next`);
  const request = event.headers.get("lambda-runtime-aws-request-id");
  const answer = await handler(await event.json(), {});
  await fetch(`${api}/invocation/${request}/response`, { method: "POST", body: JSON.stringify(answer ?? null) });
}
"""

NODE_CLIENT_PACKAGE = """{
  "name": "aws-lambda-ric",
  "version": "3.3.0",
  "bin": { "aws-lambda-ric": "bin/index.mjs" }
}
"""

NATIVE_PART = """
#include <sys/random.h>

void *napi_register_module_v1(void *environment, void *exports) {
    char byte;
    return getrandom(&byte, 1, 0) == 1 ? exports : exports;
}
"""
"""An addon that asks for GLIBC_2.25, which brought ``getrandom``."""

SHELL_FUNCTION = """#!/bin/sh
api="http://${AWS_LAMBDA_RUNTIME_API}/2018-06-01/runtime"
while true; do
    headers="$(mktemp)"
    event="$(curl -sS -D "$headers" "$api/invocation/next")"
    request="$(grep -Fi Lambda-Runtime-Aws-Request-Id "$headers" | tr -d '[:space:]' | sed 's/.*://')"
    curl -sS "$api/invocation/$request/response" -d "$event"
done
"""

PACKAGE_MANAGER = r"""#!/bin/bash
# A package manager whose repository is a folder: what is named there is laid over the system.
for word in "$@"; do
    case "$word" in
    -* | add | install | clean | all | update) ;;
    *)
        if [ ! -d "/srv/system/$word" ]; then
            echo "No match for argument: $word" >&2
            exit 1
        fi
        cp -a "/srv/system/$word/." /
        ;;
    esac
done
"""

PROXY = r"""#!/usr/local/bin/python3
# As nginx before an application: it is up at once, and answers with 502 as long as nobody listens where it passes on to.
import re
import sys
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

with open("/etc/nginx/nginx.conf") as file:
    TEXT = file.read()
PORT = int(re.search(r"listen\s+(\d+)", TEXT)[1])
BEHIND = re.search(r"proxy_pass\s+(\S+);", TEXT)[1]


class Proxy(BaseHTTPRequestHandler):
    def do_GET(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        try:
            with urllib.request.urlopen(urllib.request.Request(BEHIND, body or None)) as answer:
                status, text = answer.status, answer.read()
        except urllib.error.URLError:
            status, text = 502, b'"502 Bad Gateway"'
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    do_POST = do_GET


ThreadingHTTPServer(("127.0.0.1", PORT), Proxy).serve_forever()
"""

FIND = """#!/bin/sh
# Enough of find to be there: it lists what it is given.
ls -d "$1"
"""

TOOL = "#!/bin/sh\nexit 0\n"

PIP = '#!/bin/sh\nexec "${0%/*}/python3" -m pip "$@"\n'

PIP_SETTINGS = """[global]
no-index = true
find-links = /srv/packages
no-cache-dir = true
disable-pip-version-check = true
root-user-action = ignore
no-compile = false
"""

UV_SETTINGS = 'no-index = true\nfind-links = ["/srv/packages"]\npython-downloads = "never"\n'

NPM_SETTINGS = "registry=http://packages.example/\naudit=false\nfund=false\nupdate-notifier=false\n"

OLD_PYTHON_CLIENT_SETUP = """import subprocess

from setuptools import setup

# As the client did before it was published as wheels: it builds its own HTTP library while its metadata is asked for.
subprocess.check_call(["autoreconf", "-fi"])
setup(name="awslambdaric", version="1.0.0", packages=["awslambdaric"])
"""

BROWSER = {
    "playwright/__init__.py": """import os
from pathlib import Path


def executable():
    folder = os.environ.get("PLAYWRIGHT_BROWSERS_PATH") or Path.home() / ".cache/ms-playwright"
    return Path(folder) / "chromium-1140/chrome-linux/chrome"
""",
    "playwright/__main__.py": """import sys

from playwright import executable


def main():
    if sys.argv[1:2] == ["install"]:
        executable().parent.mkdir(parents=True)
        executable().write_text("")
        executable().chmod(0o755)
""",
    "playwright/sync_api.py": """from contextlib import contextmanager

from playwright import executable


class Error(Exception):
    pass


class Chromium:
    def launch(self):
        if not executable().exists():
            raise Error(f"BrowserType.launch: Executable doesn't exist at {executable()}")


class Playwright:
    chromium = Chromium()


@contextmanager
def sync_playwright():
    yield Playwright()
""",
}

MODELS = {
    "transformers/__init__.py": """import os
from pathlib import Path


class AutoModel:
    @classmethod
    def from_pretrained(cls, name):
        home = os.environ.get("HF_HOME") or Path.home() / ".cache/huggingface"
        folder = Path(home) / "hub" / name
        folder.mkdir(parents=True, exist_ok=True)
        return cls()
""",
}

TYPES = {"aws_lambda_typing/__init__.py": "", "aws_lambda_typing/events.py": "class SQSEvent(dict):\n    pass\n"}

SERVER = {
    "gunicorn/__init__.py": "",
    "gunicorn/__main__.py": """import sys
from importlib import import_module
from wsgiref.simple_server import make_server


def main():
    host, _, port = sys.argv[2].partition(":")
    sys.path.insert(0, "")
    module, _, name = sys.argv[3].partition(":")
    make_server(host, int(port), getattr(import_module(module), name)).serve_forever()
""",
}
