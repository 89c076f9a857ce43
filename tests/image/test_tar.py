"""Tars as other programs write them, and as nobody should."""

import io
import shutil
import struct
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from lambda_image_lint.image.pax import TarDamaged
from lambda_image_lint.image.tar import EXTENSION_MAX, TarEntry, TarReader

LONG = "a" * 60 + "/" + "b" * 90 + "/" + "c" * 120
UMLAUT = "grüße/日本"


def chunks(data: bytes, size: int) -> Iterator[bytes]:
    return (data[at : at + size] for at in range(0, len(data), size))


def read(data: bytes, chunk: int = 4096) -> list[tuple[TarEntry, bytes]]:
    reader = TarReader(chunks(data, chunk))
    return [(entry, b"".join(reader.payload())) for entry in reader]


def written(format: int, *infos: tuple[tarfile.TarInfo, bytes]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=format, encoding="utf-8", errors="surrogateescape") as tar:
        for info, content in infos:
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return out.getvalue()


def info(name: str, **fields: object) -> tarfile.TarInfo:
    made = tarfile.TarInfo(name)
    for field, value in fields.items():
        setattr(made, field, value)
    return made


def header(
    name: bytes = b"f",
    size: bytes = b"00000000000\0",
    type: bytes = b"0",
    *,
    uid: bytes = b"0000000\0",
    mtime: bytes = b"00000000000\0",
    minor: bytes = bytes(8),
    magic: bytes = b"ustar\x0000",
) -> bytes:
    block = bytearray(512)
    block[: len(name)] = name
    block[100:124] = b"0000644\0" + uid + b"0000000\0"
    block[124:136], block[136:148], block[156:157] = size, mtime, type
    block[257:265], block[337:345] = magic, minor
    block[148:156] = b"%06o\0 " % (sum(block) + 8 * 0x20)
    return bytes(block)


@pytest.mark.parametrize("format", [tarfile.PAX_FORMAT, tarfile.GNU_FORMAT])
@pytest.mark.parametrize("chunk", [1, 511, 512, 513, 4096, 1 << 20])
def test_long_and_foreign_names_come_whole_however_the_stream_is_cut(format: int, chunk: int) -> None:
    rows = [
        (info(LONG, mode=0o4755, uid=70_000, gid=3, mtime=1_700_000_000), b"x" * 700),
        (info(UMLAUT), b""),
        (info("l", type=tarfile.SYMTYPE, linkname=LONG), b""),
        (info("h", type=tarfile.LNKTYPE, linkname=UMLAUT), b""),
        (info("not-utf8-\udcff"), b"y"),
    ]
    found = read(written(format, *rows), chunk)
    assert [(entry.name, entry.link, content) for entry, content in found] == [
        (LONG, "", b"x" * 700),
        (UMLAUT, "", b""),
        ("l", LONG, b""),
        ("h", UMLAUT, b""),
        ("not-utf8-\udcff", "", b"y"),
    ]
    first = found[0][0]
    assert (first.mode, first.uid, first.gid, first.mtime, first.size) == (0o4755, 70_000, 3, 1_700_000_000, 700)


def test_numbers_too_large_for_octal_digits_are_base_256() -> None:
    big = info("big", uid=2**40, mtime=-5)
    ((entry, _),) = read(written(tarfile.GNU_FORMAT, (big, b"")))
    assert (entry.uid, entry.mtime) == (2**40, -5)
    huge = header(size=b"\x80" + (9 * 1024**3).to_bytes(11, "big"))
    reader = TarReader(iter([huge]))
    assert next(iter(reader)).size == 9 * 1024**3


def test_pax_says_size_owner_time_and_attributes() -> None:
    made = info("f")
    made.pax_headers = {
        "mtime": "1700000000.75",
        "uid": "4000000000",
        "SCHILY.xattr.security.capability": "cap",
        "LIBARCHIVE.xattr.user.n%20ame": "dmFsdWU",
    }
    ((entry, content),) = read(written(tarfile.PAX_FORMAT, (made, b"content")))
    assert (entry.mtime, entry.uid, entry.xattrs, content) == (
        1_700_000_000,
        4_000_000_000,
        {"security.capability": b"cap", "user.n ame": b"value"},
        b"content",
    )


def test_a_negative_fraction_of_a_second_rounds_down() -> None:
    made = info("f")
    made.pax_headers = {"mtime": "-1.5"}
    assert read(written(tarfile.PAX_FORMAT, (made, b"")))[0][0].mtime == -2


def test_global_headers_are_passed_over_as_docker_does() -> None:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", pax_headers={"comment": "a commit", "uid": "7"}) as tar:
        tar.addfile(info("f"))
    assert [(entry.name, entry.uid) for entry, _ in read(out.getvalue())] == [("f", 0)]


def test_what_follows_the_end_mark_is_read_and_means_nothing() -> None:
    data = written(tarfile.USTAR_FORMAT, (info("f"), b"1")) + header(b"ghost") + b"rubbish" * 99
    source = chunks(data, 512)
    assert [entry.name for entry in TarReader(source)] == ["f"]
    assert next(source, None) is None


def test_a_stream_without_an_end_mark_ends_where_it_ends() -> None:
    assert [entry.name for entry, _ in read(header(b"f"))] == ["f"]
    assert [entry.name for entry, _ in read(header(b"f") + bytes(512))] == ["f"]
    assert read(b"") == []


