"""The one file of `boot` that knows the Docker SDK: a function's container under Lambda's conditions."""

import contextlib
import io
import tarfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from stat import S_IXOTH
from typing import Any, Self

import docker
import docker.errors
import docker.types

from lambda_image_lint.boot import environment, network_holder
from lambda_image_lint.errors import SourceError

LABEL = "io.github.lambda-image-lint.boot"
"""On every container, image and network that a boot makes; its value is the boot's own id."""
_CALL_SECONDS = 120
"""Seconds that a call to the daemon may take: a copy of a large root file system on a slow disk is among them."""
_LOG_LINES_MAX = 400


class StartRefused(Exception):  # noqa: N818 - the name says what is the case
    """The daemon could not start the container's process; the text is its own."""


@dataclass(frozen=True)
class ImageFacts:
    """What the image says about its start."""

    id: str
    entrypoint: tuple[str, ...]
    command: tuple[str, ...]
    environment: Mapping[str, str]
    working_dir: str
    """As written; empty where the image says nothing."""
    architecture: str
    volumes: tuple[str, ...]


@dataclass(frozen=True)
class Exit:
    """How the container's process ended."""

    code: int
    out_of_memory: bool


@dataclass(frozen=True)
class PathStat:
    """A path in a container."""

    is_directory: bool
    mode: int
    """Permission bits."""
    uid: int
    gid: int
    modified: float
    """Seconds since the epoch."""

    def may_search(self) -> bool:
        """Whether Lambda's user may pass through this directory."""
        shift = 6 if self.uid == environment.USER_ID else 3 if self.gid == environment.GROUP_ID else 0
        return bool(self.mode >> shift & S_IXOTH)


class Engine:
    """A connection to the daemon."""

    def __init__(self, client: docker.DockerClient) -> None:
        self._client = client
        self._api: Any = client.api

    @classmethod
    def connect(cls) -> Self:
        """The daemon that the environment or the current docker context names. Raises `SourceError`."""
        try:
            client = docker.from_env(timeout=_CALL_SECONDS)
        except docker.errors.DockerException as error:
            advice = "Start Docker, or set DOCKER_HOST or the docker context to a daemon that runs."
            raise SourceError(f"no Docker daemon answers: {error}", advice) from error
        return cls(client)

    def close(self) -> None:
        """End the connection."""
        self._client.close()

    @property
    def architecture(self) -> str:
        """The daemon's own, in OCI words."""
        return str(self._api.version()["Arch"])

    def image(self, reference: str) -> ImageFacts:
        """The facts of a local image. Raises `SourceError` where the daemon does not have it."""
        try:
            found = self._api.inspect_image(reference)
        except docker.errors.ImageNotFound as error:
            advice = "Build it, `docker pull` it, or `docker load` its archive first."
            raise SourceError(f"no image {reference!r} in the Docker daemon", advice) from error
        except docker.errors.APIError as error:
            raise SourceError(f"the Docker daemon does not give {reference!r}: {error.explanation}") from error
        config = found["Config"] or {}
        return ImageFacts(
            id=found["Id"],
            entrypoint=tuple(config.get("Entrypoint") or ()),
            command=tuple(config.get("Cmd") or ()),
            environment=dict(entry.partition("=")[::2] for entry in config.get("Env") or ()),
            working_dir=config.get("WorkingDir") or "",
            architecture=found["Architecture"],
            volumes=tuple(config.get("Volumes") or ()),
        )

    @contextlib.contextmanager
    def network_holder(self, boot_id: str, network: str) -> Iterator["Container"]:
        """A started container that does nothing but hold the network `network`; gone, image and all, at the end."""
        archive = network_holder.holder_image(self.architecture)
        if archive is None:
            raise network_holder.NamespaceError(f"no network holder for {self.architecture}")
        image = self._import(archive, boot_id)
        try:
            with self._container(boot_id, f"{boot_id}-network", image, {"network_mode": network}) as holder:
                holder.start()
                yield holder
        finally:
            self._api.remove_image(image, force=True)

    @contextlib.contextmanager
    def internal_network(self, boot_id: str) -> Iterator[tuple[str, str]]:
        """A network that leads nowhere but to this host: its name, and the host's address in it."""
        try:
            network = self._client.networks.create(boot_id, driver="bridge", internal=True, labels={LABEL: boot_id})
        except docker.errors.APIError as error:
            raise StartRefused(error.explanation or str(error)) from error
        try:
            network.reload()
            yield str(network.name), str(network.attrs["IPAM"]["Config"][0]["Gateway"])
        finally:
            network.remove()

    @contextlib.contextmanager
    def function(
        self, boot_id: str, image: ImageFacts, variables: Mapping[str, str], network: str, memory_mb: int
    ) -> Iterator["Container"]:
        """The function's container, created and not yet started; removed at the end, volumes and all."""
        host: dict[str, object] = {"network_mode": network} | _lambda_conditions(image, memory_mb)
        with self._container(boot_id, f"{boot_id}-function", image.id, host, dict(variables)) as container:
            yield container

    @contextlib.contextmanager
    def _container(
        self,
        boot_id: str,
        name: str,
        image: str,
        host: Mapping[str, object],
        variables: Mapping[str, str] | None = None,
    ) -> Iterator["Container"]:
        options: dict[str, object] = {"name": name, "labels": {LABEL: boot_id}}
        if variables is None:
            options |= {"command": [network_holder.PROGRAM, boot_id]}
        else:
            options |= {
                "environment": dict(variables),
                "user": f"{environment.USER_ID}:{environment.GROUP_ID}",
                "healthcheck": {"test": ["NONE"]},
            }
        try:
            try:
                self._api.create_container(image, host_config=self._api.create_host_config(**host), **options)
            except docker.errors.APIError as error:
                raise StartRefused(error.explanation or str(error)) from error
            yield Container(self._api, name)
        finally:
            # By name, not by the id that `create` returns: an interrupted create returns none.
            with contextlib.suppress(docker.errors.NotFound):
                self._api.remove_container(name, force=True, v=True)

    def _import(self, archive: bytes, boot_id: str) -> str:
        import json

        answer = self._api.import_image_from_data(archive, changes=[f"LABEL {LABEL}={boot_id}"])
        return str(json.loads(answer.splitlines()[-1])["status"])


