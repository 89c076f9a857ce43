"""What kernels and daemons say when a program cannot be started."""

import re

_KERNEL = re.compile(r"(?m)^(?:standard_init_linux\.go:\d+: )?exec (?:user process caused: |\S+: )(?P<said>.*)$")
"""What runc's last step writes to the container's own stderr when the kernel refuses the program."""
_REASON = re.compile(
    r"(?i)exec format error|no such file or directory|permission denied|is a directory|not found in \$PATH"
)
"""Docker's runc and Podman's crun differ in the capitals."""


def reason_in(text: str) -> str | None:
    """The system's words for why a program did not start, where a daemon's message has them."""
    found = _REASON.search(text)
    if found is None:
        return None
    return found[0].replace("not found in", "executable file not found in") if "$" in found[0] else found[0].lower()


def kernels_reason(log: str) -> str | None:
    """The same, where the first thing that a process wrote is that it could not become the program."""
    first_line = log.lstrip().partition("\n")[0]
    refused = _KERNEL.match(first_line)
    return reason_in(refused["said"]) if refused else None
