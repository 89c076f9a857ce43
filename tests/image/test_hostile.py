"""Images made to harm the reader: each gives what is wrong, in bounded time and memory."""

import gzip
import io
import json
import subprocess
import sys
import tarfile
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambda_image_lint.errors import SourceError
from lambda_image_lint.image.budget import Budget
from lambda_image_lint.image.layers import Compression, Oddity
from lambda_image_lint.image.problem import Damage, PartMissing, Problem
from lambda_image_lint.image.scan import scan_layer
from lambda_image_lint.image.sources.memory import image_of
from lambda_image_lint.image.tree import FileTree

MIB = 1024 * 1024


def tar_header(name: str, size: int, **fields: Any) -> bytes:
    info = tarfile.TarInfo(name)
    info.size = size
    for field, value in fields.items():
        setattr(info, field, value)
    return info.tobuf(tarfile.GNU_FORMAT)


def scan(data: bytes, **options: Any) -> Any:
    return scan_layer(io.BytesIO(data), **options)


def damages(data: bytes, **options: Any) -> list[Damage]:
    return [problem.damage for problem in scan(data, **options).problems]


@pytest.mark.parametrize("cut", [1, 20, 300, 700])
@pytest.mark.parametrize("compression", ["gzip", "zstd"])
def test_a_layer_that_is_cut_off_gives_what_came_before(compression: str, cut: int) -> None:
    files = {f"/d/{number}": f"{number * 7919} content" * 9 for number in range(200)}
    image = image_of({"layers": [{"compression": compression, "files": files, "truncate": cut}]})
    assert not image.layers.is_complete
    problems = [problem.damage for problem in image.layers.problems]
    assert problems[0] is Damage.STREAM
    assert {Damage.DIGEST, Damage.SIZE} <= set(problems)
    with pytest.raises(PartMissing, match="layer 0 could not be read whole"):
        _ = image.tree
    assert image.metrics()["live_bytes"] is None


def test_rubbish_after_a_gzip_stream_is_told_and_zeros_are_not() -> None:
    packed = gzip.compress(tar_header("f", 0) + bytes(1024))
    assert damages(packed + bytes(512)) == []
    assert damages(packed + b"rubbish") == [Damage.STREAM]


def test_members_of_gzip_and_frames_of_zstd_are_one_stream() -> None:
    import zstandard

    pieces = [tar_header("a", 0), tar_header("b", 0), bytes(1024)]
    gz = scan(b"".join(map(gzip.compress, pieces)))
    zst = scan(b"\x50\x2a\x4d\x18\x04\0\0\0skip" + b"".join(map(zstandard.compress, pieces)))
    assert (gz.names, zst.names, gz.diff_id) == (["a", "b"], ["a", "b"], zst.diff_id)
    assert (gz.compression, zst.compression, zst.problems) == (Compression.GZIP, Compression.ZSTD, [])


def test_a_zstd_frame_with_a_window_of_gigabytes_is_refused() -> None:
    frame = bytes.fromhex("28b52ffd 00 a8 010000")
    (problem,) = scan(frame).problems
    assert (problem.damage, "memory" in problem.detail) == (Damage.STREAM, True)


def test_a_blob_that_is_no_layer_is_told() -> None:
    index = scan(b"%PDF-1.7" + b"x" * 4000)
    assert (index.compression, index.problems) == (
        Compression.UNKNOWN,
        [Problem(Damage.STREAM, "the layer is neither a tar nor gzip nor zstd")],
    )
    assert index.digest.startswith("sha256:")


@pytest.mark.parametrize(("checksum", "form"), [(b"99999999", Compression.UNKNOWN), (b"%06o\0 ", Compression.NONE)])
def test_a_tar_from_before_posix_is_told_by_its_checksum(checksum: bytes, form: Compression) -> None:
    block = bytearray(tar_header("f", 0))
    block[257:265] = bytes(8)
    block[148:156] = b" " * 8
    block[148:156] = checksum % sum(block) if b"%" in checksum else checksum
    assert scan(bytes(block)).compression is form


def test_an_empty_blob_is_an_empty_layer() -> None:
    assert (len(scan(b"")), damages(b"")) == (0, [])


def test_the_readers_own_limits_are_told() -> None:
    many = b"".join(tar_header(str(number), 0) for number in range(600))
    assert damages(many, budget=Budget(entries=100)) == [Damage.LIMIT]
    large = gzip.compress(tar_header("zeros", 8 * MIB) + bytes(8 * MIB + 1024))
    assert damages(large, budget=Budget(tar_bytes=MIB)) == [Damage.LIMIT]


