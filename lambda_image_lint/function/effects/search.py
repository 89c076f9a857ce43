"""``find``, where it does more than list."""

import re
from fnmatch import translate
from itertools import pairwise
from posixpath import basename

from lambda_image_lint.answer import Unknown
from lambda_image_lint.function.effects.call import Argument, Call
from lambda_image_lint.function.effects.files import change_mode
from lambda_image_lint.function.model import File, Kind

_ACTIONS = ("-delete", "-exec", "-execdir", "-ok", "-fprint")
_READERS = frozenset(
    ["grep", "ls", "cat", "echo", "stat", "file", "ldd", "wc", "sha256sum", "md5sum", "head", "printf"]
)
_NAMES = {"-name": 0, "-iname": re.IGNORECASE}
_PATHS = {"-path": 0, "-ipath": re.IGNORECASE, "-wholename": 0}


def find(call: Call) -> None:
    texts = call.texts
    action = next((index for index, text in enumerate(texts) if text in _ACTIONS), None)
    if action is None:
        return
    told = texts[action + 1 : action + 2]
    if texts[action] == "-exec" and told and basename(told[0]) in _READERS:
        return
    starts = _starts(call)
    if texts[action] == "-exec" and told and basename(told[0]) == "chmod":
        _change_modes(call, texts, action, starts)
        return
    for start in starts:
        _doubt(call, start, texts[:action])


def _starts(call: Call) -> list[Argument]:
    starts = []
    for argument in call.arguments:
        if isinstance(argument.text, str) and argument.text[:1] in ("-", "(", "!"):
            break
        starts.append(argument)
    return starts or [Argument(".", ".")]


def _doubt(call: Call, start: Argument, tests: tuple[str, ...]) -> None:
    """What the names in the tests match may be gone or changed; without such a test, all."""
    folder = call.path(start)
    patterns = _patterns(tests)
    if isinstance(folder, Unknown) or not patterns or "-not" in tests or "!" in tests:
        call.blur(folder)
        return
    unknown = call.unknown(f"{call.line} may have removed or changed it")
    for file in call.files.known_under(folder):
        if any(pattern.fullmatch(basename(file.path) if names else file.path) for names, pattern in patterns):
            call.files.blur(file.path, unknown)


def _patterns(tests: tuple[str, ...]) -> list[tuple[bool, re.Pattern[str]]]:
    """(Whether it is for the last name, the pattern) of each test by name."""
    found = []
    for option, value in pairwise(tests):
        if option in _NAMES:
            found.append((True, re.compile(translate(value), _NAMES[option])))
        elif option in _PATHS:
            found.append((False, re.compile(translate(value), _PATHS[option])))
    return found


def _change_modes(call: Call, texts: tuple[str, ...], action: int, starts: list[Argument]) -> None:
    """``find DIR -type f -exec chmod 644 {} +``."""
    words = [text for text in texts[action + 2 :] if text not in ("{}", "+", ";", "\\;")]
    kind = next((value for option, value in pairwise(texts) if option == "-type"), None)
    wanted = {"f": Kind.FILE, "d": Kind.DIRECTORY}.get(kind or "")
    patterns = _patterns(texts[:action])
    for start in starts:
        folder = call.path(start)
        if isinstance(folder, Unknown):
            call.blur(folder)
            continue
        itself = call.files.find(folder)
        files = (*call.files.known_under(folder), *((itself,) if isinstance(itself, File) else ()))
        for file in files:
            if wanted is not None and file.kind is not wanted:
                continue
            if patterns and not any(
                one.fullmatch(basename(file.path) if names else file.path) for names, one in patterns
            ):
                continue
            arguments = (*(Argument(word, word) for word in words), Argument(file.path, file.path))
            change_mode(_as_chmod(call, arguments))


def _as_chmod(call: Call, arguments: tuple[Argument, ...]) -> Call:
    return Call(call.building, "chmod", "chmod", arguments, call.folder, call.place)


EFFECTS = {"find": find}
