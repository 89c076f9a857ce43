"""lambda-image-lint: what AWS Lambda will refuse, fail to start or run slowly, told before the push.

The names here are what a rule may import; everything else is the engine's own. They are loaded when asked for, so that
linting a Dockerfile never imports what reads images.
"""

from importlib import import_module
from typing import TYPE_CHECKING

__version__ = "0.1.0"

HOME_URL: str | None = None
"""The project's public home; while it is None, reports carry no links."""

if TYPE_CHECKING:
    from lambda_image_lint.answer import Absent as Absent
    from lambda_image_lint.answer import Answer as Answer
    from lambda_image_lint.answer import Unknown as Unknown
    from lambda_image_lint.dockerfile.context import Context as Context
    from lambda_image_lint.dockerfile.model import Dockerfile as Dockerfile
    from lambda_image_lint.dockerfile.model import Instruction as Instruction
    from lambda_image_lint.dockerfile.model import Stage as Stage
    from lambda_image_lint.engine.ignores import Ignores as Ignores
    from lambda_image_lint.engine.rule import rule as rule
    from lambda_image_lint.finding import Applicability as Applicability
    from lambda_image_lint.finding import Edit as Edit
    from lambda_image_lint.finding import FilePlace as FilePlace
    from lambda_image_lint.finding import Finding as Finding
    from lambda_image_lint.finding import Fix as Fix
    from lambda_image_lint.finding import KeyPlace as KeyPlace
    from lambda_image_lint.finding import Place as Place
    from lambda_image_lint.finding import Severity as Severity
    from lambda_image_lint.finding import Span as Span
    from lambda_image_lint.finding import TextPlace as TextPlace
    from lambda_image_lint.function.model import File as File
    from lambda_image_lint.function.model import Files as Files
    from lambda_image_lint.function.model import Function as Function
    from lambda_image_lint.image.config import Config as Config
    from lambda_image_lint.image.layers import Layers as Layers
    from lambda_image_lint.image.manifest import Manifest as Manifest
    from lambda_image_lint.image.tree import FileTree as FileTree
    from lambda_image_lint.settings import Settings as Settings

_HOMES = {
    "answer": ("Absent", "Answer", "Unknown"),
    "dockerfile.context": ("Context",),
    "dockerfile.model": ("Dockerfile", "Instruction", "Stage"),
    "engine.ignores": ("Ignores",),
    "engine.rule": ("rule",),
    "finding": (
        "Applicability",
        "Edit",
        "FilePlace",
        "Finding",
        "Fix",
        "KeyPlace",
        "Place",
        "Severity",
        "Span",
        "TextPlace",
    ),
    "function.model": ("File", "Files", "Function"),
    "image.config": ("Config",),
    "image.layers": ("Layers",),
    "image.manifest": ("Manifest",),
    "image.tree": ("FileTree",),
    "settings": ("Settings",),
}
_HOME = {name: home for home, names in _HOMES.items() for name in names}

__all__ = sorted([*_HOME, "HOME_URL", "__version__"])


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    globals()[name] = value
    return value