def test_promises_that_do_not_hold_are_told_layer_by_layer() -> None:
    wrong = "sha256:" + "0" * 64
    image = image_of(
        {
            "layers": [
                {"files": {"/a": "1"}},
                {"files": {"/b": "1"}, "digest": wrong},
                {"files": {"/c": "1"}, "size": 5},
                {"files": {"/d": "1"}, "diff_id": wrong},
                {"files": {"/e": "1"}, "missing": True},
            ]
        }
    )
    assert [(problem.layer, problem.damage) for problem in image.layers.problems] == [
        (1, Damage.DIGEST),
        (2, Damage.SIZE),
        (3, Damage.DIFF_ID),
        (4, Damage.MISSING),
    ]


def test_a_config_that_counts_other_layers_is_told() -> None:
    image = image_of({"config": {"rootfs": {"diff_ids": []}}, "files": {"/a": "1"}})
    assert [problem.damage for problem in image.layers.problems] == [Damage.COUNT]
    assert image.tree.find("/a") is not None


def test_odd_names_are_told_and_stay_inside_the_root() -> None:
    entries = [
        {"name": "../../../etc/passwd", "content": "x"},
        {"name": "/etc/shadow", "content": "x"},
        {"name": "\x1b[31mred\x1b[0m"},
        {"name": "not-utf8-\udcff"},
        {"name": "a" * 256, "content": "lost"},
        {"name": "dup"},
        {"name": "dup"},
        {"name": "null", "kind": "character-device", "device": [1, 3]},
    ]
    image = image_of({"layers": [{"entries": entries}]})
    assert dict(image.layers[0].anomaly_counts) == {
        Oddity.PATH_TRAVERSAL: 1,
        Oddity.ABSOLUTE_NAME: 1,
        Oddity.CONTROL_CHARACTERS: 1,
        Oddity.NAME_NOT_UTF8: 1,
        Oddity.NAME_TOO_LONG: 1,
        Oddity.DUPLICATE: 1,
        Oddity.DEVICE: 1,
        Oddity.MISSING_PARENT: 2,
    }
    assert [node.path for node in image.tree.walk() if node.is_file] == [
        "/\x1b[31mred\x1b[0m", "/dup", "/etc/passwd", "/etc/shadow", "/not-utf8-\udcff",
    ]  # fmt: skip


PARTS = st.one_of(
    st.sampled_from(["", ".", "..", "a", "b", "a.", "..a", ".wh.a", "é" * 127, "é" * 128, "😀" * 63, "😀" * 64]),
    st.text(alphabet="ab.\x1b\u202e\udcff", max_size=3),
)


def noted(names: list[str]) -> tuple[list[str], Counter[Oddity]]:
    index = scan(b"".join(tar_header(name, 0) for name in names) + bytes(1024))
    return [index.path(row) for row in index.rows()], index.anomalies.counts


@given(st.lists(st.lists(PARTS, min_size=1, max_size=4).map("/".join), min_size=1, max_size=6))
def test_a_name_is_told_alike_whether_or_not_another_came_before(names: list[str]) -> None:
    """What is remembered of a folder saves a look at the next name in it; it must not change what is said of that."""
    paths, counts = noted(names)
    alone = [noted([name]) for name in names]
    assert paths == [path for one, _ in alone for path in one]
    assert counts == sum((one for _, one in alone), Counter())


def test_the_longest_name_counts_bytes_not_characters() -> None:
    paths, counts = noted(["é" * 127, "é" * 128, "😀" * 63, "😀" * 64])
    assert paths == ["/" + "é" * 127, "/" + "😀" * 63]
    assert counts == {Oddity.NAME_TOO_LONG: 2}


def test_odd_entries_are_counted_whole_and_kept_in_part() -> None:
    entries = [{"name": f"no/parent/{number}"} for number in range(1000)]
    (layer,) = image_of({"layers": [{"entries": entries}]}).layers
    assert layer.anomaly_counts == {Oddity.MISSING_PARENT: 1000}
    assert [(row.path, row.detail) for row in layer.missing_parents[:2]] == [
        ("/no/parent/0", "/no/parent"),
        ("/no/parent/1", "/no/parent"),
    ]
    assert len(layer.missing_parents) == 100


def test_directories_nested_as_deep_as_a_path_allows_are_laid_deleted_and_walked() -> None:
    deep = "/".join(["d"] * 2000)
    entries = [{"name": deep, "content": "x" * 10}]
    image = image_of({"layers": [{"entries": entries}, {"whiteouts": ["/d"]}]})
    assert (image.layers.dead_bytes, list(image.tree.walk())) == (10, [])
    kept = image_of({"layers": [{"entries": entries}]}).tree
    assert len(list(kept.walk())) == 2000
    assert kept.find(deep) is not None


def test_symlinks_that_fan_out_are_not_followed_for_ever() -> None:
    links = {f"/l{number}": {"link": f"l{number + 1}/l{number + 1}"} for number in range(60)}
    tree: FileTree = image_of({"layers": [{"files": links}]}).tree
    assert tree.find("/l0") is None


