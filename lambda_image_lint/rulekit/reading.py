"""What the commands of a build read."""

from collections.abc import Iterator

from lambda_image_lint.answer import Unknown
from lambda_image_lint.dockerfile.context import Context
from lambda_image_lint.dockerfile.model import Dockerfile
from lambda_image_lint.function.model import Function
from lambda_image_lint.function.reads import MissingRead
from lambda_image_lint.rulekit.runs import failure_ends_build


def fatal_reads(function: Function) -> Iterator[MissingRead]:
    """Reads of files that are certainly not there, by commands whose failure ends the build."""
    from lambda_image_lint.function.from_dockerfile import DockerfileFunction

    if isinstance(function, DockerfileFunction):
        for read in function.missing_reads:
            if read.command is None or failure_ends_build(read.instruction, read.command):
                yield read


def can_come_from_a_folder(dockerfile: Dockerfile, context: Context, read: MissingRead) -> bool:
    """Whether a folder of the context, or a pattern, is copied before the read: it may hold the file another time."""
    stage = read.instruction.stage
    if stage is None:
        return True
    for one in dockerfile.stage_chain(dockerfile.stages[stage]):
        for copy in one.all("COPY", "ADD"):
            if copy.index > read.instruction.index or copy.flag("from") is not None:
                continue
            for word in copy.sources:
                source = dockerfile.variables.expand(word.template, copy)
                found = source if isinstance(source, Unknown) else context.match(source)
                if isinstance(found, Unknown) or any(letter in word.text for letter in "*?["):
                    return True
                if any(file.is_dir for file in found):
                    return True
    return False
