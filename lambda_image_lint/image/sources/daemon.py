"""The local Docker daemon, or podman behind the same API. The one file here that knows the docker SDK.

The config comes from an inspect, which costs milliseconds; layers only from ``docker save``, which sends them in any
order in one stream, and which is not asked for where the layers are all in the cache. A daemon on Docker's own store
keeps neither manifest nor compressed layers; one on containerd's store does, and gives them in that stream too.
"""

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, BinaryIO

from lambda_image_lint.errors import SourceError
from lambda_image_lint.image.descriptor import Descriptor
from lambda_image_lint.image.source import Blob, BlobDamaged, LayerReader, OnePass, RawManifest, Source
from lambda_image_lint.image.sources.archive import ArchiveStore, ArchiveStream, read_archive
from lambda_image_lint.image.sources.chunked import BodyCut, dechunked
from lambda_image_lint.image.sources.daemon_history import history_of
from lambda_image_lint.image.sources.docker_archive import DockerArchive
from lambda_image_lint.image.sources.store import CHUNK, StoredBlob, stream_of

if TYPE_CHECKING:
    import docker

ANSWER_SECONDS = 15
"""How long a daemon may take to answer a small question: milliseconds as a rule; on a machine whose disk is busy, and
podman while another command holds its storage, more than five seconds were seen."""
SAVE_SECONDS = 600
"""How long ``docker save`` may be silent: the daemon first copies the image (6 s for 1.3 GB), then sends."""


class DaemonAbsent(SourceError):  # noqa: N818 - says what is the case
    """No daemon answers."""


class NotInDaemon(SourceError):  # noqa: N818
    """The daemon answers and does not have the image."""


class DaemonSource(Source):
    """``docker:REFERENCE``, where the reference may be a name or the beginning of an id."""

    answered_by = "Docker daemon"
    one_pass = OnePass.LAYERS
    # What Docker's own store sends passes moby's verifiedReadCloser (daemon/internal/layer/ro_layer.go, in layer/ before
    # 29, seen in 20.10 to 29.7); what podman sends, the digestingReader of containers' image/copy/blob.go. Measured:
    # to hash 1.3 GB once more, while the daemon is sending, costs 0.9 s of the user's time on two processors.
    checks_layers = True

    def __init__(self, name: str, reference: str) -> None:
        self.name = name
        self._client = _connect()
        self._api: Any = self._client.api  # its stubs leave these methods without types
        self._inspected = self._inspect(reference)
        self._layers: Sequence[Blob] | None = None

    def manifest(self) -> RawManifest | None:
        return None

    def child(self, descriptor: Descriptor) -> RawManifest:
        raise BlobDamaged(f"a daemon keeps no manifest {descriptor.digest}")

    def config(self, descriptor: Descriptor | None) -> bytes:
        """An OCI config with what the daemon tells of the original: not its bytes, but all that it says."""
        return json.dumps(config_of(self._inspected, self._history())).encode()

    def as_saved(self) -> Source | None:
        """The same image as ``docker save`` writes it, its own manifest or index included, at the cost of the save.

        None where the daemon is not on containerd's store, which alone keeps images as they are pulled and pushed.
        """
        identity = manifest_digest(self._inspected)
        if identity is None:
            return None
        return ArchiveStream(self.name, self.answered_by, stream_of(self._saved()), None, None, identity=identity)

    def read_through(self, scan: LayerReader) -> None:
        members = read_archive(stream_of(self._saved()), scan)
        self._layers = DockerArchive(ArchiveStore(self.name, members, self._gone), None).layers()

    def layers(self, descriptors: Sequence[Descriptor]) -> Sequence[Blob]:
        if self._layers is not None:
            return self._layers
        diff_ids = (self._inspected.get("RootFS") or {}).get("Layers") or []
        return [StoredBlob(diff_id, None, None, None, self._gone) for diff_id in diff_ids]

    def close(self) -> None:
        self._client.close()

    def _inspect(self, reference: str) -> dict[str, Any]:
        import docker.errors

        try:
            with _failures(f"inspecting {self.name}"):
                inspected: dict[str, Any] = self._api.inspect_image(reference)
        except docker.errors.NotFound as error:
            raise NotInDaemon(
                f'the Docker daemon has no image "{reference}"',
                "Build or pull it, or name an archive, layout or registry",
            ) from error
        return inspected

    def _history(self) -> list[dict[str, Any]]:
        with _failures(f"asking for the history of {self.name}"):
            steps: list[dict[str, Any]] = self._api.history(self._inspected["Id"])
        return steps

    def _saved(self) -> Iterator[bytes]:
        """The stream of ``docker save``. By id: the name may have moved on since the inspect."""
        import docker.errors
        import requests.exceptions

        url = f"{self._api.base_url}/v{self._api.api_version}/images/{self._inspected['Id']}/get"
        with _failures(f"saving {self.name}"), self._api.get(url, stream=True, timeout=SAVE_SECONDS) as response:
            try:
                response.raise_for_status()
            except requests.exceptions.HTTPError as error:
                docker.errors.create_api_error_from_http_exception(error)
            # Not the SDK's own call, which hands on the 32 KiB that the daemon sends at a time: measured, a scan takes
            # 3.6 s in such pieces and 2.1 s in larger ones.
            yield from _content(response.raw)

    def _gone(self, _offset: int) -> BinaryIO:
        raise SourceError(f"the layers of {self.name} can be read only while they pass by")


