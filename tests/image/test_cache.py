"""The cache of layer indexes: reruns read only what has changed, and nothing broken is trusted."""

import os
import stat
import threading
from pathlib import Path
from typing import Any

import pytest

from lambda_image_lint.image.cache import LayerCache, default_folder
from lambda_image_lint.image.model import Image
from lambda_image_lint.image.sources.memory import MemoryBlob, image_of
from lambda_image_lint.image.wishes import Wish

RECIPE: dict[str, Any] = {
    "layers": [
        {
            "files": {
                "/usr/bin/tool": {"content": "x" * 5000, "mode": "4755", "uid": 7},
                "/usr/bin/same": {"hard_link": "/usr/bin/tool"},
                "/lib": {"link": "usr/lib"},
                "/dev/null": {"kind": "character-device", "device": [1, 3]},
                "/capable": {"xattrs": {"security.capability": "cap"}},
                "/not-utf8-\udcff": "y",
                "/var/task/app.py": "def handler(): pass",
            }
        },
        {"whiteouts": ["/usr/bin/tool", "/nothing"], "opaque": ["/dev"], "entries": [{"name": "a/b/c"}]},
    ]
}
WISHES = (Wish("/var/task/**/*.py"),)


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The keys of all blobs that are opened."""
    keys: list[str] = []
    real = MemoryBlob.open

    def noted(blob: MemoryBlob, offset: int = 0) -> Any:
        keys.append(blob.key)
        return real(blob, offset)

    monkeypatch.setattr(MemoryBlob, "open", noted)
    return keys


def image(cache: Path, recipe: dict[str, Any] = RECIPE, **options: Any) -> Image:
    return image_of(recipe, cache=LayerCache(cache), **{"wishes": WISHES, **options})


def facts(found: Image) -> tuple[Any, ...]:
    nodes = [
        (
            node.path,
            node.kind,
            node.mode,
            node.uid,
            node.size,
            node.link,
            node.fingerprint,
            dict(node.xattrs),
            node.device,
        )
        for node in found.tree.walk()
    ]
    return nodes, found.layers, found.read("/var/task/app.py")


def test_a_second_run_opens_no_layer_and_tells_the_same(tmp_path: Path, opened: list[str]) -> None:
    first = facts(image(tmp_path))
    assert len(opened) == 2
    assert facts(image(tmp_path)) == first == facts(image_of(RECIPE, wishes=WISHES))
    assert len(opened) == 4  # the two of the image without a cache


def test_only_the_layer_that_has_changed_is_read_again(tmp_path: Path, opened: list[str]) -> None:
    facts(image(tmp_path))
    changed = {"layers": [RECIPE["layers"][0], {"files": {"/new": "1"}}]}
    opened.clear()
    found = image(tmp_path, changed)
    assert found.tree.find("/new") is not None
    assert opened == [found.layers[1].digest]


def test_other_wishes_are_another_index(tmp_path: Path, opened: list[str]) -> None:
    facts(image(tmp_path))
    opened.clear()
    facts(image(tmp_path, wishes=(Wish("/var/task/**/*.py", prefix=3),)))
    assert len(opened) >= 2


@pytest.mark.parametrize("damage", ["empty", "cut", "changed", "foreign", "directory"])
def test_a_broken_file_is_made_again(damage: str, tmp_path: Path, opened: list[str]) -> None:
    expected = facts(image(tmp_path))
    for file in tmp_path.iterdir():
        data = file.read_bytes()
        if damage == "directory":
            file.unlink()
            file.mkdir()
            continue
        middle = len(data) // 2
        file.write_bytes(
            {
                "empty": b"",
                "cut": data[:-9],
                "changed": data[:middle] + bytes([data[middle] ^ 0x55]) + data[middle + 1 :],
                "foreign": b"\x1f\x8b\x08\0\0\0\0\0\0\xff\x03\0\0\0\0\0\0\0\0\0",
            }[damage]
        )
    opened.clear()
    assert facts(image(tmp_path)) == expected
    assert len(opened) == 2
    opened.clear()
    facts(image(tmp_path))
    assert len(opened) == (2 if damage == "directory" else 0)
    assert not list(tmp_path.glob(".*.part"))


def test_a_damaged_layer_is_not_kept(tmp_path: Path) -> None:
    wrong = {"layers": [{"files": {"/a": "1"}, "digest": "sha256:" + "0" * 64}, {"files": {"/b": "1"}, "truncate": 40}]}
    assert image(tmp_path, wrong).layers.problems
    assert not list(tmp_path.iterdir())
    assert image(tmp_path, wrong).layers.problems


def test_the_folder_is_bounded_and_what_was_used_longest_ago_goes_first(tmp_path: Path) -> None:
    def store(number: int, size_max: int) -> Path:
        before = set(tmp_path.iterdir())
        recipe = {"files": {f"/{number}-{row}": str(row) for row in range(50)}}
        _ = image_of(recipe, cache=LayerCache(tmp_path, size_max)).layers
        (made,) = set(tmp_path.iterdir()) - before
        return made

    first = store(0, 10**9)
    size = first.stat().st_size
    second = store(1, 10**9)
    os.utime(first, (2_000, 2_000))
    os.utime(second, (1_000, 1_000))
    third = store(2, int(size * 2.5))
    assert set(tmp_path.iterdir()) == {first, third}


def test_runs_at_the_same_time_share_a_folder(tmp_path: Path) -> None:
    expected = facts(image_of(RECIPE, wishes=WISHES))
    failures: list[object] = []

    def run() -> None:
        for _ in range(15):
            try:
                if facts(image(tmp_path)) != expected:
                    failures.append("differs")
            except Exception as error:
                failures.append(error)
            for file in tmp_path.glob("*.index"):
                file.unlink(missing_ok=True)

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert not list(tmp_path.glob(".*.part"))


def test_a_folder_that_cannot_be_made_costs_time_only(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert facts(image(tmp_path / "file" / "cache")) == facts(image_of(RECIPE, wishes=WISHES))


def test_what_is_kept_is_for_its_user_alone(tmp_path: Path) -> None:
    facts(image(tmp_path / "cache"))
    assert stat.S_IMODE((tmp_path / "cache").stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in (tmp_path / "cache").iterdir()} == {0o600}


def test_the_default_folder_follows_xdg(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "/x/cache")
    assert default_folder() == Path("/x/cache/lambda-image-lint/layers")
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    monkeypatch.setenv("HOME", "/home/me")
    assert default_folder() == Path("/home/me/.cache/lambda-image-lint/layers")
