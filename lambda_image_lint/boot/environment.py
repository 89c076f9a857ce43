"""The environment that Lambda gives a function: user, variables, and what beats what.

Sources: docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html; the user and his home as seen in many captures
of running functions (aws/aws-lambda-base-images#63, microsoft/playwright-python#1317); read 2026-11-23.
"""

from collections.abc import Mapping
from datetime import UTC, datetime

from lambda_image_lint.boot.runtime_api import Identity

USER_ID = 993
GROUP_ID = 990
HOME = "/home/sbx_user1051"
"""The user's home, which does not exist, and cannot be made."""

TASK_ROOT = "/var/task"
RUNTIME_DIR = "/var/runtime"
OPEN_FILES_MAX = 1024
"""File descriptors a process. Source: docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html, 2026-11-23."""
PROCESSES_MAX = 1024
"""Processes and threads together. Same source."""
TMP_BYTES = 512 * 1024 * 1024
"""Bytes of /tmp where nobody asked for more. Same source."""
EXTENSIONS_FOLDER = "/opt/extensions"
EXTENSIONS_MAX = 10
"""External and internal extensions of a function. Source: the refusal `Extension limit (10) reached`, 2026-11-23."""
INIT_SECONDS = 10.0
"""Seconds for the init phase. Source: docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html, 2026-11-23."""


def variables(image: Mapping[str, str], identity: Identity, runtime_api: str, memory_mb: int) -> dict[str, str]:
    """The variables that the process starts with: the image's own, those that Lambda adds, and those it overwrites."""
    defaults = {"HOME": HOME, "TZ": ":UTC"}
    today = datetime.now(UTC).strftime("%Y/%m/%d")
    reserved = {
        "_HANDLER": identity.handler,
        "AWS_ACCESS_KEY_ID": "ASIAIOSFODNN7EXAMPLE",  # the documentation's own example: it opens nothing
        "AWS_DEFAULT_REGION": identity.region,
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(memory_mb),
        "AWS_LAMBDA_FUNCTION_NAME": identity.name,
        "AWS_LAMBDA_FUNCTION_VERSION": identity.version,
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{identity.name}",
        "AWS_LAMBDA_LOG_STREAM_NAME": f"{today}/[{identity.version}]0123456789abcdef0123456789abcdef",
        "AWS_LAMBDA_RUNTIME_API": runtime_api,
        "AWS_REGION": identity.region,
        "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        "AWS_SESSION_TOKEN": "EXAMPLE",
        "LAMBDA_RUNTIME_DIR": RUNTIME_DIR,
        "LAMBDA_TASK_ROOT": TASK_ROOT,
    }
    return defaults | dict(image) | reserved
