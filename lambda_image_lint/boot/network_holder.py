"""A container's network namespace that is there before the container: so the Runtime API answers at its first call.

A container started alone would be running before anybody could bind a port beside it. A *holder* goes first: an image of
one file that sleeps. The server's socket is bound inside the holder's namespace, and the function joins that namespace.
"""

import ctypes
import io
import os
import socket
import struct
import tarfile
import threading
import time
from pathlib import Path

from lambda_image_lint.errors import LintImageError

PORT = 9001
"""TCP, on loopback: where Lambda itself puts the Runtime API. Source: docs.aws.amazon.com/lambda/latest/dg/
runtimes-api.html and the web adapter's warning not to use it, read 2026-11-23."""

PROGRAM = "/hold"

_MACHINE_CODE = {
    # mov eax, 34 (pause); syscall; and again
    "amd64": (62, bytes.fromhex("b822000000 0f05 ebf7")),
    # ppoll(0, 0, 0, 0), number 73, waits for ever; and again
    "arm64": (
        183,
        struct.pack("<7I", 0xD2800000, 0xD2800001, 0xD2800002, 0xD2800003, 0xD2800928, 0xD4000001, 0x17FFFFFA),
    ),
}
"""By OCI architecture: ELF machine number, and a program that sleeps until it is killed."""

_BASE_ADDRESS = 0x400000
_ELF_HEADER_BYTES = 64
_PROGRAM_HEADER_BYTES = 56
_CLONE_NEWNET = 0x40000000


class NamespaceError(LintImageError):
    """The namespace of the container cannot be entered from here."""


def holder_image(architecture: str) -> bytes | None:
    """A root file system of one program that sleeps, as a tar; None for an architecture without one."""
    if architecture not in _MACHINE_CODE:
        return None
    sleeper = program(architecture)
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        entry = tarfile.TarInfo(PROGRAM.lstrip("/"))
        entry.mode, entry.size = 0o755, len(sleeper)
        archive.addfile(entry, io.BytesIO(sleeper))
    return stream.getvalue()


def program(architecture: str) -> bytes:
    """A static ELF-64 file that sleeps: one loadable segment, which holds the headers and the code."""
    machine, code = _MACHINE_CODE[architecture]
    start = _ELF_HEADER_BYTES + _PROGRAM_HEADER_BYTES
    size = start + len(code)
    identification = b"\x7fELF" + bytes([2, 1, 1]) + bytes(9)
    executable, version, no_flags = 2, 1, 0
    header = struct.pack(
        "<16sHHIQQQIHHHHHH",
        *(identification, executable, machine, version, _BASE_ADDRESS + start, _ELF_HEADER_BYTES, 0, no_flags),
        *(_ELF_HEADER_BYTES, _PROGRAM_HEADER_BYTES, 1, 0, 0, 0),
    )
    loadable, readable_and_executable, alignment = 1, 5, 0x1000
    segment = struct.pack(
        "<IIQQQQQQ", loadable, readable_and_executable, 0, _BASE_ADDRESS, _BASE_ADDRESS, size, size, alignment
    )
    return header + segment + code


_EXEC_SECONDS = 1.0
"""How long a process that was just started may take to become its program: until then it shows other arguments."""
_LOOK_SECONDS = 0.01


def _arguments(pid: int) -> list[bytes]:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError as error:
        raise NamespaceError(f"the daemon's process {pid} is not on this host: {error}") from error


def listener_beside(pid: int, marker: str) -> socket.socket:
    """A socket that listens on loopback inside the network namespace of process `pid`.

    `marker` is an argument that the process was started with: a daemon elsewhere (in a virtual machine, on another
    host) gives a pid that means another process here, or none. Raises `NamespaceError`.
    """
    deadline = time.monotonic() + _EXEC_SECONDS
    while marker.encode() not in _arguments(pid):
        if time.monotonic() > deadline:
            raise NamespaceError(f"process {pid} on this host is not the daemon's container")
        time.sleep(_LOOK_SECONDS)
    outcome: list[socket.socket | OSError] = []
    # Namespaces belong to threads: one that ends at once takes the foreign namespace with it, and leaves the socket.
    thread = threading.Thread(target=lambda: outcome.append(_bind_inside(pid)), name="network-namespace")
    thread.start()
    thread.join()
    (bound,) = outcome or (OSError("the thread that enters it died"),)
    if isinstance(bound, OSError):
        raise NamespaceError(f"cannot enter the container's network: {bound}") from bound
    return bound


def _bind_inside(pid: int) -> socket.socket | OSError:
    try:
        namespace = os.open(f"/proc/{pid}/ns/net", os.O_RDONLY | os.O_CLOEXEC)
        try:
            library = ctypes.CDLL(None, use_errno=True)
            if library.setns(namespace, _CLONE_NEWNET) != 0:
                number = ctypes.get_errno()
                return OSError(number, os.strerror(number))
        finally:
            os.close(namespace)
        return socket.create_server(("127.0.0.1", PORT), backlog=64)
    except OSError as error:
        return error
