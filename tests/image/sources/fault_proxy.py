"""A proxy on loopback before a real registry: passes everything on, but for the faults that a test injects."""

import fcntl
import http.client
import re
import socket
import struct
import termios
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.image.sources.fake_registry import Answer, Asked, FakeRegistry

PIECE = 16 * 1024


@dataclass
class Reply:
    """What the registry behind the proxy has answered, the body not yet read."""

    response: http.client.HTTPResponse
    status: int
    headers: dict[str, str]

    def head(self, answer: Answer) -> None:
        """Pass the status and the headers on."""
        answer.send_response(self.status)
        for name, value in self.headers.items():
            answer.send_header(name, value)
        answer.end_headers()

    def body(self, answer: Answer, count: int | None = None) -> None:
        """Pass the body on, or the first `count` bytes of it."""
        while (count is None or count > 0) and (piece := self.response.read(min(PIECE, count or PIECE))):
            answer.wfile.write(piece)
            count = None if count is None else count - len(piece)
        answer.wfile.flush()


Act = Callable[[Answer, Asked, Reply], None]
"""Does something else than passing a reply on."""


@dataclass
class Fault:
    """What goes wrong, with which requests, and how often."""

    act: Act
    path: str = ""
    """A pattern that is searched in the path; whatever lies in the repository by default."""
    times: int = 1000
    skip: int = 0
    """Requests that go well before."""

    def takes(self, asked: Asked) -> bool:
        """Whether this request goes wrong; counted."""
        if asked.path == "/v2/" or re.search(self.path, asked.path.partition("?")[0]) is None:
            return False
        if self.skip:
            self.skip -= 1
            return False
        self.times -= 1
        return self.times >= 0


@dataclass
class FaultProxy(FakeRegistry):
    """Answers with what the registry at `upstream` answers."""

    upstream: str = ""
    upstream_headers: dict[str, str] = field(default_factory=dict)
    """Sent on with each request, as by an object store that asks nobody for credentials."""
    faults: list[Fault] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def answer(self, answer: Answer, asked: Asked) -> None:
        """Ask the registry, and pass its answer on unless a fault takes it."""
        connection = http.client.HTTPConnection(self.upstream, timeout=20)
        # The name that the client knows: a registry makes URLs from it.
        headers = {**asked.headers, "host": self.address, **self.upstream_headers}
        try:
            connection.request(asked.method, asked.path.partition("?")[0], asked.body or None, headers)
            response = connection.getresponse()
            hop = ("connection", "transfer-encoding")
            passed = {name: value for name, value in response.getheaders() if name.lower() not in hop}
            reply = Reply(response, response.status, passed)
            with self._lock:
                fault = next((fault for fault in self.faults if fault.takes(asked)), None)
            if fault is not None:
                fault.act(answer, asked, reply)
            else:
                reply.head(answer)
                reply.body(answer)
        finally:
            connection.close()

    def requests(self, path: str) -> list[Asked]:
        """Those whose path holds a pattern."""
        return [asked for asked in self.asked if re.search(path, asked.path)]


def cut(after: int) -> Act:
    """The connection ends properly, but after so many bytes of the body."""

    def act(answer: Answer, _: Asked, reply: Reply) -> None:
        reply.head(answer)
        reply.body(answer, after)
        answer.hang_up()

    return act


def reset(after: int) -> Act:
    """The connection is reset after so many bytes of the body, as by a load balancer that restarts."""

    def act(answer: Answer, _: Asked, reply: Reply) -> None:
        reply.head(answer)
        reply.body(answer, after)
        connection: socket.socket = answer.connection
        _wait_until_taken(connection)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.close()
        answer.hang_up()

    return act


def _wait_until_taken(connection: socket.socket) -> None:
    """Until the other side has got all that was sent: a reset throws away what has not."""
    left = bytearray(4)
    while True:
        fcntl.ioctl(connection, termios.TIOCOUTQ, left)
        if not any(left):
            return
        time.sleep(0.001)


def stall(after: int, over: threading.Event) -> Act:
    """Nothing comes any more after so many bytes of the body, until the test is over."""

    def act(answer: Answer, _: Asked, reply: Reply) -> None:
        reply.head(answer)
        reply.body(answer, after)
        over.wait(60)
        answer.hang_up()

    return act


def silence(over: threading.Event) -> Act:
    """No answer at all, until the test is over."""

    def act(answer: Answer, _: Asked, __: Reply) -> None:
        over.wait(60)
        answer.hang_up()

    return act


def status(code: int, **headers: str) -> Act:
    """Another answer in place of the registry's."""

    def act(answer: Answer, _: Asked, __: Reply) -> None:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        answer.send(code, b'{"errors": [{"code": "TOOMANYREQUESTS"}]}', named)

    return act


def flip(at: int) -> Act:
    """The byte at `at` is another."""

    def act(answer: Answer, _: Asked, reply: Reply) -> None:
        body = bytearray(reply.response.read())
        body[at] ^= 0x55
        reply.head(answer)
        answer.wfile.write(body)

    return act


def replaced(old: bytes, new: bytes) -> Act:
    """The first place in the body where `old` stands has something else of the same length."""

    def act(answer: Answer, _: Asked, reply: Reply) -> None:
        body = reply.response.read()
        assert old in body
        assert len(old) == len(new)
        body = body.replace(old, new, 1)
        reply.head(answer)
        answer.wfile.write(body)

    return act


def redirect(base: str, code: int = 307) -> Act:
    """Lead to the same path elsewhere, as registries do that keep their blobs in an object store."""

    def act(answer: Answer, asked: Asked, _: Reply) -> None:
        answer.send(code, b"", {"Location": f"{base}{asked.path}?signature=secret"})

    return act
