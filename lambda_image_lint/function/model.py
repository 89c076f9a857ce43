"""`Function`: what Lambda will start, from whatever evidence there is."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from typing import Protocol

from msgspec import Struct

from lambda_image_lint.answer import Absent, Answer, Unknown
from lambda_image_lint.finding import Place


class Kind(StrEnum):
    """What a path in the image is."""

    FILE = "file"
    DIRECTORY = "directory"
    SYMLINK = "symlink"
    OTHER = "other"
    """Device, FIFO, socket."""


class Packaged(Unknown, frozen=True):
    """A place that a package manager, or the base image, filled: packages may be there, the function's own code not.

    An import of anything may be served from it; a handler's module is there only if one of `packages` brings it.
    """

    packages: tuple[str, ...] | None = None
    """Names asked for, as the package manager takes them; what they depend on comes with them. None: not known."""
    of_system: bool = False
    """The system's own package manager alone was here: its packages are not made for the function's interpreter."""


class File(ABC):
    """A path that is present. `Files.find` follows symlinks, so a symlink is seen only where it dangles or loops."""

    path: str
    """Absolute, after following links."""
    kind: Kind
    mode: Answer[int]
    """Permission bits, 0 to 0o7777."""
    uid: Answer[int]
    gid: Answer[int]
    size: Answer[int]
    """Bytes."""
    place: Place
    """The COPY that brought it, or the layer it lies in."""
    mode_place: Place | None = None
    """The ``chmod`` that decided `mode`, of a command or a COPY; None where none did, and in an image."""
    source: str | None = None
    """The file of the build context that it is a copy of; None where it is no such copy."""

    @abstractmethod
    def read(self, limit: int | None = None) -> Answer[bytes]:
        """The first `limit` bytes, or all; Unknown where the evidence has the name but not the content."""

    def digest(self) -> bytes | None:
        """What a wish's reader made of the content while the layer went by; None where none did."""
        return None


Found = File | Absent | Unknown


class Files(ABC):
    """The file system that the function will see, as far as it is known."""

    @abstractmethod
    def find(self, path: str) -> Found:
        """The file at an absolute path, symlinks followed inside the image."""

    def find_each(self, folder: str, names: Iterable[str]) -> Iterator[Found]:
        """`find` of each of these names in a folder."""
        return (self.find(f"{folder}/{name}") for name in names)

    @abstractmethod
    def link(self, path: str) -> Answer[str | None]:
        """The target of the symlink at `path`, not followed; None where no symlink is there."""

    @abstractmethod
    def under(self, folder: str) -> Answer[tuple[File, ...]]:
        """Every file and directory below `folder`, sorted by path; Unknown where there may be others."""

    @abstractmethod
    def known_under(self, folder: str) -> tuple[File, ...]:
        """Those below `folder` that are certainly there; others may be too."""

    def known_paths(self, folder: str) -> Iterable[str]:
        """The paths of `known_under`, for who looks at a hundred thousand names and opens three."""
        return (file.path for file in self.known_under(folder))

    @abstractmethod
    def glob(self, pattern: str) -> Answer[tuple[File, ...]]:
        """Files that match an absolute pattern: ``*`` and ``?`` stay within a name, ``**`` crosses slashes."""

    def known_glob(self, pattern: str) -> tuple[File, ...]:
        """Those that match and are certainly there; others may be too."""
        found = self.glob(pattern)
        return () if isinstance(found, Unknown) else found

    @abstractmethod
    def readable(self, path: str) -> "Answer[Barrier | None]":
        """What keeps uid 993, gid 990 from opening `path` for reading, None where nothing does.

        Checks every parent's search bit and the file's own read bit (a directory's read and search bits).
        """

    @abstractmethod
    def executable(self, path: str) -> "Answer[Barrier | None]":
        """What keeps uid 993, gid 990 from executing `path`, None where nothing does."""


class Barrier(Struct, frozen=True):
    """The path, parent or file, whose mode is in the way."""

    path: str
    mode: int
    place: Place
    mode_place: Place | None = None
    """As of `File`."""


