"""Word and value of each instruction, by dockerfile-parse: the one file that knows it.

It is handed logical lines, one instruction on one line without heredocs, comments, byte order mark or continuations,
for it misreads each of those; variables, stages and forms it is never asked about.
"""

from collections.abc import Sequence
from io import BytesIO


def split(lines: Sequence[str]) -> list[tuple[str, str]] | None:
    """Upper-case word and the rest of each line; None where it counts other lines than these.

    Lines must hold no newline, must not be blank, begin with ``#`` or end in a backslash.
    """
    from dockerfile_parse import DockerfileParser

    text = "\n".join(lines) + "\n"
    parser = DockerfileParser(fileobj=BytesIO(text.encode("utf-8", "replace")), env_replace=False)
    found = [(entry["instruction"], entry["value"]) for entry in parser.structure]
    return found if len(found) == len(lines) else None
