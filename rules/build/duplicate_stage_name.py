from collections.abc import Iterator

from lambda_image_lint import Dockerfile, Finding, Severity, Stage, rule


@rule(
    "LIL819",
    Severity.WARNING,
    sources=(
        "https://docs.docker.com/reference/build-checks/duplicate-stage-name/",
        "own: a build with BuildKit 0.22 takes the last",
    ),
    help="Give each stage a name of its own.",
    aliases=("DL3024", "DuplicateStageName"),
)
def duplicate_stage_name(dockerfile: Dockerfile) -> Iterator[Finding]:
    """Two stages have the same name: what refers to it means the last one before it."""
    named: dict[str, Stage] = {}
    for stage in dockerfile.stages:
        if stage.name is None:
            continue
        earlier = named.get(stage.name.lower())
        if earlier is not None:
            word = stage.from_instruction.words[2]
            yield Finding(
                f"an earlier stage is called {stage.name} too",
                stage.from_instruction.at(word.span),
                related=(earlier.place,),
            )
        named[stage.name.lower()] = stage
