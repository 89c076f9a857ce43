"""The function that a Dockerfile and its build context make."""

from collections.abc import Mapping
from functools import cached_property

from lambda_image_lint import knowledge
from lambda_image_lint.answer import Answer, Unknown
from lambda_image_lint.dockerfile.context import Context
from lambda_image_lint.dockerfile.model import Dockerfile, Stage
from lambda_image_lint.errors import NothingToLint
from lambda_image_lint.finding import Place
from lambda_image_lint.function.architecture import oci_architecture
from lambda_image_lint.function.building import Building
from lambda_image_lint.function.interpreter import Interpreter
from lambda_image_lint.function.model import AwsBase, Files, Function, NamedBase, Packages, RuntimeClient
from lambda_image_lint.function.reads import MissingRead
from lambda_image_lint.function.stage_config import StageConfig, stage_config


def function_from_dockerfile(dockerfile: Dockerfile, context: Context, *, arch: str | None = None) -> Function:
    """The function that the final stage is. The files are worked out when they are first asked for.

    `arch`: the wanted architecture, in Lambda's words or OCI's; it stands in where nothing in the file decides.
    Raises `NothingToLint` where the file has no stage.
    """
    if dockerfile.final is None:
        raise NothingToLint(f"{dockerfile.path} has no stage to build", "Begin it with FROM")
    return DockerfileFunction(dockerfile, dockerfile.final, context, arch)


class DockerfileFunction(Function):
    """Everything but the files is known without reading a RUN."""

    def __init__(self, dockerfile: Dockerfile, stage: Stage, context: Context, arch: str | None) -> None:
        self._dockerfile = dockerfile
        self._stage = stage
        self._bottom = dockerfile.stage_chain(stage)[0]
        self._interpreter = Interpreter(dockerfile, context)
        self._config: StageConfig = stage_config(dockerfile, stage)
        self.base_reference = self._reference()
        self.base = _aws_base(self.base_reference)
        self.architecture = self._architecture(arch)
        self.entrypoint = self._config.entrypoint
        self.entrypoint_is_inherited = "entrypoint" not in self._config.own
        self.command = self._config.command
        self.working_dir = self._config.working_dir
        self.user = self._config.user
        self.environment: Mapping[str, Answer[str]] = dockerfile.variables.environment(stage)
        self.environment_complete = dockerfile.variables.environment_complete(stage)

    @cached_property
    def building(self) -> Building:
        """The final stage at its end: files, and what was installed into them."""
        return self._interpreter.building(self._stage)

    @cached_property
    def files(self) -> Files:
        return self.building.files

    @cached_property
    def packages(self) -> Packages:
        return Packages(tuple(self.building.installed), tuple(self.building.install_gaps))

    @cached_property
    def missing_reads(self) -> tuple[MissingRead, ...]:
        """What the commands of every stage that is built read although it is certainly not there, in file order."""
        stages = self._dockerfile.needed_stages()
        return tuple(read for stage in stages for read in self._interpreter.building(stage).missing)

    @cached_property
    def runtime_client(self) -> Answer[RuntimeClient | None]:
        from lambda_image_lint.function.clients import runtime_client

        return runtime_client(self)

    def where(self, aspect: str) -> Place:
        instruction = self._config.own.get(aspect)
        if instruction is not None:
            return instruction.place
        return self._bottom.place if aspect in ("base", "architecture") else self._stage.place

    def handler_place(self) -> Place:
        last = self._config.last_start
        return self._stage.place if last is None else last.place

    def _reference(self) -> Answer[str | None]:
        reference = self._bottom.base_resolved
        if isinstance(reference, Unknown):
            return reference
        return None if reference.lower() == "scratch" else reference

    def _architecture(self, wanted: str | None) -> Answer[str]:
        platform = self._bottom.platform
        if isinstance(platform, str):
            return oci_architecture(platform.split("/")[1] if "/" in platform else platform)
        if isinstance(self.base_reference, str):
            base = knowledge.aws_base(self.base_reference)
            if base is not None and base.architecture is not None:
                return base.architecture
        if wanted is not None:
            return oci_architecture(wanted)
        return Unknown("the builder decides on the architecture", self._bottom.place)


def _aws_base(reference: Answer[str | None]) -> AwsBase | None:
    if not isinstance(reference, str):
        return None
    known = knowledge.aws_base(reference)
    if known is None:
        return None
    return NamedBase(known.language, known.version, known.os, known.runtime, reference)
