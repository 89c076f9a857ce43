"""A build stage in the middle of being interpreted."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from msgspec import Struct, field

from lambda_image_lint.answer import Answer, Unknown
from lambda_image_lint.dockerfile.context import Context
from lambda_image_lint.dockerfile.model import Dockerfile, Instruction, Stage
from lambda_image_lint.function.model import Installed
from lambda_image_lint.function.overlay import FileSystem
from lambda_image_lint.function.walk import normal

if TYPE_CHECKING:
    from lambda_image_lint.dockerfile.variables import Variables
    from lambda_image_lint.function.reads import MissingRead


class Source(Struct, frozen=True):
    """Where the stages of a Dockerfile take from."""

    dockerfile: Dockerfile
    context: Context
    variables: "Variables"
    stage_files: Callable[[Stage], FileSystem]
    """The file system that another stage ends with."""


class Building(Struct):
    """What a stage has become so far. The interpreter is the only one who changes it."""

    source: Source
    files: FileSystem
    working_dir: Answer[str] = "/"
    installed: list[Installed] = field(default_factory=list)
    install_gaps: list[Unknown] = field(default_factory=list)
    """Why more may be installed than `installed` tells."""
    exported: dict[str, tuple[str, ...] | None] = field(default_factory=dict)
    """Requirements files that a command wrote: path → the names in it, None where they are not known."""
    missing: list["MissingRead"] = field(default_factory=list)
    """What its own commands read although it is certainly not there; that of the stages below it is theirs."""

    def expand(self, template: str, instruction: Instruction) -> Answer[str]:
        """A text of an instruction as Docker reads it."""
        return self.source.variables.expand(template, instruction)

    def absolute(self, path: str) -> Answer[str]:
        """A path from the working directory."""
        if path.startswith("/"):
            return normal(path)
        if isinstance(self.working_dir, Unknown):
            return self.working_dir
        return normal(path, self.working_dir)
