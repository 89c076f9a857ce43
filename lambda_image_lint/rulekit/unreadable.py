"""What Lambda's user (uid 993, gid 990) cannot read, gathered by what made it so."""

from collections.abc import Iterator
from itertools import pairwise
from weakref import WeakKeyDictionary

from msgspec import Struct, field

from lambda_image_lint.answer import Unknown
from lambda_image_lint.finding import FilePlace, Place
from lambda_image_lint.function.chain import StepKind, chain
from lambda_image_lint.function.model import Barrier, File, Function, Kind
from lambda_image_lint.rulekit.own_code import own_modules
from lambda_image_lint.rulekit.starts import is_handler_word

TASK_ROOT = "/var/task"
"""Where the AWS bases keep the function's code, and LAMBDA_TASK_ROOT whatever the image says."""
_EXTENSIONS = "/opt/extensions"
_ELF = b"\x7fELF"
_NAMED = 3
"""Paths that a help names of many. Own choice."""
_SOURCES = (".py", ".js", ".mjs", ".cjs", ".rb")
_HOMES = ("/root", "/home")
"""What lies in somebody's home is told by what put it there."""


class Unreadable(Struct):
    """Paths that one COPY, one chmod or one layer has closed."""

    place: Place
    """The COPY that brought them, or the layer."""
    by_chmod: Place | None
    """The ``chmod`` that closed them; None where they came closed."""
    needed: tuple[str, str] | None = None
    """What is certainly read before the first event, and why: ``the handler's module``."""
    barriers: dict[str, Barrier] = field(default_factory=dict)
    """Path in the way → barrier; first the one in the way of what is needed."""

    @property
    def message(self) -> str:
        """The first that is in the way, what it keeps from being read, and how many more there are."""
        first = next(iter(self.barriers.values()))
        path, why = self.needed or (first.path, "")
        what = "it" if path == first.path else path
        more = f", and {len(self.barriers) - 1} more" if len(self.barriers) > 1 else ""
        reason = f": {why}" if why else ""
        return f"mode {first.mode:04o} of {first.path} keeps Lambda's user from reading {what}{reason}{more}"

    @property
    def named(self) -> str:
        """A sentence with the first paths of several; empty for one."""
        paths = [*self.barriers][:_NAMED]
        more = len(self.barriers) - len(paths)
        return "" if len(paths) < 2 else f"Closed: {', '.join(paths)}{f' and {more} more' if more else ''}. "


_known: "WeakKeyDictionary[Function, tuple[tuple[Unreadable, ...], tuple[Unknown, ...]]]" = WeakKeyDictionary()


def unreadable(function: Function) -> tuple[tuple[Unreadable, ...], tuple[Unknown, ...]]:
    """What is closed, worst first within each group; and what could not be decided of what is certainly read.

    What cannot even be executed or entered is told by other rules and left out.
    """
    if function not in _known:
        _known[function] = _gather(function)
    return _known[function]


def _gather(function: Function) -> tuple[tuple[Unreadable, ...], tuple[Unknown, ...]]:
    elsewhere = set(_told_elsewhere(function))
    groups: dict[object, Unreadable] = {}
    undecided = []
    for path, why in _needed(function):
        barrier = function.files.readable(path)
        if isinstance(barrier, Unknown):
            undecided.append(barrier)
        elif barrier is not None and barrier.path not in elsewhere:
            group = _group(groups, barrier)
            group.barriers.setdefault(barrier.path, barrier)
            group.needed = group.needed or (path, why)
    for barrier in _others(function):
        if barrier.path not in elsewhere and not barrier.path.startswith(_HOMES):
            _group(groups, barrier).barriers.setdefault(barrier.path, barrier)
    return tuple(groups.values()), tuple(undecided)


def _group(groups: dict[object, Unreadable], barrier: Barrier) -> Unreadable:
    place = barrier.place
    key = place.layer if isinstance(place, FilePlace) else (barrier.mode_place or place)
    return groups.setdefault(key, Unreadable(place, barrier.mode_place))


