"""What every rule must be: a page, a bad and a good case, a source, a name equal to its stem, small."""

import ast
import re
from collections import Counter

import pytest

from lambda_image_lint.engine.page import Page
from lambda_image_lint.engine.registry import builtin_folder
from lambda_image_lint.engine.rule import Rule
from lambda_image_lint.finding import Severity
from tests.pages import rules

HUNDREDS = {
    "template": "0", "meta": "0", "acceptance": "1", "startup": "2", "handler": "3", "files": "4", "native": "5",
    "environment": "6", "security": "6", "base": "7", "build": "8", "cache": "9", "waste": "9",
}  # fmt: skip
SECTIONS = ("Why on Lambda", "How to fix", "When to ignore it")
MAX_LINES = 60
"""Of a check: a longer one wants a helper in the package."""

KITS = ("lambda_image_lint.rulekit", "lambda_image_lint.function")
"""What rules may import from: questions asked of Dockerfiles and functions."""

every_rule = pytest.mark.parametrize("rule", [pytest.param(rule, id=rule.name) for rule in rules().values()])


@every_rule
def test_its_name_is_its_files_stem_and_its_id_is_of_its_groups_hundred(rule: Rule) -> None:
    assert rule.file.stem == rule.check.__name__
    assert re.fullmatch(rf"LIL{HUNDREDS[rule.group]}\d\d", rule.id)


@every_rule
def test_it_names_its_sources_and_says_what_to_do(rule: Rule) -> None:
    assert rule.sources
    for source in rule.sources:
        assert source.startswith(("https://", "own: ")), source
    assert rule.help or "help=" in rule.file.read_text(encoding="utf-8")
    assert rule.summary.endswith(".")


@every_rule
def test_its_page_has_the_sections_a_reader_looks_for(rule: Rule) -> None:
    page = Page.read(rule.page)
    headings = [heading for heading, _, _ in page.sections]
    assert page.title
    assert [heading for heading in headings if heading in SECTIONS] == list(SECTIONS)


@every_rule
def test_its_page_has_a_bad_and_a_good_case(rule: Rule) -> None:
    page = Page.read(rule.page)
    assert any(case.is_bad for case in page.cases), "no case with a finding"
    assert any(not case.is_bad for case in page.cases), "no case without a finding"


@every_rule
def test_it_imports_only_the_public_names_and_the_standard_library(rule: Rule) -> None:
    public = {
        "lambda_image_lint",
        "lambda_image_lint.knowledge",
        "lambda_image_lint.function",
        "lambda_image_lint.dockerfile",
        "lambda_image_lint.dockerfile.installers",
        "lambda_image_lint.dockerfile.shell",
    }
    for node in ast.walk(ast.parse(rule.file.read_text(encoding="utf-8"))):
        modules = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        modules += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        for module in modules:
            top = module.partition(".")[0]
            assert top != "lambda_image_lint" or module in public or module.startswith(KITS), module


@every_rule
def test_its_check_is_short(rule: Rule) -> None:
    tree = ast.parse(rule.file.read_text(encoding="utf-8"))
    (check,) = (node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == rule.check.__name__)
    assert (check.end_lineno or 0) - check.lineno < MAX_LINES


def test_ids_and_names_are_unique_and_every_file_is_a_rule() -> None:
    files = [file for file in builtin_folder().glob("*/*.py") if not file.name.startswith("_")]
    assert len(files) == len(rules())
    assert max(Counter(rule.name for rule in rules().values()).values()) == 1


def test_every_page_belongs_to_a_rule() -> None:
    assert {page.with_suffix(".py") for page in builtin_folder().glob("*/*.md")} == {
        rule.file for rule in rules().values()
    }


def test_levels_of_severity_are_all_in_use() -> None:
    assert {rule.severity for rule in rules().values()} == set(Severity)
