"""Start an image as Lambda would, send it an event, and tell what happened."""

from lambda_image_lint.boot.render import render_human, render_json
from lambda_image_lint.boot.result import BootOptions, BootResult, Outcome, Phase
from lambda_image_lint.boot.run import boot

__all__ = ["BootOptions", "BootResult", "Outcome", "Phase", "boot", "render_human", "render_json"]
