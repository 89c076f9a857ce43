"""Whether a place that is unknown may hold a module of the function's own."""

from lambda_image_lint.answer import Unknown
from lambda_image_lint.function.model import Packaged


def may_hold(unknown: Unknown, module: str) -> bool:
    """What a package manager or a base image filled holds packages: `module` only if one of them is called like it."""
    if not isinstance(unknown, Packaged):
        return True
    if unknown.packages is None:
        return True
    wanted = _plain(module)
    return any(wanted in _plain(package) or _plain(package) in wanted for package in unknown.packages if package)


def _plain(name: str) -> str:
    return name.lower().replace("-", "").replace("_", "").replace(".", "")
