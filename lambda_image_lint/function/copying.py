"""COPY and ADD: what lands where."""

from collections.abc import Callable, Iterator
from posixpath import basename, splitext

from msgspec import Struct
from msgspec.structs import replace

from lambda_image_lint.answer import Absent, Answer, Unknown
from lambda_image_lint.dockerfile.context import Context, ContextFile
from lambda_image_lint.dockerfile.glob import BadPattern, compile_glob, has_wildcard
from lambda_image_lint.dockerfile.model import Instruction, Stage, Word
from lambda_image_lint.finding import Place
from lambda_image_lint.function.base_files import base_file_system
from lambda_image_lint.function.building import Building
from lambda_image_lint.function.events import Tree
from lambda_image_lint.function.known import KnownFile, held_content, unknown_content
from lambda_image_lint.function.model import File, Kind
from lambda_image_lint.function.modes import Change, both, chmod, copy_chown
from lambda_image_lint.function.overlay import FileSystem
from lambda_image_lint.function.trees import ContextTree, FolderTree, from_context, is_directory, landed, unchanged
from lambda_image_lint.function.walk import Link, normal

_ARCHIVES = (".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz", ".tar.zst")
_REMOTE = ("http://", "https://", "ftp://")
_REPOSITORY = ("git@", "git://", "ssh://")
_FILES_BY_CUSTOM = frozenset(
    ".env .profile .htaccess .python-version .node-version .ruby-version .tool-versions"
    " VERSION REVISION LICENSE NOTICE README CHANGELOG Makefile Dockerfile Procfile Pipfile Gemfile Rakefile".split()
)
"""Names without an ending that are files', as the programs that read them say."""
_DOT_FILE_ENDINGS = ("rc", "ignore")
"""Of names that begin with a dot: ``.npmrc``, ``.babelrc``, ``.dockerignore``."""
_DOWNLOADED = 0o600
"""Mode of what ADD downloads. Source: https://docs.docker.com/reference/dockerfile/#add, read 2026-11-23."""


class _Piece(Struct, frozen=True):
    """One thing that a source stands for, ready to be put somewhere."""

    name: str
    """Its last name, which it keeps in a directory."""
    place_at: Callable[[FileSystem, str], None]
    is_directory: bool = False


class _Order(Struct, frozen=True):
    """What one COPY or ADD asks for."""

    building: Building
    instruction: Instruction
    change: Change
    excluded: Callable[[str], bool]
    parents: bool

    @property
    def place(self) -> Place:
        return self.instruction.place


def copy(building: Building, instruction: Instruction) -> None:
    """Interpret one COPY or ADD: the stage's files have afterwards what is known to land, and clouds for the rest."""
    written = _destination(building, instruction)
    target = written if isinstance(written, Unknown) else building.absolute(written)
    if isinstance(written, Unknown) or isinstance(target, Unknown):
        reason = written if isinstance(written, Unknown) else target
        assert isinstance(reason, Unknown)
        building.files.blur("/", Unknown(f"where it is copied to is not known: {reason.reason}", instruction.place))
        return
    order = _Order(
        building, instruction, _change(instruction), _excluded(instruction), instruction.flag("parents") is not None
    )
    sources = instruction.sources
    into_folder = len(sources) > 1 or order.parents or _is_folder(building.files, written, target)
    for source in sources:
        pieces = _pieces(order, source)
        if isinstance(pieces, Unknown):
            _blur(building.files, _literal(order, source), target, into_folder, pieces)
            continue
        _place(order, tuple(pieces), target, into_folder)


def _destination(building: Building, instruction: Instruction) -> Answer[str]:
    word = instruction.destination
    if word is None:
        return Unknown("it names no destination", instruction.place)
    return building.expand(word.template, instruction)


def _is_folder(files: FileSystem, written: str, target: str) -> bool:
    """Whether sources land below the destination, as it is written or because it is a directory already."""
    return written.endswith("/") or basename(written) in ("", ".", "..") or is_directory(files.find(target))


def _place(order: _Order, pieces: tuple[_Piece, ...], target: str, into_folder: bool) -> None:
    files = order.building.files
    for piece in pieces:
        if piece.is_directory and not order.parents:
            piece.place_at(files, files.resolve(target))
        elif into_folder or len(pieces) > 1:
            piece.place_at(files, files.resolve(normal(piece.name, target)))
        elif isinstance(found := files.find(target), Unknown) and not _same_ending(piece.name, target):
            # A directory of that name may be there, and then the file lies below it.
            files.blur(target, Unknown(f"{target} may be a directory: {found.reason}", order.place))
        else:
            piece.place_at(files, files.resolve(target))


