"""What is executed, step by step, when Lambda starts a function: programs, interpreters, scripts, modules."""

from collections.abc import Iterator
from enum import StrEnum
from posixpath import basename
from weakref import WeakKeyDictionary

from msgspec import Struct

from lambda_image_lint.answer import Absent, Answer, Unknown
from lambda_image_lint.dockerfile.shell import Guard
from lambda_image_lint.dockerfile.variables import DEFAULT_PATH
from lambda_image_lint.finding import Place
from lambda_image_lint.function.clients import BOOTSTRAP as BOOTSTRAP
from lambda_image_lint.function.image_base import base_entrypoint
from lambda_image_lint.function.launchers import Launch, launches
from lambda_image_lint.function.model import File, Found, Function, Kind, Packaged
from lambda_image_lint.function.scripts import Body, body_of, commands_of, holds_in_lambda, shebang_of
from lambda_image_lint.function.walk import normal

_DEEPEST = 12
"""Programs that start each other in a row; a person writes four."""
_MOST = 64
"""Steps that are followed in all."""


_DOCKERS_OWN = "docker-entrypoint.sh"
"""Of Docker's official images: executes its arguments. Source: https://github.com/nodejs/docker-node"""


class StepKind(StrEnum):
    """What a step is."""

    PROGRAM = "program"
    """A file that the kernel executes."""
    INTERPRETER = "interpreter"
    """The program that the first line of a script names."""
    SCRIPT = "script"
    """A file that an interpreter is given: ``sh start.sh``, ``node index.mjs``, ``java -jar app.jar``."""
    MODULE = "module"
    """``python -m NAME``."""
    PACKAGE = "package"
    """``npx NAME``."""
    CLASS = "class"
    """``java -cp … NAME``."""


class Step(Struct, frozen=True):
    """One thing that is executed."""

    kind: StepKind
    name: str
    """As written."""
    found: Found
    """The file; of a module, package or class Unknown: it is looked for elsewhere."""
    arguments: tuple[Answer[str], ...]
    why: str
    """As a clause: ``the entrypoint``, ``started by /start.sh``, ``the interpreter of /start.sh``."""
    place: Place
    """What decided it: ENTRYPOINT, CMD, or the script that starts it."""
    guards: tuple[Guard, ...] = ()
    """The conditions in scripts under which it runs, outermost first."""

    @property
    def path(self) -> str:
        """The file's own path where it is there, else the name as written."""
        return self.found.path if isinstance(self.found, File) else self.name

    @property
    def program(self) -> str:
        """The name without its folder."""
        return basename(self.name)

    @property
    def is_certain(self) -> bool:
        """Whether it runs in Lambda under no condition but that the Runtime API is there."""
        return all(map(holds_in_lambda, self.guards))

    @property
    def depends_on_runtime_api(self) -> bool:
        """Whether a script runs it only after it has looked whether Lambda is there."""
        return any(
            "AWS_LAMBDA_RUNTIME_API" in (*word.variables, word.raw)
            for guard in self.guards
            for command in guard.condition
            for word in command.words
        )


_chains: "WeakKeyDictionary[Function, Answer[tuple[Step, ...]]]" = WeakKeyDictionary()


def chain(function: Function) -> Answer[tuple[Step, ...]]:
    """Every step from the entrypoint on, in order; those in branches of a script one after the other. Remembered.

    Unknown where it is not known what is started at all. A step whose own file is not known says so itself.
    """
    if function not in _chains:
        _chains[function] = _chain(function)
    return _chains[function]


def _chain(function: Function) -> Answer[tuple[Step, ...]]:
    words = _first_words(function)
    if isinstance(words, Unknown):
        return words
    if not words:
        return ()
    aspect = "entrypoint" if function.entrypoint else "command"
    why = "the entrypoint" if aspect == "entrypoint" else "the command, since there is no entrypoint"
    steps = []
    for step in _Follower(function).execute(words, why, function.where(aspect), (), 0):
        steps.append(step)
        if len(steps) == _MOST:
            break
    return tuple(steps)


def _first_words(function: Function) -> Answer[tuple[Answer[str], ...]]:
    if isinstance(function.entrypoint, Unknown):
        return function.entrypoint
    if isinstance(function.command, Unknown):
        return (*function.entrypoint, function.command) if function.entrypoint else function.command
    return (*function.entrypoint, *function.command)


def is_of_base(found: Found) -> bool:
    """Whether a file is one of a known base image's own, of which only the name is known."""
    unknown = found.read(1) if isinstance(found, File) and found.kind is Kind.FILE else found
    return isinstance(unknown, Packaged) and unknown.packages == ()


def which(function: Function, name: str) -> Found:
    """The file that executing `name` means: a path, or a name on PATH."""
    if "/" in name:
        folder = function.working_dir
        if not name.startswith("/") and isinstance(folder, Unknown):
            return folder
        return function.files.find(normal(name, folder if isinstance(folder, str) else "/"))
    path = function.environment.get("PATH", DEFAULT_PATH)
    if isinstance(path, Unknown):
        return path
    perhaps: Found = Absent(name)
    for folder in path.split(":"):
        found = function.files.find(normal(name, folder or "/"))
        if isinstance(found, File) and found.kind is Kind.FILE:
            return found
        if isinstance(found, Unknown) and not isinstance(found, Packaged) and not _is_called_handler(name):
            return found
        # Packages may have brought one here; one that certainly lies further on is the likelier.
        if isinstance(found, Packaged) and not isinstance(perhaps, Packaged) and not is_handler_name(name):
            perhaps = found
    return perhaps


