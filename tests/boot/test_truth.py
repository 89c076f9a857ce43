"""The truth: each variant is booted, and what the linter says of it without booting is held against that.

``python -m tests.boot.matrix`` prints the confusion matrix.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
from _pytest.mark import ParameterSet

from lambda_image_lint.boot import BootOptions, boot
from tests.boot import images, verdicts
from tests.boot.families import FAMILIES
from tests.boot.variants import Variant, load
from tests.engines import DockerDaemon

VARIANTS = load()
UNDECIDED_MAX = 0.05
"""The share of variants on which the linter may stay silent."""


def _parameters(variants: Iterable[Variant]) -> list[ParameterSet]:
    """The families in turn, so that one worker makes one's base while the other makes the next's."""
    seen: Counter[str] = Counter()
    turns: list[tuple[int, Variant]] = []
    for variant in variants:
        turns.append((seen[variant.family], variant))
        seen[variant.family] += 1
    return [
        pytest.param(variant, id=variant.id, marks=pytest.mark.toolchain(*FAMILIES[variant.family].programs))
        for _, variant in sorted(turns, key=lambda turn: turn[0])
    ]


def test_the_table_holds_at_least_a_hundred_variants_under_names_of_their_own() -> None:
    assert len(VARIANTS) >= 100
    assert len({variant.id for variant in VARIANTS}) == len(VARIANTS)
    assert {variant.family for variant in VARIANTS} == set(FAMILIES)


def test_few_variants_may_be_left_undecided_and_each_says_why() -> None:
    undecided = [variant for variant in VARIANTS if variant.undecided]
    assert len(undecided) <= UNDECIDED_MAX * len(VARIANTS), [variant.id for variant in undecided]


@pytest.mark.parametrize("variant", _parameters(VARIANTS))
def test_it_boots_as_the_table_says(
    variant: Variant, docker_daemon: DockerDaemon, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tag = images.load(images.base(variant.family, docker_daemon), variant, docker_daemon, tmp_path)
    monkeypatch.setenv("DOCKER_HOST", docker_daemon.host)
    result = boot(tag, BootOptions(event="eventbridge", timeout=6))
    docker_daemon.run("rmi", "--force", tag)

    assert (result.failure.type if result.failure else "ok") == variant.boot, result
    assert variant.message in str(result.failure), result
    assert not result.notes, result


@pytest.mark.parametrize("variant", _parameters(VARIANTS))
def test_the_static_verdict_equals_the_boot(variant: Variant, record_property: Callable[[str, object], None]) -> None:
    verdict = verdicts.of(variant)
    record_property("boot_matrix", (variant.id, verdicts.truth(variant), verdict.word))

    if verdict.word == verdicts.UNDECIDED:
        assert variant.undecided, f"undecided: {verdict.why}"
    else:
        assert verdict.word == verdicts.truth(variant), verdict
        if variant.rules:
            assert set(variant.rules) & set(verdict.errors), verdict
