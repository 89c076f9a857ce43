"""Libraries and C libraries: held against the machine's own loader, and made up where it has none."""

import os
import platform
import shutil
import subprocess
from pathlib import Path

import pytest

from lambda_image_lint.answer import Answer, Unknown
from lambda_image_lint.function.model import File
from lambda_image_lint.function.native.libc import libc_of
from lambda_image_lint.function.native.libraries import Libraries
from lambda_image_lint.function.native.python_abi import abi_mismatches, tag_of
from tests.function.languages.host import HostFile, HostFunction
from tests.function.languages.memory import MemoryFiles, MemoryFunction
from tests.function.languages.words import said
from tests.function.native.made import Made, make_elf

LIBC = make_elf(Made(soname="libc.so.6"))


def compile_with(folder: Path, name: str, source: str, *options: str) -> Path:
    if shutil.which("gcc") is None:
        pytest.skip("gcc is missing")
    (folder / f"{name}.c").write_text(source)
    subprocess.run(["gcc", "-o", name, f"{name}.c", *options], cwd=folder, check=True, timeout=60)
    return folder / name


def lacking(path: Path, environment: dict[str, Answer[str]] | None = None) -> list[str]:
    libraries = Libraries(HostFunction(environment=environment or {}))
    return [each.reason if isinstance(each, Unknown) else each.error for each in libraries.lacking(HostFile(str(path)))]


def loader_says(path: Path, **environment: str) -> str:
    done = subprocess.run(
        [str(path)], capture_output=True, text=True, env={**os.environ, **environment}, timeout=30, check=False
    )
    return done.stderr.strip()


def test_the_programs_of_this_machine_lack_nothing() -> None:
    programs = [path for path in sorted(Path("/usr/bin").iterdir()) if path.is_file() and os.access(path, os.X_OK)]
    linked = [path for path in programs if path.stat().st_size < 3_000_000 and path.open("rb").read(4) == b"\x7fELF"][
        :40
    ]
    assert {str(path): lacking(path) for path in linked} == {str(path): [] for path in linked}


NEEDLE = "int needle(void) { return 1; }"
PROGRAM = "int needle(void); int main(void) { return !needle(); }"


def test_a_missing_library_is_told_as_the_loader_tells_it(tmp_path: Path) -> None:
    library = compile_with(tmp_path, "libneedle.so.1", NEEDLE, "-shared", "-fPIC", "-Wl,-soname,libneedle.so.1")
    program = compile_with(tmp_path, "program", PROGRAM, "./libneedle.so.1")
    [error] = lacking(program)
    assert loader_says(program) == f"{program}: error while loading shared libraries: {error}"

    folder = {"LD_LIBRARY_PATH": str(tmp_path)}
    assert (lacking(program, dict(folder)), loader_says(program, **folder)) == ([], "")
    for option in ("-Wl,--enable-new-dtags", "-Wl,--disable-new-dtags"):
        told = compile_with(tmp_path, "told", PROGRAM, str(library), option, "-Wl,-rpath,$ORIGIN/lib")
        (tmp_path / "lib").mkdir(exist_ok=True)
        assert len(lacking(told)) == 1
        shutil.copy(library, tmp_path / "lib/libneedle.so.1")
        assert (lacking(told), loader_says(told)) == ([], "")
        (tmp_path / "lib/libneedle.so.1").unlink()


def test_a_missing_version_is_told_as_the_loader_tells_it(tmp_path: Path) -> None:
    (tmp_path / "old.map").write_text("NEEDLE_1 { global: needle; };")
    (tmp_path / "new.map").write_text("NEEDLE_1 { }; NEEDLE_2 { global: needle; } NEEDLE_1;")
    shared = ("-shared", "-fPIC", "-Wl,-soname,libneedle.so.1")
    compile_with(tmp_path, "libneedle.so.1", NEEDLE, *shared, "-Wl,--version-script,new.map")
    program = compile_with(tmp_path, "program", PROGRAM, "./libneedle.so.1", "-Wl,-rpath,$ORIGIN")
    assert (lacking(program), loader_says(program)) == ([], "")
    compile_with(tmp_path, "libneedle.so.1", NEEDLE, *shared, "-Wl,--version-script,old.map")
    [error] = lacking(program)
    assert loader_says(program) == f"{program}: {error}"


