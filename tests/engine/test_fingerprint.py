"""A finding on an image keeps its fingerprint when the image is built anew: tag, content and digests change."""

from lambda_image_lint.engine.run import lint
from lambda_image_lint.settings import Settings
from lambda_image_lint.subjects import image_subject
from tests.pages import rules

RECIPE = """
[config]
Entrypoint = ["/main"]
Cmd = ["{command}"]
ExposedPorts = {{ "80/tcp" = {{}} }}

[files]
"/main" = {{ mode = "0644", content = "{content}" }}
"""


def fingerprints(name: str, content: str, command: str = "x") -> dict[str, str]:
    from lambda_image_lint.function.wishes import WISHES
    from lambda_image_lint.image.sources.memory import image_of

    chosen = [rule for rule in rules().values() if rule.name in ("entrypoint-not-executable", "no-effect-instruction")]
    with image_of(RECIPE.format(content=content, command=command), name, wishes=WISHES) as image:
        outcome = lint(image_subject(image, Settings(), name=name), chosen, Settings(), rules())
    return {result.rule.name: result.fingerprint for result in outcome.results}


def test_a_new_build_keeps_them() -> None:
    first = fingerprints("registry:example.com/app:1", "a")
    assert set(first) == {"entrypoint-not-executable", "no-effect-instruction"}
    assert first == fingerprints("registry:example.com/app:2", "another", "y")
    assert first == fingerprints("registry:example.com/app@sha256:" + "0" * 64, "third")


def test_another_image_has_its_own() -> None:
    assert not set(fingerprints("docker:app:1", "a").values()) & set(fingerprints("docker:other:1", "a").values())
