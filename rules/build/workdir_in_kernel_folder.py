from collections.abc import Iterator

from lambda_image_lint import Dockerfile, Finding, Severity, rule
from lambda_image_lint.rulekit.destinations import landing, working_folder
from lambda_image_lint.rulekit.stages import needed_instructions

_MOUNTED = ("/proc", "/sys", "/dev")


@rule(
    "LIL835",
    Severity.WARNING,
    sources=(
        "https://github.com/opencontainers/runtime-spec/blob/main/config-linux.md#default-filesystems",
        "own: what a COPY puts below /proc is not there in the next RUN",
    ),
    help="Use a folder of the image's own, such as /var/task or /opt.",
)
def workdir_in_kernel_folder(dockerfile: Dockerfile) -> Iterator[Finding]:
    """WORKDIR or COPY names a folder that the kernel's own file systems cover."""
    for instruction in needed_instructions(dockerfile, "WORKDIR", "COPY", "ADD"):
        is_workdir = instruction.keyword == "WORKDIR"
        path = working_folder(dockerfile, instruction) if is_workdir else landing(dockerfile, instruction)
        mount = next((one for one in _MOUNTED if path == one or (path or "").startswith(f"{one}/")), None)
        if mount is None or (not is_workdir and not _is_named(instruction.destination, mount)):
            continue
        yield Finding(f"{path} is covered by the kernel's {mount} wherever anything runs", instruction.place)


def _is_named(destination: object, mount: str) -> bool:
    """Whether the COPY itself says so; for a relative one the WORKDIR is told already."""
    return str(getattr(destination, "text", "")).startswith(mount)
