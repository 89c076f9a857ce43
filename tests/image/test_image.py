"""An image as a whole: lazy, verified, and the same however its layers come."""

import hashlib
from collections.abc import Sequence
from typing import Any, BinaryIO

import pytest

from lambda_image_lint.image.descriptor import Descriptor
from lambda_image_lint.image.layers import Compression
from lambda_image_lint.image.model import Image
from lambda_image_lint.image.source import LayerReader, OnePass, RawManifest
from lambda_image_lint.image.sources.memory import MemoryBlob, MemorySource, image_of
from lambda_image_lint.image.wishes import Wish

RECIPE: dict[str, Any] = {
    "config": {"Cmd": ["app.handler"], "architecture": "arm64"},
    "layers": [
        {"created_by": "ADD rootfs", "files": {"/usr/lib/big.so": {"content": "\x7fELF", "size": 3_000_000}}},
        {"created_by": "ENV A=1", "empty": True},
        {
            "created_by": "COPY .",
            "files": {"/var/task/app.py": "import pkg", "/var/task/pkg.py": "x = 1", "/empty": ""},
        },
    ],
}


class Watched(MemorySource):
    """Notes each call."""

    def __init__(self, recipe: dict[str, Any]) -> None:
        super().__init__(recipe)
        self.calls: list[str] = []

    def manifest(self) -> RawManifest | None:
        self.calls.append("manifest")
        return super().manifest()

    def config(self, descriptor: Descriptor | None) -> bytes:
        self.calls.append("config")
        return super().config(descriptor)

    def layers(self, descriptors: Sequence[Descriptor]) -> Sequence[MemoryBlob]:
        self.calls.append("layers")
        return super().layers(descriptors)


class Passing(Watched):
    """Its layers pass by once, the last one first, and so does all else."""

    one_pass = OnePass.EVERYTHING

    def read_through(self, scan: LayerReader) -> None:
        self.calls.append("read_through")
        for blob in reversed(super(Watched, self).layers(())):
            scan(blob.key, blob.open())


def facts(image: Image) -> tuple[Any, ...]:
    tree = [(node.path, node.kind, node.mode, node.size, node.fingerprint) for node in image.tree.walk()]
    return image.manifest, image.config, image.layers, tree, image.metrics()


def test_each_part_is_asked_for_once_and_only_when_it_is_needed() -> None:
    source = Watched(RECIPE)
    image = Image(source)
    assert (image.metrics()["uncompressed_bytes"], source.calls) == (None, [])
    assert (image.config.cmd, source.calls) == (("app.handler",), ["manifest", "config"])
    assert (image.config, image.manifest, len(source.calls)) == (image.config, image.manifest, 2)
    facts(image)
    facts(image)
    assert source.calls == ["manifest", "config", "layers"]


def test_a_stream_that_passes_by_gives_the_same_facts() -> None:
    source = Passing(RECIPE)
    assert facts(Image(source)) == facts(Image(MemorySource(RECIPE)))
    assert source.calls == ["read_through", "manifest", "config", "layers"]


def test_of_a_stream_what_was_not_wished_for_is_gone() -> None:
    image = Image(Passing(RECIPE), wishes=[Wish("/var/task/app.py")])
    assert (image.read("/var/task/app.py"), image.read("/var/task/pkg.py"), image.read("/empty")) == (
        b"import pkg",
        None,
        b"",
    )


def test_metrics_tell_what_is_known_so_far_and_null_for_the_rest() -> None:
    image = image_of(RECIPE)
    _ = image.config
    before = image.metrics()
    assert (before["architecture"], before["os"], before["files"], before["efficiency"]) == (
        "arm64",
        "linux",
        None,
        None,
    )
    assert [row["created_by"] for row in before["layers"]] == ["ADD rootfs", "COPY ."]
    assert before["layers"][0]["uncompressed_bytes"] is None
    _ = image.layers
    after = image.metrics()
    assert before["compressed_bytes"] == after["compressed_bytes"]
    assert (after["files"], after["live_bytes"], after["dead_bytes"], after["efficiency"]) == (4, 3_000_015, 0, 1.0)
    assert after["uncompressed_bytes"] == sum(row["uncompressed_bytes"] for row in after["layers"])
    assert "estimated" not in after


def test_a_source_without_manifest_has_no_compressed_sizes() -> None:
    image = image_of({**RECIPE, "manifest": {"absent": True}})
    assert image.manifest is None
    assert [(layer.digest, layer.compressed_bytes) for layer in image.layers] == [(None, None), (None, None)]
    figures = image.metrics()
    assert (figures["compressed_bytes"], figures["manifest_bytes"], figures["manifest_media_type"]) == (
        None,
        None,
        None,
    )


