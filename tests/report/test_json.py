"""JSON: version 1, and its published schema."""

import json
from typing import Any

import jsonschema
import pytest

from lambda_image_lint.report.schema import report_schema
from tests.report import samples
from tests.report.rendering import render

VALIDATOR = jsonschema.Draft202012Validator(report_schema())


def written(sample: str) -> Any:
    return json.loads(render(samples.EVERY[sample](), "json"))


@pytest.mark.parametrize("sample", samples.EVERY)
def test_every_report_is_valid_by_the_published_schema(sample: str) -> None:
    VALIDATOR.check_schema(report_schema())
    VALIDATOR.validate(written(sample))


@pytest.mark.parametrize(
    "change",
    [
        {"schema_version": "2"},
        {"findings": [{}]},
        {"not_run": [{"rule": "x"}]},
        {"more": 1},
        {"targets": [{"name": "x", "kind": "zip", "function": None, "metrics": {}}]},
    ],
)
def test_the_schema_refuses_what_is_no_report(change: dict[str, Any]) -> None:
    assert not VALIDATOR.is_valid({**written("clean"), **change})


def test_the_schema_refuses_a_place_of_two_forms() -> None:
    report = written("one_dockerfile")
    report["findings"][0]["location"]["image"] = "app:1"
    assert not VALIDATOR.is_valid(report)


def test_keys_come_in_the_documented_order() -> None:
    report = written("full")
    assert list(report) == ["schema_version", "tool", "summary", "targets", "findings", "not_run", "errors"]
    assert list(report["findings"][0]) == [
        "rule", "id", "severity", "target", "message", "help", "location", "related", "fingerprint", "suppressed", "fix",
    ]  # fmt: skip


def test_the_summary_leaves_out_what_is_hidden() -> None:
    assert written("full")["summary"] == {
        "targets": 3,
        "findings": {"error": 14, "warning": 3, "info": 3},
        "fixable": {"safe": 3, "unsafe": 1},
        "suppressed": 1,
        "baselined": 1,
        "exit_code": 2,
    }


def test_a_finding_is_complete() -> None:
    assert written("one_dockerfile")["findings"][2] == {
        "rule": "pip-user-install",
        "id": "LIL315",
        "severity": "error",
        "target": "Dockerfile",
        "message": "`pip install --user` puts packages where the function cannot read them",
        "help": "Drop --user.",
        "location": {"path": "Dockerfile", "line": 5, "column": 18, "end_line": 5, "end_column": 24, "stage": 0},
        "related": [
            {"path": "Dockerfile", "line": 1, "column": 6, "end_line": 1, "end_column": 39, "stage": 0},
            {"path": "requirements.txt", "line": 3, "column": 1, "end_line": 3, "end_column": 5, "stage": None},
        ],
        "fingerprint": samples.fingerprint("a3"),
        "suppressed": None,
        "fix": {
            "title": "Drop --user",
            "applicability": "safe",
            "edits": [{"path": "Dockerfile", "line": 5, "column": 17, "end_line": 5, "end_column": 24, "text": ""}],
        },
    }


def test_places_in_an_image_have_their_own_forms() -> None:
    locations = {finding["fingerprint"]: finding["location"] for finding in written("full")["findings"]}
    digest = "sha256:" + "ab" * 32
    assert locations[samples.fingerprint("b0")] == {
        "image": "app:1",
        "layer": 1,
        "digest": digest,
        "file": "/var/task/with space.py",
    }
    assert locations[samples.fingerprint("c1")] == {"image": "app:1", "key": "config.Entrypoint"}
    assert locations[samples.fingerprint("b5")]["file"] == "/var/task/not-utf8-\\xff\\x80.py"


def test_hidden_findings_tell_by_whom_and_why() -> None:
    suppressed = {finding["fingerprint"]: finding["suppressed"] for finding in written("one_dockerfile")["findings"]}
    assert suppressed[samples.fingerprint("a8")] == {"by": "comment", "reason": "known: token=s3cr****"}
    assert suppressed[samples.fingerprint("a9")] == {"by": "baseline", "reason": None}


def test_metrics_and_function_are_masked_and_else_as_measured() -> None:
    image = written("full")["targets"][1]
    assert image["function"]["entrypoint"] == ["/app/start", "--token", "s3cr****"]
    assert image["metrics"]["layers"][1]["created_by"] == "ENV DB_PASSWORD=s3cr****"
    assert image["metrics"]["manifest_bytes"] is None
    assert image["metrics"]["dead_bytes"] == 44 * samples.MEBIBYTE


def test_json_is_ascii_so_that_no_encoding_can_break_it() -> None:
    assert render(samples.full(), "json").isascii()


def test_json_lines_hold_the_same_records_and_end_with_the_summary() -> None:
    records = [json.loads(line) for line in render(samples.full(), "jsonl").splitlines()]
    report = written("full")
    assert [record["type"] for record in records] == (
        ["target"] * 3 + ["finding"] * len(report["findings"]) + ["not_run", "error", "summary"]
    )
    assert records[3] == {"type": "finding", **report["findings"][0]}
    assert records[-1]["summary"] == report["summary"]
