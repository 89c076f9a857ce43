"""RUN: the commands of its shell, one after the other, and what each does to the files."""

from posixpath import basename

from lambda_image_lint.answer import Answer, Unknown
from lambda_image_lint.dockerfile.model import Form, Instruction
from lambda_image_lint.dockerfile.shell import Command, Opaque, Redirect, Shell, ShellWord, is_shell
from lambda_image_lint.finding import Place
from lambda_image_lint.function.building import Building
from lambda_image_lint.function.effects import effect_of
from lambda_image_lint.function.effects.call import Argument, Call
from lambda_image_lint.function.known import KnownFile, held_content, unknown_content
from lambda_image_lint.function.model import File, Kind
from lambda_image_lint.function.mounts import mounted
from lambda_image_lint.function.reads import missing_reads
from lambda_image_lint.function.walk import normal
from lambda_image_lint.knowledge import installer_folders

_EVALUATORS = frozenset(["eval", "source", "."])


def run(building: Building, instruction: Instruction) -> None:
    """Interpret one RUN. What is not understood makes unknown what it may have touched."""
    with mounted(building, instruction):
        _run(building, instruction)


def _run(building: Building, instruction: Instruction) -> None:
    shell = instruction.shell
    if instruction.form is Form.EXEC and not _runs_shell(instruction):
        words = tuple(Argument(word.text, word.raw) for word in instruction.words)
        if words and isinstance(words[0].text, str):
            _apply(_call(building, words, building.working_dir, instruction, None), instruction)
        return
    if shell.unparsed is not None:
        building.files.blur("/", Unknown(f"the commands are not read: {shell.unparsed}", instruction.place))
        return
    runner = _Runner(building, instruction, shell)
    for command in shell.commands:
        runner.step(command)
    if shell.fault is not None:
        building.files.blur("/", Unknown("a part of the commands is not understood", instruction.at(shell.fault)))


def _runs_shell(instruction: Instruction) -> bool:
    return bool(instruction.words) and is_shell(instruction.words[0].text) and len(instruction.words) > 1


