from collections.abc import Iterator

from lambda_image_lint import Context, Dockerfile, Finding, Severity, rule
from lambda_image_lint.rulekit.copies import context_sources
from lambda_image_lint.rulekit.destinations import landing
from lambda_image_lint.rulekit.stages import final_instructions


@rule(
    "LIL836",
    Severity.INFO,
    sources=("https://docs.docker.com/build/building/best-practices/#workdir",),
    help="Set WORKDIR before the COPY: WORKDIR /var/task.",
    aliases=("DL3045",),
)
def copy_without_workdir(dockerfile: Dockerfile, context: Context) -> Iterator[Finding]:
    """A folder's content is copied into the root of the image, among the system's own folders."""
    final = {copy.index for copy in final_instructions(dockerfile, "COPY", "ADD")}
    told = set()
    for source in context_sources(dockerfile, context):
        copy, word = source.copy, source.copy.destination
        if copy.index not in final or copy.index in told or word is None or word.text.startswith(("/", "$")):
            continue
        if landing(dockerfile, copy) == "/" and any(one.is_dir for one in source.found):
            told.add(copy.index)
            yield Finding(
                f"the content of {source.path} lands in /, among the system's folders: no WORKDIR is set",
                copy.at(word.span),
            )
