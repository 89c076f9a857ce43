"""Packages for the stand-ins' installers: wheels and a source archive for pip, and a registry for npm."""

import base64
import contextlib
import hashlib
import io
import json
import tarfile
import threading
import zipfile
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

REGISTRY = "http://packages.example"
"""Where the stand-ins' npm looks; nobody answers there but through the proxy that `npm_registry` is."""


def wheel(folder: Path, name: str, version: str, files: Mapping[str, str], script: str | None = None) -> None:
    """A pure wheel; `script` names the module whose `main` becomes a program of the package's name."""
    information = f"{name}-{version}.dist-info"
    parts = {
        **files,
        f"{information}/METADATA": f"Metadata-Version: 2.1\nName: {name.replace('_', '-')}\nVersion: {version}\n",
        f"{information}/WHEEL": "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    if script is not None:
        parts[f"{information}/entry_points.txt"] = f"[console_scripts]\n{name} = {script}:main\n"
    rows = "".join(f"{path},sha256={_digest(text)},{len(text.encode())}\n" for path, text in parts.items())
    parts[f"{information}/RECORD"] = f"{rows}{information}/RECORD,,\n"
    with zipfile.ZipFile(folder / f"{name}-{version}-py3-none-any.whl", "w") as archive:
        for path, text in parts.items():
            archive.writestr(zipfile.ZipInfo(path), text)


def _digest(text: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode().rstrip("=")


def tarball(files: Mapping[str, tuple[str | bytes, int]]) -> bytes:
    """A gzip-compressed tar of path → content and mode."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as archive:
        for path, (content, mode) in files.items():
            data = content.encode() if isinstance(content, str) else content
            info = tarfile.TarInfo(path)
            info.size, info.mode = len(data), mode
            archive.addfile(info, io.BytesIO(data))
    return stream.getvalue()


@contextlib.contextmanager
def npm_registry(packages: Mapping[str, tuple[str, bytes]]) -> Iterator[str]:
    """A proxy that answers for the registry with these packages, name → version and tarball; yields its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            name = self.path.removeprefix(REGISTRY).strip("/")
            content = packages[name[:-4]][1] if name.endswith(".tgz") else _document(name, packages)
            self.send_response(200 if content else 404)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Nobody reads it."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


def _document(name: str, packages: Mapping[str, tuple[str, bytes]]) -> bytes:
    if name not in packages:
        return b""
    version, archive = packages[name]
    integrity = f"sha512-{base64.b64encode(hashlib.sha512(archive).digest()).decode()}"
    with tarfile.open(fileobj=io.BytesIO(archive)) as opened:
        manifest = opened.extractfile("package/package.json")
        assert manifest is not None
        said = json.load(manifest)
    said["dist"] = {"tarball": f"{REGISTRY}/{name}.tgz", "integrity": integrity}
    return json.dumps({"name": name, "dist-tags": {"latest": version}, "versions": {version: said}}).encode()