def _told_elsewhere(function: Function) -> Iterator[str]:
    """What is in the way of executing the programs of the start, extensions, or of entering the working directory."""
    steps = chain(function)
    paths = [
        step.path
        for step in (() if isinstance(steps, Unknown) else steps)
        if step.kind in (StepKind.PROGRAM, StepKind.INTERPRETER) and isinstance(step.found, File)
    ]
    if isinstance(function.working_dir, str):
        paths.append(function.working_dir)
    paths += [file.path for file in function.files.known_under(_EXTENSIONS)]
    for path in paths:
        barrier = function.files.executable(path)
        if isinstance(barrier, Barrier):
            yield barrier.path


def _needed(function: Function) -> Iterator[tuple[str, str]]:
    """What is certainly read before the first event."""
    steps = chain(function)
    for step, following in pairwise((*steps, None)) if not isinstance(steps, Unknown) else ():
        if step is None or not step.is_certain or not isinstance(step.found, File):
            continue
        # The kernel executes a program that nobody may read; the interpreter of a script has to read it.
        is_script = following is not None and following.kind is StepKind.INTERPRETER
        if step.kind is StepKind.SCRIPT or (step.kind is StepKind.PROGRAM and is_script):
            yield step.path, step.why
    modules = own_modules(function)
    for module in modules:
        if module.certain:
            yield module.file.path, "the handler's module" if module.is_handler else "the handler's module loads it"
    if not modules and (file := _named_by_command(function)) is not None:
        yield file.path, "the handler's module"
    for extension in function.files.known_glob(f"{_EXTENSIONS}/*"):
        if extension.kind is Kind.FILE and _is_script(extension):
            yield extension.path, "an extension"


def _named_by_command(function: Function) -> File | None:
    """``app.handler`` beside ``/var/task/app.py``, where it is not known what reads the handler: whatever it is, that file
    is the handler's module."""
    word = function.command[-1] if isinstance(function.command, tuple) and function.command else ""
    if not is_handler_word(word) or "::" in word:
        return None
    folders = [TASK_ROOT, *([function.working_dir] if isinstance(function.working_dir, str) else [])]
    candidates = (f"{folder.rstrip('/')}/{word.rpartition('.')[0]}{end}" for folder in folders for end in _SOURCES)
    return next((one for path in candidates if isinstance(one := function.files.find(path), File)), None)


def _is_script(file: File) -> bool:
    start = file.read(2)
    return isinstance(start, bytes) and start == b"#!"


def _others(function: Function) -> Iterator[Barrier]:
    """What is closed in the folders of code and packages."""
    files = function.files
    for root in _roots(function):
        found = files.find(root)
        if not isinstance(found, File) or isinstance(files.readable(root), Unknown):
            continue
        for file in (found, *files.known_under(root)):
            wanted = 0o555 if file.kind is Kind.DIRECTORY else 0o444
            # Nearly all are open to everybody; only the rest is worth the walk from the root.
            if file.kind is Kind.SYMLINK or isinstance(file.mode, Unknown) or file.mode & wanted == wanted:
                continue
            barrier = files.readable(file.path)
            if isinstance(barrier, Barrier) and not (barrier.path == file.path and _is_only_executed(file)):
                yield barrier


def _is_only_executed(file: File) -> bool:
    """Whether everybody may execute it, and it may be a program: the kernel reads that itself. The interpreter of a script
    has to read it, and what loads a library has to."""
    if file.kind is not Kind.FILE or isinstance(file.mode, Unknown) or not file.mode & 0o001 or ".so" in file.path:
        return False
    if file.digest() is not None:
        return True  # an ELF file, of which only the facts were kept
    head = file.read(len(_ELF))
    return isinstance(head, Unknown) or head == _ELF


def _roots(function: Function) -> tuple[str, ...]:
    """Folders of code and packages, none inside another."""
    folders = [TASK_ROOT, "/opt"]
    if isinstance(function.working_dir, str):
        folders.append(function.working_dir)
    python = function.environment.get("PYTHONPATH", "")
    folders += python.split(":") if isinstance(python, str) else []
    for pattern in ("/var/lang/lib/python3*/site-packages", "/usr/local/lib/python3*/site-packages"):
        folders += [file.path for file in function.files.known_glob(pattern)]
    clean = sorted({folder.rstrip("/") for folder in folders if folder.startswith("/") and folder.strip("/")})
    return tuple(one for one in clean if not any(one.startswith(f"{other}/") for other in clean))
