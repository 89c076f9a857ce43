"""The commands of coreutils that make, move, remove and change files."""

from posixpath import basename

from msgspec.structs import replace

from lambda_image_lint.answer import Absent, Unknown
from lambda_image_lint.function.effects.call import Argument, Call, Options
from lambda_image_lint.function.known import KnownFile, held_content
from lambda_image_lint.function.model import File, Kind
from lambda_image_lint.function.modes import chmod, chown
from lambda_image_lint.function.trees import FolderTree, is_directory, landed, unchanged
from lambda_image_lint.function.walk import Link, join, normal


def mkdir(call: Call) -> None:
    """``mkdir -p``: parents are made in any case, since a build in which they are missing stops."""
    options = call.options(("-m", "--mode"))
    mode = options.last("-m", "--mode")
    for argument in options.positionals:
        path = call.path(argument)
        if isinstance(path, Unknown) or argument.glob or "{" in path:
            call.blur("/" if isinstance(path, Unknown) else path.partition("{")[0].rstrip("/") or "/", changes=False)
            continue
        call.files.make_directory(call.files.resolve(path), call.place)
        if mode is not None and isinstance(mode.text, str):
            call.files.remode(call.files.resolve(path), chmod(mode.text, call.place), recursive=False)


def touch(call: Call) -> None:
    for argument in call.options(("-d", "--date", "-t", "-r", "--reference")).positionals:
        path = call.path(argument)
        if isinstance(path, Unknown) or isinstance(call.files.find(path), Unknown):
            call.blur(path)
        elif call.is_absent(path):
            empty = KnownFile(call.files.resolve(path), Kind.FILE, 0o644, 0, 0, 0, call.place, held_content(b""))
            call.files.put(empty)


def remove(call: Call) -> None:
    for argument in call.options().positionals:
        path = call.path(argument)
        if isinstance(path, str) and argument.glob and path.endswith("/*") and not _wild(path[:-2]):
            _empty(call, path[:-2])
            continue
        paths = call.existing(argument)
        if isinstance(paths, Unknown):
            # What a pattern meets among unknown files is gone; what it cannot meet stays.
            _remove_matches(call, argument)
            continue
        for each in paths:
            call.files.remove(_parent_resolved(call, each))


def _wild(path: str) -> bool:
    return any(character in path for character in "*?[{")


def _empty(call: Call, folder: str) -> None:
    """``rm -rf FOLDER/*``: only names with a leading dot may stay."""
    if not is_directory(call.files.find(folder)):
        call.blur(folder)
        return
    real = call.files.resolve(folder)
    known = call.files.find(real)
    call.files.remove(real)
    if isinstance(known, KnownFile):
        call.files.put(known)


def _remove_matches(call: Call, argument: Argument) -> None:
    path = call.path(argument)
    if isinstance(path, Unknown):
        call.blur("/")
        return
    fixed = path[: min((path.index(each) for each in "*?[{" if each in path), default=len(path))].rpartition("/")[0]
    for file in call.files.known_under(fixed or "/"):
        if call.files.matches(path, file.path):
            call.files.remove(file.path)


def _parent_resolved(call: Call, path: str) -> str:
    return call.files.resolve(path)


def copy(call: Call) -> None:
    options = call.options(("-t", "--target-directory", "-S", "--suffix"))
    _transfer(call, options, into=options.last("-t", "--target-directory"), moves=False)


def move(call: Call) -> None:
    options = call.options(("-t", "--target-directory", "-S", "--suffix"))
    _transfer(call, options, into=options.last("-t", "--target-directory"), moves=True)


def _transfer(call: Call, options: Options, *, into: Argument | None, moves: bool) -> None:
    words = options.positionals
    sources, target = (words, into) if into is not None else (words[:-1], words[-1] if words else None)
    if target is None or not sources:
        return
    path = call.path(target)
    if isinstance(path, Unknown):
        call.blur(path)
        return
    found = call.files.find(path)
    many = len(sources) > 1 or any(source.glob for source in sources)
    written = target.text if isinstance(target.text, str) else ""
    folder = into is not None or written.endswith("/") or many or is_directory(found)
    if not folder and isinstance(found, Unknown):
        call.blur(path)
    for source in sources:
        paths = call.existing(source)
        if isinstance(paths, Unknown):
            call.blur(path)
            continue
        for each in paths:
            whole = isinstance(source.text, str) and source.text.endswith("/.")
            end = normal(basename(each), path) if folder and not whole else path
            if not (isinstance(found, Unknown) and not folder):
                _put_copy(call, each, call.files.resolve(end))
            if moves:
                call.files.remove(call.files.resolve(each))


