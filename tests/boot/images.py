"""From a family and a variant to an image: as an OCI layout for the linter, and inside the daemon for the boot.

A family's base layer is written once. A variant's layout holds a link to it, and the daemon is given the variant's own
layer only: it keeps a layer whose chain it knows, and never looks for its bytes.
"""

import fcntl
import gzip
import hashlib
import inspect
import io
import json
import platform
import shutil
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from lambda_image_lint.boot import network_holder
from tests.boot import families, rootfs, sources
from tests.boot.families import FAMILIES, Family
from tests.boot.variants import Entry, Variant
from tests.engines import DockerDaemon, once_in_run

CACHE = Path(__file__).parents[2] / ".pytest_cache" / "boot-bases"
"""Bases outlive a test run: their toolchains take minutes. Their key is the text that makes them."""
WRITTEN = 1_700_000_000
"""Seconds since the epoch: when every file was last written."""


@dataclass(frozen=True)
class Base:
    """A family's base image on this machine."""

    name: str
    folder: Path

    @property
    def family(self) -> Family:
        """How it is made."""
        return FAMILIES[self.name]

    @property
    def layer(self) -> Path:
        """Its one layer, gzip-compressed."""
        return self.folder / "layer.tar.gz"

    @property
    def artefacts(self) -> Path:
        """What its build left for variants."""
        return self.folder / "artefacts"

    @property
    def facts(self) -> dict[str, str]:
        """``diff_id``, ``digest``."""
        loaded: dict[str, str] = json.loads((self.folder / "facts.json").read_text())
        return loaded

    @property
    def tag(self) -> str:
        """Its name in the daemon."""
        return f"boot-{self.name}:base"


def base(name: str, daemon: DockerDaemon | None = None) -> Base:
    """A family's base, built if this machine has not yet, and loaded if a daemon is given."""

    def make(_: Path) -> dict[str, str]:
        return {"folder": str(_built(name))}

    made = Base(name, Path(once_in_run(f"boot-base-{name}", make)["folder"]))
    if daemon is not None:
        once_in_run(f"boot-load-{name}", lambda folder: _load_base(made, daemon, folder))
    return made


