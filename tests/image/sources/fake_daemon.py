"""A daemon on a socket that speaks as much of the Docker API as a source asks for, and breaks off where it is told to."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from socketserver import ThreadingMixIn, UnixStreamServer
from typing import Any

from tests.image.sources.dialects import SmallImage


class FakeDaemon(ThreadingMixIn, UnixStreamServer):
    """Has one image."""

    daemon_threads = True
    image: SmallImage
    saved: bytes
    """What ``docker save`` writes of the image."""
    cut_after: int | None = None
    """Bytes of that after which it breaks off."""
    is_chunked = True
    """The real daemon does not know beforehand how much it will send."""
    descriptor: dict[str, Any] | None = None
    """What an inspect tells of the manifest; only containerd's store has it."""
    saves: int = 0
    """How often it was asked for the image itself."""


class _Api(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: FakeDaemon

    def do_GET(self) -> None:
        image = self.server.image
        config = json.loads(image.config)
        inspected = {
            "Id": "sha256:" + "1" * 64,
            "Architecture": "amd64",
            "Os": "linux",
            "Config": config["config"],
            "RootFS": {"Type": "layers", "Layers": image.diff_ids},
        }
        if self.server.descriptor is not None:
            inspected["Descriptor"] = self.server.descriptor
        answers: dict[str, Any] = {"version": {"ApiVersion": "1.41"}, "json": inspected, "history": []}
        word = self.path.rpartition("/")[2].partition("?")[0]
        if word == "get":
            self._save()
            return
        body = json.dumps(answers[word]).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _save(self) -> None:
        server = self.server
        server.saves += 1
        sent = server.saved[: server.cut_after]
        self.send_response(200)
        if server.is_chunked:
            self.send_header("Transfer-Encoding", "chunked")
            pieces = [sent[at : at + 1000] for at in range(0, len(sent), 1000)]
            sent = b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces)
            sent += b"" if server.cut_after else b"0\r\n\r\n"
        else:
            self.send_header("Content-Length", str(len(server.saved)))
        self.end_headers()
        self.wfile.write(sent)
        self.close_connection = True

    def address_string(self) -> str:
        return "unix"

    def log_message(self, format: str, *arguments: Any) -> None:
        """Nothing."""


@contextmanager
def fake_daemon(folder: Path, image: SmallImage, saved: bytes, **options: Any) -> Iterator[str]:
    """A daemon that has an image; yields the value of ``DOCKER_HOST``. Takes what `fake_server` takes."""
    with fake_server(folder, image, saved, **options) as server:
        yield f"unix://{server.server_address!s}"


@contextmanager
def fake_server(
    folder: Path,
    image: SmallImage,
    saved: bytes,
    *,
    cut_after: int | None = None,
    is_chunked: bool = True,
    descriptor: dict[str, Any] | None = None,
) -> Iterator[FakeDaemon]:
    """The same daemon itself, which counts what it is asked for; its address is a socket's path."""
    server = FakeDaemon(f"{folder}/fake.sock", _Api)
    server.image, server.saved, server.descriptor = image, saved, descriptor
    server.cut_after, server.is_chunked = cut_after, is_chunked
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