def test_a_missing_loader_is_told(tmp_path: Path) -> None:
    program = compile_with(
        tmp_path, "program", "int main(void) { return 0; }", "-Wl,--dynamic-linker=/lib/ld-musl-none.so.1"
    )
    libraries = Libraries(HostFunction())
    [missing] = libraries.lacking(HostFile(str(program)))
    assert said(missing) == f"MissingInterpreter interpreter=/lib/ld-musl-none.so.1 file={program}"
    with pytest.raises(FileNotFoundError):
        subprocess.run([str(program)], check=False)


def test_a_static_program_lacks_nothing(tmp_path: Path) -> None:
    assert lacking(compile_with(tmp_path, "program", "int main(void) { return 0; }", "-static")) == []


def test_the_c_library_of_this_machine_is_told_with_its_version() -> None:
    kind, version = platform.libc_ver()
    if kind != "glibc":
        pytest.skip("this machine has no glibc")
    found = libc_of(HostFunction(architecture={"x86_64": "amd64", "aarch64": "arm64"}[platform.machine()]))
    assert not isinstance(found, Unknown)
    assert found is not None
    assert (found.kind, found.version) == ("glibc", tuple(map(int, version.split("."))))


@pytest.mark.parametrize(
    ("files", "reference", "unknown", "expected"),
    [
        ({"/lib/ld-musl-x86_64.so.1": b""}, None, (), "Libc kind=musl file=/lib/ld-musl-x86_64.so.1"),
        ({}, None, (), "None"),
        ({}, "debian:12-slim", ("/",), "Libc kind=glibc version=[2, 36]"),
        ({}, "public.ecr.aws/lambda/python:3.12", ("/",), "Libc kind=glibc version=[2, 34]"),
        ({}, "public.ecr.aws/lambda/python:3.11", ("/",), "Libc kind=glibc version=[2, 26]"),
        ({}, "alpine:3.19", ("/",), "Libc kind=musl"),
        ({}, "company/base:1", ("/",), "Unknown: RUN make install may have written it"),
    ],
)
def test_the_c_library_is_told_by_its_file_else_by_the_bases_name(
    files: dict[str, str | bytes | None], reference: str | None, unknown: tuple[str, ...], expected: str
) -> None:
    function = MemoryFunction(files, unknown=unknown, base_reference=reference)
    assert said(libc_of(function)) == expected


def image(program: bytes, files: dict[str, str | bytes | None], **more: object) -> tuple[MemoryFunction, File]:
    function = MemoryFunction({"/app/program": program, "/lib64/libc.so.6": LIBC, **files})
    for name, value in more.items():
        setattr(function, name, value)
    found = function.files.find("/app/program")
    assert isinstance(found, File)
    return function, found


def verdicts(function: MemoryFunction, file: File) -> list[str]:
    return [said(each) for each in Libraries(function).lacking(file)]


NEEDS = make_elf(Made(("libneedle.so.1", "libc.so.6")))
LIBRARY = make_elf(Made(("libdeep.so",), "libneedle.so.1"))


def test_needs_are_followed_through_the_libraries_and_told_with_the_chain() -> None:
    function, file = image(NEEDS, {"/usr/lib/libneedle.so.1": LIBRARY})
    [told] = verdicts(function, file)
    assert told.startswith(
        "MissingLibrary name=libdeep.so file=/usr/lib/libneedle.so.1 looked_in=[/lib64, /usr/lib64, "
    )
    assert told.endswith(" chain=[/app/program, /usr/lib/libneedle.so.1]")


def test_a_library_that_lies_where_the_loader_does_not_look_is_told_with_its_place() -> None:
    function, file = image(NEEDS, {"/opt/somewhere/libneedle.so.1": make_elf(Made(soname="libneedle.so.1"))})
    [told] = verdicts(function, file)
    assert told.endswith(" elsewhere=[/opt/somewhere/libneedle.so.1] chain=[/app/program]")


