"""HTTP in front of a `RuntimeApi`, on a socket that the caller has bound wherever the function can reach it."""

import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socket import socket

from lambda_image_lint.boot.runtime_api import RESPONSE_BYTES_MAX, Reply, RuntimeApi, refusal

_RUNTIME = "/2018-06-01/runtime"
_EXTENSION = "/2020-01-01/extension"
_BODY_BYTES_MAX = 4 * RESPONSE_BYTES_MAX
"""A body beyond this is not even read: the tester's memory is not the function's. Four times what Lambda takes, so that
its own refusal of a large answer is still seen."""

_ANSWER = re.compile(rf"{_RUNTIME}/invocation/([^/]+)/(response|error)")
_EXTENSION_ERROR = re.compile(rf"{_EXTENSION}/(init|exit)/error")
_SUBSCRIPTION = re.compile(r"/(2020-08-15/logs|2022-07-01/telemetry)")


Method = Callable[[bytes], Reply | None]


class BodyError(Exception):
    """A request body that is malformed or too long to read."""


@contextmanager
def serving(api: RuntimeApi, listener: socket) -> Iterator[None]:
    """Answer on a listening socket until the block ends; the socket is closed with it."""
    server = _Server(api, listener)
    thread = threading.Thread(
        target=server.serve_forever, kwargs={"poll_interval": 0.05}, name="runtime-api", daemon=True
    )
    thread.start()
    try:
        yield
    finally:
        api.close()
        server.shutdown()
        server.server_close()
        thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False  # a client that keeps its connection open must not keep us

    def __init__(self, api: RuntimeApi, listener: socket) -> None:
        super().__init__(("", 0), _Handler, bind_and_activate=False)
        self.socket.close()
        self.socket = listener
        self.server_address = listener.getsockname()
        self.api = api

    def handle_error(self, request: object, client_address: object) -> None:
        """A function that dies in the middle of a call is what we are here to watch: its exit code tells, not a trace."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_GET(self) -> None:
        self._handle(self._get)

    def do_POST(self) -> None:
        self._handle(self._post)

    def do_PUT(self) -> None:
        self._handle(self._put)

    def _handle(self, method: Method) -> None:
        try:
            body = self._body()
        except BodyError as error:
            self.close_connection = True
            self._send(refusal(413, "RequestEntityTooLarge", str(error)))
            return
        reply = method(body)
        if reply is None:
            self.close_connection = True
        else:
            self._send(reply)

    def _get(self, body: bytes) -> Reply | None:
        match self.path.partition("?")[0]:
            case path if path == f"{_RUNTIME}/invocation/next":
                return self.server.api.next_invocation()
            case path if path == f"{_EXTENSION}/event/next":
                return self.server.api.next_event(self._header("Lambda-Extension-Identifier"))
            case path:  # `/runtime/restore/next` too: no snapshot is taken here
                return _not_found(path)

    def _post(self, body: bytes) -> Reply | None:
        api = self.server.api
        path = self.path.partition("?")[0]
        error_type = self.headers.get("Lambda-Runtime-Function-Error-Type")
        if answer := _ANSWER.fullmatch(path):
            request_id, kind = answer.groups()
            if kind == "error" or error_type:
                return api.fail_invocation(request_id, body, error_type)
            return api.respond(request_id, body)
        if path == f"{_RUNTIME}/init/error":
            return api.fail_init(body, error_type)
        if path == f"{_EXTENSION}/register":
            return api.register(self._header("Lambda-Extension-Name"), body)
        if failed := _EXTENSION_ERROR.fullmatch(path):
            error_type = self.headers.get("Lambda-Extension-Function-Error-Type")
            return api.fail_extension(self._header("Lambda-Extension-Identifier"), failed[1], body, error_type)
        return _not_found(path)

    def _put(self, body: bytes) -> Reply | None:
        path = self.path.partition("?")[0]
        if _SUBSCRIPTION.fullmatch(path):
            # Extensions take this for a success without records, as they do from Amazon's own emulator.
            return Reply.of(202, {"errorType": "Telemetry.NotSupported", "errorMessage": "no telemetry is sent here"})
        return _not_found(path)

    def _header(self, name: str) -> str:
        return self.headers.get(name) or ""

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            return self._chunks()
        try:
            length = int(self.headers.get("Content-Length") or 0)
        except ValueError:
            raise BodyError("Content-Length is no number") from None
        if not 0 <= length <= _BODY_BYTES_MAX:
            raise BodyError(f"a body of {length} bytes")
        return self.rfile.read(length)

    def _chunks(self) -> bytes:
        body = bytearray()
        while True:
            head = self.rfile.readline(1024).partition(b";")[0].strip()
            try:
                size = int(head, 16)
            except ValueError:
                raise BodyError("a chunk without a size") from None
            if not 0 <= size <= _BODY_BYTES_MAX - len(body):
                raise BodyError(f"a body of more than {_BODY_BYTES_MAX} bytes")
            if size == 0:
                self._trailers()
                return bytes(body)
            body += self.rfile.read(size)
            self.rfile.readline(1024)

    def _trailers(self) -> None:
        """A streamed answer that fails half-way says so in the trailers; they count as headers."""
        while line := self.rfile.readline(65536).strip():
            name, _, value = line.decode("latin-1").partition(":")
            self.headers[name.strip()] = value.strip()

    def _send(self, reply: Reply) -> None:
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()
        self.wfile.write(reply.body)

    def log_message(self, format: str, *args: object) -> None:
        """Calls are counted, not printed."""


def _not_found(path: str) -> Reply:
    return refusal(404, "NotFound", f"no such path: {path}")
