"""ELF files: held against pyelftools on real ones, and against what was put in on made ones."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from elftools.elf.dynamic import DynamicSegment
from elftools.elf.elffile import ELFFile
from elftools.elf.segments import InterpSegment
from hypothesis import given, settings
from hypothesis import strategies as st

from lambda_image_lint.answer import Unknown
from lambda_image_lint.function.native import (
    Elf,
    ElfReader,
    Linkage,
    elf,
    go_build,
    machine_matches,
    runtime_api_strings,
)
from lambda_image_lint.function.native import reader as reader_module
from lambda_image_lint.function.native.golang import GoBuild, find, read_go_build, trim
from lambda_image_lint.function.native.reader import decode, encode
from tests.function.languages.host import HostFile
from tests.function.languages.memory import MemoryFile
from tests.function.native.made import Made, make_elf

FOLDERS = ("/usr/lib/python3*/lib-dynload", "/usr/lib/*-linux-gnu", "/lib64", "/usr/bin", "/bin", "/usr/local/bin")
SAMPLE = 60
"""Real files read; the first of each folder by name."""


def real_files() -> list[Path]:
    """ELF files of this machine, spread over its folders."""
    found: list[Path] = []
    for pattern in FOLDERS:
        folders = sorted(Path("/").glob(pattern.lstrip("/")))
        files = (
            path for folder in folders for path in sorted(folder.iterdir()) if path.is_file() and not path.is_symlink()
        )
        taken = 0
        for path in files:
            if (
                taken < SAMPLE // len(FOLDERS)
                and path.stat().st_size < 8_000_000
                and path.open("rb").read(4) == b"\x7fELF"
            ):
                found.append(path)
                taken += 1
    return found


def by_pyelftools(path: Path) -> tuple[str | None, Linkage]:
    with path.open("rb") as stream:
        file = ELFFile(stream)
        needed, soname, rpath, runpath, interpreter = [], None, (), (), None
        for segment in file.iter_segments():
            if isinstance(segment, InterpSegment):
                interpreter = segment.get_interp_name()
            tags: Iterator[Any] = segment.iter_tags() if isinstance(segment, DynamicSegment) else iter(())
            for tag in tags:
                if tag.entry.d_tag == "DT_NEEDED":
                    needed.append(tag.needed)
                elif tag.entry.d_tag == "DT_SONAME":
                    soname = tag.soname
                elif tag.entry.d_tag == "DT_RPATH":
                    rpath = tuple(tag.rpath.split(":"))
                elif tag.entry.d_tag == "DT_RUNPATH":
                    runpath = tuple(tag.runpath.split(":"))
        required: Any = file.get_section_by_name(".gnu.version_r")
        defined: Any = file.get_section_by_name(".gnu.version_d")
        requires = (
            [(one.name, each.name) for one, more in required.iter_versions() for each in more] if required else []
        )
        defines = (
            [next(iter(more)).name for one, more in defined.iter_versions() if not one["vd_flags"] & 1]
            if defined
            else []
        )
    return interpreter, Linkage(tuple(needed), rpath, runpath, soname, tuple(requires), tuple(defines))


def streamed(data: bytes, size: int = 65536) -> Elf | Unknown | None:
    reader = ElfReader()
    view = memoryview(data)
    for start in range(0, len(data), size):
        reader.feed(view[start : start + size])
    return decode(reader.result())


def test_real_files_read_as_pyelftools_reads_them() -> None:
    files = real_files()
    assert len(files) >= 10, "this machine has ELF files"
    for path in files:
        interpreter, linkage = by_pyelftools(path)
        found = elf(HostFile(str(path)))
        assert isinstance(found, Elf), path
        assert (found.interpreter, found.linkage) == (interpreter, linkage), path
        again = streamed(path.read_bytes())
        assert isinstance(again, Elf)
        assert (again.interpreter, again.linkage, again.marks) == (interpreter, linkage, found.marks), path


MADE = Made(
    ("libc.so.6", "libm.so.6"), "libx.so.1", "$ORIGIN/lib:/opt/lib", (("libc.so.6", "GLIBC_2.34"),), "/lib/ld.so"
)


def variants() -> Iterator[Made]:
    for is_64, order, gap, names_first in product((True, False), "<>", (0, 100_000), (True, False)):
        yield Made(**{**vars(MADE), "is_64": is_64, "order": order, "gap": gap, "names_first": names_first})


@pytest.mark.parametrize("made", [*variants()], ids=str)
def test_word_size_byte_order_and_place_of_the_tables_do_not_matter(made: Made) -> None:
    data = make_elf(made)
    found = elf(MemoryFile("/x", data))
    assert found == streamed(data, 4096) == streamed(data, 1 << 20)
    assert found == Elf(
        62,
        64 if made.is_64 else 32,
        "/lib/ld.so",
        True,
        Linkage(made.needed, (), ("$ORIGIN/lib", "/opt/lib"), "libx.so.1", (("libc.so.6", "GLIBC_2.34"),), ()),
    )
    assert found.glibc_required == (2, 34)


def test_tables_behind_what_is_kept_are_caught_as_they_go_by(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader_module, "_PREFIX", 4096)
    moved = make_elf(Made(**{**vars(MADE), "gap": 100_000, "names_first": False}))
    assert streamed(moved, 1000) == elf(MemoryFile("/x", moved))
    passed = make_elf(Made(**{**vars(MADE), "gap": 100_000, "names_first": True}))
    assert streamed(passed, 1000) == elf(MemoryFile("/x", passed)), "the names are in the part that is kept"
    lost = make_elf(Made(needed=tuple(f"lib{n:04}.so" for n in range(1000)), gap=100_000, names_first=True))
    found = streamed(lost, 1000)
    assert isinstance(found, Elf)
    assert found.linkage == Unknown("the part of the file that names its libraries is not at hand")


class Prefix(MemoryFile):
    """Only the first bytes are at hand."""

    def __init__(self, data: bytes, length: int) -> None:
        super().__init__("/x", data[:length])
        self.size = len(data)


@given(st.integers(0, len(make_elf(MADE))))
def test_a_part_of_a_file_gives_the_truth_or_unknown(length: int) -> None:
    data = make_elf(MADE)
    whole, part = elf(MemoryFile("/x", data)), elf(Prefix(data, length))
    assert isinstance(whole, Elf)
    if isinstance(part, Elf):
        assert part.machine == whole.machine
        assert part.interpreter in (whole.interpreter, None)
        assert isinstance(part.linkage, Unknown) or part.linkage == whole.linkage
    elif part is None:
        assert length < 64
    else:
        assert isinstance(part, Unknown)


@settings(max_examples=300)
@given(st.data())
def test_no_bytes_make_the_reader_fail(data: st.DataObject) -> None:
    content = bytearray(make_elf(MADE))
    for _ in range(data.draw(st.integers(1, 8))):
        content[data.draw(st.integers(4, len(content) - 1))] = data.draw(st.integers(0, 255))
    damaged = bytes(content)
    elf(MemoryFile("/x", damaged))
    streamed(damaged, data.draw(st.integers(1, 500)))


@pytest.mark.parametrize("data", [b"", b"\x7fEL", b"\x7fELF", b"#!/bin/sh\n", b"\x7fELF" + bytes(60)])
def test_what_is_no_elf_file_is_none(data: bytes) -> None:
    assert elf(MemoryFile("/x", data)) is None
    assert streamed(data) is None


def test_facts_survive_being_written_down() -> None:
    for facts in (None, Unknown("cut"), elf(MemoryFile("/x", make_elf(MADE)))):
        assert decode(encode(facts)) == facts
    assert json.loads(encode(None)) is None


@pytest.mark.parametrize(
    ("machine", "is_64", "architecture", "matches"),
    [
        (62, True, "amd64", True),
        (62, True, "arm64", False),
        (183, True, "arm64", True),
        (62, False, "amd64", False),
        (3, False, "amd64", False),
    ],
)
def test_the_machine_is_told_in_the_words_of_oci(machine: int, is_64: bool, architecture: str, matches: bool) -> None:
    found = elf(MemoryFile("/x", make_elf(Made(machine=machine, is_64=is_64))))
    assert isinstance(found, Elf)
    assert machine_matches(found, architecture) is matches


def go_block(modules: str, version: str = "go1.22.1") -> bytes:
    framed = b"\x30" * 16 + modules.encode() + b"\xf9" * 16
    length = bytes(((len(framed) & 0x7F) | 0x80, len(framed) >> 7))
    return b"\xff Go buildinf:\x08\x02" + bytes(16) + bytes((len(version),)) + version.encode() + length + framed


def test_gos_own_block_tells_version_and_modules() -> None:
    text = (
        "path\texample.com/shop\nmod\texample.com/shop\t(devel)\t\ndep\tgithub.com/aws/aws-lambda-go\tv1.47.0\th1:x=\n"
        "dep\texample.com/old\tv1.0.0\n=>\texample.com/new\tv2.0.0\th1:y=\nbuild\tCGO_ENABLED=0\n"
    )
    build = read_go_build(go_block(text) + b"other data")
    assert build == GoBuild(
        "go1.22.1",
        "example.com/shop",
        (("example.com/shop", "(devel)"), ("github.com/aws/aws-lambda-go", "v1.47.0"), ("example.com/old", "v2.0.0")),
    )
    assert build.version("github.com/aws/aws-lambda-go") == "v1.47.0"
    assert trim(go_block(text) + b"other data") == go_block(text)
    assert read_go_build(go_block(text)[:60]) is None
    assert find(b"." * 7 + go_block(text), 9) == 7, "the block is aligned"
    assert find(b"." * 7 + go_block(text), 0) is None, "a program's own string is not"


def test_a_real_go_program_tells_what_go_says_of_it() -> None:
    go = shutil.which("go") or "/usr/local/go/bin/go"
    if not Path(go).exists():
        pytest.skip("go is missing")
    program = Path(go).resolve()
    told = subprocess.run([go, "version", str(program)], capture_output=True, text=True, check=True, timeout=60).stdout
    found = elf(HostFile(str(program)))
    assert isinstance(found, Elf)
    build = go_build(found)
    assert build is not None
    assert told.split()[-1] == build.go


def test_strings_of_a_client_are_found_across_pieces() -> None:
    assert runtime_api_strings(b"..AWS_LAMBDA_RUNTIME_API..") == {"AWS_LAMBDA_RUNTIME_API"}
    program = bytearray(make_elf(Made(gap=1000)))
    program[24] = 1  # an entry point
    program[500:521] = b"2018/runtime/invocation"[:21]
    for size in (7, 100, 4096):
        found = streamed(bytes(program), size)
        assert isinstance(found, Elf)
        assert found.marks == elf(MemoryFile("/x", bytes(program))).marks  # type: ignore[union-attr]
