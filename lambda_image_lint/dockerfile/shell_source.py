"""Which text of an instruction a POSIX shell reads: SHELL, exec forms, heredocs and their interpreters."""

from collections.abc import Iterator

from lambda_image_lint.dockerfile.logical import heredoc_words
from lambda_image_lint.dockerfile.model import Form, Instruction, Word
from lambda_image_lint.dockerfile.shell import Shell, is_shell
from lambda_image_lint.dockerfile.shell_reader import read_shell, read_words
from lambda_image_lint.dockerfile.source import MappedText
from lambda_image_lint.patterns import lazy

MAX_INSTRUCTIONS = 2_000
"""Instructions whose shell is read; own: 0.2 ms each. An image has at most 127 layers."""

_RUNNING = frozenset(["RUN", "CMD", "ENTRYPOINT"])
_JSON_PART = lazy(r"\\u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})|\\u[0-9a-fA-F]{4}|\\.|[^\\]+")


def read_instruction(instruction: Instruction) -> Shell:
    """The shell of RUN, CMD, ENTRYPOINT, and of those inside ONBUILD and HEALTHCHECK."""
    if instruction.inner is not None:
        return read_instruction(instruction.inner)
    if instruction.oversized or instruction.index >= MAX_INSTRUCTIONS:
        return Shell(unparsed="the file is longer than any hand writes")
    if instruction.keyword not in _RUNNING or not instruction.words:
        return Shell()
    if instruction.form is Form.EXEC:
        return read_words([_decoded(instruction, word) for word in instruction.words])
    program = instruction.shell_words[0]
    if not is_shell(program):
        return Shell(unparsed=f"{program} is no POSIX shell")
    if instruction.escape == "`" and instruction.shell_words == ("/bin/sh", "-c"):
        return Shell(unparsed="a file with a backtick as its escape character is for Windows")
    return _read_line(instruction)


def _read_line(instruction: Instruction) -> Shell:
    start, end = instruction.arguments.start, instruction.end
    text = MappedText(instruction.line.source, instruction.line.pieces(start, end))
    if not instruction.heredocs:
        return read_shell(text)
    # Looked for in the whole line, as when it was read: what stands before the value decides too.
    announced = heredoc_words(instruction.line.text, instruction.escape)
    bounds = [(begin - start, stop - start) for _, _, (begin, stop) in announced]
    if not _outside(text.text, bounds).strip():
        return _read_scripts(instruction)
    return read_shell(text, tuple(zip(bounds, instruction.heredocs, strict=True)))


def _read_scripts(instruction: Instruction) -> Shell:
    """Heredocs alone on the line: the last one is the script, run by its shebang, else by the shell."""
    script = instruction.heredocs[-1]
    first, _, _ = script.body.partition("\n")
    if first.startswith("#!"):
        interpreter = shebang_program(first)
        if not is_shell(interpreter):
            return Shell(unparsed=f"the heredoc is run by {interpreter or 'an unnamed interpreter'}")
    return read_shell(script.mapped)


def shebang_program(line: str) -> str:
    """The interpreter that a first line names, ``env`` and its options taken off; empty where it names none."""
    words = line.removeprefix("#!").split()
    if words and words[0].rpartition("/")[2] == "env":
        words = [word for word in words[1:] if not word.startswith("-") and "=" not in word]
    return words[0] if words else ""


def _outside(text: str, bounds: list[tuple[int, int]]) -> str:
    """The text without those stretches."""
    starts = [0, *(end for _, end in bounds)]
    ends = [*(begin for begin, _ in bounds), len(text)]
    return "".join(text[start:end] for start, end in zip(starts, ends, strict=True))


def _decoded(instruction: Instruction, word: Word) -> MappedText:
    """A JSON string's text, each character mapped to where it is written."""
    line = instruction.line
    written = len(word.raw) - 2 if word.raw[1:-1] == word.text else None
    if written is not None:
        return MappedText(line.source, line.pieces(word.start, word.start + written))
    return MappedText(line.source, _json_pieces(line, word))


def _json_pieces(line: MappedText, word: Word) -> Iterator[tuple[int, str]]:
    from json import loads

    position, produced = word.start, 0
    while produced < len(word.text):
        match = _JSON_PART.match(line.text, position)
        if match is None:
            return
        part = match[0].split('"')[0] if match[0][0] != "\\" else match[0]
        text = loads(f'"{part}"') if part.startswith("\\") else part
        if part.startswith("\\"):
            yield line.offset(position), text
        else:
            yield from line.pieces(position, position + len(part))
        position += len(part)
        produced += len(text)
