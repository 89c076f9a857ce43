from collections.abc import Iterator

from lambda_image_lint import Dockerfile, FilePlace, FileTree, Finding, Instruction, Severity, rule
from lambda_image_lint.rulekit.stages import final_instructions

_NAMES = ("aws-lambda-rie", "aws-lambda-rie-arm64", "aws-lambda-rie-x86_64")
_FOLDERS = ("/usr/local/bin", "/usr/bin", "/aws-lambda", "")


@rule(
    "LIL210",
    Severity.INFO,
    sources=("https://docs.aws.amazon.com/lambda/latest/dg/images-test.html",),
    help="Mount the emulator into local runs (docker run -v), or build a stage of its own for them.",
)
def rie_in_image(dockerfile: Dockerfile | None, tree: FileTree | None) -> Iterator[Finding]:
    """The runtime interface emulator is in the image that is deployed."""
    if dockerfile is not None:
        for instruction in final_instructions(dockerfile, "COPY", "ADD", "RUN"):
            if _brings_it(instruction):
                yield Finding("the runtime interface emulator goes into the image that is deployed", instruction.place)
                return
    elif tree is not None and tree.find("/lambda-entrypoint.sh") is None:
        for path in (f"{folder}/{name}" for folder in _FOLDERS for name in _NAMES):
            if tree.find(path) is not None:
                yield Finding(f"the runtime interface emulator is in the image ({path})", FilePlace(path))
                return


def _brings_it(instruction: Instruction) -> bool:
    """Whether an instruction copies the emulator, or downloads it."""
    if instruction.keyword == "RUN":
        return any(
            "aws-lambda-rie" in word.raw
            for command in instruction.shell.named("curl", "wget")
            for word in command.arguments
        )
    return any("aws-lambda-rie" in word.text for word in instruction.words)
