"""A registry on loopback that misbehaves as a test wants it to, and remembers what it was asked."""

import json
import re
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tests.image.sources.dialects import OCI_MANIFEST, Blobs, SmallImage, as_manifest, gzipped, sha256


@dataclass(frozen=True)
class Asked:
    """A request as it came in."""

    method: str
    path: str
    headers: dict[str, str]
    """Names in lower case."""
    body: bytes = b""


class Answer(BaseHTTPRequestHandler):
    """One request and the ways to answer it."""

    protocol_version = "HTTP/1.1"
    server: "_Server"

    def send(
        self, status: int, body: bytes = b"", headers: dict[str, str] | None = None, cut_after: int | None = None
    ) -> None:
        """A whole answer; or one that announces its length and hangs up after `cut_after` bytes of it."""
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body if cut_after is None else body[:cut_after])
        if cut_after is not None:
            self.hang_up()

    def hang_up(self) -> None:
        """End the connection now."""
        self.wfile.flush()
        self.close_connection = True

    def do_GET(self) -> None:
        self._handle()

    def do_POST(self) -> None:
        self._handle()

    def _handle(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        headers = {name.lower(): value for name, value in self.headers.items()}
        asked = Asked(self.command, self.path, headers, body)
        registry = self.server.registry
        registry.asked.append(asked)
        if not registry.misbehave(self, asked):
            registry.answer(self, asked)

    def log_message(self, format: str, *arguments: Any) -> None:
        """Nothing: a test reads `asked`."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    registry: "FakeRegistry"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Nothing: clients that hang up are part of the game."""


Misbehaviour = Callable[[Answer, Asked], bool]
"""Answers a request in its own way and returns True, or returns False and leaves it alone."""


@dataclass
class FakeRegistry:
    """Holds images as ``app``; `address` is ``127.0.0.1:PORT``."""

    address: str = ""
    blobs: Blobs = field(default_factory=dict)
    manifests: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    """Media type and bytes, by tag and digest."""
    asked: list[Asked] = field(default_factory=list)
    misbehave: Misbehaviour = lambda _answer, _asked: False
    has_ranges: bool = True

    def put(self, image: SmallImage, tag: str = "1") -> dict[str, Any]:
        """Take an image in under a tag; returns its manifest."""
        descriptor = as_manifest(image, self.blobs, gzipped, "+gzip")
        raw = self.blobs.pop(descriptor["digest"])
        self.manifests[tag] = self.manifests[descriptor["digest"]] = (OCI_MANIFEST, raw)
        manifest: dict[str, Any] = json.loads(raw)
        return manifest

    def answer(self, answer: Answer, asked: Asked) -> None:
        """As the distribution specification has it."""
        if match := re.fullmatch(r"/v2/app/manifests/(.+)", asked.path):
            found = self.manifests.get(match[1])
            if found is not None:
                answer.send(200, found[1], {"Content-Type": found[0], "Docker-Content-Digest": sha256(found[1])})
                return
        elif (match := re.fullmatch(r"/v2/app/blobs/(.+)", asked.path)) and (
            blob := self.blobs.get(match[1])
        ) is not None:
            self.answer_blob(answer, asked, blob)
            return
        elif asked.path == "/v2/":
            answer.send(200, b"{}")
            return
        answer.send(404, b'{"errors": [{"code": "NAME_UNKNOWN"}]}')

    def answer_blob(self, answer: Answer, asked: Asked, blob: bytes, cut_after: int | None = None) -> None:
        """A blob or a range of it."""
        match = re.fullmatch(r"bytes=([0-9]*)-([0-9]*)", asked.headers.get("range", ""))
        if match is None or not self.has_ranges:
            answer.send(200, blob, cut_after=cut_after)
            return
        start = int(match[1]) if match[1] else len(blob) - int(match[2])
        end = int(match[2]) + 1 if match[1] and match[2] else len(blob)
        headers = {"Content-Range": f"bytes {start}-{min(end, len(blob)) - 1}/{len(blob)}"}
        answer.send(206, blob[start:end], headers, cut_after)

    def paths(self) -> list[str]:
        """What was asked for, without the question whether this is a registry."""
        return [asked.path for asked in self.asked if asked.path != "/v2/"]


@contextmanager
def serve(registry: FakeRegistry, certificate: tuple[Path, Path] | None = None) -> Iterator[FakeRegistry]:
    """Let the registry answer on a port of its own; with a certificate and its key it speaks TLS."""
    server = _Server(("127.0.0.1", 0), Answer)
    server.registry = registry
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    registry.address = f"127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield registry
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
