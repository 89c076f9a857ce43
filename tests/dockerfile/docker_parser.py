"""Docker's own parser, in a process of its own: it is Go inside Python, and some input ends the interpreter."""

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

_PROGRAM = """
import json, sys
import dockerfile
for path in sys.argv[1:]:
    try:
        found = [[c.cmd.upper(), c.start_line, c.end_line, c.json, list(c.flags), list(c.value)]
                 for c in dockerfile.parse_file(path)]
    except (dockerfile.GoParseError, UnicodeDecodeError) as error:
        found = str(error)
    print(json.dumps([path, found]), flush=True)
"""


@dataclass(frozen=True)
class Parsed:
    """An instruction as Docker's parser has it."""

    keyword: str
    line: int
    end_line: int
    json: bool
    flags: tuple[str, ...]
    value: tuple[str, ...]


def docker_parse(paths: Sequence[Path]) -> dict[Path, list[Parsed] | str]:
    """What Docker's parser makes of each file: instructions, or its refusal. A file that ends it is left out."""
    command = [sys.executable, "-c", _PROGRAM, *map(str, paths)]
    done = subprocess.run(command, capture_output=True, timeout=60, check=False)
    found: dict[Path, list[Parsed] | str] = {}
    for line in done.stdout.decode("utf-8").splitlines():
        path, result = json.loads(line)
        if isinstance(result, str):
            found[Path(path)] = result
        else:
            found[Path(path)] = [Parsed(a, b, c, d, tuple(e), tuple(f)) for a, b, c, d, e, f in result]
    return found
