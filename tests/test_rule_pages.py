"""Each example in each rule's page comes true: its findings and its fixed form, compared whole."""

from collections.abc import Iterator

import pytest

from lambda_image_lint.engine.page import Case, Page
from lambda_image_lint.engine.rule import Rule
from tests.pages import cases, rewrite, rules, run


def _parameters() -> Iterator[object]:
    for rule, _, case in cases():
        yield pytest.param(rule, case, id=f"{rule.name}: {case.title}")


@pytest.mark.parametrize(("rule", "case"), list(_parameters()))
def test_the_case_gives_what_the_page_says(rule: Rule, case: Case, request: pytest.FixtureRequest) -> None:
    if request.config.getoption("--update-pages"):
        pytest.skip("pages are rewritten instead")
    ran = run(rule, case)
    assert not ran.failures
    assert case.findings is not None, f"{rule.page}: `{case.title}` has no findings fence; pytest --update-pages writes one"
    assert "".join(f"{line}\n" for line in ran.findings) == case.findings.text
    assert {name: text.rstrip("\n") for name, text in ran.fixed.items()} == {
        name: fence.text.rstrip("\n") for name, fence in case.fixed.items()
    }


def test_pages_are_rewritten_on_demand(request: pytest.FixtureRequest) -> None:
    if not request.config.getoption("--update-pages"):
        pytest.skip("only with --update-pages")
    for rule in rules().values():
        page = Page.read(rule.page)
        rewrite(rule.page, {case.input.first_line: run(rule, case) for case in page.cases})
