"""Whether anything is known of the files at all."""

from lambda_image_lint.answer import Unknown
from lambda_image_lint.function.model import Function


def unseen(function: Function) -> Unknown | None:
    """Why no file is known, as under ``--no-layers``; None where files can be asked for."""
    root = function.files.find("/")
    return root if isinstance(root, Unknown) else None
