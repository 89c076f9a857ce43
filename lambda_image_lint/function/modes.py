"""Permissions and owners as ``chmod`` and ``chown`` write them."""

from collections.abc import Callable

from msgspec.structs import replace

from lambda_image_lint.answer import Answer, Unknown
from lambda_image_lint.finding import Place
from lambda_image_lint.function.known import KnownFile
from lambda_image_lint.function.model import Kind
from lambda_image_lint.patterns import lazy

Change = Callable[[KnownFile], KnownFile]
"""What happens to a file's permissions and owners."""

_OCTAL = lazy(r"[0-7]{1,5}")
_CLAUSE = lazy(r"(?P<who>[ugoa]*)(?P<operator>[-+=])(?P<what>[rwxXst]*|[ugo])")
_SHIFT = {"u": 6, "g": 3, "o": 0}
_BIT = {"r": 4, "w": 2, "x": 1}
_UMASK = 0o022
"""Of root in a build; clauses without ``u``, ``g``, ``o`` or ``a`` respect it."""


def new_mode(written: str, mode: int, *, is_directory: bool) -> int | None:
    """The mode that ``chmod WRITTEN`` gives a file of mode `mode`; None where `written` is no mode."""
    if _OCTAL.fullmatch(written):
        return int(written, 8) & 0o7777
    for clause in written.split(","):
        match = _CLAUSE.fullmatch(clause)
        if match is None:
            return None
        mode = _clause(match["who"], match["operator"], match["what"], mode, is_directory)
    return mode


def _clause(who: str, operator: str, what: str, mode: int, is_directory: bool) -> int:
    classes = "ugo" if not who or "a" in who else who
    bits = 0
    for each in set(classes):
        bits |= _bits(what, mode, is_directory) << _SHIFT[each]
    if not who:
        bits &= ~_UMASK
    if "s" in what:
        bits |= (0o4000 if "u" in classes else 0) | (0o2000 if "g" in classes else 0)
    if "t" in what:
        bits |= 0o1000
    if operator == "+":
        return mode | bits
    if operator == "-":
        return mode & ~bits
    cleared = sum(0o7 << _SHIFT[each] for each in set(classes))
    return mode & ~cleared | bits


def _bits(what: str, mode: int, is_directory: bool) -> int:
    """The three bits of one class."""
    if what in _SHIFT and what:
        return mode >> _SHIFT[what] & 7
    bits = sum(_BIT.get(letter, 0) for letter in set(what))
    # X: search for directories, execution only where somebody may execute already.
    if "X" in what and (is_directory or mode & 0o111):
        bits |= 1
    return bits


def chmod(written: str, place: Place) -> Change:
    """The change that ``chmod WRITTEN`` is."""

    def change(file: KnownFile) -> KnownFile:
        if file.kind is Kind.SYMLINK:
            return file
        if isinstance(file.mode, Unknown) and not _OCTAL.fullmatch(written):
            return file
        before = 0 if isinstance(file.mode, Unknown) else file.mode
        mode = new_mode(written, before, is_directory=file.kind is Kind.DIRECTORY)
        if mode is None:
            return replace(file, mode=Unknown(f"mode {written} is not understood", place), mode_place=place)
        return replace(file, mode=mode, mode_place=place)

    return change


def chown(written: str, place: Place) -> Change:
    """The change that ``chown WRITTEN`` is: ``user``, ``user:group``, ``:group``, numbers or names."""
    user, _, group = written.partition(":")

    def change(file: KnownFile) -> KnownFile:
        uid = _owner(user, place) if user else file.uid
        gid = _owner(group, place) if group else file.gid
        return replace(file, uid=uid, gid=gid)

    return change


def copy_chown(written: str, place: Place) -> Change:
    """The change that ``COPY --chown`` is: without a group, a number stands for the group as well."""
    user, colon, _ = written.partition(":")
    return chown(written if colon else f"{user}:{user}", place)


def _owner(written: str, place: Place) -> Answer[int]:
    if written.isascii() and written.isdigit():
        return int(written)
    return 0 if written == "root" else Unknown(f"the number of {written} is in the image's own tables", place)


def both(first: Change, second: Change) -> Change:
    """One change after the other."""
    return lambda file: second(first(file))
