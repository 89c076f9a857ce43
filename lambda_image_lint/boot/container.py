"""The one file of `boot` that knows the Docker SDK: a function's container under Lambda's conditions."""

import contextlib
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Any, Self

import docker
import docker.errors
import docker.types

from lambda_image_lint.boot import control_group, environment, network_holder, tar_stream
from lambda_image_lint.errors import SourceError

LABEL = "io.github.lambda-image-lint.boot"
"""On every container, image and network that a boot makes; its value is the boot's own id."""
_CALL_SECONDS = 120
"""Seconds that a call to the daemon may take: a copy of a large root file system on a slow disk is among them."""
_LOG_LINES_MAX = 400


class StartRefused(Exception):  # noqa: N818 - the name says what is the case
    """The daemon could not start the container's process; the text is its own."""


class Ended(Exception):  # noqa: N818
    """The container's process is over, and nothing more can be run beside it."""


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
        # Lambda knows no VOLUME, and Docker would make each a folder to write in. Read-only they have to have names.
        volumes = {f"{boot_id}-volume-{number}": path for number, path in enumerate(image.volumes)}
        mounts = [docker.types.Mount(path, name, type="volume", read_only=True) for name, path in volumes.items()]
        host = {"network_mode": network, "mounts": mounts} | _lambda_conditions(memory_mb)
        try:
            with self._container(boot_id, f"{boot_id}-function", image.id, host, dict(variables)) as container:
                yield container
        finally:
            for name in volumes:
                with contextlib.suppress(docker.errors.NotFound):  # the container was never made
                    self._api.remove_volume(name)

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


def _lambda_conditions(memory_mb: int) -> dict[str, object]:
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
        """Seconds since the epoch, on the daemon's clock, which writes fractions of nine digits."""
        return datetime.fromisoformat(f"{self._api.inspect_container(self.name)['Created'][:19]}+00:00").timestamp()

    def wait(self) -> Exit:
        """Block until the process has ended."""
        # Bounded by whoever removes the container, not by the connection's own time-out.
        code = int(self._api.wait(self.name, timeout=None)["StatusCode"])
        try:
            out_of_memory = bool(self._api.inspect_container(self.name)["State"]["OOMKilled"])
        except docker.errors.NotFound:
            out_of_memory = False
        return Exit(code, out_of_memory)

    def ends_within(self, seconds: float) -> bool:
        """Whether the process has ended, or does so within `seconds`."""
        deadline = time.monotonic() + seconds
        try:
            while self.pid:
                if time.monotonic() > deadline:
                    return False
                time.sleep(0.05)
        except docker.errors.NotFound:  # ended, and removed
            pass
        return True

    def kill(self) -> None:
        """End the process, if it still runs."""
        with contextlib.suppress(docker.errors.APIError):  # it ended by itself a moment ago
            self._api.kill(self.name)

    def log(self) -> str:
        """What the process wrote on both its streams, the last lines of it."""
        return str(self._api.logs(self.name, stdout=True, stderr=True, tail=_LOG_LINES_MAX).decode("utf-8", "replace"))

    def peak_memory(self) -> int | None:
        """Bytes at the highest so far, page cache included, as the control group counts; None where nobody counted."""
        state = self._api.inspect_container(self.name)
        pid = int(state["State"]["Pid"])
        if pid and (peak := control_group.peak_memory(pid, state["Id"])) is not None:
            return peak
        statistics = self._api.stats(self.name, stream=False, one_shot=True) if pid else {}
        memory = statistics.get("memory_stats") or {}
        peak = memory.get("max_usage", memory.get("usage"))
        return None if peak is None else int(peak)

    def stat(self, path: str) -> tar_stream.Entry | None:
        """A path, links not followed, before or after the start; None where nothing is there."""
        try:
            stream, _ = self._api.get_archive(self.name, path)
        except docker.errors.NotFound:
            return None
        with contextlib.closing(stream):
            return tar_stream.first(stream)

    def children(self, folder: str) -> dict[str, tar_stream.Entry]:
        """What lies directly in a folder, by name; empty where there is no such folder."""
        try:
            stream, _ = self._api.get_archive(self.name, folder)
        except docker.errors.NotFound:
            return {}
        with contextlib.closing(stream):
            return tar_stream.children(stream)

    def added(self, path: str) -> bool:
        """Whether `path` came with the container, and was not in the image."""
        return any(change["Path"] == path and change["Kind"] == 1 for change in self._api.diff(self.name) or ())

    def run(self, program: str) -> tuple[str, int | None]:
        """Run one more program in it, as Lambda's user, until it ends: what it wrote, and its exit code.

        Raises `StartRefused`, and `Ended` where the container's own process is over.
        """
        user = f"{environment.USER_ID}:{environment.GROUP_ID}"
        try:
            execution = self._api.exec_create(self.name, [program], user=user)
            written: bytes = self._api.exec_start(execution["Id"])
            code = self._api.exec_inspect(execution["Id"])["ExitCode"]
        except docker.errors.APIError as error:
            if error.status_code in (HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT):
                raise Ended from error
            raise StartRefused(error.explanation or str(error)) from error
        return written.decode("utf-8", "replace"), code