@pytest.mark.parametrize(
    ("configuration", "found"),
    [
        ({"/etc/ld.so.conf": "include ld.so.conf.d/*.conf\n", "/etc/ld.so.conf.d/a.conf": "# ours\n/opt/lib\n"}, True),
        ({"/etc/ld.so.conf": "/opt/lib # ours\n"}, True),
        ({"/etc/ld-musl-x86_64.path": "/lib:/opt/lib"}, True),
        ({"/etc/ld.so.conf": "/opt/other\n"}, False),
        ({"/etc/ld.so.conf": "include /etc/ld.so.conf\n"}, False),
    ],
)
def test_the_loaders_configuration_is_read(configuration: dict[str, str | bytes | None], found: bool) -> None:
    files = {"/opt/lib/libneedle.so.1": make_elf(Made(soname="libneedle.so.1")), **configuration}
    assert (verdicts(*image(NEEDS, files)) == []) is found


def test_a_library_of_another_machine_is_passed_over() -> None:
    other = make_elf(Made(soname="libneedle.so.1", machine=183))
    assert len(verdicts(*image(NEEDS, {"/usr/lib/libneedle.so.1": other}))) == 1
    both = {"/lib64/libneedle.so.1": other, "/usr/lib/libneedle.so.1": make_elf(Made(soname="libneedle.so.1"))}
    assert verdicts(*image(NEEDS, dict(both))) == []


def test_a_folder_that_is_not_known_leaves_it_undecided() -> None:
    function, file = image(NEEDS, {}, unknown=("/usr/lib",))
    assert verdicts(function, file) == ["Unknown: RUN make install may have written it"]


SITE = "/usr/local/lib/python3.12/site-packages"


@pytest.mark.parametrize(
    ("names", "architecture", "libc", "expected"),
    [
        (["a.cpython-312-x86_64-linux-gnu.so"], "amd64", "glibc", []),
        (["a.cpython-311-x86_64-linux-gnu.so"], "amd64", "glibc", [("a.cpython-311-x86_64-linux-gnu.so", ("version",))]),
        (["a.cpython-312-aarch64-linux-gnu.so"], "amd64", "glibc", [("a.cpython-312-aarch64-linux-gnu.so", ("machine",))]),
        (["a.cpython-312-x86_64-linux-gnu.so"], "amd64", "musl", [("a.cpython-312-x86_64-linux-gnu.so", ("libc",))]),
        (
            ["a.cpython-39-aarch64-linux-musl.so"], "amd64", "glibc",
            [("a.cpython-39-aarch64-linux-musl.so", ("version", "machine", "libc"))],
        ),
        (["a.cpython-312-aarch64-linux-gnu.so"], Unknown("no --arch"), None, []),
        (["a.cpython-311-x86_64-linux-gnu.so", "a.cpython-312-x86_64-linux-gnu.so"], "amd64", "glibc", []),
        (["a.cpython-311-x86_64-linux-gnu.so", "a.py"], "amd64", "glibc", []),
        (["a.cpython-311-x86_64-linux-gnu.so", "a.abi3.so"], "amd64", "glibc", []),
        (["a.so", "b.abi3.so", "c.pypy39-pp73-x86_64-linux-gnu.so"], "amd64", "glibc", []),
    ],
)  # fmt: skip
def test_extension_modules_that_this_python_passes_over_are_told(
    names: list[str], architecture: Answer[str], libc: str | None, expected: list[tuple[str, tuple[str, ...]]]
) -> None:
    files = MemoryFiles({f"{SITE}/{name}": b"" for name in names}, {}, ())
    found = list(abi_mismatches(files, SITE, 12, architecture, libc))
    told = [(each.file.path, each.wrong) for each in found if not isinstance(each, Unknown)]
    assert told == [(f"{SITE}/{name}", wrong) for name, wrong in expected]


def test_a_tag_is_read_from_the_name() -> None:
    tag = tag_of(f"{SITE}/numpy/core/_multiarray.cpython-312-x86_64-linux-gnu.so")
    assert tag is not None
    assert (tag.stem, tag.minor, tag.machine, tag.libc) == (f"{SITE}/numpy/core/_multiarray", 12, "x86_64", "gnu")
    assert tag_of("/x/libfoo.so.1") is None
