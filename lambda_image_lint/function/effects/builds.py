"""Compilers and build tools: what they write lies below their working directory, or where they are told."""

from posixpath import basename

from lambda_image_lint.answer import Unknown
from lambda_image_lint.function.effects.archives import written
from lambda_image_lint.function.effects.call import Call
from lambda_image_lint.function.effects.unknown import only_asks, works_in_its_folder
from lambda_image_lint.function.trees import is_directory
from lambda_image_lint.function.walk import normal

_PROGRAM = 0o755


def go(call: Call) -> None:
    """``go build -o FILE`` makes one executable; without ``-o`` it bears the name of the package or module."""
    verb = call.texts[:1]
    if verb in (("version",), ("env",), ("vet",), ("list",)) or only_asks(call):
        return
    if verb == ("install",) or verb == ("mod",) or verb == ("get",):
        call.blur("/go", changes=False)
        call.blur(call.folder, changes=False)
        return
    output = call.options(("-o", "-ldflags", "-tags", "-gcflags", "-mod", "-C", "-p", "-asmflags")).last("-o")
    if verb != ("build",) or output is None:
        call.blur(call.folder, changes=False)
        return
    path = call.path(output)
    folder = isinstance(output.text, str) and output.text.endswith("/")
    if isinstance(path, Unknown) or folder or not _is_file(call, path):
        call.blur(path, changes=False)
    else:
        written(call, path, _PROGRAM)


def _is_file(call: Call, path: str) -> bool:
    """Whether an output is the program itself and not the folder for it."""
    found = call.files.find(path)
    return not is_directory(found) and not (
        isinstance(found, Unknown) and "." not in basename(path) and path.count("/") < 2
    )


def compiler(call: Call) -> None:
    """``gcc -o FILE``: one file, executable unless it is an object."""
    output = call.options(("-o", "-I", "-L", "-l", "-D", "-x", "-std", "-MF", "-isystem")).last("-o")
    if output is None:
        call.blur(call.folder, changes=False)
        return
    path = call.path(output)
    if isinstance(path, Unknown):
        call.blur(path)
    else:
        written(call, path, 0o644 if path.endswith(".o") else _PROGRAM)


def make(call: Call) -> None:
    """Below its folder; ``install`` goes wherever the makefile says."""
    if any("install" in text for text in call.texts):
        call.blur("/")
    else:
        works_in_its_folder(call)


def composer(call: Call) -> None:
    """PHP packages, in ``vendor`` unless told otherwise."""
    folder = call.options(("-d", "--working-dir")).last("-d", "--working-dir")
    where = call.folder if folder is None else call.path(folder)
    call.blur(where if isinstance(where, Unknown) else normal("vendor", where), changes=False)


EFFECTS = {
    "go": go,
    **dict.fromkeys(("gcc", "g++", "cc", "c++", "clang", "clang++", "rustc", "musl-gcc", "ld"), compiler),
    "make": make, "ninja": make, "gmake": make,
    "composer": composer,
    **dict.fromkeys(
        ("mvn", "mvnw", "gradle", "gradlew", "cargo", "cross", "dotnet", "cmake", "meson", "javac", "jar", "kotlinc",
         "sbt", "swift", "stack", "cabal", "mix", "zig", "tsc", "esbuild", "webpack", "rollup", "vite", "swc", "bazel"),
        works_in_its_folder,
    ),
}  # fmt: skip
