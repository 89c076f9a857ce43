"""Our reader of tars against the one that Docker, containerd and umoci have: Go's archive/tar, on tars that are damaged."""

import json
import random
import shutil
import struct
import subprocess
from base64 import b64decode
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from lambda_image_lint.image.pax import TarDamaged
from lambda_image_lint.image.tar import TarReader
from tests.fuzz.image_reader import mutate, read_tar, seeds

pytestmark = pytest.mark.skipif(shutil.which("go") is None, reason="go is not installed")

PATIENCE = 300
"""Seconds for a build, or for ten thousand tars, which take two: a busy machine is no fault."""
DISAGREEING_MAX = 0.002
"""Share of damaged tars that may be read otherwise. What is left are global headers, which Go gives as entries, and GNU's
magic on a header with a prefix, which no program writes."""


class Entry(NamedTuple):
    """What both tell of an entry."""

    name: bytes
    type: int
    mode: int
    uid: int
    gid: int
    size: int
    mtime: int
    link: bytes
    content: int
    device: tuple[int, int] | None


class Reading(NamedTuple):
    """The entries of a tar, and whether it is refused after them."""

    entries: list[Entry]
    is_refused: bool


def ours(data: bytes) -> Reading:
    entries = []
    try:
        for entry in (reader := TarReader(iter([data]))):
            name, link = (text.encode("utf-8", "surrogateescape") for text in (entry.name, entry.link))
            content = sum(map(len, reader.payload()))
            size = entry.size if entry.type in b"0S" else 0
            entries.append(Entry(name, entry.type, *entry.owner, size, entry.mtime, link, content, entry.device))
    except TarDamaged:
        return Reading(entries, is_refused=True)
    return Reading(entries, is_refused=False)


def gos(row: dict[str, Any]) -> Reading:
    entries = [
        Entry(
            b64decode(entry["Name"]),
            entry["Type"],
            entry["Mode"] & 0o7777,
            entry["UID"],
            entry["GID"],
            entry["Size"] if entry["Type"] in b"0S" else 0,
            entry["Modified"],
            b64decode(entry["Link"]),
            entry["Bytes"],
            (entry["Major"], entry["Minor"]) if entry["Type"] in b"34" else None,
        )
        for entry in row["Entries"] or ()
    ]
    return Reading(entries, is_refused=bool(row["Error"]))


@pytest.fixture(scope="module")
def go_reader(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program beside this file, built."""
    folder = tmp_path_factory.mktemp("go")
    shutil.copy(Path(__file__).parent / "go_reader" / "main.go", folder)
    (folder / "go.mod").write_text("module reader\n\ngo 1.19\n")
    subprocess.run(["go", "build", "-o", "reader", "."], cwd=folder, check=True, capture_output=True, timeout=PATIENCE)
    return folder / "reader"


def read_by_go(program: Path, tars: list[bytes]) -> list[Reading]:
    packed = b"".join(struct.pack("<I", len(data)) + data for data in tars)
    done = subprocess.run([program], input=packed, capture_output=True, check=True, timeout=PATIENCE)
    return [gos(json.loads(line)) for line in done.stdout.split(b"\n") if line]


def test_damaged_tars_are_read_and_refused_as_go_does(go_reader: Path) -> None:
    chance, whole = random.Random(8), seeds()[read_tar]
    tars = [mutate(chance.choice(whole), chance, whole) for _ in range(10_000)]
    theirs = read_by_go(go_reader, tars)
    refused = sum(reading.is_refused for reading in theirs)
    assert 1_000 < refused < 9_000, "the mutations damage some tars and not others"
    other = [data for data, reading in zip(tars, theirs, strict=True) if not agree(ours(data), reading)]
    assert len(other) < DISAGREEING_MAX * len(tars), [data.rstrip(b"\0") for data in other[:3]]


def agree(one: Reading, other: Reading) -> bool:
    """Of a tar that is cut in the middle of a file, Go tells the file and then the fault; we tell the fault."""
    if one.is_refused and other.is_refused:
        count = min(len(one.entries), len(other.entries))
        return one.entries[:count] == other.entries[:count] and abs(len(one.entries) - len(other.entries)) <= 1
    return one == other


def test_whole_tars_are_read_alike(go_reader: Path) -> None:
    tars = list(seeds()[read_tar])
    assert [ours(data) for data in tars] == read_by_go(go_reader, tars)
