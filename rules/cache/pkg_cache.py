from collections.abc import Iterator

from lambda_image_lint import Applicability, Dockerfile, Edit, Finding, Fix, Instruction, Severity, Span, rule
from lambda_image_lint.dockerfile.installers import Installer, installers
from lambda_image_lint.dockerfile.shell import Command
from lambda_image_lint.rulekit.edits import after, remove_instruction
from lambda_image_lint.rulekit.os_packages import CACHES, cleans, os_downloads
from lambda_image_lint.rulekit.package_lists import is_chain, stale_lists
from lambda_image_lint.rulekit.runs import has_cache_mount
from lambda_image_lint.rulekit.stages import final_instructions, final_stages

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
    # Without the lists, a later RUN that installs from them finds no package: only the last may throw them away.
    relied_on = {run.index for lists in stale_lists(dockerfile) for run in (lists.update, *lists.readers[:-1])}
    left = list(_left(dockerfile))
    edits = {run.index: () if run.index in relied_on else _edits(run, call) for run, call in left}
    for run, call in left:
        word = call.action_word or call.tool_word
        cleaning = _CLEAN.get(call.tool)
        made = edits[run.index]
        if made and all(edits[one.index] for one, _ in left):
            # Nothing is left for them to empty.
            made += tuple(remove_instruction(dockerfile, one) for one in _cleanings(dockerfile, run, call.tool))
        yield Finding(
            f"{call.tool} leaves its cache in the image ({CACHES[call.tool]})",
            run.at(word.span),
            help=_help(cleaning, run.index in relied_on),
            fix=Fix(f"Run {cleaning}" if cleaning else "Pass --no-cache", made, Applicability.SAFE) if made else None,
        )


def _help(cleaning: str | None, relied_on: bool) -> str:
    if cleaning is None:
        return "Pass --no-cache."
    if relied_on:
        return f"Update and install in one RUN that ends with {cleaning}: a later one installs from these lists."
    return f"End the same RUN with {cleaning}."


def _left(dockerfile: Dockerfile) -> Iterator[tuple[Instruction, Installer]]:
    """The first call of each RUN that leaves a cache in the image."""
    told = set()
    for run, call in os_downloads(final_stages(dockerfile)):
        cache = CACHES.get(call.tool)
        if (
            cache is None
            or run.index in told
            or cleans(run, call.tool, call.command)
            or has_cache_mount(run, cache, cache.replace("/lib/apt/lists", "/cache/apt"))
        ):
            continue
        if call.tool == "apk" and call.has("--no-cache"):
            continue
        told.add(run.index)
        yield run, call


def _edits(run: Instruction, call: Installer) -> tuple[Edit, ...]:
    """Clean at the end of a RUN that is one chain of &&; ``apk add`` takes an option instead."""
    if call.tool == "apk" and call.action_word is not None:
        return _without_update(run, call) or (after(call.action_word.span, " --no-cache"),)
    if call.tool not in _CLEAN or not is_chain(run):
        return ()
    return (after(run.shell.commands[-1].span, f" && {_CLEAN[call.tool]}"),)


def _without_update(run: Instruction, call: Installer) -> tuple[Edit, ...]:
    """``apk update && apk upgrade`` is ``apk upgrade --no-cache``, which fetches the lists and keeps none."""
    following = run.shell.commands[call.command.index + 1 :]
    later = [one for one in installers(run.shell, "apk") if one.command in following]
    between = following[0].span.line - call.command.span.end_line if following else 0
    if between > 1 or call.action != "update" or not is_chain(run) or not following or not later or call.options:
        return ()
    if later[0].command is not following[0] or any(
        one.action not in ("install", "upgrade") or one.action_word is None for one in later
    ):
        return ()
    start, end = call.command.span, following[0].span
    option = [
        after(one.action_word.span, " --no-cache") for one in later if one.action_word and not one.has("--no-cache")
    ]
    return (Edit(Span(start.line, start.column, end.line, end.column), ""), *option)


def _cleanings(dockerfile: Dockerfile, run: Instruction, tool: str) -> Iterator[Instruction]:
    """Later RUNs that do nothing but empty the manager's cache, where it is in a layer below already."""
    cache = CACHES[tool]
    commented = {comment.inside for comment in dockerfile.comments}
    for later in final_instructions(dockerfile, "RUN"):
        if (
            later.index > run.index
            and later.index not in commented
            and is_chain(later)
            and not later.flags
            and all(_empties(one, tool, cache) for one in later.shell)
        ):
            yield later


def _empties(command: Command, tool: str, cache: str) -> bool:
    words = [word.text or "" for word in command.arguments]
    paths = [word for word in words if not word.startswith("-")]
    if command.program == tool:
        return tool not in ("apt-get", "apt") and paths[:1] == ["clean"]
    return command.program == "rm" and bool(paths) and all(f"{path}/".startswith(f"{cache}/") for path in paths)
