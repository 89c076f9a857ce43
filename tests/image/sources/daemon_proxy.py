"""A socket before a real Docker daemon that passes everything on and remembers what was asked."""

import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_REQUEST = re.compile(rb"^(?:GET|HEAD|POST|DELETE) (\S+) HTTP/1\.1\r$", re.MULTILINE)


class DaemonProxy:
    """Listens at `socket`; `asked` are the paths of all requests, without the version of the API."""

    def __init__(self, socket_path: Path, upstream: Path) -> None:
        self.socket = socket_path
        self.asked: list[str] = []
        self._upstream = upstream
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(socket_path))
        self._listener.listen()
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def host(self) -> str:
        """The value of ``DOCKER_HOST``."""
        return f"unix://{self.socket}"

    @property
    def saves(self) -> int:
        """How often an image was asked for as ``docker save`` does."""
        return sum(1 for path in self.asked if re.search(r"/images/(.+/)?get(\?|$)", path))

    def close(self) -> None:
        """Take no more connections."""
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:  # closed
                return
            server = socket.socket(socket.AF_UNIX)
            server.connect(str(self._upstream))
            for source, target, is_client in ((client, server, True), (server, client, False)):
                threading.Thread(target=self._pump, args=(source, target, is_client), daemon=True).start()

    def _pump(self, source: socket.socket, target: socket.socket, is_client: bool) -> None:
        # One that hangs up ends the other direction too.
        with suppress(OSError):
            while data := source.recv(1 << 18):
                if is_client:  # which waits for an answer before it asks again, so that a request comes in one piece
                    self.asked += [path.decode() for path in _REQUEST.findall(data)]
                target.sendall(data)
        with suppress(OSError):
            target.shutdown(socket.SHUT_WR)


@contextmanager
def before(upstream: Path, folder: Path) -> Iterator[DaemonProxy]:
    """A proxy whose socket lies in `folder`."""
    proxy = DaemonProxy(folder / "daemon.sock", upstream)
    try:
        yield proxy
    finally:
        proxy.close()