MEASURED = """
import json, sys, time
from lambda_image_lint.image.scan import scan_layer
with open(sys.argv[1], "rb") as file:
    start = time.monotonic()
    index = scan_layer(file)
    seconds = time.monotonic() - start
# Not getrusage: its peak includes what the parent had before it became this program.
with open("/proc/self/status") as status:
    peak = next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))
print(json.dumps([len(index), index.tar_bytes, [str(p.damage) for p in index.problems], seconds, peak / 1024]))
"""


def measured(tmp_path: Path, pieces: list[tuple[bytes, int]]) -> tuple[int, int, list[str], float, float]:
    """Entries, tar bytes, problems, seconds and MiB of a fresh process that scans the gzipped pieces, each repeated."""
    blob = tmp_path / "blob"
    with blob.open("wb") as file:
        for piece, times in pieces:
            packed = gzip.compress(piece, 6)
            for _ in range(times):
                file.write(packed)
    done = subprocess.run(
        [sys.executable, "-c", MEASURED, blob], capture_output=True, text=True, check=True, timeout=300
    )
    entries, tar_bytes, problems, seconds, peak = json.loads(done.stdout)
    return entries, tar_bytes, problems, seconds, peak


def test_ten_gibibytes_of_zeros_in_ten_megabytes_take_no_memory(tmp_path: Path) -> None:
    size = 10 * 1024 * MIB
    pieces = [(tar_header("zeros", size), 1), (bytes(64 * MIB), size // (64 * MIB)), (bytes(1024), 1)]
    entries, tar_bytes, problems, seconds, peak = measured(tmp_path, pieces)
    assert (entries, tar_bytes, problems) == (1, size + 1536, [])
    assert peak < 100
    assert seconds < 90


def test_an_extension_header_of_a_gigabyte_is_not_taken_into_memory(tmp_path: Path) -> None:
    size = 1024 * MIB
    bomb = tar_header("x", size, type=tarfile.XHDTYPE)
    entries, _, problems, _, peak = measured(tmp_path, [(bomb, 1), (b"9" * 64 * MIB, 16), (bytes(1024), 1)])
    assert (entries, problems) == (0, ["stream"])
    assert peak < 100


def test_names_and_attributes_of_a_mebibyte_each_do_not_fill_memory(tmp_path: Path) -> None:
    info = tarfile.TarInfo("f")
    info.pax_headers = {"SCHILY.xattr.user.x": "x" * 1_000_000}
    entry = info.tobuf(tarfile.PAX_FORMAT)
    entries, _, problems, _, peak = measured(tmp_path, [(entry, 2000), (bytes(1024), 1)])
    assert problems == ["limit"]
    assert entries < 1200
    assert peak < 1300


def test_an_index_that_names_no_image_has_no_config_and_says_so() -> None:
    image = image_of({"files": {"/a": ""}, "manifest": {"index": [{"attestation": True}]}})
    assert image.manifest is not None
    assert image.manifest.is_index
    for part in ("config", "layers", "tree"):
        with pytest.raises(PartMissing, match="the index names no image that is there"):
            getattr(image, part)


def test_a_child_that_is_not_there_is_a_problem_of_the_index() -> None:
    image = image_of({"files": {"/a": ""}, "manifest": {"index": [{"platform": "linux/amd64", "missing": True}]}})
    assert image.manifest is not None
    assert [problem.damage for problem in image.manifest.problems] == [Damage.MISSING]


def test_a_config_that_is_no_json_is_missing_and_the_layers_are_still_read() -> None:
    class Broken:
        def __init__(self, source: Any) -> None:
            self._source = source

        def __getattr__(self, name: str) -> Any:
            return getattr(self._source, name)

        def config(self, descriptor: Any) -> bytes:
            return b"\x00\x01"

    image = image_of({"files": {"/a": "x"}})
    image.source = Broken(image.source)  # type: ignore[assignment]
    with pytest.raises(PartMissing, match="not readable JSON"):
        _ = image.config
    assert [problem.damage for problem in image.layers.problems] == [Damage.DIGEST, Damage.SIZE, Damage.DOCUMENT]
    assert image.tree.find("/a") is not None


def test_a_source_that_fails_ends_the_job_at_once() -> None:
    class Refusing:
        key, digest, size, media_type = "k", None, None, None

        def open(self, offset: int = 0) -> Any:
            raise SourceError("the registry refuses")

    image = image_of({"layers": [{"files": {"/a": "x"}}, {"files": {"/b": "x"}}, {"files": {"/c": "x"}}]})
    blobs = list(image._blobs)
    image.__dict__["_blobs"] = [blobs[0], Refusing(), blobs[2]]
    with pytest.raises(SourceError, match="the registry refuses"):
        _ = image.layers
