"""Where the image's Python looks for modules: its version and ``sys.path``.

Sources: awslambdaric's ``__main__`` and ``bootstrap``, 1.0 to 4.0.1; ``/var/runtime/bootstrap.py`` of the AWS base
images; CPython's ``Modules/getpath.py`` and ``Lib/site.py``; Debian's ``dist-packages``. Read 2026-11-23.
"""

import re
from collections.abc import Iterator
from posixpath import basename, dirname, join, normpath

from msgspec import Struct

from lambda_image_lint.answer import Absent, Answer, Unknown
from lambda_image_lint.function.languages.start import BASE_CLIENT, Start
from lambda_image_lint.function.model import File, Files, Function, Kind, Packaged

TASK_ROOT = "/var/task"
"""Lambda sets LAMBDA_TASK_ROOT to this, whatever the image says."""

_DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_PTH_LIMIT = 64 * 1024
"""Bytes read of a ``.pth`` file; an ordinary one holds a line or two."""


class SearchPath(Struct, frozen=True):
    """``sys.path`` at the moment when the handler's module is imported."""

    minor: int | None
    """Of Python 3; None where unknown."""
    code: tuple[str, ...]
    """Folders that hold the function's own code, and perhaps packages beside it; first in the search."""
    packages: tuple[str, ...]
    """Folders of installed packages, and what the base brings."""
    library: tuple[str, ...]
    """The standard library's."""
    gaps: tuple[Unknown, ...] = ()
    """Why there may be more folders than these."""

    @property
    def folders(self) -> tuple[str, ...]:
        """All, the function's own first. The library goes before the packages in truth; no image has one name in both."""
        return tuple(dict.fromkeys((*self.code, *self.packages, *self.library)))


def search_path(function: Function, start: Start) -> Answer[SearchPath]:
    """``sys.path`` of a Python function."""
    pythonpath = function.environment.get("PYTHONPATH", "")
    gaps: list[Unknown] = []
    if isinstance(pythonpath, Unknown):
        gaps.append(pythonpath)
        pythonpath = ""
    if isinstance(function.environment_complete, Unknown) and "PYTHONPATH" not in function.environment:
        gaps.append(function.environment_complete)
    working_dir = function.working_dir
    if start.client == BASE_CLIENT:
        return _base_path(function, _entries(pythonpath, working_dir), "PYTHONPATH" in function.environment, gaps)
    if isinstance(working_dir, Unknown):
        return working_dir
    return _client_path(function, start, working_dir, _entries(pythonpath, working_dir), gaps)


def _entries(pythonpath: str, working_dir: Answer[str]) -> tuple[str, ...]:
    """The folders of a PYTHONPATH; relative ones and empty ones start at the working directory."""
    if not pythonpath:
        return ()
    start = "/" if isinstance(working_dir, Unknown) else working_dir
    return tuple(normpath(join(start, entry)) for entry in pythonpath.split(":"))


def _base_path(function: Function, pythonpath: tuple[str, ...], is_set: bool, gaps: list[Unknown]) -> SearchPath:
    """An AWS base: its bootstrap puts the task root first, and /opt only where PYTHONPATH is not set."""
    minor = _minor(function.base.version if function.base else None)
    lib = f"/var/lang/lib/python3.{minor}" if minor is not None else _only_library(function.files, "/var/lang")
    if lib is None:
        gaps.append(_unnamed_site(function))
        packages = ("/var/runtime",) if is_set else ("/opt/python", "/var/runtime")
        return SearchPath(None, (TASK_ROOT, *pythonpath), packages, (), tuple(gaps))
    minor = _minor(lib)
    site = f"{lib}/site-packages"
    opt = () if is_set else (f"/opt/python/lib/python3.{minor}/site-packages", "/opt/python")
    packages = (*opt, site, "/var/runtime")
    return _with_pth_files(
        function.files, SearchPath(minor, (TASK_ROOT, *pythonpath), packages, _library(lib), tuple(gaps)), (site,)
    )


def _unnamed_site(function: Function) -> Unknown:
    """Why there is a folder of packages more, whose name has a version in it: packages alone are in there."""
    reason, place = "the version of the base image's Python is unknown", function.where("base")
    inside = function.files.find("/var/lang/lib/python3/site-packages/*")
    return Packaged(reason, place, inside.packages) if isinstance(inside, Packaged) else Unknown(reason, place)


def _client_path(
    function: Function, start: Start, working_dir: str, pythonpath: tuple[str, ...], gaps: list[Unknown]
) -> SearchPath:
    """``python -m awslambdaric``: the working directory, PYTHONPATH, the library, the site folders."""
    code = (working_dir, *pythonpath)
    interpreter = _interpreter(function, start.interpreter or "python")
    if isinstance(interpreter, Unknown):
        return SearchPath(minor_of_official_image(function), code, (), (), (*gaps, interpreter))
    environment = dirname(dirname(interpreter))
    configuration = function.files.find(f"{environment}/pyvenv.cfg")
    if isinstance(configuration, Unknown):
        gaps.append(configuration)
    home, system_site = dirname(_target(function.files, interpreter)), True
    if isinstance(configuration, File):
        home, system_site = _virtual_environment(configuration, home)
    prefix = dirname(home)
    target = _target(function.files, interpreter)
    minor = _minor(basename(target)) if _minor(basename(target)) is not None else minor_of_official_image(function)
    lib = f"{prefix}/lib/python3.{minor}" if minor is not None else _only_library(function.files, prefix)
    if lib is None:
        return SearchPath(
            None, code, (), (), (*gaps, Unknown("the version of the image's Python is unknown", function.where("base")))
        )
    minor = _minor(lib)
    sites = _sites(prefix, lib, minor) if system_site else ()
    if isinstance(configuration, File):
        sites = (f"{environment}/lib/python3.{minor}/site-packages", *sites)
    path = SearchPath(minor, code, sites, _library(lib), tuple(gaps))
    return _with_pth_files(function.files, path, sites)