def _built(name: str) -> Path:
    texts = "".join(inspect.getsource(module) for module in (families, rootfs, sources))
    key = hashlib.sha256(f"{name} {families.PYTHON} {texts}".encode()).hexdigest()[:16]
    folder = CACHE / f"{name}-{key}"
    CACHE.mkdir(parents=True, exist_ok=True)
    # `aws-node` shares a part with `node`, and two test runs share the folder.
    with (CACHE / f"{name.removeprefix('aws-')}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "facts.json").exists():
            _build(name, folder)
    return folder


def _build(name: str, folder: Path) -> None:
    for stale in CACHE.glob(f"{name}-*"):
        if stale.name.removeprefix(f"{name}-").isalnum():
            shutil.rmtree(stale)
    root, artefacts = folder / "root", folder / "artefacts"
    artefacts.mkdir(parents=True)
    FAMILIES[name].build(root, artefacts)
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w", format=tarfile.PAX_FORMAT) as archive:
        _add_tree(archive, root, "")
    shutil.rmtree(root)
    packed = gzip.compress(plain.getvalue(), compresslevel=1, mtime=0)
    (folder / "layer.tar.gz").write_bytes(packed)
    facts = {"diff_id": _digest(plain.getvalue()), "digest": _digest(packed)}
    (folder / "facts.json").write_text(json.dumps(facts))


def layout(made: Base, variant: Variant, folder: Path) -> Path:
    """The variant as an OCI layout in `folder`, with gzip layers, as a push makes them."""
    blobs = folder / "blobs/sha256"
    blobs.mkdir(parents=True)
    digest = made.facts["digest"]
    try:
        (blobs / digest.removeprefix("sha256:")).hardlink_to(made.layer)
    except OSError:  # the temporary folder is another file system
        shutil.copy(made.layer, blobs / digest.removeprefix("sha256:"))
    own = gzip.compress(variant_layer(made, variant), mtime=0)
    config = _config(made, variant)

    def put(content: bytes, media_type: str) -> dict[str, object]:
        (blobs / _digest(content).removeprefix("sha256:")).write_bytes(content)
        return {"mediaType": media_type, "digest": _digest(content), "size": len(content)}

    oci = "application/vnd.oci.image"
    first = {"mediaType": f"{oci}.layer.v1.tar+gzip", "digest": digest, "size": made.layer.stat().st_size}
    manifest = {
        "schemaVersion": 2,
        "mediaType": f"{oci}.manifest.v1+json",
        "config": put(config, f"{oci}.config.v1+json"),
        "layers": [first, put(own, f"{oci}.layer.v1.tar+gzip")],
    }
    index = {"schemaVersion": 2, "manifests": [put(json.dumps(manifest).encode(), f"{oci}.manifest.v1+json")]}
    (folder / "index.json").write_text(json.dumps(index))
    (folder / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')
    return folder


def load(made: Base, variant: Variant, daemon: DockerDaemon, folder: Path) -> str:
    """Give the variant to the daemon, which has its base; its tag."""
    tag = f"boot-{variant.family}:{variant.name}"
    parts = {"config.json": _config(made, variant), "own.tar": variant_layer(made, variant)}
    return _load(daemon, folder, tag, parts, ["base.tar", "own.tar"])


def _load_base(made: Base, daemon: DockerDaemon, folder: Path) -> dict[str, str]:
    config: dict[str, object] = {"architecture": _architecture(), "os": "linux", "config": {}}
    config["rootfs"] = {"type": "layers", "diff_ids": [made.facts["diff_id"]]}
    parts = {"config.json": json.dumps(config).encode(), "base.tar": gzip.decompress(made.layer.read_bytes())}
    return {"tag": _load(daemon, folder, made.tag, parts, ["base.tar"])}


def _load(daemon: DockerDaemon, folder: Path, tag: str, parts: dict[str, bytes], layers: list[str]) -> str:
    manifest = [{"Config": "config.json", "RepoTags": [tag], "Layers": layers}]
    path = folder / "image.tar"
    with tarfile.open(path, "w") as archive:
        for name, content in {**parts, "manifest.json": json.dumps(manifest).encode()}.items():
            _add(archive, name, Entry(mode=0o644), content)
    daemon.run("load", "--quiet", "--input", path)
    path.unlink()
    return tag


def variant_layer(made: Base, variant: Variant) -> bytes:
    """The variant's own layer, uncompressed: each entry after its parents."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=tarfile.PAX_FORMAT) as archive:
        there: set[str] = set()
        for path, entry in sorted(variant.files.items()):
            for parent in _parents(path):
                if parent not in there and parent not in variant.files:
                    mode = 0o1777 if parent == "/tmp" else 0o755
                    _add(archive, parent, Entry(directory=True, mode=mode), b"")
                there.add(parent)
            there.add(path)
            _add_entry(archive, path, entry, made)
        for path in variant.removed:
            whiteout = PurePosixPath(path)
            _add(archive, str(whiteout.with_name(f".wh.{whiteout.name}")), Entry(mode=0o644), b"")
    return stream.getvalue()


def _parents(path: str) -> Iterator[str]:
    return (str(parent) for parent in reversed(PurePosixPath(path).parents) if str(parent) != "/")


def _add_entry(archive: tarfile.TarFile, path: str, entry: Entry, made: Base) -> None:
    if entry.artefact is not None:
        source = made.artefacts / entry.artefact
        if source.is_dir():
            _add_tree(archive, source, path)
            return
        content, mode = source.read_bytes(), source.stat().st_mode & 0o7777
    elif entry.elf is not None:
        content, mode = network_holder.program(_machine_of(entry.elf)), 0o755
    else:
        content, mode = (entry.text or "").encode(), 0o755 if entry.directory else 0o644
    if entry.replace is not None:
        old, new = (word.encode() for word in entry.replace)
        assert old in content, f"{path} holds no {old!r}"
        content = content.replace(old, new)
    _add(archive, path, entry, content, mode)


def _add(archive: tarfile.TarFile, path: str, entry: Entry, content: bytes, mode: int = 0o755) -> None:
    info = tarfile.TarInfo(path.strip("/"))
    info.mode = mode if entry.mode is None else entry.mode
    info.uid, info.gid, info.mtime = entry.uid, entry.gid, WRITTEN
    if entry.directory:
        info.type = tarfile.DIRTYPE
    elif entry.link is not None:
        info.type, info.linkname = tarfile.SYMTYPE, entry.link
    else:
        info.size = len(content)
    archive.addfile(info, io.BytesIO(content))


def _add_tree(archive: tarfile.TarFile, folder: Path, path: str) -> None:
    """A folder with all below it, owned by root, in an order that two runs share."""

    def owned_by_root(info: tarfile.TarInfo) -> tarfile.TarInfo:
        info.uid = info.gid = 0
        info.uname = info.gname = ""
        info.mtime = WRITTEN
        return info

    for child in sorted(folder.iterdir()) if not path else [folder]:
        archive.add(child, path.strip("/") or child.name, filter=owned_by_root)


def _config(made: Base, variant: Variant) -> bytes:
    entrypoint = made.family.entrypoint if variant.entrypoint is None else variant.entrypoint
    environment = {**made.family.environment, **variant.environment}
    process: dict[str, object] = {
        "Env": [f"{name}={value}" for name, value in environment.items()],
        "Entrypoint": list(entrypoint) or None,
        "Cmd": list(variant.command) or None,
        "WorkingDir": made.family.working_dir if variant.working_dir is None else variant.working_dir,
        **variant.config,
    }
    diff_ids = [made.facts["diff_id"], _digest(variant_layer(made, variant))]
    config: dict[str, object] = {"architecture": _architecture(), "os": "linux", "config": process}
    config["rootfs"] = {"type": "layers", "diff_ids": diff_ids}
    config["history"] = [{"created_by": f"base {made.name}"}, {"created_by": f"COPY # {variant.name}"}]
    return json.dumps(config).encode()


def _architecture() -> str:
    return {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())


def _machine_of(word: str) -> str:
    own = _architecture()
    return {"own": own, "other": "amd64" if own == "arm64" else "arm64"}[word]


def _digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"