def _same_ending(name: str, target: str) -> bool:
    """Whether a destination reads like the name of the file itself: no directory is called ``start.sh``."""
    ending = splitext(target)[1]
    return basename(target) == basename(name) or (bool(ending) and ending == splitext(name)[1])


def _blur(files: FileSystem, name: str | None, target: str, into_folder: bool, unknown: Unknown) -> None:
    """Something comes that is not known; a source that reads like a file (``app.jar``) lands under its own name."""
    if name is not None and into_folder and _is_name_of_file(basename(name)):
        files.make_directory(files.resolve(target), unknown.place) if unknown.place else None
        files.blur(files.resolve(normal(basename(name), target)), unknown)
    else:
        files.blur(files.resolve(target), unknown)


def _is_name_of_file(name: str) -> bool:
    """Whether no folder is called so: by an ending, or by custom (``.env``, ``.npmrc``, ``VERSION``)."""
    # ``net8.0`` is a folder: no ending begins with a digit.
    has_ending = splitext(name)[1][1:2].isalpha()
    return has_ending or name in _FILES_BY_CUSTOM or (name.startswith(".") and name.endswith(_DOT_FILE_ENDINGS))


def _literal(order: _Order, source: Word) -> str | None:
    """The source's path, where it is one file's or folder's."""
    text = order.building.expand(source.template, order.instruction)
    return None if isinstance(text, Unknown) or has_wildcard(text) else text.rstrip("/")


def _pieces(order: _Order, source: Word) -> Answer[list[_Piece]]:
    heredoc = next(
        (one for one in order.instruction.heredocs if source.text.lstrip("<-").strip("\"'") == one.name), None
    )
    if heredoc is not None and source.text.startswith("<<"):
        text = order.building.source.variables.heredoc(heredoc, order.instruction)
        return [
            _file(order, heredoc.name, text if isinstance(text, Unknown) else text.encode("utf-8", "surrogateescape"))
        ]
    path = order.building.expand(source.template, order.instruction)
    if isinstance(path, Unknown):
        return Unknown(f"what is copied is not known: {path.reason}", order.place)
    if order.instruction.keyword == "ADD" and path.startswith(_REPOSITORY):
        return Unknown(f"a checkout of {path}", order.place)
    if order.instruction.keyword == "ADD" and path.startswith(_REMOTE):
        return _download(order, path)
    origin = order.instruction.flag("from")
    if origin is not None and origin.value:
        return _from_stage(order, origin.value, path)
    return _from_context(order, path)


def _file(order: _Order, name: str, content: Answer[bytes], mode: int = 0o644) -> _Piece:
    size: Answer[int] = content if isinstance(content, Unknown) else len(content)
    reader = unknown_content(content) if isinstance(content, Unknown) else held_content(content)
    known = order.change(KnownFile("", Kind.FILE, mode, 0, 0, size, order.place, reader))
    return _Piece(name, lambda files, path: files.put(replace(known, path=path)))


def _download(order: _Order, url: str) -> Answer[list[_Piece]]:
    path = url.partition("?")[0].partition("#")[0]
    name = basename(path)
    if not name or path.endswith(".git"):
        return Unknown(f"what {url} gives is not known", order.place)
    return [_file(order, name, Unknown(f"the content of {url} is not known", order.place), _DOWNLOADED)]


def _from_context(order: _Order, path: str) -> Answer[list[_Piece]]:
    context = order.building.source.context
    matches = context.match(path)
    if isinstance(matches, Unknown):
        return Unknown(matches.reason, order.place)
    if not matches:
        # Something makes it before the build, or the build stops; either way nothing is known of it.
        return Unknown(f"{path} is not in the build context", order.place)
    pieces = []
    for file in matches:
        if order.instruction.keyword == "ADD" and not file.is_dir and file.path.lower().endswith(_ARCHIVES):
            pieces.append(_unpacked(order, file.path))
            continue
        pieces.append(_context_piece(order, context, file, path))
    return pieces


def _unpacked(order: _Order, archive: str) -> _Piece:
    unknown = Unknown(f"what {archive} unpacks to is not known", order.place)
    return _Piece(archive, lambda files, path: files.blur(path, unknown), is_directory=True)


