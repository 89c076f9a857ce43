"""The folders of an image that its distribution and its runtime fill, not whoever writes the function."""

_BELOW = (
    "/usr/",
    "/lib/",
    "/lib64/",
    "/etc/",
    "/var/lang/",
    "/var/lib/",
    "/var/runtime/",
    "/proc/",
    "/sys/",
    "/dev/",
    "/bin/",
    "/sbin/",
)


def is_of_system(path: str) -> bool:
    """Whether an absolute path is one of these folders, or below one."""
    return f"{path}/".startswith(_BELOW)
