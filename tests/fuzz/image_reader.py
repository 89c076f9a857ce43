"""Feeds the image reader with broken tars, layers, manifests and configs, and stops at the first crash.

    python -m tests.fuzz.image_reader [--executions N] [--seed S] [--seconds T]

An execution is one mutated input through one target. A crash is any exception that the target does not announce, a
result that breaks its own promises, or a target that takes more than ten seconds; the input is printed with the seed.
"""

import argparse
import io
import json
import random
import signal
import sys
import tarfile
import time
from collections.abc import Callable, Iterator, Sequence
from types import FrameType

from isal import igzip

from lambda_image_lint.errors import SourceError
from lambda_image_lint.image.config import parse_config
from lambda_image_lint.image.flatten import flatten
from lambda_image_lint.image.manifest import parse_manifest
from lambda_image_lint.image.pax import TarDamaged
from lambda_image_lint.image.scan import scan_layer
from lambda_image_lint.image.source import RawManifest
from lambda_image_lint.image.tar import TarReader
from lambda_image_lint.image.wishes import Wish, Wishes
from lambda_image_lint.image.zstd_frames import ZstdFrames

WISHES = Wishes([Wish("/**", prefix=100), Wish("/**/*.py", magic=b"x")])
SECONDS_MAX = 10


def read_tar(data: bytes) -> None:
    """The walker alone: sizes are what the stream holds."""
    reader = TarReader(data[at : at + 700] for at in range(0, len(data), 700))
    try:
        for number, entry in enumerate(reader):
            if number % 2:
                content = sum(map(len, reader.payload()))
                assert content == entry.stored, (content, entry.stored)
    except TarDamaged:
        return


def read_layer(data: bytes) -> None:
    """A layer through scan and flattening: each byte of payload is live or dead, each path absolute and inside."""
    index = scan_layer(io.BytesIO(data), WISHES)
    assert index.digest or index.problems
    flat = flatten([index, index])
    paths = [node.path for node in flat.tree.walk()]
    assert all(path.startswith("/") and ".." not in path.split("/") for path in paths)
    assert 0 <= flat.ledger.total() <= 2 * index.payload_bytes()
    for row in index.rows():
        flat.tree.find(index.path(row))


def read_manifest(data: bytes) -> None:
    """A manifest or an index."""
    try:
        manifest = parse_manifest(RawManifest(data, None, "sha256:0"), platform=None, arch="arm64")
    except SourceError:
        return
    assert manifest.image is None or manifest.image.layers == manifest.layers


def read_config(data: bytes) -> None:
    """A config."""
    try:
        config = parse_config(data)
    except SourceError:
        return
    assert [config.created_by(layer) for layer in range(3)]


def follow_zstd(data: bytes) -> None:
    """The follower of zstd frames: the same verdict however the stream is cut."""
    verdicts = []
    for size in (1, 3, len(data) or 1):
        frames = ZstdFrames()
        try:
            for at in range(0, len(data), size):
                frames.feed(data[at : at + size])
            verdicts.append(str(frames.is_between_frames))
        except ValueError as error:
            verdicts.append(str(error))
    assert len(set(verdicts)) == 1, verdicts


def seeds() -> dict[Callable[[bytes], None], Sequence[bytes]]:
    """Well-formed inputs for each target."""
    import zstandard

    tars = [_tar(form) for form in (tarfile.PAX_FORMAT, tarfile.GNU_FORMAT, tarfile.USTAR_FORMAT)]
    descriptor = {"mediaType": "m", "digest": "sha256:" + "a" * 64, "size": 7, "annotations": {"a": "b"}}
    manifest = {
        "schemaVersion": 2,
        "mediaType": "m",
        "config": descriptor,
        "layers": [descriptor] * 2,
        "subject": descriptor,
    }
    child = descriptor | {"platform": {"os": "linux", "architecture": "arm64", "variant": "v8"}}
    index = {"schemaVersion": 2, "manifests": [child, child], "annotations": {}}
    run = {
        "Cmd": ["a.b"],
        "Env": ["A=1"],
        "Labels": {"a": "b"},
        "Healthcheck": {"Test": ["NONE"]},
        "Volumes": {"/v": {}},
    }
    history = [{"created_by": "RUN x"}, {"created_by": "ENV", "empty_layer": True}]
    config = {
        "config": run,
        "rootfs": {"diff_ids": ["sha256:1"]},
        "history": history,
        "os": "linux",
        "architecture": "amd64",
    }
    frames = [zstandard.compress(tar) for tar in tars]
    return {
        read_tar: tars,
        read_layer: [*tars, *(igzip.compress(tar) for tar in tars), *frames],
        read_manifest: [json.dumps(document).encode() for document in (manifest, index)],
        read_config: [json.dumps(config).encode()],
        follow_zstd: [*frames, b"\x50\x2a\x4d\x18\x04\0\0\0skip" + frames[0]],
    }


