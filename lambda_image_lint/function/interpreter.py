"""A stage of a Dockerfile, interpreted from its base to its last instruction."""

from lambda_image_lint.answer import Answer, Unknown
from lambda_image_lint.dockerfile.context import Context
from lambda_image_lint.dockerfile.model import Dockerfile, Instruction, Stage
from lambda_image_lint.function.base_files import base_file_system, empty_file_system
from lambda_image_lint.function.building import Building, Source
from lambda_image_lint.function.copying import copy
from lambda_image_lint.function.overlay import FileSystem
from lambda_image_lint.function.running import run
from lambda_image_lint.knowledge import base_config


class Interpreter:
    """The stages of one Dockerfile; each is worked out at most once."""

    def __init__(self, dockerfile: Dockerfile, context: Context) -> None:
        self.dockerfile = dockerfile
        self.source = Source(dockerfile, context, dockerfile.variables, self.files)
        self._built: dict[int, Building] = {}

    def files(self, stage: Stage) -> FileSystem:
        """The file system that a stage ends with."""
        return self.building(stage).files

    def building(self, stage: Stage) -> Building:
        """A stage at its end. Nobody changes it from then on."""
        # Base first and in a loop: a file can chain more stages than Python can nest calls.
        for each in self.dockerfile.stage_chain(stage):
            if each.index not in self._built:
                self._built[each.index] = self._build(each)
        return self._built[stage.index]

    def _build(self, stage: Stage) -> Building:
        building = self._begin(stage)
        for instruction in stage.instructions:
            _interpret(building, instruction)
        return building

    def _begin(self, stage: Stage) -> Building:
        if stage.base_stage is not None:
            below = self._built[stage.base_stage]
            return Building(
                self.source,
                below.files.fork(),
                below.working_dir,
                list(below.installed),
                list(below.install_gaps),
            )
        reference = stage.base_resolved
        if isinstance(reference, Unknown):
            unknown = Unknown(f"the base image is not known: {reference.reason}", stage.place)
            return Building(self.source, FileSystem(unknown), unknown)
        if reference.lower() == "scratch":
            return Building(self.source, empty_file_system(stage.place))
        config = base_config(reference)
        working_dir: Answer[str] = (
            Unknown(f"the working directory of {reference} is not known", stage.place)
            if config is None
            else config.working_dir
        )
        return Building(self.source, base_file_system(reference, stage.place), working_dir)


def _interpret(building: Building, instruction: Instruction) -> None:
    if instruction.keyword in ("COPY", "ADD"):
        copy(building, instruction)
    elif instruction.keyword == "RUN":
        run(building, instruction)
    elif instruction.keyword == "WORKDIR" and instruction.words:
        written = building.expand(instruction.words[0].template, instruction)
        building.working_dir = written if isinstance(written, Unknown) else building.absolute(written)
        if isinstance(building.working_dir, str):
            building.files.make_directory(building.files.resolve(building.working_dir), instruction.place)
