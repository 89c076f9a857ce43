"""Archives that are cut, hostile or none at all: a finding or one clear sentence, never a traceback, never a hang."""

import gzip
import io
import os
import tarfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lambda_image_lint.errors import SourceError
from lambda_image_lint.image.model import Image
from lambda_image_lint.image.problem import PartMissing
from lambda_image_lint.image.sources import is_layout, open_source
from lambda_image_lint.image.sources.archive_members import is_archive
from tests.image.sources import dialects
from tests.image.sources.dialects import encoded, small_image, tar_of, write_folder

IMAGE = small_image()


def message(word: str, **options: object) -> str:
    """The one sentence with which an image is refused."""
    with pytest.raises(SourceError) as error, Image(open_source(word, **options)) as image:  # type: ignore[arg-type]
        _ = image.layers
    assert "\n" not in error.value.message
    return error.value.message


def outcome(word: str, stream: io.BytesIO | None = None) -> list[str]:
    """The problems of an image, or the sentence that refuses it."""
    try:
        with Image(open_source(word, stream=stream)) as image:
            return [problem.detail for problem in image.layers.problems]
    except (SourceError, PartMissing) as error:
        return [str(error)]


def damages(word: str) -> list[str]:
    with Image(open_source(word)) as image:
        return [problem.damage for problem in image.layers.problems]


@pytest.fixture
def write(tmp_path: Path) -> Callable[[bytes], str]:
    def write_image(data: bytes) -> str:
        (tmp_path / "image.tar").write_bytes(data)
        return str(tmp_path / "image.tar")

    return write_image


Write = Callable[[bytes], str]


def test_a_cut_before_the_list_of_images_ends_the_job(write: Write) -> None:
    whole = dialects.docker_20(IMAGE)  # the list comes last
    word = write(whole[: whole.index(b"manifest.json") + 100])
    assert message(word) == f"{word} is cut before its list of images: the tar ends in the middle of a header"
    word = write(whole[:9000])
    assert message(word) == f"{word} is cut before its list of images: it ends after 9000 bytes without an end mark"


def test_a_cut_after_the_list_of_images_is_a_finding(write: Write) -> None:
    whole = dialects.compressed_layers(IMAGE)  # the list comes first
    first_layer = dialects.gzipped(IMAGE.layers[0])
    word = write(whole[: whole.index(first_layer) + len(first_layer) // 2])
    assert sorted(set(damages(word))) == ["missing", "stream"]


def test_an_empty_layer_is_read_where_the_archive_passes_by() -> None:
    empty = bytes(1024)  # what BuildKit makes of a WORKDIR that is there already
    image = replace(IMAGE, layers=(*IMAGE.layers[:3], empty))
    with Image(open_source("-", stream=io.BytesIO(dialects.docker_20(image)))) as read:
        assert [layer.diff_id for layer in read.layers] == image.diff_ids


@pytest.mark.parametrize("compress", [lambda data: data, gzip.compress], ids=["plain", "gzipped"])
def test_standard_input_may_be_cut_too(compress: Callable[[bytes], bytes]) -> None:
    whole = compress(dialects.docker_20(IMAGE))
    cut = message("-", stream=io.BytesIO(whole[: len(whole) // 2]))
    assert cut.startswith("- is cut before its list of images: ")


def test_every_cut_is_a_finding_or_one_sentence(tmp_path: Path) -> None:
    for name, data in {
        "docker": dialects.docker_25(IMAGE),
        "oci": tar_of(dialects.oci([("1", IMAGE)])),
        "gzip": gzip.compress(dialects.podman(IMAGE)),
    }.items():
        for length in range(0, len(data), 509):
            path = tmp_path / name
            path.write_bytes(data[:length])
            said = outcome(str(path))
            assert said or length > len(data) - 11 * 1024  # a tar ends in ten kilobytes of nothing


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(0, 30_000), st.integers(0, 255)), min_size=1, max_size=12))
def test_flipped_bytes_never_raise_anything_but_our_own_errors(tmp_path: Path, flips: list[tuple[int, int]]) -> None:
    data = bytearray(tar_of(dialects.oci([("1", IMAGE)])))
    for at, value in flips:
        data[at % len(data)] = value
    (tmp_path / "flipped").write_bytes(data)
    for word, stream in ((str(tmp_path / "flipped"), None), ("-", io.BytesIO(bytes(data)))):
        outcome(word, stream)  # nothing else is raised


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "PATH is empty"),
        (b"FROM python\n", "PATH is no image archive: it does not begin as a tar"),
        (os.urandom(4096).replace(b"ustar", b"xxxxx"), "PATH is no image archive: it does not begin as a tar"),
        (b"BZh91AY" + bytes(600), "PATH is compressed with neither gzip nor zstd"),
        (tar_of({"hello.txt": b"hello"}), "PATH is no image archive: it has neither manifest.json nor index.json"),
        (tar_of({"manifest.json": b"{}"}), "manifest.json in PATH is no list of images with Config and Layers"),
        (tar_of({"manifest.json": b"[]"}), "PATH holds no image"),
        (tar_of({"manifest.json": b"[" * 100_000}), None),
        (tar_of({"manifest.json": b'[{"Config": "x", "Layers": [1]}]'}), None),
        (tar_of({"index.json": b"[]"}), None),
        (tar_of({"index.json": b'{"manifests": []}'}), "PATH holds no image"),
        (tar_of({"index.json": encoded({"manifests": [{"digest": "sha256:../../etc/passwd"}]})}), None),
        (
            tar_of({"index.json": b" " * (9 << 20)}),
            "index.json in PATH is longer than the 8388608 bytes that are read of a document",
        ),
    ],
)
def test_what_is_no_image_is_told_in_one_sentence(data: bytes, said: str | None, write: Write) -> None:
    word = write(data)
    told = message(word)
    assert told
    assert said is None or told == said.replace("PATH", word)


