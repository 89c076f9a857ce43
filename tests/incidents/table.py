"""The table of failures that people met, as ``incidents.toml`` has it."""

import subprocess
import tempfile
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.incidents import programs
from tests.incidents.stand_ins import LAMBDAS_WORD, OTHER, OWN

TABLE = Path(__file__).parent / "incidents.toml"
BUILT_FOR = b"GLIBC_2.25"
"""What a part that is compiled here asks for; changed, it asks for what no system has."""
C_PROGRAM = """
#include <stdlib.h>
#include <sys/random.h>

int main(void) {
    char byte;
    return getrandom(&byte, 1, 0) == 1 ? system("exec /srv/function") : 1;
}
"""


@dataclass(frozen=True)
class Incident:
    """What happened to somebody, and how it is told here."""

    numbers: tuple[int, ...]
    name: str
    source: str
    rules: tuple[str, ...]
    rules_of_image: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    machine: str = OWN
    """The architecture of the machine that builds."""
    programs: tuple[str, ...] = ()
    """What this machine has to have."""
    before: str = ""
    message: str = ""
    response: str = ""
    """What it answers once it is mended, where that differs; empty: any answer will do."""
    dockerfile: str = ""
    fixed: str | None = None
    context: Mapping[str, Any] = field(default_factory=dict)
    reason: str = ""
    why: str = ""

    def write(self, folder: Path, dockerfile: str | None = None) -> str:
        """The build context and its Dockerfile, whose text is returned."""
        for path, entry in self.context.items():
            said = {"text": entry} if isinstance(entry, str) else entry
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(_content(said))
            target.chmod(int(said.get("mode", "0644"), 8))
        text = (dockerfile or self.dockerfile).lstrip("\n")
        (folder / "Dockerfile").write_text(text)
        return text


def _content(said: Mapping[str, str]) -> bytes:
    if "text" in said:
        return said["text"].lstrip("\n").encode()
    if "program" in said:
        return str(getattr(programs, said["program"])).encode()
    if "native" in said:
        return native_part().replace(BUILT_FOR, said["native"].encode())
    return c_program().replace(BUILT_FOR, said["binary"].encode())


@cache
def native_part() -> bytes:
    """The addon of the Node client, compiled here."""
    return _compiled(programs.NATIVE_PART, "-shared", "-fPIC")


@cache
def c_program() -> bytes:
    """A program that is linked with this machine's C library."""
    return _compiled(C_PROGRAM)


def _compiled(source: str, *options: str) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        command = ["gcc", "-x", "c", "-O1", *options, "-o", f"{folder}/out", "-"]
        subprocess.run(command, input=source.encode(), capture_output=True, timeout=60, check=True)
        made = Path(folder, "out").read_bytes()
    assert BUILT_FOR in made
    return made


def load() -> tuple[int, tuple[Incident, ...]]:
    """How many there were, and all rows."""
    table = tomllib.loads(TABLE.read_text().replace("@OWN@", LAMBDAS_WORD[OWN]))
    return table["count"], tuple(_incident(row) for row in table["incident"])


def _incident(row: dict[str, Any]) -> Incident:
    words: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in row.items()}
    words["machine"] = {"own": OWN, "other": OTHER}[words.get("machine", "own")]
    return Incident(**words)


def parameters(incidents: tuple[Incident, ...]) -> list[Any]:
    """Each as a parameter of a test, which is skipped where this machine lacks a program."""
    return [pytest.param(one, id=one.name, marks=pytest.mark.toolchain(*one.programs)) for one in incidents]
