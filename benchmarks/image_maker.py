"""Makes an OCI layout to measure with: the same bytes each time, about as compressible as a real data stack."""

import hashlib
import io
import json
import random
import tarfile
import zlib
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from lambda_image_lint.image.descriptor import OCI_CONFIG, OCI_LAYER_GZIP, OCI_MANIFEST

POOL_BYTES = 32 * 1024 * 1024


@dataclass(frozen=True)
class LayerPlan:
    """One layer to make."""

    name: str
    folder: str
    files: int
    bytes: int
    seed: int


REAL = (
    LayerPlan("base", "usr", 8_200, 235_000_000, 1),
    LayerPlan("dependencies", "var/lang/lib", 38_000, 1_030_000_000, 2),
    LayerPlan("application", "var/task", 60, 400_000, 3),
)
"""1.3 GB in 50,000 entries: a Debian base, a Python data stack, an application."""


def make_image(folder: Path, plans: tuple[LayerPlan, ...] = REAL) -> Path:
    """An OCI layout in `folder`, made once."""
    if (folder / "index.json").exists():
        return folder
    blobs = folder / "blobs" / "sha256"
    blobs.mkdir(parents=True, exist_ok=True)
    with ProcessPoolExecutor(2) as pool:
        layers = list(pool.map(_make_layer, plans, [blobs] * len(plans)))
    config = json.dumps(
        {
            "architecture": "amd64",
            "os": "linux",
            "config": {"Cmd": ["app.handler"]},
            "rootfs": {"type": "layers", "diff_ids": [diff_id for _, _, diff_id in layers]},
            "history": [{"created_by": f"COPY {plan.name} ."} for plan in plans],
        }
    ).encode()
    manifest = json.dumps(
        {
            "schemaVersion": 2,
            "mediaType": OCI_MANIFEST,
            "config": _describe(OCI_CONFIG, *_write(blobs, config)),
            "layers": [_describe(OCI_LAYER_GZIP, digest, size) for digest, size, _ in layers],
        }
    ).encode()
    digest, size = _write(blobs, manifest)
    entry = _describe(OCI_MANIFEST, digest, size) | {"annotations": {"org.opencontainers.image.ref.name": "image"}}
    (folder / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')
    (folder / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [entry]}))
    return folder


def _make_layer(plan: LayerPlan, blobs: Path) -> tuple[str, int, str]:
    part = blobs / f"{plan.name}.part"
    digest, diff_id = hashlib.sha256(), hashlib.sha256()
    compressor = zlib.compressobj(6, zlib.DEFLATED, 31)
    with part.open("wb") as file:
        for piece in _tar(plan):
            diff_id.update(piece)
            packed = compressor.compress(piece)
            digest.update(packed)
            file.write(packed)
        packed = compressor.flush()
        digest.update(packed)
        file.write(packed)
    size = part.stat().st_size
    part.rename(blobs / digest.hexdigest())
    return f"sha256:{digest.hexdigest()}", size, f"sha256:{diff_id.hexdigest()}"


def _tar(plan: LayerPlan) -> Iterator[bytes]:
    chance = random.Random(plan.seed)
    pool = _pool(chance)
    made: set[str] = set()
    left = plan.bytes
    for number in range(plan.files):
        # Sizes as in real trees: most files are small, a few hold half of the bytes.
        share = chance.paretovariate(1.1) / 11
        size = min(int(left / (plan.files - number) * share) if number < plan.files - 1 else left, left)
        left -= size
        folder = f"{plan.folder}/package{number // 40 % 600:03}/module{number // 8 % 7}"
        for parent in _parents(folder, made):
            yield _header(parent, 0, tarfile.DIRTYPE)
        yield _header(f"{folder}/file{number:05}.py", size, tarfile.REGTYPE)
        at = chance.randrange(POOL_BYTES // 2)
        rest = size
        while rest:
            piece = pool[at : at + min(rest, POOL_BYTES // 2)]
            yield piece
            rest -= len(piece)
        yield bytes(-size % 512)
    yield bytes(1024)


def _pool(chance: random.Random) -> bytes:
    """A tenth of it random, as machine code nearly is, the rest words: gzip makes a third of it."""
    words = [bytes(chance.choices(b"abcdefghijklmnopqrstuvwxyz_", k=chance.randint(2, 11))) for _ in range(700)]
    out = io.BytesIO()
    while out.tell() < POOL_BYTES:
        out.write(chance.randbytes(500))
        out.write(b" ".join(chance.choices(words, k=1100)))
    return out.getvalue()[:POOL_BYTES]


def _parents(folder: str, made: set[str]) -> Iterator[str]:
    parts = folder.split("/")
    for length in range(1, len(parts) + 1):
        parent = "/".join(parts[:length])
        if parent not in made:
            made.add(parent)
            yield parent


def _header(name: str, size: int, type: bytes) -> bytes:
    info = tarfile.TarInfo(name)
    info.size, info.type, info.mode = size, type, 0o755 if type == tarfile.DIRTYPE else 0o644
    return info.tobuf(tarfile.USTAR_FORMAT)


def _write(blobs: Path, data: bytes) -> tuple[str, int]:
    digest = hashlib.sha256(data).hexdigest()
    (blobs / digest).write_bytes(data)
    return f"sha256:{digest}", len(data)


def _describe(media_type: str, digest: str, size: int) -> dict[str, object]:
    return {"mediaType": media_type, "digest": digest, "size": size}