def test_a_loop_of_links_and_paths_that_climb_lead_nowhere(tmp_path: Path) -> None:
    listed = [{"Config": "../../../etc/hostname", "Layers": ["a/layer.tar", "/etc/passwd", "../../../../etc/passwd"]}]
    data = tar_of(
        {"manifest.json": encoded(listed)}, {"a/layer.tar": "../b/layer.tar", "b/layer.tar": "../a/layer.tar"}
    )
    (tmp_path / "image").write_bytes(data)
    with Image(open_source(str(tmp_path / "image"))) as image:
        with pytest.raises(PartMissing):
            _ = image.config
        assert {problem.damage for problem in image.layers.problems} == {"missing"}


def test_a_million_members_are_not_read(tmp_path: Path) -> None:
    entry = tarfile.TarInfo("x").tobuf()
    (tmp_path / "image").write_bytes(entry * 150_000)
    started = time.monotonic()
    assert message(f"{tmp_path}/image") == "the archive has more than 100000 members, which no image has"
    assert time.monotonic() - started < 20


def test_a_layout_may_hold_only_files(tmp_path: Path) -> None:
    folder = write_folder(dialects.oci([("1", IMAGE)]), tmp_path / "layout")
    assert is_layout(folder)
    blobs = sorted((folder / "blobs/sha256").iterdir(), key=lambda path: path.stat().st_size)
    blobs[0].unlink()
    os.mkfifo(blobs[0])  # opening it would wait for ever
    assert set(damages(f"oci:{folder}")) == {"missing"}


def test_a_blob_of_a_layout_may_be_a_symlink_as_bazel_makes_them(tmp_path: Path) -> None:
    folder = write_folder(dialects.oci([("1", IMAGE)]), tmp_path / "layout")
    for path in (folder / "blobs/sha256").iterdir():
        path.rename(tmp_path / path.name)
        path.symlink_to(tmp_path / path.name)
    assert damages(f"oci:{folder}") == []


def test_words_that_lead_nowhere_say_so(tmp_path: Path) -> None:
    absent = tmp_path / "absent.tar"
    assert message(str(absent)) == f"there is no file {absent}"
    assert message("image.tar") == "there is no file image.tar"
    assert message(f"oci:{absent}") == f"there is no file or folder {absent}"
    assert message(f"oci:{tmp_path}") == f"{tmp_path} is no OCI layout: it has no index.json"
    assert message(f"docker-archive:{tmp_path}") == f"{tmp_path} is a folder, not an archive"
    long = "a" * 5000 + ":1"  # longer than any path
    assert message(long, offline=True).endswith("registry and name are longer than 255 characters")
    assert message("oci-archive:") == "nothing follows oci-archive:"
    (tmp_path / "image").write_bytes(tar_of(dialects.oci([("1", IMAGE)])))
    assert (
        message(f"docker-archive:{tmp_path}/image") == f"{tmp_path}/image is no image archive: it has no manifest.json"
    )
    (tmp_path / "image").write_bytes(dialects.docker_20(IMAGE))
    assert message(f"oci-archive:{tmp_path}/image") == f"{tmp_path}/image is no image archive: it has no index.json"


def test_archives_are_told_from_text_by_their_first_bytes() -> None:
    assert is_archive(dialects.docker_20(IMAGE)[:512])
    assert is_archive(gzip.compress(b""))
    assert not is_archive(b"FROM python:3.12\n" * 40)
    assert not is_archive(b"")