class _Runner:
    """The state of the shell between two commands."""

    def __init__(self, building: Building, instruction: Instruction, shell: Shell) -> None:
        self.building = building
        self.instruction = instruction
        self.shell = shell
        self.folder: Answer[str] = building.working_dir
        self.inner_folder: Answer[str] | None = None
        """Of a subshell, as long as it lasts."""

    def step(self, command: Command) -> None:
        if not command.in_subshell:
            self.inner_folder = None
        place = self.instruction.at(command.span)
        doubt = None if command.is_certain else Unknown(f"{command.name or 'it'} runs in some cases only", place)
        with self.building.files.doubting(doubt):
            self._redirect(command, place)
            if command.name is None:
                if command.words:
                    self._unnamed(command, place)
                return
            if command.program in ("cd", "pushd", "popd"):
                self._change_folder(command, place)
                return
            self._run(command, place)

    @property
    def here(self) -> Answer[str]:
        return self.folder if self.inner_folder is None else self.inner_folder

    def _run(self, command: Command, place: Place) -> None:
        arguments = tuple(self._argument(word, command) for word in command.arguments)
        name = Argument(command.name or "", command.name or "")
        call = _call(self.building, (name, *arguments), self.here, self.instruction, command, place)
        if command.wrappers and command.wrappers[-1] == "xargs":
            # Its last words come from a pipe, and nobody knows them.
            call.blur("/" if not arguments else call.path(arguments[-1]))
            return
        if _reads_program(call):
            self._piped(command, call)
            return
        if call.program in _EVALUATORS:
            self._source(call)
            return
        _apply(call, self.instruction)

    def _piped(self, command: Command, call: Call) -> None:
        """``curl URL | sh``: of the installers that everybody uses it is known where they write."""
        unknown = call.unknown(f"{call.program} runs what a pipe gives it")
        words = () if command.piped_from is None else command.piped_from.arguments
        urls = [text for word in words if isinstance(text := self._expand(word, command), str) and "://" in text]
        folders = installer_folders(urls[0]) if len(urls) == 1 else None
        for folder in ("/",) if folders is None else folders:
            call.blur(folder, changes=folders is None, unknown=unknown)

    def _source(self, call: Call) -> None:
        """``. ./activate`` and ``eval "$(…)"`` set variables; those of tools that everybody uses do no more."""
        if call.program == "eval":
            call.blur("/")

    def _unnamed(self, command: Command, place: Place) -> None:
        """A variable names the program."""
        name = self._expand(command.words[0], command)
        if isinstance(name, Unknown) or not name:
            unknown = Unknown(f"{command.words[0].raw} may have written it", place)
            self.building.files.blur("/", unknown)
            return
        arguments = tuple(self._argument(word, command) for word in command.arguments)
        call = _call(self.building, (Argument(name, name), *arguments), self.here, self.instruction, command, place)
        _apply(call, self.instruction)

    def _change_folder(self, command: Command, place: Place) -> None:
        words = [self._expand(word, command) for word in command.arguments if word.text not in ("-L", "-P", "--")]
        target: Answer[str] = words[0] if words else "/root"
        folder: Answer[str]
        if command.program == "popd" or target == "-":
            folder = Unknown("the directory was changed back", place)
        elif isinstance(target, Unknown):
            folder = target
        elif target.startswith("/") or isinstance(self.here, str):
            folder = normal(target, self.here if isinstance(self.here, str) else "/")
        else:
            folder = self.here
        if not command.is_certain:
            folder = Unknown("the directory was changed in some cases only", place)
        if command.in_subshell:
            self.inner_folder = folder
        else:
            self.folder = folder

    def _redirect(self, command: Command, place: Place) -> None:
        for redirect in command.redirects:
            if ">" not in redirect.operator or redirect.target is None or redirect.operator in (">&", "<>"):
                continue
            name = self._expand(redirect.target, command)
            if isinstance(name, str) and (name.startswith("/dev/") or name.isdigit()):
                continue
            if isinstance(name, Unknown) or (not name.startswith("/") and isinstance(self.here, Unknown)):
                self.building.files.blur("/", Unknown(f"{redirect.target.raw} is written, wherever that is", place))
                continue
            path = normal(name, self.here if isinstance(self.here, str) else "/")
            self._write(path, self._output(command, redirect), place, append=">>" in redirect.operator)

    def _write(self, path: str, content: Answer[bytes], place: Place, *, append: bool) -> None:
        files = self.building.files
        before = files.find(path)
        mode: Answer[int] = 0o644
        if isinstance(before, File) and before.kind is Kind.FILE:
            mode = before.mode
            if append and isinstance(content, bytes):
                held = before.read()
                content = held if isinstance(held, Unknown) else held + content
        elif append and isinstance(before, Unknown):
            content = before
        size: Answer[int] = content if isinstance(content, Unknown) else len(content)
        reader = unknown_content(content) if isinstance(content, Unknown) else held_content(content)
        files.put(KnownFile(files.resolve(path), Kind.FILE, mode, 0, 0, size, place, reader))

    def _output(self, command: Command, redirect: Redirect) -> Answer[bytes]:
        """What a command prints, of those that print what they are given."""
        unknown = Unknown(f"what {command.name or 'it'} prints is not known", self.instruction.at(redirect.span))
        heredoc = next((one.heredoc for one in command.redirects if one.heredoc is not None), None)
        if command.program == "cat" and heredoc is not None and not command.arguments and "$" not in heredoc:
            return heredoc.encode("utf-8", "surrogateescape")
        words = [self._expand(word, command) for word in command.arguments]
        if any(isinstance(word, Unknown) for word in words) or any(word.glob for word in command.arguments):
            return unknown
        texts = [word for word in words if isinstance(word, str)]
        if (
            command.program == "echo"
            and not (texts and texts[0].startswith("-"))
            and not any("\\" in one for one in texts)
        ):
            return (" ".join(texts) + "\n").encode("utf-8", "surrogateescape")
        if command.program == "printf" and len(texts) == 1 and "%" not in texts[0]:
            return (
                texts[0].replace("\\n", "\n").encode("utf-8", "surrogateescape")
                if "\\" not in texts[0].replace("\\n", "")
                else unknown
            )
        return unknown

    def _argument(self, word: ShellWord, command: Command) -> Argument:
        return Argument(self._expand(word, command), word.raw, word.glob)

    def _expand(self, word: ShellWord, command: Command) -> Answer[str]:
        if any(isinstance(part, Opaque) and part.raw.startswith("{") for part in word.parts):
            return Unknown(f"{word.raw} stands for several words")
        return self.shell.expand(word, command, lambda name: self._value(name))

    def _value(self, name: str) -> Answer[str | None]:
        value = self.building.source.variables.value(name, self.instruction)
        # A shell has more variables than Docker gives it.
        if value is None and name in ("PWD", "HOME", "USER", "OLDPWD", "HOSTNAME", "SHELL", "UID"):
            return {"PWD": self.here, "HOME": "/root", "USER": "root"}.get(name) or Unknown(f"{name} is the shell's")
        return value


def _call(
    building: Building,
    words: tuple[Argument, ...],
    folder: Answer[str],
    instruction: Instruction,
    command: Command | None,
    place: Place | None = None,
) -> Call:
    name = words[0].text if isinstance(words[0].text, str) else words[0].raw
    program = basename(name)
    return Call(
        building,
        program,
        name,
        words[1:],
        folder,
        place or instruction.place,
        _environment(building, instruction),
        command,
    )


def _environment(building: Building, instruction: Instruction) -> dict[str, Answer[str]]:
    """The variables that decide where installers put things."""
    found = {}
    for name in ("PATH", "VIRTUAL_ENV", "GEM_HOME", "PIP_USER", "UV_PROJECT_ENVIRONMENT", "PLAYWRIGHT_BROWSERS_PATH"):
        value = building.source.variables.value(name, instruction)
        if value is not None:
            found[name] = value
    return found


def _reads_program(call: Call) -> bool:
    """An interpreter that is given no program but what it reads: ``sh``, ``bash -s -- --option``, ``python3 -``."""
    if is_shell(call.program):
        return not call.arguments or "-s" in call.texts or call.texts[0] in ("-", "--")
    return bool(call.texts) and call.program.startswith(("python", "node", "perl", "ruby")) and call.texts[0] == "-"


def _apply(call: Call, instruction: Instruction) -> None:
    call.building.missing.extend(missing_reads(call, instruction))
    effect_of(call.program)(call)
