"""A command of a RUN, as those see it who know what it does."""

from collections.abc import Collection, Iterator
from functools import cached_property

from msgspec import Struct, field

from lambda_image_lint.answer import Absent, Answer, Unknown
from lambda_image_lint.dockerfile.shell import Command
from lambda_image_lint.finding import Place
from lambda_image_lint.function.building import Building
from lambda_image_lint.function.overlay import FileSystem
from lambda_image_lint.function.walk import normal


class Argument(Struct, frozen=True):
    """A word of a command once its variables are put in."""

    text: Answer[str]
    raw: str
    glob: bool = False
    """Holds an unquoted wildcard."""


class Options(Struct, frozen=True):
    """What a command is given."""

    given: tuple[tuple[str, Argument | None], ...]
    """Option and value, in order; short ones apart (``-rf`` is ``-r`` and ``-f``)."""
    positionals: tuple[Argument, ...]

    def has(self, *names: str) -> bool:
        """Whether one of these is given."""
        return any(name in names for name, _ in self.given)

    def all(self, *names: str) -> Iterator[Argument]:
        """The values of these, in order."""
        return (value for name, value in self.given if name in names and value is not None)

    def last(self, *names: str) -> Argument | None:
        """The value that counts where one is given several times."""
        return next(iter(reversed(list(self.all(*names)))), None)


class Call(Struct, frozen=True, dict=True):
    """One command."""

    building: Building
    program: str
    """Without its folder."""
    name: str
    """As written."""
    arguments: tuple[Argument, ...]
    folder: Answer[str]
    """The directory that it runs in."""
    place: Place
    environment: "dict[str, Answer[str]]" = field(default_factory=dict)
    command: Command | None = None
    """As the shell has it; None for a RUN in exec form."""

    @property
    def files(self) -> FileSystem:
        """The file system that it works on."""
        return self.building.files

    @cached_property
    def texts(self) -> tuple[str, ...]:
        """The arguments that are known; one that is not, as it is written."""
        return tuple(one.raw if isinstance(one.text, Unknown) else one.text for one in self.arguments)

    def unknown(self, what: str) -> Unknown:
        """Why something is not known after this command."""
        return Unknown(what, self.place)

    @cached_property
    def line(self) -> str:
        """The command in short, for reasons."""
        words = [self.name, *(one.raw for one in self.arguments)]
        text = " ".join(words[:4]) + (" …" if len(words) > 4 else "")
        return text if len(text) <= 60 else text[:59] + "…"

    def options(self, with_values: Collection[str] = ()) -> Options:
        """Options and the words between them. `with_values` take the next word."""
        given: list[tuple[str, Argument | None]] = []
        positionals: list[Argument] = []
        waiting = list(reversed(self.arguments))
        while waiting:
            argument = waiting.pop()
            text = argument.text
            if isinstance(text, Unknown) or len(text) < 2 or not text.startswith("-"):
                positionals.append(argument)
            elif text == "--":
                positionals.extend(reversed(waiting))
                break
            else:
                given.extend(_read(text, argument, waiting, with_values))
        return Options(tuple(given), tuple(positionals))

    def path(self, argument: Argument | str) -> Answer[str]:
        """The path that a word means, from the directory of the command."""
        text = argument if isinstance(argument, str) else argument.text
        if isinstance(text, Unknown):
            return text
        if text.startswith("~"):
            text = "/root" + text[1:]
        if text.startswith("/"):
            return normal(text)
        return self.folder if isinstance(self.folder, Unknown) else normal(text, self.folder)

    def existing(self, argument: Argument) -> Answer[tuple[str, ...]]:
        """The paths that a word with wildcards means; without any, the one path, there or not."""
        path = self.path(argument)
        if isinstance(path, Unknown) or not argument.glob:
            return path if isinstance(path, Unknown) else (path,)
        found = self.files.glob(path)
        return found if isinstance(found, Unknown) else tuple(file.path for file in found)

    def blur(self, path: Answer[str], *, changes: bool = True, unknown: Unknown | None = None) -> None:
        """What is at a path is not known any more; all, where the path itself is not known."""
        unknown = unknown or self.unknown(f"{self.line} may have written it")
        where = "/" if isinstance(path, Unknown) else self.files.resolve(path)
        self.files.blur(where, unknown, changes=changes)

    def is_absent(self, path: str) -> bool:
        """Whether nothing is there for certain."""
        return isinstance(self.files.find(path), Absent)


def _read(
    text: str, argument: Argument, waiting: list[Argument], with_values: Collection[str]
) -> Iterator[tuple[str, Argument | None]]:
    name, equals, value = text.partition("=")
    if text.startswith("--") or name in with_values:
        if equals:
            yield name, Argument(value, argument.raw, argument.glob)
        else:
            yield name, waiting.pop() if name in with_values and waiting else None
        return
    for position, letter in enumerate(text[1:], 1):
        short = f"-{letter}"
        if short not in with_values:
            yield short, None
            continue
        rest = text[position + 1 :]
        yield short, Argument(rest, argument.raw) if rest else waiting.pop() if waiting else None
        return
