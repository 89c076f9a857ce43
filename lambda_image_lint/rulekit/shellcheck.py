"""ShellCheck's remarks on the shell inside RUN, at their places in the Dockerfile.

The program comes with the extra ``shell``, or is the system's own. All pieces of a file go through one process.
"""

from collections.abc import Iterator, Sequence

from msgspec import Struct

from lambda_image_lint.answer import Unknown
from lambda_image_lint.dockerfile.model import Dockerfile, Form, Instruction
from lambda_image_lint.dockerfile.shell import is_shell
from lambda_image_lint.dockerfile.source import MappedText
from lambda_image_lint.finding import Span

_MEANINGLESS = (
    "SC1090", "SC1091",  # files to be sourced: they are in the image, not here
    "SC2034",  # unused: the next command of the chain may be a program that reads it
    "SC2154",  # unassigned: ENV and ARG assign
    "SC2164",  # cd without ||: Docker's chains end at the first failure
)  # fmt: skip
_SECONDS = 30
"""For one file; own: a RUN of a hundred commands takes 0.1 s."""


class Remark(Struct, frozen=True):
    """One of ShellCheck's."""

    instruction: Instruction
    span: Span
    code: int
    text: str


class _Piece(Struct, frozen=True):
    instruction: Instruction
    text: MappedText
    dialect: str


def program() -> str | None:
    """The path of ShellCheck: beside the interpreter, where the extra puts it, or on PATH."""
    import os
    import shutil
    import sys

    return shutil.which("shellcheck", path=os.path.dirname(sys.executable)) or shutil.which("shellcheck")


def remarks(dockerfile: Dockerfile, instructions: Sequence[Instruction], dialect: str) -> Iterator[Remark | Unknown]:
    """What ShellCheck warns of; `dialect` is what ``/bin/sh`` is on the base: ``bash``, ``dash`` or ``busybox``."""
    pieces = [piece for one in instructions if (piece := _piece(one, dialect)) is not None]
    if not pieces:
        return
    path = program()
    if path is None:
        yield Unknown("shellcheck is not installed")
        return
    for named in sorted({piece.dialect for piece in pieces}):
        yield from _run(path, named, [piece for piece in pieces if piece.dialect == named])


def _piece(instruction: Instruction, dialect: str) -> _Piece | None:
    """The one text of a RUN that a shell reads; None where another program reads it, or heredocs are in between."""
    shell = instruction.shell_words[0]
    if instruction.form is not Form.SHELL or instruction.shell.unparsed is not None or not is_shell(shell):
        return None
    named = shell.rpartition("/")[2]
    known = dialect if named == "sh" else "busybox" if named == "ash" else named
    if known not in ("bash", "dash", "ksh", "busybox", "sh"):
        return None
    if not instruction.heredocs:
        line, start, end = instruction.line, instruction.arguments.start, instruction.end
        return _Piece(instruction, MappedText(line.source, line.pieces(start, end)), known)
    alone = (
        len(instruction.heredocs) == 1
        and instruction.value.strip().startswith("<<")
        and " " not in instruction.value.strip()
    )
    return _Piece(instruction, instruction.heredocs[0].mapped, known) if alone else None


def _run(path: str, dialect: str, pieces: Sequence[_Piece]) -> Iterator[Remark | Unknown]:
    import json
    import subprocess
    import tempfile
    from pathlib import Path

    with tempfile.TemporaryDirectory(prefix="lint-image-") as folder:
        files = [Path(folder, f"{index}.sh") for index in range(len(pieces))]
        for file, piece in zip(files, pieces, strict=True):
            file.write_text(piece.text.text, encoding="utf-8", errors="surrogateescape")
        command = [
            path,
            "--norc",
            "--format=json1",
            "--severity=warning",
            f"--shell={dialect}",
            f"--exclude={','.join(_MEANINGLESS)}",
        ]
        try:
            done = subprocess.run([*command, *map(str, files)], capture_output=True, timeout=_SECONDS, check=False)
            comments = json.loads(done.stdout)["comments"]
        except (OSError, subprocess.TimeoutExpired, ValueError, KeyError) as error:
            yield Unknown(f"shellcheck failed: {type(error).__name__}")
            return
    for comment in comments:
        piece = pieces[int(Path(comment["file"]).stem)]
        start = _position(piece.text.text, comment["line"], comment["column"])
        end = _position(piece.text.text, comment["endLine"], comment["endColumn"])
        yield Remark(piece.instruction, piece.text.span(start, max(end, start)), comment["code"], comment["message"])


def _position(text: str, line: int, column: int) -> int:
    """The position in a text of a line and a column, both from 1, held inside it."""
    start = 0
    for _ in range(line - 1):
        start = text.find("\n", start) + 1
    return min(start + column - 1, len(text))