def _sites(prefix: str, lib: str, minor: int | None) -> tuple[str, ...]:
    """Site folders of an interpreter; the system's own on Debian and Ubuntu has others than upstream's."""
    if prefix in ("/usr", "/"):
        debian = (f"/usr/local/lib/python3.{minor}/dist-packages", "/usr/lib/python3/dist-packages")
        fedora = (f"/usr/local/lib64/python3.{minor}/site-packages", f"/usr/local/lib/python3.{minor}/site-packages")
        return (*debian, *fedora, f"/usr/lib64/python3.{minor}/site-packages", f"{lib}/site-packages")
    return (f"{lib}/site-packages",)


def _library(lib: str) -> tuple[str, ...]:
    """The standard library's folders; Fedora and its kin keep the 64-bit one beside the other."""
    if lib.startswith("/usr/lib/"):
        lib64 = lib.replace("/usr/lib/", "/usr/lib64/")
        return (lib, f"{lib}/lib-dynload", lib64, f"{lib64}/lib-dynload")
    return (lib, f"{lib}/lib-dynload")


def _interpreter(function: Function, word: str) -> Answer[str]:
    """Absolute path of the interpreter, links not followed: a virtual environment is told by where its link lies."""
    if word.startswith("/"):
        return word
    path = function.environment.get("PATH", _DEFAULT_PATH)
    if isinstance(path, Unknown):
        return path
    if "PATH" not in function.environment and isinstance(function.environment_complete, Unknown):
        return function.environment_complete
    for folder in path.split(":"):
        found = function.files.find(f"{folder.rstrip('/')}/{word}")
        if isinstance(found, Unknown):
            return found
        if isinstance(found, File):
            return f"{folder.rstrip('/')}/{word}"
    return Unknown(f"{word} is not on PATH", function.where("entrypoint"))


def _target(files: Files, path: str) -> str:
    """Where a path ends after its links, as far as known."""
    found = files.find(path)
    return found.path if isinstance(found, File) else path


def _virtual_environment(configuration: File, home: str) -> tuple[str, bool]:
    """(folder of the base interpreter, whether its site folders count), from ``pyvenv.cfg``."""
    content = configuration.read(_PTH_LIMIT)
    if isinstance(content, Unknown):
        return home, True
    values = dict(re.findall(r"^\s*([\w-]+)\s*=\s*(.*?)\s*$", content.decode("utf-8", "replace"), re.MULTILINE))
    return values.get("home", home), values.get("include-system-site-packages", "false").lower() == "true"


def _only_library(files: Files, prefix: str) -> str | None:
    """``PREFIX/lib/python3.N``, where exactly one is there."""
    folders = {
        match[0]
        for file in files.known_under(f"{prefix}/lib")
        if (match := re.match(rf"{re.escape(prefix)}/lib/python3\.\d+(?=$|/)", file.path))
    }
    return folders.pop() if len(folders) == 1 else None


def _minor(text: str | None) -> int | None:
    """``python3.12``, ``3.12``, ``/var/lang/lib/python3.12`` → 12."""
    match = re.search(r"(?:^|python|/)3\.(\d+)$", text or "")
    return int(match[1]) if match else None


def minor_of_official_image(function: Function) -> int | None:
    """From the tag of an official Python image: ``python:3.12-slim`` → 12."""
    reference = function.base_reference
    if isinstance(reference, Unknown) or reference is None:
        return None
    match = re.search(r"(?:^|/)python:3\.(\d+)(?:[.-]|$|@)", reference)
    return int(match[1]) if match else None


def _with_pth_files(files: Files, path: SearchPath, sites: tuple[str, ...]) -> SearchPath:
    """The path with what the ``.pth`` files of its site folders add."""
    more: list[str] = []
    gaps = list(path.gaps)
    for site in sites:
        listed = files.glob(f"{site}/*.pth")
        if isinstance(listed, Unknown):
            gaps.append(listed)
            continue
        for file in listed:
            for entry in _pth_entries(file):
                if isinstance(entry, Unknown):
                    gaps.append(entry)
                else:
                    more.append(normpath(join(site, entry)))
    for folder in path.library[:1]:
        gaps.extend(_customisation(files.find(f"{folder}/sitecustomize.py")))
    return SearchPath(path.minor, path.code, (*path.packages, *more), path.library, tuple(gaps))


# Written by setuptools and by pip's own vendored tools; neither adds a folder.
_HARMLESS_PTH = {"distutils-precedence.pth"}


def _pth_entries(file: File) -> Iterator[Answer[str]]:
    content = file.read(_PTH_LIMIT)
    if isinstance(content, Unknown):
        yield content
    elif basename(file.path) not in _HARMLESS_PTH:
        for line in content.decode("utf-8", "replace").splitlines():
            if line.startswith(("import ", "import\t")):
                yield Unknown(f"{file.path} runs code at start", file.place)
            elif line.strip() and not line.startswith("#"):
                yield line.strip()


def _customisation(found: File | Absent | Unknown) -> Iterator[Unknown]:
    """``sitecustomize`` runs at start and may change the path."""
    if isinstance(found, Unknown):
        yield found
    elif isinstance(found, File) and found.kind is Kind.FILE:
        content = found.read(_PTH_LIMIT)
        if isinstance(content, Unknown):
            yield content
        elif b"sys.path" in content or b"addsitedir" in content:
            yield Unknown(f"{found.path} changes sys.path", found.place)