def _tar(form: int) -> bytes:
    out = io.BytesIO()
    long = "d" * 90 + "/" + "e" * 60
    with tarfile.open(fileobj=out, mode="w", format=form) as tar:
        for name, kind, link in (
            ("d", tarfile.DIRTYPE, ""),
            ("d/f.py", tarfile.REGTYPE, ""),
            (long, tarfile.REGTYPE, ""),
            ("d/h", tarfile.LNKTYPE, "d/f.py"),
            ("l", tarfile.SYMTYPE, "d"),
            ("l/x", tarfile.REGTYPE, ""),
            ("d/.wh.f.py", tarfile.REGTYPE, ""),
            ("d/.wh..wh..opq", tarfile.REGTYPE, ""),
            ("null", tarfile.CHRTYPE, ""),
        ):
            info = tarfile.TarInfo(name)
            info.type, info.linkname, info.size = kind, link, 600 if name.endswith(".py") else 0
            if form == tarfile.PAX_FORMAT:
                info.pax_headers = {"mtime": "1.5", "SCHILY.xattr.user.a": "b"}
            tar.addfile(info, io.BytesIO(b"x" * info.size))
    return out.getvalue()[:16_384]


def mutate(data: bytes, chance: random.Random, others: Sequence[bytes]) -> bytes:
    """A few changes of the kinds that break readers. Header checksums are mended, so that changes get past them."""
    made = bytearray(data)
    for _ in range(chance.choice((1, 1, 2, 3, 8))):
        at = chance.randrange(len(made) + 1)
        match chance.randrange(7):
            case 0 if at < len(made):
                made[at] ^= 1 << chance.randrange(8)
            case 1:
                made[at : at + 1] = bytes([chance.choice((0, 1, 9, 32, 47, 48, 55, 57, 127, 128, 255))])
            case 2:
                del made[at : at + chance.choice((1, 7, 512))]
            case 3:
                made[at:at] = chance.choice((b"../", b"/", b"\0" * 512, b"[" * 40, b"null", b'{"a":', b"9" * 30, b"-1"))
            case 4:
                other = chance.choice(others)
                start = chance.randrange(len(other))
                made[at:at] = other[start : start + chance.choice((8, 512, 1024))]
            case 5:
                start = at // 512 * 512
                made[at : at + 12] = made[start : start + 12]
            case _:
                block = at // 512 * 512
                field = chance.choice(((0, 8), (100, 8), (124, 12), (136, 12), (156, 1), (157, 8), (257, 8), (345, 8)))
                where = block + field[0]
                made[where : where + field[1]] = chance.randbytes(field[1])
    if chance.random() < 0.8:
        _mend(made)
    return bytes(made)


def _mend(made: bytearray) -> None:
    for at in range(0, len(made) - 511, 512):
        if made[at + 257 : at + 262] == b"ustar":
            made[at + 148 : at + 156] = b" " * 8
            made[at + 148 : at + 156] = b"%06o\0 " % sum(made[at : at + 512])


def executions(seed: int) -> Iterator[tuple[Callable[[bytes], None], bytes]]:
    """Targets and inputs, for ever; the same for the same seed. The cheap targets come more often."""
    chance = random.Random(seed)
    targets = seeds()
    order = [read_tar] * 3 + [read_layer] + [read_manifest] * 3 + [read_config] * 2 + [follow_zstd]
    while True:
        target = chance.choice(order)
        yield target, mutate(chance.choice(targets[target]), chance, targets[target])


def fuzz(count: int, seed: int, seconds: float) -> int:
    """How many were executed. Raises what a target raises, with the input in a note."""

    def too_long(number: int, frame: FrameType | None) -> None:
        raise TimeoutError(f"longer than {SECONDS_MAX} s")

    # The process's own time: a busy machine is no crash.
    signal.signal(signal.SIGVTALRM, too_long)
    end = time.monotonic() + seconds
    for done, (target, data) in enumerate(executions(seed)):
        if done == count or time.monotonic() > end:
            return done
        signal.setitimer(signal.ITIMER_VIRTUAL, SECONDS_MAX)
        try:
            target(data)
        except BaseException as error:
            error.add_note(f"{target.__name__}(bytes.fromhex({data.hex()!r})), execution {done} of seed {seed}")
            raise
        finally:
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    raise AssertionError("executions never end")


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--executions", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=float("inf"))
    options = parser.parse_args()
    start = time.monotonic()
    done = fuzz(options.executions, options.seed, options.seconds)
    print(f"{done} executions in {time.monotonic() - start:.0f} s, seed {options.seed}: no crash", file=sys.stderr)


if __name__ == "__main__":
    main()
