"""What a server's text says that it answers is what the server answers."""

import http.client
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from tests.rules.linting import run_context

HEAD = "from http import HTTPStatus\nfrom http.server import BaseHTTPRequestHandler, HTTPServer\n\n\n"
TAIL = '\n\nHTTPServer(("127.0.0.1", 8080), Page).serve_forever()\n'
DOCKERFILE = """FROM python:3.12-slim
COPY --from=public.ecr.aws/awsguru/aws-lambda-adapter:0.5.1 /lambda-adapter /opt/extensions/lambda-adapter
ENV READINESS_CHECK_PATH={path}
COPY server.py ./
CMD ["python", "server.py"]
"""
"""An adapter for which 200 to 299 count, so that any other answer is told."""

BODIES = {
    "a number": "self.send_response(503)",
    "good": "self.send_response(204)",
    "by the path": 'self.send_response(200 if self.path == "/health" else 502)',
    "by a name": "self.send_response(HTTPStatus.NOT_FOUND)",
    "an error": 'self.send_error(405, "no")',
    "one of several": 'self.send_response(200 if self.path not in ["/", "/x"] else 301)',
    "a branch": 'if self.path != "/health":\n            self.send_error(404)\n            return\n        self.send_response(200)',
    "the other branch": 'if not self.path == "/health":\n            self.send_response(500)\n        else:\n            self.send_response(302)',
    "the first counts": "self.send_response(400)\n        self.send_response(200)",
}
UNDECIDED = {
    "by a header": 'self.send_response(200 if self.headers.get("X") else 500)',
    "by a function": "self.send_response(status())",
    "by the method of a class": "Page.answer(self)",
    "after something else": "self.prepare()\n        self.send_response(500)",
    "by a part of the path": 'self.send_response(500 if "health" in self.path else 200)',
    "nothing": "pass",
}


def server(body: str) -> str:
    # What ends in `send_error` has ended its head, too.
    end = "" if "send_error" in body.splitlines()[-1] else "        self.end_headers()\n"
    return f"{HEAD}class Page(BaseHTTPRequestHandler):\n    def do_GET(self):\n        {body}\n{end}{TAIL}"


def told(text: str, path: str) -> list[str]:
    outcome = run_context(DOCKERFILE.format(path=path), {"server.py": text}, "web-adapter-readiness")
    assert not outcome.failures
    return [result.finding.message for result in outcome.results]


def answered(text: str, path: str) -> int:
    """What a server of that text really answers."""
    names: dict[str, type[BaseHTTPRequestHandler]] = {}
    exec(text.replace(TAIL, ""), names)
    page = names["Page"]
    page.log_message = lambda *_: None  # type: ignore[method-assign]
    with HTTPServer(("127.0.0.1", 0), page) as running:
        threading.Thread(target=running.handle_request, daemon=True).start()
        connection = http.client.HTTPConnection("127.0.0.1", running.server_address[1], timeout=10)
        connection.request("GET", path)
        return connection.getresponse().status


@pytest.mark.parametrize("path", ["/", "/health"])
@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_what_is_told_is_what_the_server_answers(body: str, path: str) -> None:
    text = server(body)
    status = answered(text, path)
    expected = f"server.py answers {path} with {status}, which web adapter 0.5.1 does not take for ready"
    assert told(text, path) == ([] if status // 100 == 2 else [expected])


@pytest.mark.parametrize("body", UNDECIDED.values(), ids=UNDECIDED)
def test_nothing_is_told_where_more_than_the_path_decides(body: str) -> None:
    assert told(server(body), "/health") == []


def test_a_handler_without_the_method_answers_501() -> None:
    text = f"{HEAD}class Page(BaseHTTPRequestHandler):\n    def do_POST(self):\n        self.send_response(200)\n{TAIL}"
    assert answered(text, "/") == 501
    assert told(text, "/") == ["server.py answers / with 501, which web adapter 0.5.1 does not take for ready"]


@pytest.mark.parametrize(
    "change",
    [
        ("def do_GET", "def send_response(self, status):\n        super().send_response(200)\n\n    def do_GET"),
        ("class Page(BaseHTTPRequestHandler)", "class Base:\n    pass\n\n\nclass Page(Base, BaseHTTPRequestHandler)"),
        (TAIL, "\n\nHTTPServer(('127.0.0.1', 8080), Other).serve_forever()\n"),
        (TAIL, TAIL + TAIL),
    ],
    ids=["its own way to answer", "another base", "another handler", "two servers"],
)
def test_nothing_is_told_of_a_server_that_is_put_together_otherwise(change: tuple[str, str]) -> None:
    text = server("self.send_response(500)")
    assert told(text, "/") != []
    assert told(text.replace(*change), "/") == []
