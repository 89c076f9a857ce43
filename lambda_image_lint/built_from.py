"""The Dockerfile that an image was built from: which instruction made a layer, or set a key of the config."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from msgspec.structs import replace

from lambda_image_lint.dockerfile import parse
from lambda_image_lint.dockerfile.model import Dockerfile, Instruction
from lambda_image_lint.engine.result import Result
from lambda_image_lint.errors import TargetError
from lambda_image_lint.finding import FilePlace, KeyPlace, Place, TextPlace
from lambda_image_lint.image.config import Config, HistoryEntry

_MAKES_LAYERS = ("RUN", "COPY", "ADD", "WORKDIR")
_SETS = {"Entrypoint": "ENTRYPOINT", "Cmd": "CMD", "WorkingDir": "WORKDIR", "User": "USER", "Env": "ENV"}
_NO_OPERATION = "#(nop)"
"""What the classic builder writes before an instruction that runs nothing."""


class BuiltFrom:
    """Joins an image's findings with its Dockerfile."""

    def __init__(self, file: Path, config: Config, *, target: str | None, build_args: Mapping[str, str]) -> None:
        try:
            source = file.read_bytes()
        except OSError as error:
            raise TargetError(f"cannot read --dockerfile {file}: {error.strerror}", "Correct the path") from error
        self._path = file.as_posix()
        self._dockerfile = parse(source, self._path, target=target, build_args=build_args)
        self._of_layer = dict(_layers(self._dockerfile, config))

    def joined(self, result: Result) -> Result:
        """The result with the instruction behind it as a related place, where one is certain."""
        instruction = self._instruction(result.finding.place)
        if instruction is None:
            return result
        place = TextPlace(instruction.span, self._path, instruction.stage)
        return replace(result, finding=replace(result.finding, related=(*result.finding.related, place)))

    def _instruction(self, place: Place) -> Instruction | None:
        if isinstance(place, FilePlace):
            return self._of_layer.get(place.layer) if place.layer is not None else None
        if isinstance(place, KeyPlace) and place.key.startswith("config."):
            _, key, *name = place.key.split(".", 2)
            instructions = _of_image(self._dockerfile, _SETS.get(key, ""))
            if name:
                instructions = [one for one in instructions if any(pair.name == name[0] for pair in one.pairs)]
            return instructions[-1] if instructions else None
        return None


def _of_image(dockerfile: Dockerfile, *keywords: str) -> list[Instruction]:
    stages = dockerfile.stage_chain(dockerfile.final) if dockerfile.final else ()
    return [one for stage in stages for one in stage.all(*keywords)]


def _layers(dockerfile: Dockerfile, config: Config) -> Iterator[tuple[int, Instruction]]:
    """(index of a layer, what made it), from the last layer down, as long as history and Dockerfile agree."""
    entries = list(config.history)
    # Counted from the top: what a daemon tells of the steps below may be incomplete.
    layer = len(config.diff_ids)
    instructions = _of_image(dockerfile, *_MAKES_LAYERS)
    for entry in reversed(entries):
        keyword = _keyword(entry)
        if not entry.empty_layer:
            layer -= 1
        if keyword not in _MAKES_LAYERS:
            continue
        # A WORKDIR that is there already makes no layer, and some builders leave no trace of it.
        while instructions and instructions[-1].keyword == "WORKDIR" != keyword:
            instructions.pop()
        if not instructions or instructions[-1].keyword != keyword:
            return
        instruction = instructions.pop()
        if not entry.empty_layer:
            yield layer, instruction


def _keyword(entry: HistoryEntry) -> str:
    """The instruction's keyword in ``created_by``, whichever builder wrote it."""
    words = (entry.created_by or "").split()
    if _NO_OPERATION in words:
        words = words[words.index(_NO_OPERATION) + 1 :]
    elif words[:1] and words[0].endswith("sh") and "-c" in words[1:2]:
        return "RUN"
    first = words[0] if words else ""
    return "RUN" if first.startswith("|") else first.upper()
