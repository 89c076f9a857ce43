"""Run rules over recipes, words and Dockerfiles, as a user's run would, and see all that they say."""

from collections.abc import Mapping
from typing import Any

from lambda_image_lint.dockerfile.context import Context
from lambda_image_lint.engine.run import Outcome, lint
from lambda_image_lint.finding import Finding
from lambda_image_lint.image.model import Image
from lambda_image_lint.image.sources.memory import image_of
from lambda_image_lint.images import open_image
from lambda_image_lint.settings import Settings, load
from lambda_image_lint.subjects import dockerfile_subject, image_subject
from tests.pages import rules

SMALL: Mapping[str, Any] = {
    "config": {"Cmd": ["app.handler"]},
    "files": {"/var/task/app.py": "def handler(event, context): pass"},
}
"""An image that no rule of acceptance has anything to say of."""


def settings(**values: Any) -> Settings:
    """As on the command line; ``no_layers`` is ``--no-layers``."""
    return load(
        None, {"as-of": "2026-11-23", **{key.replace("_", "-"): value for key, value in values.items()}}, isolated=True
    )


def run_image(image: Image, chosen: str, given: Settings) -> Outcome:
    """Rules by id, name or group over an open image."""
    picked = [rule for rule in rules().values() if chosen in (rule.id, rule.name, rule.group)]
    return lint(image_subject(image, given, name=image.source.name), picked, given, rules())


def run_recipe(recipe: Mapping[str, Any], chosen: str, **values: Any) -> Outcome:
    """Rules over the image of a recipe."""
    given = settings(**values)
    return run_image(image_of(recipe, platform=given.platform, arch=given.arch), chosen, given)


def run_word(word: str, chosen: str, **values: Any) -> Outcome:
    """Rules over an image that a command line would name."""
    given = settings(no_cache=True, **values)
    with open_image(word, given) as image:
        return run_image(image, chosen, given)


def run_dockerfile(text: str, chosen: str, **values: Any) -> Outcome:
    """Rules over a Dockerfile with an empty context."""
    given = settings(**values)
    subject = dockerfile_subject(text, given, name="Dockerfile", path="Dockerfile", context=lambda: Context.of({}))
    picked = [rule for rule in rules().values() if chosen in (rule.id, rule.name, rule.group)]
    return lint(subject, picked, given, rules())


def run_context(text: str, files: Mapping[str, str | bytes], chosen: str, **values: Any) -> Outcome:
    """Rules over a Dockerfile with a context in memory."""
    given = settings(**values)
    context = Context.of({path: one.encode() if isinstance(one, str) else one for path, one in files.items()})
    subject = dockerfile_subject(text, given, name="Dockerfile", path="Dockerfile", context=lambda: context)
    picked = [rule for rule in rules().values() if chosen in (rule.id, rule.name, rule.group)]
    return lint(subject, picked, given, rules())


def only(outcome: Outcome) -> Finding:
    """The one finding of a run in which nothing failed."""
    assert outcome.failures == ()
    (result,) = outcome.results
    return result.finding


def named(outcome: Outcome) -> list[tuple[str, str]]:
    """(rule, severity) of each finding, sorted."""
    assert outcome.failures == ()
    return sorted((result.rule.name, str(result.severity)) for result in outcome.results)
