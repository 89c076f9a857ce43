"""What the command line really writes, held to the same demands as the reports made by hand."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import jsonschema
import pytest

from lambda_image_lint.report import FORMATS
from tests.engines import DockerDaemon
from tests.report.multitool import Multitool
from tests.report.samples import DOCKERFILE, GITHUB_TOKEN, SECRET

ROOT = Path(__file__).parent.parent.parent


def lint_image(
    folder: Path, *arguments: str, environment: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "lambda_image_lint", *arguments],
        cwd=folder,
        env={**(environment or {"PATH": "/usr/bin:/bin"}), "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "ascii"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Every format, written in one run over a Dockerfile with faults, secrets and an odd name."""
    folder = tmp_path_factory.mktemp("real")
    name = "my <b>%20é.Dockerfile"
    (folder / name).write_text(DOCKERFILE, encoding="utf-8")
    files = {format: folder / f"out.{format}" for format in FORMATS}
    done = lint_image(folder, "check", "--isolated", name, *(f"-f{format}={file}" for format, file in files.items()))
    assert done.returncode == 1, done.stderr
    assert done.stdout == ""
    return {format: file.read_text(encoding="utf-8") for format, file in files.items()}


def published_schema(folder: Path) -> Any:
    return json.loads(lint_image(folder, "schema", "report").stdout)


def test_the_json_of_a_dockerfile_is_valid_by_the_printed_schema(written: dict[str, str], tmp_path: Path) -> None:
    report = json.loads(written["json"])
    jsonschema.Draft202012Validator(published_schema(tmp_path)).validate(report)
    assert report["summary"]["findings"]["error"] >= 1


def test_no_file_shows_a_secret(written: dict[str, str]) -> None:
    for format, text in written.items():
        assert SECRET[:5] not in text, format
        assert GITHUB_TOKEN[:8] not in text, format


def test_all_formats_count_the_same(written: dict[str, str]) -> None:
    counts = json.loads(written["json"])["summary"]["findings"]
    total = sum(counts.values())
    (run,) = json.loads(written["sarif"])["runs"]
    assert {
        "jsonl": written["jsonl"].count('{"type": "finding"'),
        "sarif": sum(not result["suppressions"] for result in run["results"]),
        "github": sum(line.startswith("::") for line in written["github"].splitlines()),
        "gitlab": len(json.loads(written["gitlab"])),
        "junit": len(ElementTree.fromstring(written["junit"].encode()).findall(".//failure")),
        "checkstyle": len(ElementTree.fromstring(written["checkstyle"].encode()).findall(".//error")),
        "rdjson": len(json.loads(written["rdjson"])["diagnostics"]),
        "concise": len(written["concise"].splitlines()) - 1,
        "html": written["html"].count("<article "),
        "markdown": sum(line.startswith(("| 🔴", "| 🟡", "| 🔵")) for line in written["markdown"].splitlines()),
    } == dict.fromkeys(
        ("jsonl", "sarif", "github", "gitlab", "junit", "checkstyle", "rdjson", "concise", "html", "markdown"), total
    )


def test_the_sarif_is_valid_and_every_rule_brings_its_page(written: dict[str, str], multitool: Multitool) -> None:
    log = json.loads(written["sarif"])
    schema = json.loads(multitool.schema.read_text(encoding="utf-8"))
    jsonschema.validators.validator_for(schema)(schema).validate(log)
    for rule in log["runs"][0]["tool"]["driver"]["rules"]:
        assert "## " in rule["help"]["markdown"], rule["id"]
        assert "```" not in rule["help"]["text"]
    uris = {
        result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for result in log["runs"][0]["results"]
    }
    assert uris == {"my%20%3Cb%3E%2520%C3%A9.Dockerfile"}


def test_the_json_of_an_image_is_valid_too(docker_daemon: DockerDaemon, function_image: str, tmp_path: Path) -> None:
    done = lint_image(
        tmp_path, "check", "--isolated", f"docker:{function_image}", "-fjson", environment=docker_daemon.environment
    )
    assert done.returncode in (0, 1), done.stderr
    report = json.loads(done.stdout)
    jsonschema.Draft202012Validator(published_schema(tmp_path)).validate(report)
    (target,) = report["targets"]
    assert target["kind"] == "image"
    assert target["metrics"]["manifest_bytes"] is None
    assert all(layer["uncompressed_bytes"] > 0 for layer in target["metrics"]["layers"])


def test_the_same_input_gives_the_same_bytes(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text(DOCKERFILE, encoding="utf-8")
    texts = {lint_image(tmp_path, "check", "--isolated", "Dockerfile", "-fjson").stdout for _ in range(2)}
    assert len(texts) == 1


@pytest.mark.parametrize("format", ["human", "json", "sarif"])
def test_an_error_on_standard_error_shows_no_secret_either(format: str, tmp_path: Path) -> None:
    target = "registry:https://bob:hunter2hunter2@registry.invalid/app:1"
    done = lint_image(tmp_path, "check", "--isolated", "--offline", target, f"-f{format}")
    assert done.returncode == 2
    assert "hunter2" not in done.stdout + done.stderr
