"""Where the image's Java looks for classes: folders and jars.

Source: aws-lambda-java-libs' ``CustomerClassLoader.java`` and ``AWSLambda.java``, 2.10; java(1) on class paths;
read 2026-11-23.
"""

from collections.abc import Iterable, Iterator
from io import BytesIO
from itertools import pairwise
from posixpath import normpath
from zipfile import BadZipFile, ZipFile

from msgspec import Struct

from lambda_image_lint.answer import Absent, Answer, Unknown
from lambda_image_lint.function.languages.start import BASE_CLIENT, JAVA_CLIENT_CLASS, Start
from lambda_image_lint.function.model import File, Files, Function, Kind

TASK_ROOT = "/var/task"
JAR_LIMIT = 256 * 1024 * 1024
"""Bytes; a longer jar is not opened. Lambda's own limit for a zip package is as much, uncompressed."""
CLASS_LIMIT = 4 * 1024 * 1024
"""Bytes of one class file; a method may have 64 KiB, a class some hundred of them."""


class Jar:
    """A jar: its classes by path."""

    def __init__(self, file: File, archive: ZipFile) -> None:
        self.file = file
        self.archive = archive
        self.names = frozenset(archive.namelist())

    def read(self, name: str) -> bytes | None:
        """A class file; None where the entry is damaged or too long."""
        try:
            with self.archive.open(name) as stream:
                data = stream.read(CLASS_LIMIT + 1)
        except (BadZipFile, OSError, NotImplementedError, RuntimeError, EOFError, ValueError):
            # An entry that cannot be unpacked: damaged, encrypted, or packed in an unknown way.
            return None
        return data if len(data) <= CLASS_LIMIT else None


def open_jar(file: File) -> Answer[Jar]:
    """Unknown where the content is not at hand, and where it is no jar that Java would open."""
    if isinstance(file.size, int) and file.size > JAR_LIMIT:
        return Unknown(f"{file.path} is longer than {JAR_LIMIT} bytes", file.place)
    content = file.read()
    if isinstance(content, Unknown):
        return content
    try:
        return Jar(file, ZipFile(BytesIO(content)))
    except (BadZipFile, ValueError, EOFError, OSError):
        return Unknown(f"{file.path} is no jar that can be read", file.place)


class ClassPath(Struct, frozen=True):
    """Folders of classes and jars, in order."""

    folders: tuple[str, ...]
    jars: tuple[File, ...]
    looked_in: tuple[str, ...]
    """As a person would write it: ``/var/task/``, ``/var/task/lib/*.jar``."""
    gaps: tuple[Unknown, ...]


def class_path(function: Function, start: Start) -> Answer[ClassPath]:
    """What the client's class loader and the machine's own see."""
    working_dir = function.working_dir
    if isinstance(working_dir, Unknown):
        return working_dir
    roots = (working_dir,) if start.client != BASE_CLIENT else tuple(dict.fromkeys((TASK_ROOT, working_dir)))
    patterns = [*(f"{root.rstrip('/')}/lib" for root in roots), "/opt/java/lib"]
    if start.client == BASE_CLIENT:
        return _path(function, list(roots), [*patterns, "/var/runtime/lib"], ())
    return _path(function, list(roots), patterns, _written_entries(start.arguments, working_dir))


def machine_path(function: Function, arguments: tuple[str, ...]) -> Answer[ClassPath]:
    """What ``java`` itself sees with these arguments: where its main class has to be."""
    if isinstance(function.working_dir, Unknown):
        return function.working_dir
    entries = tuple(_written_entries(arguments, function.working_dir))
    return _path(function, [] if entries else [function.working_dir], [], entries)


def _path(function: Function, folders: list[str], patterns: list[str], entries: Iterable[str]) -> ClassPath:
    """The folders, the jars of the folders `patterns`, and what `entries` of ``-cp`` add."""
    jars: list[File] = []
    gaps: list[Unknown] = []
    for entry in entries:
        if entry.endswith("/*"):
            patterns.append(entry.removesuffix("/*"))
            continue
        found = function.files.find(entry)
        if isinstance(found, Unknown):
            gaps.append(found)
        elif isinstance(found, File) and found.kind is Kind.FILE:
            jars.append(found)
        else:
            folders.append(entry)
    if "CLASSPATH" in function.environment:
        gaps.append(Unknown("CLASSPATH is set", function.where("environment.CLASSPATH")))
    for pattern in dict.fromkeys(patterns):
        listed = _jars_in(function.files, pattern)
        if isinstance(listed, Unknown):
            gaps.append(listed)
        else:
            jars.extend(listed)
    looked_in = (*(f"{folder.rstrip('/')}/" for folder in folders), *(f"{pattern}/*.jar" for pattern in patterns))
    return ClassPath(tuple(folders), tuple(jars), looked_in, tuple(gaps))


def _written_entries(words: tuple[str, ...], working_dir: str) -> Iterator[str]:
    """Of ``-cp``; the shell has expanded nothing, Java itself expands ``*``."""
    options = words[: words.index(JAVA_CLIENT_CLASS)] if JAVA_CLIENT_CLASS in words else ()
    for option, value in pairwise(options):
        if option in ("-cp", "-classpath", "--class-path"):
            for entry in value.split(":"):
                yield normpath(f"{working_dir}/{entry}" if not entry.startswith("/") else entry)


def _jars_in(files: Files, folder: str) -> Answer[tuple[File, ...]]:
    there = files.find(folder)
    if isinstance(there, Unknown):
        return there
    return () if isinstance(there, Absent) else files.glob(f"{folder}/*.jar")
