"""CMD and ENTRYPOINT over the stages that become the image."""

from msgspec import Struct

from lambda_image_lint.dockerfile.model import Dockerfile, Form, Instruction
from lambda_image_lint.function.languages.start import Start, start_of
from lambda_image_lint.function.model import Function
from lambda_image_lint.rulekit.stages import final_stages
from lambda_image_lint.rulekit.starts import is_handler_word


class Dropped(Struct, frozen=True):
    """A CMD that an ENTRYPOINT of a stage above it has emptied."""

    command: Instruction
    entrypoint: Instruction


def dropped_handler(function: Function, dockerfile: Dockerfile | None) -> Dropped | None:
    """The CMD with the handler that the runtime client of the image waits for and no longer gets."""
    dropped = _dropped(dockerfile) if dockerfile is not None and function.command == () else None
    if dropped is None or dropped.command.form is not Form.EXEC or len(dropped.command.words) != 1:
        return None
    if not is_handler_word(dropped.command.words[0].text):
        return None
    start = start_of(function)
    return dropped if isinstance(start, Start) and start.handler is None else None


def _dropped(dockerfile: Dockerfile) -> Dropped | None:
    command: Instruction | None = None
    dropped: Dropped | None = None
    for stage in final_stages(dockerfile):
        # Within a stage the order does not matter: only a command from below is emptied.
        own = list(stage.all("CMD"))
        entrypoints = list(stage.all("ENTRYPOINT"))
        if own:
            command, dropped = own[-1], None
        elif entrypoints and command is not None:
            dropped, command = Dropped(command, entrypoints[-1]), None
    return dropped
