"""Programs that run another program: taken off, so that what runs is seen."""

from collections.abc import Collection, Iterator, Mapping, Sequence

from msgspec import Struct

from lambda_image_lint.dockerfile.shell import ShellWord, is_shell
from lambda_image_lint.dockerfile.source import MappedText


class Wrapper(Struct, frozen=True):
    """How a wrapper's own words end."""

    with_values: Collection[str] = ()
    """Options that take the next word."""
    positionals: int = 0
    """Words of its own before the program."""
    assigns: bool = False
    """``name=value`` may stand before the program."""
    not_with: Collection[str] = ()
    """Options with which it runs nothing."""


WRAPPERS: Mapping[str, Wrapper] = {
    "sudo": Wrapper(
        ("-u", "-g", "-h", "-p", "-C", "-r", "-t", "-U", "-D", "-R", "-T"), assigns=True, not_with=("-l", "-v")
    ),
    "doas": Wrapper(("-u", "-C")),
    "env": Wrapper(("-u", "--unset", "-C", "--chdir", "-S"), assigns=True),
    "exec": Wrapper(("-a",)),
    "command": Wrapper(not_with=("-v", "-V")),
    "builtin": Wrapper(),
    "time": Wrapper(("-f", "-o")),
    "nice": Wrapper(("-n",)),
    "ionice": Wrapper(("-c", "-n", "-p")),
    "nohup": Wrapper(),
    "setsid": Wrapper(),
    "stdbuf": Wrapper(("-i", "-o", "-e")),
    "timeout": Wrapper(("-s", "-k", "--signal", "--kill-after"), positionals=1),
    "xargs": Wrapper(("-I", "-n", "-P", "-L", "-d", "-s", "-a", "-E")),
    "chroot": Wrapper(positionals=1),
    "gosu": Wrapper(positionals=1),
    "su-exec": Wrapper(positionals=1),
    "busybox": Wrapper(),
    "tini": Wrapper(("-p", "-e")),
    "dumb-init": Wrapper(("-r",)),
}
"""Own: from the programs' manual pages."""

_MOST = 10
"""Wrappers around wrappers; a person writes two."""


class Unwrapped(Struct, frozen=True):
    """A command line without its wrappers."""

    wrappers: tuple[str, ...]
    words: tuple[ShellWord, ...]
    assignments: tuple[ShellWord, ...]
    """``name=value`` words of ``env`` and ``sudo``."""


def unwrap(words: Sequence[ShellWord]) -> Unwrapped:
    """Take wrappers off the front. One that runs nothing (``env`` alone, ``command -v``) is no wrapper."""
    wrappers: list[str] = []
    assignments: list[ShellWord] = []
    left = tuple(words)
    while left and len(wrappers) < _MOST:
        name = (left[0].text or "").rpartition("/")[2]
        wrapper = WRAPPERS.get(name)
        if wrapper is None:
            break
        assigned, behind = _behind(left[1:], wrapper)
        if not behind:
            break
        wrappers.append(name)
        assignments.extend(assigned)
        left = behind
    return Unwrapped(tuple(wrappers), left, tuple(assignments))


def _behind(words: tuple[ShellWord, ...], wrapper: Wrapper) -> tuple[list[ShellWord], tuple[ShellWord, ...]]:
    """The assignments and the words behind a wrapper's own; none where it runs nothing."""
    assigned: list[ShellWord] = []
    own, position = wrapper.positionals, 0
    while position < len(words):
        prefix = words[position].prefix
        if prefix == "--":
            position += 1
            break
        if prefix in wrapper.not_with:
            return [], ()
        if prefix.startswith("-") and len(prefix) > 1:
            position += 2 if prefix in wrapper.with_values else 1
        elif wrapper.assigns and "=" in prefix.partition("/")[0]:
            assigned.append(words[position])
            position += 1
        elif own:
            own -= 1
            position += 1
        else:
            break
    return assigned, words[position + own :]


def inner_script(words: Sequence[ShellWord]) -> ShellWord | None:
    """The text that ``sh -c``, ``su -c`` or ``eval`` runs; None where the command is no such thing."""
    name = (words[0].text or "").rpartition("/")[2] if words else ""
    if name == "eval":
        return words[1] if len(words) == 2 else None
    if name == "su":
        return next((words[at + 1] for at, word in enumerate(words[:-1]) if word.text in ("-c", "--command")), None)
    return _shell_script(words) if is_shell(name) else None


def _shell_script(words: Sequence[ShellWord]) -> ShellWord | None:
    wanted, position = False, 1
    while position < len(words):
        text = words[position].prefix
        if text[:1] not in ("-", "+") or len(text) < 2:
            return words[position] if wanted else None
        if not text.startswith("--"):
            wanted = wanted or "c" in text[1:]
            # ``-o pipefail``, also as ``-euo pipefail``.
            position += text.endswith(("o", "O"))
        position += 1
    return None


def reads_script_from_input(words: Sequence[ShellWord]) -> bool:
    """Whether a command is a shell without a script of its own: it runs what stands in its heredoc."""
    name = (words[0].text or "").rpartition("/")[2] if words else ""
    return is_shell(name) and all(word.prefix[:1] in ("-", "+") or word.text == "pipefail" for word in words[1:])


def script_text(word: ShellWord) -> MappedText | None:
    """The text in a word, each character mapped to where it is written; None where it is pieced together."""
    start, end = word.bounds
    text = word.mapped.text[start:end]
    if len(text) > 1 and text[0] == text[-1] == "'" and "'" not in text[1:-1]:
        return MappedText(word.mapped.source, word.mapped.pieces(start + 1, end - 1))
    if len(text) > 1 and text[0] == text[-1] == '"':
        return MappedText(word.mapped.source, _unescaped(word.mapped, start + 1, end - 1))
    if word.text == text:
        return MappedText(word.mapped.source, word.mapped.pieces(start, end))
    return None


def _unescaped(mapped: MappedText, start: int, end: int) -> Iterator[tuple[int, str]]:
    """Between double quotes a backslash goes before ``$`` `````` ``"`` and itself."""
    at = start
    position = mapped.text.find("\\", at, end)
    while position >= 0 and position + 1 < end:
        if mapped.text[position + 1] in '$`"\\\n':
            yield from mapped.pieces(at, position)
            at = position + 1 if mapped.text[position + 1] != "\n" else position + 2
        position = mapped.text.find("\\", position + 2, end)
    yield from mapped.pieces(at, end)
