"""What is damaged about an image, from every part that was read."""

from lambda_image_lint.finding import KeyPlace, Place, Severity
from lambda_image_lint.image.config import Config
from lambda_image_lint.image.layers import Layers
from lambda_image_lint.image.manifest import Manifest
from lambda_image_lint.image.problem import Damage, Problem
from lambda_image_lint.rulekit.layers import layer_place

_DOUBTFUL = frozenset({Damage.DOCUMENT, Damage.LIMIT})
"""What we do not read, Lambda may: it has said of neither that it refuses it."""


_NEAREST_TO_CAUSE = (Damage.MISSING, Damage.LIMIT, Damage.SIZE, Damage.STREAM, Damage.DIGEST, Damage.DIFF_ID)
"""A blob that was cut fails every later check too: of one layer the first of these is told."""


def all_problems(config: Config | None, manifest: Manifest | None, layers: Layers | None) -> list[Problem]:
    """Those of the manifest, of the image that it names, of the config, of the layers; of each layer the nearest to the cause."""
    image = manifest.image if manifest is not None else None
    parts = [part.problems for part in (manifest, image, config, layers) if part is not None]
    if config is None and layers is None and image is not None:
        # What is wrong with it is told by the layers, which were not read.
        parts.append((Problem(Damage.MISSING, "the config is not there, or cannot be read", key="config"),))
    problems = list(dict.fromkeys(problem for part in parts for problem in part))
    documents = [problem for problem in problems if problem.layer is None]
    of_layers: dict[int, Problem] = {}
    for problem in sorted((problem for problem in problems if problem.layer is not None), key=_rank):
        of_layers.setdefault(problem.layer or 0, problem)
    return [*documents, *of_layers.values()]


def _rank(problem: Problem) -> tuple[int, int]:
    damage = problem.damage
    rank = _NEAREST_TO_CAUSE.index(damage) if damage in _NEAREST_TO_CAUSE else len(_NEAREST_TO_CAUSE)
    return problem.layer or 0, rank


def place_of(problem: Problem, manifest: Manifest | None) -> Place:
    """The key that is wrong, else the layer."""
    if problem.key is not None:
        return KeyPlace(problem.key)
    if problem.layer is not None:
        return layer_place(problem.layer, in_manifest=manifest is not None)
    return KeyPlace("manifest" if manifest is not None else "config")


def severity_of(problem: Problem) -> Severity:
    """Warning where the document is odd, or too large for this reader; else error."""
    return Severity.WARNING if problem.damage in _DOUBTFUL else Severity.ERROR
