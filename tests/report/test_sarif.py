"""SARIF, held to the OASIS schema, to Microsoft's validator, and to what GitHub demands beyond them."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from lambda_image_lint.engine.result import Report, Result
from lambda_image_lint.finding import Finding, Severity
from lambda_image_lint.report.sarif import plain, relative_uri
from tests.report import samples
from tests.report.multitool import Multitool
from tests.report.rendering import render

TAGS_SHOWN = 10
"""Tags of a rule that GitHub shows."""


def run_of(report: Report) -> Any:
    log = json.loads(render(report, "sarif"))
    (run,) = log["runs"]
    return run


@pytest.fixture(scope="module")
def run() -> Any:
    return run_of(samples.full())


@pytest.mark.parametrize("sample", samples.EVERY)
def test_every_report_is_valid_by_the_oasis_schema(sample: str, multitool: Multitool) -> None:
    schema = json.loads(multitool.schema.read_text(encoding="utf-8"))
    jsonschema.validators.validator_for(schema)(schema).validate(json.loads(render(samples.EVERY[sample](), "sarif")))


def test_microsofts_validator_has_nothing_to_say_but_that_we_have_no_home(multitool: Multitool, tmp_path: Path) -> None:
    file = tmp_path / "full.sarif"
    file.write_text(render(samples.full(), "sarif"), encoding="utf-8")
    done = subprocess.run(
        [multitool.program, "validate", file], capture_output=True, text=True, timeout=120, check=False
    )
    said = set(re.findall(r"\b(?:SARIF|GH|JSON)\d{4}\b", done.stdout))
    assert "Analysis completed successfully" in done.stdout
    assert said == {"SARIF2005"}, done.stdout  # informationUri: there is no public home yet


def test_rules_carry_what_github_shows_of_them(run: Any) -> None:
    rules = {rule["id"]: rule for rule in run["tool"]["driver"]["rules"]}
    assert rules["LIL620"] == {
        "id": "LIL620",
        "name": "SecretInEnv",
        "shortDescription": {"text": "What the rule finds."},
        "fullDescription": {"text": "secret-in-env: What the rule finds."},
        "help": {"text": "Do something about it.", "markdown": "Do something about it."},
        "defaultConfiguration": {"level": "error"},
        "properties": {
            "tags": ["aws-lambda", "security"],
            "precision": "high",
            "problem.severity": "error",
            "security-severity": "8.0",
        },
    }
    assert all(len(rule["properties"]["tags"]) <= TAGS_SHOWN for rule in rules.values())
    assert "security-severity" not in rules["LIL303"]["properties"]
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == sorted(rules)


def test_a_rules_page_is_its_help(tmp_path: Path) -> None:
    page = tmp_path / "pip_user_install.md"
    page.write_text(
        "# pip install --user\n\nDrop `--user`, see [docs](https://x).\n\n```findings\n1: x\n```\n\n## Why\n\nSo.\n"
    )
    rule = samples.fake_rule("pip-user-install", "LIL315", Severity.ERROR)
    rule.file = page.with_suffix(".py")
    result = Result(rule, Finding("x", samples.text_place(1, 1, 1, 2)), Severity.ERROR, "Dockerfile", ("a",))
    (shown,) = run_of(Report((samples.dockerfile_target(),), (result,)))["tool"]["driver"]["rules"]
    assert shown["help"]["markdown"] == "## Why\n\nSo."
    assert shown["help"]["text"] == "Why\n\nSo."
    assert plain("Drop `--user`, **see** [docs](https://x).") == "Drop --user, see docs (https://x)."


def test_every_result_points_at_its_rule_and_has_a_place_that_github_takes(run: Any) -> None:
    rules = run["tool"]["driver"]["rules"]
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        (location,) = result["locations"]
        uri = location["physicalLocation"]["artifactLocation"]["uri"]
        assert not uri.startswith(("/", "./", "file:"))
        assert re.fullmatch(r"(?:[A-Za-z0-9/~._@+,=-]|%[0-9A-F]{2})+", uri)
        region = location["physicalLocation"]["region"]
        assert region["startLine"] >= 1 <= region["startColumn"]
        assert (region["startLine"], region["startColumn"]) <= (region["endLine"], region["endColumn"])


def test_levels_are_error_warning_and_note(run: Any) -> None:
    levels = {result["partialFingerprints"]["lintImage/v1"]: result["level"] for result in run["results"]}
    assert (
        levels[samples.fingerprint("a1")],
        levels[samples.fingerprint("a5")],
        levels[samples.fingerprint("a2")],
    ) == ("error", "warning", "note")


def test_fingerprints_are_unique_and_told_apart_on_one_line(run: Any) -> None:
    own = [result["partialFingerprints"]["lintImage/v1"] for result in run["results"]]
    places = [
        (
            result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"],
            result["partialFingerprints"]["primaryLocationLineHash"],
        )
        for result in run["results"]
    ]
    assert len(set(own)) == len(own)
    assert len(set(places)) == len(places)


def test_a_finding_in_an_image_has_a_logical_place(run: Any) -> None:
    by_print = {result["partialFingerprints"]["lintImage/v1"]: result for result in run["results"]}
    assert by_print[samples.fingerprint("b0")]["locations"][0] == {
        "physicalLocation": {
            "artifactLocation": {"uri": "oci-image/app%3A1"},
            "region": {"startLine": 1, "startColumn": 1, "endLine": 1, "endColumn": 1},
        },
        "logicalLocations": [
            {
                "fullyQualifiedName": "app:1#/var/task/with space.py",
                "name": "/var/task/with space.py",
                "kind": "resource",
                "properties": {"layer": 1, "digest": "sha256:" + "ab" * 32},
            }
        ],
    }


def test_safe_fixes_are_offered_and_none_that_would_show_or_lose_a_secret(run: Any) -> None:
    offered = {
        result["partialFingerprints"]["lintImage/v1"]: result["fixes"] for result in run["results"] if "fixes" in result
    }
    assert set(offered) == {samples.fingerprint("a3"), samples.fingerprint("a5")}
    assert offered[samples.fingerprint("a3")] == [
        {
            "description": {"text": "Drop --user"},
            "artifactChanges": [
                {
                    "artifactLocation": {"uri": "Dockerfile"},
                    "replacements": [
                        {"deletedRegion": {"startLine": 5, "startColumn": 17, "endLine": 5, "endColumn": 24}}
                    ],
                }
            ],
        }
    ]


def test_hidden_findings_are_suppressed_results(run: Any) -> None:
    hidden = {
        result["partialFingerprints"]["lintImage/v1"]: result["suppressions"]
        for result in run["results"]
        if result["suppressions"]
    }
    assert hidden == {
        samples.fingerprint("a8"): [
            {"kind": "inSource", "status": "accepted", "justification": "comment: known: token=s3cr****"}
        ],
        samples.fingerprint("a9"): [{"kind": "external", "status": "accepted", "justification": "baseline"}],
    }


def test_what_could_not_be_checked_is_a_notification_and_no_success(run: Any) -> None:
    (invocation,) = run["invocations"]
    assert invocation["executionSuccessful"] is False
    assert invocation["exitCode"] == 2
    assert [(one["level"], one["descriptor"]["id"]) for one in invocation["toolExecutionNotifications"]] == [
        ("error", "failure"),
        ("note", "not-run"),
    ]
    assert run_of(samples.one_dockerfile())["invocations"][0]["executionSuccessful"] is True
    assert run_of(samples.nothing_read())["invocations"][0]["executionSuccessful"] is False


@pytest.mark.parametrize(
    ("path", "uri"),
    [
        ("Dockerfile", "Dockerfile"),
        ("./a/../b/Dockerfile", "b/Dockerfile"),
        ("/abs/Dockerfile", "abs/Dockerfile"),
        ("a b/100%.Dockerfile", "a%20b/100%25.Dockerfile"),
        ("c:d", "c%3Ad"),
        ("<x>#?\udcff", "%3Cx%3E%23%3F%FF"),
    ],
)
def test_paths_become_relative_references(path: str, uri: str) -> None:
    assert relative_uri(path) == uri
