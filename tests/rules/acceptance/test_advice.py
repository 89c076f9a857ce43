"""What acceptance rules tell people to do: pages hold the messages, these the rest."""

from typing import Any

import pytest

from lambda_image_lint.finding import FilePlace, KeyPlace
from tests.rules.linting import SMALL, named, only, run_recipe


def indexed(*children: dict[str, Any]) -> dict[str, Any]:
    return {**SMALL, "manifest": {"index": list(children)}}


def test_an_attestation_is_answered_with_the_flag_of_each_builder_and_the_child_that_would_do() -> None:
    finding = only(run_recipe(indexed({"platform": "linux/arm64"}, {"attestation": True}), "manifest-is-index"))
    digest = finding.help.rpartition("@")[2]
    assert finding.help == (
        "Build with `docker build --provenance=false --sbom=false --platform linux/arm64`; in build-push-action set "
        "`provenance: false` and `sbom: false`, in serverless.yml `provenance: false` under the image, and for CDK, "
        "SAM and all else that calls Docker the environment variable BUILDX_NO_DEFAULT_ATTESTATIONS=1. "
        f"Its child linux/arm64 alone is a manifest that Lambda takes: in the registry it is named by @{digest}"
    )
    assert digest.startswith("sha256:")
    assert finding.related == (KeyPlace("manifest.manifests[0]"), KeyPlace("manifest.manifests[1]"))


def test_two_platforms_are_answered_with_one_platform_a_tag() -> None:
    finding = only(run_recipe(indexed({"platform": "linux/amd64"}, {"platform": "linux/arm64"}), "manifest-is-index"))
    assert finding.help.startswith(
        "Build one platform a tag: `docker build --provenance=false --sbom=false --platform linux/amd64`. "
        "Its child linux/amd64 alone is a manifest that Lambda takes:"
    )


def test_the_child_that_arch_asks_for_is_the_one_that_is_named() -> None:
    index = indexed({"platform": "linux/amd64"}, {"platform": "linux/arm64"})
    finding = only(run_recipe(index, "manifest-is-index", arch="arm64"))
    assert "--platform linux/arm64" in finding.help
    assert "Its child linux/arm64 alone" in finding.help


def test_a_child_that_lambda_would_not_take_either_is_not_recommended() -> None:
    layers = [{"compression": "zstd", "files": {"/var/task/app.py": "x"}}]
    index = {
        "config": {},
        "layers": layers,
        "manifest": {"index": [{"platform": "linux/amd64"}, {"attestation": True}]},
    }
    assert "alone" not in only(run_recipe(index, "manifest-is-index")).help


def test_a_function_of_another_architecture_is_told_to_build_for_its_own() -> None:
    index = indexed({"platform": "linux/amd64"}, {"attestation": True})
    found = run_recipe(index, "manifest-is-index", arch="arm64")
    assert "--sbom=false --platform linux/arm64`" in only(found).help
    assert "alone" not in only(found).help


def test_an_index_that_holds_attestations_only_is_answered_with_the_image_itself() -> None:
    finding = only(run_recipe(indexed({"attestation": True}), "manifest-is-index"))
    assert finding.message == "the reference names an index (attestation), and Lambda takes a single manifest"
    assert finding.help == "Push the image itself to the tag."


def test_a_missing_parent_is_told_with_the_step_that_made_it_and_the_next_four_entries() -> None:
    recipe = {
        "config": {},
        "layers": [
            {
                "created_by": "RUN |1 TOKEN=abcdefgh12345678 /bin/sh -c tar -C / -xf app.tar # buildkit",
                "parents": False,
                "files": {f"/var/task/{name}.py": "" for name in "abcdefg"},
            }
        ],
    }
    finding = only(run_recipe(recipe, "layer-parent-missing"))
    assert (
        finding.message == "layer 0: /var/task/a.py comes before its directory /var/task, and 6 more entries likewise"
    )
    assert finding.help == (
        "Write the entry of each directory before what lies in it, in layer 0 (RUN tar -C / -xf app.tar)."
    )
    assert [place.file for place in finding.related if isinstance(place, FilePlace)] == [
        "/var/task/b.py", "/var/task/c.py", "/var/task/d.py", "/var/task/e.py",
    ]  # fmt: skip


def test_each_layer_with_a_missing_parent_is_told_of_at_once() -> None:
    layers = [{"parents": False, "files": {f"/opt/{name}/file": ""}} for name in ("one", "two")]
    outcome = run_recipe({"config": {}, "layers": layers}, "layer-parent-missing")
    assert [result.finding.place.file for result in outcome.results if isinstance(result.finding.place, FilePlace)] == [
        "/opt/one/file",
        "/opt/two/file",
    ]


def test_a_size_over_the_limit_is_told_with_the_layers_that_hold_most() -> None:
    layers = [
        {"created_by": "COPY base /", "pretend_bytes": 2**30},
        {"created_by": "RUN /bin/sh -c pip install torch # buildkit", "pretend_bytes": 9 * 2**30},
        {"created_by": "RUN echo", "pretend_bytes": 2**20},
        {"created_by": "COPY models /opt", "pretend_bytes": 2**29},
    ]
    assert only(run_recipe({"config": {}, "layers": layers}, "image-too-large")).help == (
        "Leave out what the function does not need; deleting it in a later layer does not count. The largest: layer 1 "
        "(RUN pip install torch) 9.0 GiB, layer 0 (COPY base /) 1.0 GiB, layer 3 (COPY models /opt) 512.0 MiB."
    )


@pytest.mark.parametrize(
    ("extra", "advice"),
    [
        ({"annotations": {"note": "x" * 25_000}}, "Drop annotations: they take 25,004 bytes of it."),
        (
            {"extra": {"padding": "x" * 25_000}},
            "Join layers, there are 1: put RUN steps that belong together into one.",
        ),
    ],
)
def test_a_long_manifest_is_told_with_what_makes_it_long(extra: dict[str, Any], advice: str) -> None:
    assert only(run_recipe({**SMALL, "manifest": extra}, "manifest-too-large")).help == advice


def test_all_reasons_are_told_in_one_run() -> None:
    recipe = {
        "config": {"architecture": "riscv64", "Cmd": ["app.handler"]},
        "manifest": {"family": "docker", "index": [{"platform": "linux/riscv64"}, {"attestation": True}]},
        "layers": [
            {"compression": "none", "files": {"/opt/a": "1"}},
            {"parents": False, "files": {"/srv/x/y": ""}, "diff_id": "sha256:" + "0" * 64},
            {"pretend_bytes": 11 * 2**30},
        ],
    }
    assert named(run_recipe(recipe, "acceptance")) == [
        ("image-corrupt", "error"),
        ("image-too-large", "error"),
        ("layer-parent-missing", "error"),
        ("layer-type-unsupported", "error"),
        ("manifest-is-index", "error"),
        ("platform-unsupported", "error"),
    ]
