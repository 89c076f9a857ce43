"""What the image of a build stage says that is to be run: no file has to be known for it."""

from collections.abc import Mapping

from msgspec import Struct, field
from msgspec.structs import replace

from lambda_image_lint.answer import Answer, Unknown
from lambda_image_lint.dockerfile.model import Dockerfile, Form, Instruction, Stage
from lambda_image_lint.function.walk import normal
from lambda_image_lint.knowledge import base_config, base_entrypoint

Words = Answer[tuple[str, ...]]


class StageConfig(Struct, frozen=True):
    """The config that a stage's image gets."""

    entrypoint: Words
    command: Words
    working_dir: Answer[str]
    user: Answer[str]
    own: Mapping[str, Instruction] = field(default_factory=dict)
    """The instruction of the file that decided ``entrypoint``, ``command``, ``working_dir``, ``user`` or
    ``environment.NAME``; without an entry the base image did."""
    last_start: Instruction | None = None
    """The last CMD or ENTRYPOINT."""


def stage_config(dockerfile: Dockerfile, stage: Stage) -> StageConfig:
    """The config of a stage, its base stages and base image first."""
    chain = dockerfile.stage_chain(stage)
    config = _base(chain[0])
    for each in chain:
        commanded = False
        for instruction in each.instructions:
            config = _after(dockerfile, config, instruction, commanded)
            commanded = commanded or instruction.keyword == "CMD"
    return config


def _base(stage: Stage) -> StageConfig:
    reference = stage.base_resolved
    if isinstance(reference, Unknown):
        unknown = Unknown(f"the base image is not known: {reference.reason}", stage.place)
        return StageConfig(unknown, unknown, unknown, unknown)
    if reference.lower() == "scratch":
        return StageConfig((), (), "/", "")
    known = base_config(reference)
    if known is None:
        unknown = Unknown(f"what {reference} sets is not known", stage.place)
        return StageConfig(base_entrypoint(reference) or unknown, unknown, unknown, unknown)
    return StageConfig(known.entrypoint, known.command, known.working_dir, known.user)


def _after(dockerfile: Dockerfile, config: StageConfig, instruction: Instruction, commanded: bool) -> StageConfig:
    """`commanded`: this very stage has had a CMD, which an ENTRYPOINT then leaves in force."""
    own = config.own
    if instruction.keyword == "ENTRYPOINT":
        command = config.command if commanded else ()
        left = own if commanded else {name: by for name, by in own.items() if name != "command"}
        return replace(
            config,
            entrypoint=_words(instruction),
            command=command,
            own={**left, "entrypoint": instruction},
            last_start=instruction,
        )
    if instruction.keyword == "CMD":
        return replace(config, command=_words(instruction), own={**own, "command": instruction}, last_start=instruction)
    if instruction.keyword == "ENV":
        return replace(config, own={**own, **{f"environment.{pair.name}": instruction for pair in instruction.pairs}})
    if instruction.keyword not in ("WORKDIR", "USER") or not instruction.words:
        return config
    written = dockerfile.variables.expand(instruction.words[0].template, instruction)
    if instruction.keyword == "USER":
        return replace(config, user=written, own={**own, "user": instruction})
    return replace(config, working_dir=_below(config.working_dir, written), own={**own, "working_dir": instruction})


def _below(folder: Answer[str], written: Answer[str]) -> Answer[str]:
    if isinstance(written, Unknown) or written.startswith("/"):
        return written if isinstance(written, Unknown) else normal(written)
    return folder if isinstance(folder, Unknown) else normal(written, folder)


def _words(instruction: Instruction) -> Words:
    """The words of ENTRYPOINT or CMD; the shell form as the shell gets it."""
    if instruction.arguments.json_fault:
        return Unknown("the build stops at it", instruction.place)
    if instruction.form is Form.EXEC:
        return tuple(word.text for word in instruction.words)
    return (*instruction.shell_words, instruction.value) if instruction.words else ()
