from collections.abc import Iterator

from lambda_image_lint import Applicability, Dockerfile, Finding, Fix, Instruction, Severity, rule
from lambda_image_lint.rulekit.edits import after
from lambda_image_lint.rulekit.runs import has_cache_mount, installs
from lambda_image_lint.rulekit.stages import final_stages

_FOLDERS = {"pip": "/root/.cache/pip", "uv": "/root/.cache/uv"}
_OPTIONS = {"pip": "--no-cache-dir", "uv": "--no-cache"}
_VARIABLES = {"pip": ("PIP_NO_CACHE_DIR",), "uv": ("UV_NO_CACHE",)}
_CACHE_FOLDER = {"pip": "PIP_CACHE_DIR", "uv": "UV_CACHE_DIR"}


@rule(
    "LIL903",
    Severity.INFO,
    sources=(
        "https://pip.pypa.io/en/stable/topics/caching/",
        "https://docs.astral.sh/uv/guides/integration/docker/#caching",
    ),
    help="Pass --no-cache-dir (uv: --no-cache), or keep the cache in a cache mount.",
    aliases=("DL3042",),
)
def pip_cache(dockerfile: Dockerfile) -> Iterator[Finding]:
    """pip or uv leaves its cache in the image."""
    told = set()
    for run, call in installs(final_stages(dockerfile), "pip", "uv"):
        option = _OPTIONS[call.tool]
        if (
            call.has(option, "-n")
            or run.index in told
            or call.action_word is None
            or _is_spared(dockerfile, run, call.tool)
        ):
            continue
        told.add(run.index)
        yield Finding(
            f"{call.tool} keeps its cache in the image: no {option}, no cache mount",
            run.at(call.action_word.span),
            help=f"Pass {option}, or keep the cache out with RUN --mount=type=cache,target={_FOLDERS[call.tool]}.",
            fix=Fix(f"Pass {option}", (after(call.action_word.span, f" {option}"),), Applicability.SAFE),
        )


def _is_spared(dockerfile: Dockerfile, run: Instruction, tool: str) -> bool:
    """The cache is off, lies in a mount, or is removed in the same RUN."""
    variables = dockerfile.variables
    if any(_is_on(variables.value(name, run)) for name in _VARIABLES[tool]):
        return True
    if any(one.name in _VARIABLES[tool] for command in run.shell for one in command.assignments):
        return True
    elsewhere = variables.value(_CACHE_FOLDER[tool], run)
    folder = elsewhere if isinstance(elsewhere, str) and elsewhere else _FOLDERS[tool]
    if has_cache_mount(run, folder) or (folder.startswith("/tmp") and has_cache_mount(run, "/tmp")):
        return True
    removes = [word.text or "" for command in run.shell.named("rm") for word in command.positionals()]
    if any(".cache" in path or path.rstrip("/*") == folder for path in removes):
        return True
    return any(
        command.program in ("pip", "pip3", "uv")
        and [word.text for word in command.arguments[:2]] in (["cache", "purge"], ["cache", "clean"])
        for command in run.shell
    )


def _is_on(value: object) -> bool:
    """Any value but an empty one: pip reads PIP_NO_CACHE_DIR=off as "no cache" as well."""
    return isinstance(value, str) and value not in ("", "0", "false")