def test_an_estimate_says_that_it_is_one_until_the_layers_are_read() -> None:
    class Estimating(MemorySource):
        def estimate_uncompressed(self, blob: Any) -> int | None:
            return 1000

    image = Image(Estimating(RECIPE))
    assert image.estimate == 2000
    assert (image.metrics()["uncompressed_bytes"], image.metrics()["estimated"]) == (2000, True)
    _ = image.layers
    assert image.metrics()["uncompressed_bytes"] > 3_000_000
    assert "estimated" not in image.metrics()


@pytest.mark.parametrize("compression", ["gzip", "zstd", "none"])
def test_layers_are_told_by_their_bytes_whatever_they_are_called(compression: str) -> None:
    image = image_of({"layers": [{"files": {"/a": "1"}, "compression": compression, "media_type": "text/plain"}]})
    (layer,) = image.layers
    assert (layer.compression, layer.media_type) == (Compression(compression), "text/plain")
    (blob,) = image.source.layers(())
    assert (layer.digest, layer.compressed_bytes) == (blob.digest, blob.size)


def test_the_same_blob_twice_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    opened = []
    real = MemoryBlob.open

    def noted(blob: MemoryBlob, offset: int = 0) -> BinaryIO:
        opened.append(blob.key)
        return real(blob, offset)

    monkeypatch.setattr(MemoryBlob, "open", noted)
    same = {"files": {"/a": "1"}, "parents": False}
    layers = image_of({"layers": [same, same]}).layers
    assert (len(layers), len(opened), layers.dead_bytes, layers.files) == (2, 1, 1, 1)


def test_what_is_wished_for_is_kept_in_the_pass_and_all_else_is_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    class Tail:
        def __init__(self) -> None:
            self._hash = hashlib.sha256()

        def feed(self, piece: memoryview) -> None:
            self._hash.update(piece)

        def result(self) -> bytes:
            return self._hash.digest()

    wishes = [Wish("/var/task/**/*.py"), Wish("/**", prefix=16, magic=b"\x7fELF"), Wish("/usr/lib/*.so", reader=Tail)]
    image = image_of(RECIPE, wishes=wishes[:2])
    assert len(image.tree.root.children or {}) == 3
    opened = []
    real = MemoryBlob.open

    def noted(blob: MemoryBlob, offset: int = 0) -> BinaryIO:
        opened.append(blob.key)
        return real(blob, offset)

    monkeypatch.setattr(MemoryBlob, "open", noted)
    assert image.read("/var/task/pkg.py") == b"x = 1"
    assert image.read("/var/task/app.py", 6) == b"import"
    assert image.read("/usr/lib/big.so", 8) == b"\x7fELF\0\0\0\0"
    assert opened == []
    whole = image.read("/usr/lib/big.so")
    assert whole is not None
    assert (len(whole), len(opened)) == (3_000_000, 1)
    assert image.read("/usr/lib/big.so", 2_999_999) == whole[:-1]
    assert (image.read("/nothing"), image.read("/usr/lib"), len(opened)) == (None, None, 1)
    digested = image_of(RECIPE, wishes=[wishes[2]])
    node = digested.tree.find("/usr/lib/big.so")
    assert node is not None
    kept = digested.kept(node)
    assert kept is not None
    assert (kept.is_digest, kept.data) == (True, hashlib.sha256(whole).digest())
    assert digested.read("/usr/lib/big.so", 4) == b"\x7fELF"


def test_a_file_longer_than_its_wish_allows_is_passed_over() -> None:
    image = image_of(RECIPE, wishes=[Wish("/usr/**", limit=1000)])
    node = image.tree.find("/usr/lib/big.so")
    assert node is not None
    assert image.kept(node) is None


def test_progress_tells_each_layers_bytes() -> None:
    told: dict[int, tuple[int, int, int | None]] = {}
    image = image_of(RECIPE, progress=lambda layer, count, done, total: told.update({layer: (count, done, total)}))
    sizes = [layer.compressed_bytes for layer in image.layers]
    assert told == {number: (2, size, size) for number, size in enumerate(sizes)}


def test_magic_bytes_decide_also_where_a_file_starts_at_the_end_of_a_chunk() -> None:
    files: dict[str, Any] = {}
    for number in range(200):
        files[f"/bin/{number:03}"] = {"content": "\x7fELF" if number % 2 else "#!/bin/sh", "size": 3000 + number * 7}
    image = image_of({"files": files}, wishes=[Wish("/**", prefix=8, magic=b"\x7fELF")])
    kept = [node.path for node in image.tree.under("/bin") if image.kept(node) is not None]
    assert kept == [path for number, path in enumerate(files) if number % 2]
