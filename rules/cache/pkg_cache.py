from collections.abc import Iterator

from lambda_image_lint import Applicability, Dockerfile, Finding, Fix, Instruction, Severity, rule
from lambda_image_lint.dockerfile.installers import Installer
from lambda_image_lint.rulekit.edits import after
from lambda_image_lint.rulekit.os_packages import CACHES, cleans, os_downloads
from lambda_image_lint.rulekit.package_lists import is_chain, stale_lists
from lambda_image_lint.rulekit.runs import has_cache_mount
from lambda_image_lint.rulekit.stages import final_stages

_CLEAN = {
    "yum": "yum clean all && rm -rf /var/cache/yum",
    "dnf": "dnf clean all",
    "microdnf": "microdnf clean all",
    "apt-get": "rm -rf /var/lib/apt/lists/*",
    "apt": "rm -rf /var/lib/apt/lists/*",
}


@rule(
    "LIL904",
    Severity.INFO,
    sources=("https://docs.docker.com/build/building/best-practices/#apt-get",),
    help="Empty the cache in the same RUN.",
    aliases=("DL3009", "DL3019", "DL3032", "DL3040"),
)
def pkg_cache(dockerfile: Dockerfile) -> Iterator[Finding]:
    """The operating system's package manager leaves its cache in the image."""
    told = set()
    # Without the lists, a later RUN that installs from them finds no package: only the last may throw them away.
    relied_on = {run.index for lists in stale_lists(dockerfile) for run in (lists.update, *lists.readers[:-1])}
    for run, call in os_downloads(final_stages(dockerfile)):
        tool = call.tool
        cache = CACHES.get(tool)
        if (
            cache is None
            or run.index in told
            or cleans(run, tool, call.command)
            or has_cache_mount(run, cache, cache.replace("/lib/apt/lists", "/cache/apt"))
        ):
            continue
        if tool == "apk" and call.has("--no-cache"):
            continue
        told.add(run.index)
        word = call.action_word or call.tool_word
        yield Finding(
            f"{tool} leaves its cache in the image ({cache})",
            run.at(word.span),
            help=_help(tool, run.index in relied_on),
            fix=None if run.index in relied_on else _fix(run, call),
        )


def _help(tool: str, relied_on: bool) -> str:
    if tool not in _CLEAN:
        return "Pass --no-cache."
    if relied_on:
        return f"Update and install in one RUN that ends with {_CLEAN[tool]}: a later one installs from these lists."
    return f"End the same RUN with {_CLEAN[tool]}."


def _fix(run: Instruction, call: Installer) -> Fix | None:
    """Clean at the end of a RUN that is one chain of &&; ``apk add`` takes an option instead."""
    if call.tool == "apk" and call.action_word is not None:
        return Fix("Pass --no-cache", (after(call.action_word.span, " --no-cache"),), Applicability.SAFE)
    if call.tool not in _CLEAN or not is_chain(run):
        return None
    end = after(run.shell.commands[-1].span, f" && {_CLEAN[call.tool]}")
    return Fix(f"Run {_CLEAN[call.tool]}", (end,), Applicability.SAFE)
