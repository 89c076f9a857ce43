"""Ignores, baselines and settings: what people need to take up a linter in code that already is."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from lambda_image_lint.schema import config_schema
from lambda_image_lint.settings import FILE_NAME
from tests.commands import Done, lint_image

CACHES = "FROM public.ecr.aws/lambda/python:3.12\n{above}RUN pip install \\\n{inside}    flask\nRUN pip install boto3\n"


def check(folder: Path, *words: str | Path) -> Done:
    return lint_image("check", "-f", "json", "--select", "pip-cache,unused-ignore", *words, "Dockerfile", cwd=folder)


@pytest.mark.parametrize(
    ("above", "inside", "left"),
    [
        ("", "", 2),
        ("# lint-image: ignore[pip-cache] wanted\n", "", 1),
        ("", "    # lint-image: ignore[pip-cache] wanted\n", 1),
        ("# lint-image: ignore[cache] wanted\n# Another comment\n", "", 1),
        ("# lint-image: stage-ignore[LIL90] wanted\n", "", 0),
        ("# lint-image: file-ignore[pip-cache] wanted\n", "", 0),
        ("# hadolint ignore=DL3042\n", "", 1),
        ("# hadolint global ignore=DL3008,DL3042\n", "", 0),
        ("#hadolint ignore=DL3008, DL3042 # wanted\n", "", 1),
        ("# hadolint ignore=DL3008\n", "", 2),
    ],
)
def test_an_ignore_hides_what_stands_in_its_scope(above: str, inside: str, left: int, tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text(CACHES.format(above=above, inside=inside))
    done = check(tmp_path)
    assert [rule for rule, _ in done.found] == ["pip-cache"] * left
    assert done.report["summary"]["suppressed"] == 2 - left


def test_docker_s_own_skip_hides_what_docker_s_checks_find_and_nothing_else(tmp_path: Path) -> None:
    text = "FROM public.ecr.aws/lambda/python:3.12\nMAINTAINER somebody\nRUN pip install flask\nCMD app.handler\n"
    for directive, hidden in (
        ("", set()),
        ("# check=skip=all\n", {"maintainer", "cmd-shell-form"}),
        ("# check=error=true;skip=MaintainerDeprecated\n", {"maintainer"}),
    ):
        (tmp_path / "Dockerfile").write_text(directive + text)
        done = lint_image(
            "check", "-f", "json", "--select", "maintainer,cmd-shell-form,pip-cache", "Dockerfile", cwd=tmp_path
        )
        assert {one["rule"] for one in done.report["findings"] if one["suppressed"]} == hidden


def test_a_baseline_of_a_dockerfile_outlives_shifts_renames_of_stages_and_other_faults(tmp_path: Path) -> None:
    text = "FROM public.ecr.aws/lambda/python:3.12 AS one\nRUN pip install flask\n"
    (tmp_path / "Dockerfile").write_text(text)
    assert lint_image("baseline", "-o", "accepted.json", "Dockerfile", cwd=tmp_path).code == 0
    (tmp_path / "Dockerfile").write_text(f"# A comment\n\n{text.replace('AS one', 'AS two')}RUN pip install boto3\n")
    done = check(tmp_path, "--baseline", "accepted.json")
    assert done.found == [("pip-cache", 5)]
    assert done.report["summary"]["baselined"] == 1


def test_an_edit_of_a_context_file_is_told_where_the_context_is(tmp_path: Path) -> None:
    (tmp_path / "docker").mkdir()
    (tmp_path / "code/.git").mkdir(parents=True)
    (tmp_path / "code/.git/HEAD").write_text("ref: refs/heads/main\n")
    (tmp_path / "code/.env").write_text("A=b\n")
    (tmp_path / "code/app.py").write_text("def handler(event, context):\n    return event\n")
    (tmp_path / "docker/Dockerfile").write_text(
        'FROM public.ecr.aws/lambda/python:3.12\nCOPY . ${LAMBDA_TASK_ROOT}\nCMD ["app.handler"]\n'
    )
    done = lint_image("check", "-f", "json", "--context", "code", "docker/Dockerfile", cwd=tmp_path)
    paths = {
        edit["path"]
        for one in done.report["findings"]
        if one["rule"] == "copy-all-no-dockerignore"
        for edit in one["fix"]["edits"]
    }
    assert paths == {"code/.dockerignore"}


def test_config_shows_what_counts_and_where_it_comes_from(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_text('ignore = ["maintainer"]\n')
    rows = dict(line.split(None, 1) for line in lint_image("config", cwd=tmp_path).out.splitlines())
    assert rows["fail-on"].split() == ["warning", "default"]
    assert rows["as-of"].split() == [date.today().isoformat(), "default"]
    assert rows["unsafe-fixes"].split() == ["false", "default"]
    assert rows["ignore"].split() == ["maintainer", str(tmp_path / FILE_NAME)]


def test_options_of_a_rule_that_there_is_not_are_an_error_with_a_suggestion(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM scratch\n")
    (tmp_path / FILE_NAME).write_text("[rules.size-budgets]\nlimit = 1\n")
    done = lint_image("check", "Dockerfile", cwd=tmp_path)
    assert done.code == 2
    assert done.errors == "error: [rules.size-budgets]: no rule `size-budgets`\n  help: Did you mean `size-budget`?\n"


CONFIGURATIONS: dict[str, tuple[dict[str, Any], bool]] = {
    "empty": ({}, True),
    "lists": ({"select": ["build", "LIL3"], "ignore": "maintainer"}, True),
    "severities": ({"severity": {"pip-cache": "error"}, "fail-on": "never"}, True),
    "overrides": ({"overrides": [{"files": ["a/**"], "lambda": False}]}, True),
    "rules": ({"rules": {"size-budget": {}}}, True),
    "extend": ({"unsafe-fixes": True, "as-of": "2026-11-23", "arch": "arm64", "jobs": 2}, True),
    "unknown key": ({"selects": ["build"]}, False),
    "no such level": ({"severity": {"pip-cache": "fatal"}}, False),
    "no such choice": ({"fail-on": "always"}, False),
    "override without files": ({"overrides": [{"lambda": False}]}, False),
    "unknown key in an override": ({"overrides": [{"files": ["a"], "selects": []}]}, False),
    "a flag that is none": ({"unsafe-fixes": "yes"}, False),
    "no process": ({"jobs": 0}, False),
}  # fmt: skip


@pytest.mark.parametrize("name", CONFIGURATIONS)
def test_the_schema_of_the_configuration_says_what_the_command_says(name: str, tmp_path: Path) -> None:
    table, valid = CONFIGURATIONS[name]
    lines = [f"{key} = {_toml(value)}\n" for key, value in table.items()]
    (tmp_path / FILE_NAME).write_text("".join(lines))
    (tmp_path / "Dockerfile").write_text('FROM public.ecr.aws/lambda/python:3.14\nCMD ["app.handler"]\n')
    assert jsonschema.Draft202012Validator(config_schema()).is_valid(table) == valid
    assert (lint_image("check", "Dockerfile", cwd=tmp_path).code != 2) == valid


def _toml(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key)} = {_toml(item)}" for key, item in value.items()) + "}"
    return "[" + ", ".join(map(_toml, value)) + "]" if isinstance(value, list) else json.dumps(value)