def _put_copy(call: Call, source: str, target: str) -> None:
    found = call.files.find(source)
    if isinstance(found, Unknown):
        call.files.blur(target, found)
    elif isinstance(found, Absent):
        call.blur(target)
    elif found.kind is Kind.DIRECTORY:
        tree = FolderTree(call.files.fork(), found.path, call.place, unchanged)
        call.files.mount(target, tree, call.place)
    else:
        entry = landed(call.files.entry(found.path), call.place, unchanged)
        if isinstance(entry, KnownFile):
            call.files.put(replace(entry, path=target))
        else:
            call.blur(target)


def link(call: Call) -> None:
    options = call.options(("-t", "--target-directory", "-S", "--suffix"))
    into = options.last("-t", "--target-directory")
    words = options.positionals
    if into is None and len(words) == 1:
        words = (*words, Argument(".", "."))
    sources, place = (words, into) if into is not None else (words[:-1], words[-1] if words else None)
    path = call.path(place) if place is not None else Unknown("ln names nothing")
    if isinstance(path, Unknown) or not all(isinstance(source.text, str) for source in sources):
        call.blur(path)
        return
    folder = is_directory(call.files.find(path)) and not options.has("-n", "-T", "--no-dereference")
    for source in sources:
        target = source.text if isinstance(source.text, str) else ""
        end = call.files.resolve(join(path, basename(target)) if folder or len(sources) > 1 else path)
        if not options.has("-s", "--symbolic"):
            _put_copy(call, normal(target, path if isinstance(call.folder, Unknown) else call.folder), end)
            continue
        file = KnownFile(end, Kind.SYMLINK, 0o777, 0, 0, len(target), call.place)
        call.files.put(Link(file, target))


def install(call: Call) -> None:
    """``install -m 755 SOURCE TARGET``, ``install -d FOLDER``."""
    options = call.options(("-m", "--mode", "-o", "--owner", "-g", "--group", "-t", "--target-directory"))
    mode = options.last("-m", "--mode")
    written = mode.text if mode is not None else "755"
    if options.has("-d", "--directory"):
        for argument in options.positionals:
            path = call.path(argument)
            if isinstance(path, Unknown):
                call.blur(path, changes=False)
            else:
                call.files.make_directory(call.files.resolve(path), call.place)
        return
    _transfer(call, options, into=options.last("-t", "--target-directory"), moves=False)
    last = options.positionals[-1] if options.positionals else None
    path = call.path(last) if last is not None else Unknown("install names nothing")
    if isinstance(path, str) and isinstance(written, str) and not is_directory(call.files.find(path)):
        call.files.remode(call.files.resolve(path), chmod(written, call.place), recursive=False)


def change_mode(call: Call) -> None:
    """``chmod MODE PATH``; a mode may begin with a dash (``-w``)."""
    recursive = any(text in ("-R", "--recursive") or _short(text, "R") for text in call.texts)
    words = [one for one in call.arguments if not _is_chmod_option(one.text)]
    if not words:
        return
    mode, *paths = words
    for argument in paths:
        existing = call.existing(argument)
        if isinstance(existing, Unknown):
            _remode_matches(call, argument, mode, recursive)
            continue
        for path in existing:
            _remode(call, path, mode, recursive)


def _short(text: str, letter: str) -> bool:
    return len(text) > 1 and text[0] == "-" and text[1:].isalpha() and set(text[1:]) <= set("Rvcf") and letter in text


def _is_chmod_option(text: object) -> bool:
    return isinstance(text, str) and (text.startswith("--") or _short(text, text[1:2]))


def _remode(call: Call, path: str, mode: Argument, recursive: bool) -> None:
    found = call.files.find(path)
    real = found.path if isinstance(found, File) else call.files.resolve(path)
    written = mode.text if isinstance(mode.text, str) else mode.raw
    call.files.remode(real, chmod(written, call.place), recursive=recursive)


def _remode_matches(call: Call, argument: Argument, mode: Argument, recursive: bool) -> None:
    path = call.path(argument)
    pattern = "/**" if isinstance(path, Unknown) else path
    for file in call.files.known_under(
        "/" if isinstance(path, Unknown) else path.partition("*")[0].rpartition("/")[0] or "/"
    ):
        if call.files.matches(pattern, file.path):
            _remode(call, file.path, mode, recursive)


def change_owner(call: Call) -> None:
    options = call.options(("--from", "--reference"))
    if not options.positionals:
        return
    owner, *paths = options.positionals
    written = owner.text if isinstance(owner.text, str) else owner.raw
    if call.program == "chgrp":
        written = f":{written}"
    for argument in paths:
        existing = call.existing(argument)
        for path in () if isinstance(existing, Unknown) else existing:
            found = call.files.find(path)
            real = found.path if isinstance(found, File) else call.files.resolve(path)
            call.files.remode(real, chown(written, call.place), recursive=options.has("-R", "--recursive"))


EFFECTS = {
    "mkdir": mkdir, "touch": touch, "rm": remove, "rmdir": remove, "unlink": remove, "cp": copy, "mv": move, "ln": link,
    "install": install, "chmod": change_mode, "chown": change_owner, "chgrp": change_owner,
}  # fmt: skip