def _content(answer: Any) -> Iterator[bytes]:
    """The body of urllib3's answer. Where it is chunked it is read below urllib3, as the SDK itself does for streams."""
    sent = getattr(answer, "_fp", None)
    below: Any = getattr(sent, "fp", None)
    if getattr(sent, "chunked", False) and hasattr(below, "readinto1"):
        return dechunked(below.readinto1)
    return iter(lambda: answer.read(CHUNK, decode_content=False), b"")


def open_daemon(name: str, reference: str) -> Source:
    """The image that the daemon has under a name or id. Raises `DaemonAbsent` or `NotInDaemon`.

    With containerd's store, the default of new installations since Docker 29, an image has a manifest, often an index,
    which a push sends as it is: it counts for more than the time of a save.
    """
    source = DaemonSource(name, reference)
    return source.as_saved() or source


def _connect() -> "docker.DockerClient":
    """A client for the daemon that ``docker`` itself would ask: DOCKER_HOST, else the current context."""
    import docker
    import docker.errors

    from lambda_image_lint.image.sources.transfer import reason_of

    try:
        return docker.from_env(timeout=ANSWER_SECONDS)
    except (docker.errors.DockerException, OSError, ValueError) as error:
        where = os.environ.get("DOCKER_HOST") or "its socket"
        raise DaemonAbsent(
            f"no Docker daemon answers at {where}: {reason_of(error)}",
            "Start Docker or set DOCKER_HOST, or name an archive, an OCI layout or a registry instead",
        ) from error


@contextmanager
def _failures(doing: str) -> Iterator[None]:
    """Say in one sentence what a daemon refused or broke off; an image that it does not have passes through."""
    import docker.errors
    import requests.exceptions
    import urllib3.exceptions

    from lambda_image_lint.image.sources.transfer import reason_of

    try:
        yield
    except docker.errors.NotFound:
        raise
    except docker.errors.APIError as error:
        raise SourceError(f"the Docker daemon refuses {doing}: {error.explanation or error}") from error
    except (
        requests.exceptions.RequestException,
        urllib3.exceptions.HTTPError,
        docker.errors.DockerException,
        BodyCut,
        OSError,
    ) as error:
        raise SourceError(
            f"the Docker daemon broke off {doing}: {reason_of(error)}", "See whether it still runs"
        ) from error


def manifest_digest(inspected: Mapping[str, Any]) -> str | None:
    """Digest of the manifest or index that containerd's store keeps of an image; None on Docker's own store.

    Docker tells a descriptor since 28. Before, the id of an image is that digest, and with each tag goes a reference to
    it; on Docker's own store the id is the config's. Source: moby v25.0.17, ``GetImage`` in daemon/containerd/image.go.
    """
    if told := (inspected.get("Descriptor") or {}).get("digest"):
        return str(told)
    digest = inspected["Id"]
    return digest if any(name.endswith(f"@{digest}") for name in inspected.get("RepoDigests") or ()) else None


def config_of(inspected: Mapping[str, Any], steps: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """An OCI config from what ``inspect`` and ``history`` tell; see the image specification's ``config.md``."""
    diff_ids = (inspected.get("RootFS") or {}).get("Layers") or []
    config = {
        "architecture": inspected.get("Architecture") or "",
        "os": inspected.get("Os") or "",
        "variant": inspected.get("Variant"),
        "created": inspected.get("Created"),
        "author": inspected.get("Author"),
        "config": inspected.get("Config") or {},
        "rootfs": {"type": "layers", "diff_ids": diff_ids},
        "history": history_of(steps, len(diff_ids)),
    }
    return {key: value for key, value in config.items() if value not in (None, "")}