class AwsBase(Protocol):
    """A recognised AWS base image for Lambda."""

    @property
    def language(self) -> str:
        """``python``, ``nodejs``, ``java``, ``dotnet``, ``ruby``, ``go`` or ``provided``; ``unknown`` of an image whose
        layers are not read."""

    @property
    def version(self) -> str | None:
        """As in the tag, without date and architecture: ``3.12``, ``al2023``; None where unknown (``latest``)."""

    @property
    def os(self) -> str | None:
        """``al1``, ``al2``, ``al2023``; None where unknown."""

    @property
    def runtime(self) -> str | None:
        """Lambda's identifier, as in the table of runtimes: ``python3.12``, ``nodejs22.x``; None where unknown."""

    @property
    def reference(self) -> str | None:
        """The image reference as written, None where told from the config alone."""


class NamedBase(Struct, frozen=True):
    """An AWS base that its reference tells."""

    language: str
    version: str | None
    os: str | None
    runtime: str | None
    reference: str | None


class RuntimeClient(Struct, frozen=True):
    """How the image speaks to the Runtime API."""

    name: str
    """``base image``, ``awslambdaric``, ``aws-lambda-ric``, ``aws-lambda-web-adapter``, ``aws-lambda-go``, …"""
    version: str | None
    path: str | None
    """Where in the image it was found."""


class Installed(Struct, frozen=True):
    """A package that a command of the Dockerfile installs."""

    manager: str
    """``pip``, ``npm``, ``gem``, or the program that installs packages of the system: ``apt-get``, ``dnf``, ``apk``."""
    name: str
    """As the manager's index compares names."""
    version: str | None
    """The one that is asked for, where it is exactly one."""
    place: Place
    by: str | None = None
    """The program that was called, where a path names it: ``/opt/venv/bin/pip``. Its packages are its own environment's."""


class Packages(Struct, frozen=True):
    """The packages that the commands of a Dockerfile install; empty for an image, whose files tell."""

    installed: tuple[Installed, ...] = ()
    gaps: tuple[Unknown, ...] = ()
    """Why there may be more than these; what they depend on is never among them."""


class Function(ABC):
    """What Lambda will start. From an image every answer is known; from a Dockerfile much is, and the rest says so."""

    base: AwsBase | None
    """None also where the base is unknown: ask `base_reference`."""
    base_reference: Answer[str | None]
    """The external image that the final stage stands on, as written and resolved; None for scratch or an image."""
    architecture: Answer[str]
    """In OCI words: ``amd64``, ``arm64``."""
    entrypoint: Answer[tuple[str, ...]]
    """After inheritance, shell forms wrapped as ``/bin/sh -c TEXT``; empty where there is none."""
    entrypoint_is_inherited: bool
    """True where the base's own entrypoint counts."""
    command: Answer[tuple[str, ...]]
    """As `entrypoint`; an ENTRYPOINT after the base empties an inherited command, as Docker does."""
    working_dir: Answer[str]
    """Absolute; ``/`` where nothing sets it."""
    user: Answer[str]
    environment: Mapping[str, Answer[str]]
    """The variables that the image sets. What Lambda adds at start is not in it."""
    environment_complete: Answer[bool]
    """Unknown where the base may set more variables than these."""

    @property
    @abstractmethod
    def files(self) -> Files:
        """The file system that it starts in; of an image the first question starts the scan of the layers."""

    @property
    @abstractmethod
    def runtime_client(self) -> Answer[RuntimeClient | None]:
        """What asks the Runtime API for events; None: certainly nothing does."""

    @property
    def packages(self) -> "Packages":
        """What package managers are known to have brought, other than by the files themselves."""
        return Packages()

    @abstractmethod
    def where(self, aspect: str) -> Place:
        """What decided an aspect: ``entrypoint``, ``command``, ``working_dir``, ``user``, ``base``, ``architecture``
        or ``environment.NAME``. In a Dockerfile the instruction, else the final FROM; in an image the config key."""

    @abstractmethod
    def handler_place(self) -> Place:
        """Where handler findings stand: the last CMD or ENTRYPOINT, the final FROM where there is neither."""
