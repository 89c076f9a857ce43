"""What manifest and config can decide is decided from them, and no layer is read for it."""

from collections.abc import Sequence

import pytest

from lambda_image_lint.engine.result import NotRun
from lambda_image_lint.image.descriptor import Descriptor
from lambda_image_lint.image.model import Image
from lambda_image_lint.image.source import BlobDamaged
from lambda_image_lint.image.sources.memory import MemoryBlob, MemorySource
from tests.rules.linting import SMALL, run_image, run_recipe, settings


class Sealed(MemorySource):
    """A source whose layers must not be opened."""

    def layers(self, descriptors: Sequence[Descriptor]) -> Sequence[MemoryBlob]:
        raise AssertionError("a layer was asked for")


@pytest.mark.parametrize(
    ("rule", "recipe"),
    [
        ("manifest-is-index", {**SMALL, "manifest": {"index": [{"platform": "linux/amd64"}, {"attestation": True}]}}),
        (
            "manifest-type-unsupported",
            {**SMALL, "manifest": {"config_media_type": "application/vnd.oci.empty.v1+json"}},
        ),
        ("layer-type-unsupported", {"config": {}, "layers": [{"compression": "zstd", "files": {"/a": ""}}]}),
        ("manifest-too-large", {**SMALL, "manifest": {"annotations": {"a": "x" * 26_000}}}),
        ("too-many-layers", {"config": {}, "layers": [{}] * 70}),
        ("platform-unsupported", {"config": {"os": "windows"}, "files": SMALL["files"]}),
        ("architecture-mismatch", {"config": {"architecture": "arm64"}, "files": SMALL["files"]}),
        ("secret-in-env", {"config": {"Env": {"DB_PASSWORD": "correct-horse-9"}}, "files": SMALL["files"]}),
        ("stale-image", {"config": {"created": "2024-01-01T00:00:00Z"}, "files": SMALL["files"]}),
    ],
)
def test_a_rule_on_manifest_or_config_reads_no_layer(rule: str, recipe: dict[str, object]) -> None:
    given = settings(arch="x86_64")
    outcome = run_image(Image(Sealed(recipe)), rule, given)
    assert outcome.failures == ()
    assert [result.rule.name for result in outcome.results] == [rule]
    assert outcome.not_run == ()


def test_without_layers_the_rules_that_need_them_are_listed_and_the_others_run() -> None:
    given = settings(no_layers=True)
    outcome = run_image(Image(Sealed(SMALL)), "acceptance", given)
    assert (outcome.results, outcome.failures) == ((), ())
    unproved = "layers not read, and their compressed sizes prove nothing"
    assert outcome.not_run == (
        NotRun("image-corrupt", "app:1", "layers not read"),
        NotRun("image-nearly-too-large", "app:1", unproved),
        NotRun("image-too-large", "app:1", unproved),
        NotRun("layer-parent-missing", "app:1", "layers not read"),
        NotRun("layer-type-mismatch", "app:1", "layers not read"),
    )


def test_a_source_without_a_manifest_is_not_held_to_what_manifests_say() -> None:
    outcome = run_recipe({**SMALL, "manifest": {"absent": True}}, "acceptance")
    assert (outcome.results, outcome.failures) == ((), ())
    assert {one.rule for one in outcome.not_run} == {
        "manifest-is-index",
        "manifest-type-unsupported",
        "layer-type-unsupported",
        "manifest-too-large",
    }


def test_an_ordinary_image_has_no_finding_and_every_rule_has_decided() -> None:
    outcome = run_recipe(SMALL, "acceptance")
    assert (outcome.results, outcome.not_run, outcome.failures) == ((), (), ())


def test_compressed_sizes_that_could_be_the_framing_alone_prove_nothing() -> None:
    recipe = {"config": {}, "layers": [{"size": 10 * 2**30 + 1, "files": {"/a": ""}}]}
    outcome = run_recipe(recipe, "image-too-large", no_layers=True)
    assert outcome.results == ()
    assert [one.reason for one in outcome.not_run] == ["layers not read, and their compressed sizes prove nothing"]


def test_a_layer_that_was_cut_makes_a_size_the_least_that_it_can_be() -> None:
    cut = {"compression": "none", "truncate": 700, "files": {"/a": "x" * 2000}}
    outcome = run_recipe({"config": {}, "layers": [{"pretend_bytes": 11 * 2**30}, cut]}, "image-too-large")
    assert [result.finding.message for result in outcome.results] == [
        "the layers hold at least 11.0 GiB uncompressed, over Lambda's limit of 10 GiB"
    ]
    below = run_recipe({"config": {}, "layers": [cut]}, "image-too-large")
    assert below.results == ()
    assert [one.reason for one in below.not_run] == ["a layer could not be read whole"]


class WithoutConfig(MemorySource):
    """A source whose manifest names a config that is not there."""

    def config(self, descriptor: Descriptor | None) -> bytes:
        raise BlobDamaged("the blob sha256:1 is not there")


@pytest.mark.parametrize(
    ("no_layers", "message"),
    [(True, "the config is not there, or cannot be read"), (False, "the blob sha256:1 is not there")],
)
def test_a_config_that_is_not_there_is_told_and_leaves_the_rules_on_the_rest(no_layers: bool, message: str) -> None:
    recipe = {**SMALL, "manifest": {"annotations": {"a": "x" * 26_000}}}
    outcome = run_image(Image(WithoutConfig(recipe)), "acceptance", settings(no_layers=no_layers))
    assert outcome.failures == ()
    assert {(result.rule.name, result.finding.message) for result in outcome.results} == {
        ("image-corrupt", message),
        ("manifest-too-large", outcome.results[0].finding.message),
    }
    assert ("image-too-large", "the image's config is not there") in {(one.rule, one.reason) for one in outcome.not_run}


def test_faults_of_a_hostile_document_are_counted_beyond_the_twentieth() -> None:
    recipe = {"config": {"Cmd": ["app.handler"], "Env": [f"BROKEN{number}" for number in range(1000)]}}
    outcome = run_recipe(recipe, "image-corrupt")
    assert len(outcome.results) == 21
    assert outcome.results[-1].finding.message == "980 more faults like these"
