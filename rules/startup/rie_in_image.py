from collections.abc import Iterator
from posixpath import basename

from lambda_image_lint import Context, Dockerfile, FilePlace, FileTree, Finding, Instruction, Severity, Unknown, rule
from lambda_image_lint.rulekit.copies import context_sources
from lambda_image_lint.rulekit.stages import final_instructions

_NAMES = ("aws-lambda-rie", "aws-lambda-rie-arm64", "aws-lambda-rie-x86_64")

_FOLDERS = ("/usr/local/bin", "/usr/bin", "/aws-lambda", "")


@rule(
    "LIL210",
    Severity.INFO,
    sources=("https://docs.aws.amazon.com/lambda/latest/dg/images-test.html",),
    help="Mount the emulator into local runs (docker run -v), or build a stage of its own for them.",
)
def rie_in_image(dockerfile: Dockerfile | None, tree: FileTree | None, context: Context | None) -> Iterator[Finding]:
    """The runtime interface emulator is in the image that is deployed."""
    if dockerfile is not None:
        within = _copies_of_folders(dockerfile, context) if context is not None else frozenset()
        for instruction in final_instructions(dockerfile, "COPY", "ADD", "RUN"):
            if _brings_it(instruction) or instruction.index in within:
                yield Finding("the runtime interface emulator goes into the image that is deployed", instruction.place)
                return
    elif tree is not None and tree.find("/lambda-entrypoint.sh") is None:
        for path in (f"{folder}/{name}" for folder in _FOLDERS for name in _NAMES):
            if tree.find(path) is not None:
                yield Finding(f"the runtime interface emulator is in the image ({path})", FilePlace(path))
                return


def _copies_of_folders(dockerfile: Dockerfile, context: Context) -> frozenset[int]:
    """Indexes of the instructions that copy a folder of the context with the emulator in it."""
    found = set()
    for source in context_sources(dockerfile, context):
        for folder in (one for one in source.found if one.is_dir and source.copy.flag("exclude") is None):
            below = context.walk(folder.path)
            names = () if isinstance(below, Unknown) else (basename(file.path) for file in below)
            if any(name in _NAMES for name in names):
                found.add(source.copy.index)
    return frozenset(found)


def _brings_it(instruction: Instruction) -> bool:
    """Whether an instruction copies the emulator, or downloads it."""
    if instruction.keyword == "RUN":
        return any(
            "aws-lambda-rie" in word.raw
            for command in instruction.shell.named("curl", "wget")
            for word in command.arguments
        )
    return any("aws-lambda-rie" in word.text for word in instruction.words)
