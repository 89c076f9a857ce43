"""Where a COPY or ADD puts things."""

from posixpath import join, normpath

from lambda_image_lint.answer import Unknown
from lambda_image_lint.dockerfile.model import Dockerfile, Instruction


def landing(dockerfile: Dockerfile, copy: Instruction) -> str | None:
    """The destination as an absolute path without a slash at its end; None where it is not known."""
    word = copy.destination
    text = dockerfile.variables.expand(word.template, copy) if word is not None else None
    if text is None or isinstance(text, Unknown):
        return None
    folder = "/" if text.startswith("/") else working_folder(dockerfile, copy)
    return None if folder is None else normpath(join(folder, text))


def working_folder(dockerfile: Dockerfile, instruction: Instruction) -> str | None:
    """The WORKDIR in force at an instruction, of the base too; None where it is not known."""
    from lambda_image_lint.knowledge import base_config

    if instruction.stage is None:
        return None
    chain = dockerfile.stage_chain(dockerfile.stages[instruction.stage])
    reference = chain[0].base_resolved
    if not isinstance(reference, str):
        return None
    known = base_config(reference)
    folder = "/" if reference.lower() == "scratch" else known.working_dir if known is not None else None
    for stage in chain:
        for workdir in stage.all("WORKDIR"):
            if workdir.index > instruction.index or not workdir.words:
                break
            text = dockerfile.variables.expand(workdir.words[0].template, workdir)
            if isinstance(text, Unknown):
                folder = None
            elif text.startswith("/") or folder is not None:
                folder = normpath(join(folder or "/", text))
    return folder