def _lambda_conditions(image: ImageFacts, memory_mb: int) -> dict[str, object]:
    return {
        "read_only": True,
        # Compiled parts are unpacked to /tmp and loaded from there, which Docker's own default (noexec) forbids.
        "tmpfs": {"/tmp": f"rw,exec,nosuid,nodev,mode=1777,size={environment.TMP_BYTES}"},
        "ipc_mode": "none",  # no /dev/shm
        "mem_limit": f"{memory_mb}m",
        "memswap_limit": f"{memory_mb}m",
        "pids_limit": environment.PROCESSES_MAX,
        "ulimits": [
            docker.types.Ulimit(name="nofile", soft=environment.OPEN_FILES_MAX, hard=environment.OPEN_FILES_MAX)
        ],
        "cap_drop": ["ALL"],
        "security_opt": ["no-new-privileges"],
        # Lambda knows no VOLUME; Docker would make each a writable folder.
        "mounts": [docker.types.Mount(path, None, type="volume", read_only=True) for path in image.volumes],
        "log_config": docker.types.LogConfig(type="json-file", config={"max-size": "4m"}),
    }


class Container:
    """One container of a boot."""

    def __init__(self, api: Any, name: str) -> None:
        self._api = api
        self.name = name

    def start(self) -> None:
        """Start it. Raises `StartRefused`, with the daemon's own words, where its process cannot be started."""
        try:
            self._api.start(self.name)
        except docker.errors.APIError as error:
            raise StartRefused(error.explanation or str(error)) from error

    @property
    def pid(self) -> int:
        """The process id on the daemon's host; 0 once it has ended."""
        return int(self._api.inspect_container(self.name)["State"]["Pid"])

    @property
    def created(self) -> float:
        """Seconds since the epoch, on the daemon's clock."""
        text = str(self._api.inspect_container(self.name)["Created"])
        return datetime.fromisoformat(text[:19] + "+00:00").timestamp()

    def wait(self) -> Exit:
        """Block until the process has ended."""
        # Bounded by whoever removes the container, not by the connection's own time-out.
        code = int(self._api.wait(self.name, timeout=None)["StatusCode"])
        try:
            out_of_memory = bool(self._api.inspect_container(self.name)["State"]["OOMKilled"])
        except docker.errors.NotFound:
            out_of_memory = False
        return Exit(code, out_of_memory)

    def kill(self) -> None:
        """End the process, if it still runs."""
        with contextlib.suppress(docker.errors.APIError):  # it ended by itself a moment ago
            self._api.kill(self.name)

    def log(self) -> str:
        """What the process wrote on both its streams, the last lines of it."""
        return str(self._api.logs(self.name, stdout=True, stderr=True, tail=_LOG_LINES_MAX).decode("utf-8", "replace"))

    def peak_memory(self) -> int | None:
        """Bytes at the highest so far, page cache included, as the control group counts; None where nobody counted."""
        pid = self.pid
        if pid and (peak := _peak_of(pid)) is not None:
            return peak
        statistics = self._api.stats(self.name, stream=False, one_shot=True) if pid else {}
        memory = statistics.get("memory_stats") or {}
        peak = memory.get("max_usage", memory.get("usage"))
        return None if peak is None else int(peak)

    def stat(self, path: str) -> PathStat | None:
        """A path, links not followed, before or after the start; None where nothing is there."""
        try:
            stream, _ = self._api.get_archive(self.name, path)
        except docker.errors.NotFound:
            return None
        # The first header tells all; the rest of what may be a large tree is never asked for.
        with contextlib.closing(stream), tarfile.open(fileobj=io.BytesIO(_first_bytes(stream)), mode="r:") as archive:
            entry = archive.next()
        if entry is None:
            return None
        return PathStat(entry.isdir(), entry.mode & 0o7777, entry.uid, entry.gid, entry.mtime)

    def children(self, folder: str) -> dict[str, tarfile.TarInfo]:
        """What lies directly in a folder, by name; empty where there is no such folder."""
        try:
            stream, _ = self._api.get_archive(self.name, folder)
        except docker.errors.NotFound:
            return {}
        with contextlib.closing(stream), tarfile.open(fileobj=_Chunks(stream), mode="r|") as archive:
            entries = {entry.name.rstrip("/"): entry for entry in archive}
        depth_one = {name: entry for name, entry in entries.items() if name.count("/") == 1}
        return {name.partition("/")[2]: entry for name, entry in depth_one.items()}

    def added(self, path: str) -> bool:
        """Whether `path` came with the container, and was not in the image."""
        return any(change["Path"] == path and change["Kind"] == 1 for change in self._api.diff(self.name) or ())

    def run(self, program: str) -> tuple[str, int | None]:
        """Run one more program in it, as Lambda's user, until it ends: what it wrote, and its exit code."""
        execution = self._api.exec_create(self.name, [program], user=f"{environment.USER_ID}:{environment.GROUP_ID}")
        try:
            written: bytes = self._api.exec_start(execution["Id"])
        except docker.errors.APIError as error:
            raise StartRefused(error.explanation or str(error)) from error
        code = self._api.exec_inspect(execution["Id"])["ExitCode"]
        return written.decode("utf-8", "replace"), code


