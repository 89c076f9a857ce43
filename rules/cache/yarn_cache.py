from collections.abc import Iterator

from lambda_image_lint import Applicability, Context, Dockerfile, Finding, Fix, Severity, rule
from lambda_image_lint.rulekit.edits import after
from lambda_image_lint.rulekit.package_lists import is_chain
from lambda_image_lint.rulekit.runs import installs
from lambda_image_lint.rulekit.stages import final_stages
from lambda_image_lint.rulekit.yarn import is_cache_spared, may_be_berry


@rule(
    "LIL916",
    Severity.INFO,
    sources=(
        "https://classic.yarnpkg.com/en/docs/cli/cache",
        "https://github.com/yarnpkg/yarn/blob/v1.22.22/src/util/user-home-dir.js",
    ),
    help="End the RUN with yarn cache clean, or keep the cache in a cache mount.",
    aliases=("DL3060",),
)
def yarn_cache(dockerfile: Dockerfile, context: Context | None) -> Iterator[Finding]:
    """Yarn 1 leaves its cache in the image."""
    if may_be_berry(dockerfile, context):
        return  # what later versions keep in the project may be what runs
    told = set()
    for run, call in installs(final_stages(dockerfile), "yarn"):
        if run.index in told or is_cache_spared(dockerfile, run, call):
            continue
        told.add(run.index)
        end = after(run.shell.commands[-1].span, " && yarn cache clean")
        yield Finding(
            "yarn leaves its cache in the image (/usr/local/share/.cache/yarn)",
            run.at((call.action_word or call.tool_word).span),
            fix=Fix("Run yarn cache clean", (end,), Applicability.SAFE) if is_chain(run) else None,
        )