def test_an_old_tar_has_directories_that_end_in_a_slash() -> None:
    assert [
        (entry.name, chr(entry.type)) for entry, _ in read(header(b"d/", type=b"\0") + header(b"f", type=b"\0"))
    ] == [
        ("d/", "5"),
        ("f", "0"),
    ]


def test_a_file_of_a_later_tar_is_one_even_if_its_name_ends_in_a_slash() -> None:
    """As Go reads it. Taken for a directory, its content would be read as the headers of other entries."""
    inside = header(b"hidden")
    data = header(b"d/", b"00000001000\0", b"0") + inside + header(b"f")
    assert [(entry.name, entry.size, content) for entry, content in read(data)] == [("d/", 512, inside), ("f", 0, b"")]


def test_owners_may_be_negative_as_in_go() -> None:
    ((entry, _),) = read(header(uid=b"\xff" * 7 + b"\xfe"))
    assert entry.uid == -2


def test_a_number_that_makes_no_sense_is_refused_even_where_nothing_needs_it() -> None:
    with pytest.raises(TarDamaged, match="where a number stands"):
        read(header(minor=b"x" * 8))
    assert [entry.name for entry, _ in read(header(minor=b"x" * 8, magic=bytes(8)))] == ["f"], "no device, no number"
    extended = header(type=b"x", size=b"00000000013\0") + b"11 mtime=5\n".ljust(512, b"\0")
    with pytest.raises(TarDamaged, match="where a number stands"):
        read(extended + header(mtime=b"x" * 12))


def test_links_and_directories_have_no_content_whatever_they_claim() -> None:
    data = header(b"d", b"00000001000\0", b"5") + header(b"l", b"00000001000\0", b"2") + header(b"f")
    assert [(entry.name, entry.size) for entry, _ in read(data)] == [("d", 0), ("l", 0), ("f", 0)]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (header()[:300], "the tar ends in the middle of a header"),
        (header(size=b"00000002000\0") + b"x", "the tar ends in the middle of a file"),
        (b"x" * 512, "where a number stands"),
        (header()[:200] + b"!" + header()[201:], "checksum"),
        (bytes(512) + header(), "an empty block is followed by something else"),
        (header(size=b"\xff" * 12), "out of range"),
        (header(type=b"x", size=b"\xff" * 12), "out of range"),
        (header(size=b"0000000009x\0"), "where a number stands"),
        (header(size=b"00000000008\0"), "where an octal number stands"),
        (header(type=b"x", size=b"%011o\0" % 2**30), f"claims {2**30} bytes, more than the {EXTENSION_MAX}"),
        (header(type=b"L", size=b"77777777777\0"), f"more than the {EXTENSION_MAX}"),
        (header(type=b"x", size=b"00000000011\0") + b"99 path=x\n".ljust(512, b"\0"), "extended header is malformed"),
        (header(type=b"x", size=b"00000000014\0") + b"12 size=-9x\n".ljust(512, b"\0"), "where a number stands"),
        (
            header(type=b"x", size=b"00000000040\0") + b"8 a=bcd\n\xffno-space-for-twenty-bytes".ljust(512, b"\0"),
            "extended header is malformed",
        ),
        (header(type=b"x", size=b"00000000005\0") + b"0 a=\n".ljust(512, b"\0"), "extended header is malformed"),
        (
            header(type=b"x", size=b"00000000015\0") + b"13 path=a\0bc\n".ljust(512, b"\0"),
            "extended header is malformed",
        ),
    ],
)
def test_what_is_no_tar_is_told_in_one_sentence(data: bytes, message: str) -> None:
    with pytest.raises(TarDamaged, match=message):
        read(data)


@pytest.mark.parametrize("form", ["gnu", "0.0", "0.1", "1.0"])
def test_sparse_files_of_gnu_tar_have_their_true_length_and_name(form: str, tmp_path: Path) -> None:
    if shutil.which("tar") is None:
        pytest.skip("tar is not installed")
    sparse = tmp_path / "sparse"
    with sparse.open("wb") as file:
        for part in range(30):
            file.seek(part * 1_000_000)
            file.write(b"data")
        file.truncate(40_000_000)
    (tmp_path / "after").write_bytes(b"after")
    how = ["--format=gnu"] if form == "gnu" else ["--format=pax", f"--sparse-version={form}"]
    archive = tmp_path / "a.tar"
    subprocess.run(["tar", *how, "-S", "-C", tmp_path, "-cf", archive, "sparse", "after"], check=True)
    (first, content), (second, after) = read(archive.read_bytes())
    if not first.is_sparse:
        pytest.skip("the file system keeps no holes")
    assert (first.name, first.size, second.name, after) == ("sparse", 40_000_000, "after", b"after")
    assert first.stored == len(content) < 1_000_000


def test_the_signed_checksums_of_old_programs_hold() -> None:
    block = bytearray(header("grüße".encode()))
    signed = sum(struct.unpack("512b", bytes(block[:148]) + b" " * 8 + bytes(block[156:])))
    block[148:156] = b"%06o\0 " % signed
    assert [entry.name for entry, _ in read(bytes(block))] == ["grüße"]