def _first_bytes(stream: Iterator[bytes]) -> bytes:
    """Enough of a tar stream for its first entry, a long name's extra headers included."""
    start = bytearray()
    for chunk in stream:
        start += chunk
        if len(start) >= 8 * tarfile.BLOCKSIZE:
            break
    # A cut stream would read as damaged; an end of archive reads as an end.
    return bytes(start) + bytes(2 * tarfile.BLOCKSIZE)


class _Chunks(io.RawIOBase):
    """The chunks of an answer as a file."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._rest = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._rest:
            piece = next(self._chunks, None)
            if piece is None:
                return 0
            self._rest = piece
        count = min(len(buffer), len(self._rest))
        buffer[:count], self._rest = self._rest[:count], self._rest[count:]
        return count


def _peak_of(pid: int) -> int | None:
    """The peak as this host's control groups (version 1 or 2) tell it; None where they are another host's."""
    try:
        lines = Path(f"/proc/{pid}/cgroup").read_text().splitlines()
    except OSError:
        return None
    for line in lines:
        _, controllers, group = line.split(":", 2)
        if controllers == "memory":
            file = Path(f"/sys/fs/cgroup/memory{group}/memory.max_usage_in_bytes")
        elif not controllers:
            file = Path(f"/sys/fs/cgroup{group}/memory.peak")
        else:
            continue
        try:
            return int(file.read_text())
        except (OSError, ValueError):
            continue
    return None