def is_handler_name(name: str) -> bool:
    """``app.handler``: no package brings a program of such a name, though one like ``python3.12``."""
    name = name.rpartition("/")[2]
    head, dot, tail = name.partition(".")
    return bool(dot and head and tail) and tail[0].isalpha() and tail not in ("sh", "py", "js", "rb", "exe")


def _is_called_handler(name: str) -> bool:
    """``app.handler``, ``main.lambda_handler``: whatever a build leaves in the folders of PATH, it has no such name."""
    return is_handler_name(name) and name.lower().endswith("handler")


class _Follower:
    """Follows one program into the next."""

    def __init__(self, function: Function) -> None:
        self._function = function

    def execute(
        self, words: tuple[Answer[str], ...], why: str, place: Place, guards: tuple[Guard, ...], depth: int
    ) -> Iterator[Step]:
        """The steps that executing a command line takes."""
        first, arguments = words[0], words[1:]
        if isinstance(first, Unknown):
            yield Step(StepKind.PROGRAM, "", first, arguments, why, place, guards)
            return
        found = which(self._function, first)
        yield Step(StepKind.PROGRAM, first, found, arguments, why, place, guards)
        if depth == _DEEPEST:
            return
        if (first,) == base_entrypoint() and self._function.base is not None:
            # Its text is the same in every base and need not be at hand.
            yield from self.execute((BOOTSTRAP,), f"started by {first}", place, guards, depth + 1)
            return
        launched = launches(basename(first), arguments)
        if launched is None and basename(first) == _DOCKERS_OWN and is_of_base(found):
            launched = Launch("words", words=arguments)
        if launched is not None:
            yield from self._launched(launched, first, place, guards, depth)
        elif isinstance(found, File):
            yield from self._script(found, arguments, guards, depth)

    def _launched(self, launch: Launch, by: str, place: Place, guards: tuple[Guard, ...], depth: int) -> Iterator[Step]:
        why = f"started by {by}"
        if launch.kind == "words":
            if launch.words:
                place = self._place_of(launch.words, place)
                yield from self.execute(launch.words, why, place, guards, depth + 1)
        elif launch.kind == "text":
            body = Body(by, launch.name, launch.words, place)
            yield from self._commands(body, guards, depth)
        elif launch.kind == "npm-script":
            yield from self._npm_script(launch, by, place, guards, depth)
        else:
            kind = StepKind(launch.kind)
            if kind is not StepKind.SCRIPT:
                unknown = Unknown(f"where {launch.name} lies is not followed", place)
                yield Step(kind, launch.name, unknown, launch.words, why, place, guards)
                return
            found = self._find_script(launch.name)
            yield Step(kind, launch.name, found, launch.words, why, place, guards)
            if launch.is_shell and isinstance(found, File):
                yield from self._body(found, launch.words, guards, depth)

    def _find_script(self, name: str) -> Found:
        folder = self._function.working_dir
        if not name.startswith("/") and isinstance(folder, Unknown):
            return folder
        return self._function.files.find(normal(name, folder if isinstance(folder, str) else "/"))

    def _npm_script(
        self, launch: Launch, by: str, place: Place, guards: tuple[Guard, ...], depth: int
    ) -> Iterator[Step]:
        from lambda_image_lint.function.scripts import npm_script

        text = npm_script(self._find_script("package.json"), launch.name)
        if isinstance(text, Unknown):
            yield Step(StepKind.PACKAGE, launch.name, text, launch.words, f"started by {by}", place, guards)
        else:
            yield from self._commands(Body("package.json", text, launch.words, place), guards, depth)

    def _script(
        self, file: File, arguments: tuple[Answer[str], ...], guards: tuple[Guard, ...], depth: int
    ) -> Iterator[Step]:
        """A file that the kernel hands to the interpreter of its first line."""
        line = shebang_of(file)
        if line is None or isinstance(line, Unknown):
            return
        words = (line.interpreter, *line.options)
        found = which(self._function, line.interpreter)
        why = f"the interpreter of {file.path}"
        yield Step(StepKind.INTERPRETER, line.interpreter, found, words[1:], why, file.place, guards)
        if basename(line.interpreter) == "env" and line.options:
            program = next((word for word in line.options if not word.startswith("-") and "=" not in word), None)
            if program is not None:
                found = which(self._function, program)
                yield Step(StepKind.INTERPRETER, program, found, (), why, file.place, guards)
        if line.is_shell:
            yield from self._body(file, arguments, guards, depth)

    def _body(
        self, file: File, arguments: tuple[Answer[str], ...], guards: tuple[Guard, ...], depth: int
    ) -> Iterator[Step]:
        body = body_of(file, arguments)
        if isinstance(body, Unknown):
            yield Step(StepKind.PROGRAM, "", body, (), f"started by {file.path}", file.place, guards)
        else:
            yield from self._commands(body, guards, depth)

    def _commands(self, body: Body, guards: tuple[Guard, ...], depth: int) -> Iterator[Step]:
        if depth == _DEEPEST:
            return
        for words, inner in commands_of(body, self._function.environment):
            place = self._place_of(words, body.place)
            yield from self.execute(words, f"started by {body.name}", place, (*guards, *inner), depth + 1)

    def _place_of(self, words: tuple[Answer[str], ...], otherwise: Place) -> Place:
        """CMD, where a wrapper or an entry script executes what it was given: ``exec "$@"``."""
        command = self._function.command
        is_command = isinstance(command, tuple) and bool(words) and command[-len(words) :] == words
        return self._function.where("command") if is_command else otherwise