def _context_piece(order: _Order, context: Context, file: ContextFile, written: str) -> _Piece:
    name = _kept_name(order, file.path, written)
    if file.is_dir:
        tree = ContextTree(context, file.path, order.place, order.change, order.excluded)
        return _Piece(name, _mounting(tree, order.place), is_directory=True)

    def put(files: FileSystem, path: str) -> None:
        files.put(from_context(file, path, order.place, order.change))

    return _Piece(name, put)


def _kept_name(order: _Order, path: str, written: str) -> str:
    """The last name; with ``--parents`` the path behind ``/./``, or all of it."""
    if not order.parents:
        # A symlink that is named is followed, and keeps its own name.
        return basename(path if has_wildcard(written) else normal(written)) or basename(path)
    pivot = written.find("/./")
    if pivot < 0:
        return path
    return path.removeprefix(normal(written[:pivot]).lstrip("/")).lstrip("/")


def _mounting(tree: Tree, place: Place) -> Callable[[FileSystem, str], None]:
    return lambda files, path: files.mount(path, tree, place)


def _from_stage(order: _Order, written: str, path: str) -> Answer[list[_Piece]]:
    name = order.building.expand(written, order.instruction)
    if isinstance(name, Unknown):
        return Unknown(f"where it is copied from is not known: {name.reason}", order.place)
    files = _files_of(order, name)
    absolute = normal(path)
    if has_wildcard(path):
        found = files.glob(absolute)
        if isinstance(found, Unknown):
            return Unknown(found.reason, order.place)
        deepest = min((file.path.count("/") for file in found), default=0)
        return [_piece_of(order, files, file, path) for file in found if file.path.count("/") == deepest]
    one = files.find(absolute)
    if isinstance(one, Unknown):
        return replace(one, place=order.place)
    if isinstance(one, Absent):
        return Unknown(f"{path} is not in {name}", order.place)
    return [_piece_of(order, files, one, path)]


def _piece_of(order: _Order, files: FileSystem, file: File, written: str) -> _Piece:
    name = _kept_name(order, file.path.lstrip("/"), written)
    if file.kind is Kind.DIRECTORY:
        tree = FolderTree(files, file.path, order.place, order.change, order.excluded)
        return _Piece(name, _mounting(tree, order.place), is_directory=True)

    def put(into: FileSystem, path: str) -> None:
        entry = landed(files.entry(file.path), order.place, order.change)
        if isinstance(entry, KnownFile):
            into.put(replace(entry, path=path))
        elif isinstance(entry, Link) and isinstance(entry.file, KnownFile):
            into.put(Link(replace(entry.file, path=path), entry.target))

    return _Piece(name, put)


def _files_of(order: _Order, name: str) -> FileSystem:
    """The file system of a stage of this file, else of an image."""
    stage = _stage(order, name)
    if stage is not None:
        return order.building.source.stage_files(stage)
    return base_file_system(name, order.place)


def _stage(order: _Order, name: str) -> Stage | None:
    here = order.instruction.stage
    earlier = [stage for stage in order.building.source.dockerfile.stages if here is None or stage.index < here]
    for stage in reversed(earlier):
        if stage.name is not None and stage.name.lower() == name.lower():
            return stage
    if name.isascii() and name.isdigit():
        return next((stage for stage in earlier if stage.index == int(name)), None)
    return None


def _change(instruction: Instruction) -> Change:
    change: Change = unchanged
    mode, owner = instruction.flag("chmod"), instruction.flag("chown")
    if mode is not None and mode.value:
        change = chmod(mode.value, instruction.place)
    if owner is not None and owner.value:
        change = both(change, copy_chown(owner.value, instruction.place))
    return change


def _excluded(instruction: Instruction) -> Callable[[str], bool]:
    patterns = [flag.value for flag in instruction.flags if flag.name == "exclude" and flag.value]
    if not patterns:
        return lambda path: False
    globs = list(_globs(patterns))

    def excluded(path: str) -> bool:
        parts = path.split("/")
        above = ["/".join(parts[:end]) for end in range(1, len(parts) + 1)]
        return any(glob(each) for glob in globs for each in above)

    return excluded


def _globs(patterns: list[str]) -> Iterator[Callable[[str], bool]]:
    for pattern in patterns:
        try:
            yield compile_glob(pattern.strip("/"), deep=True).matches
        except BadPattern:  # Docker stops the build there; a rule of its own may say so
            continue
