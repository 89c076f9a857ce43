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
    assert case.findings is not None, (
        f"{rule.page}: `{case.title}` has no findings fence; pytest --update-pages writes one"
    )
    assert "".join(f"{line}\n" for line in ran.findings) == case.findings.text
    assert {name: text.rstrip("\n") for name, text in ran.fixed.items()} == {
        name: fence.text.rstrip("\n") for name, fence in case.fixed.items()
    }


@pytest.mark.parametrize("rule", [pytest.param(rule, id=rule.name) for rule in rules().values()])
def test_a_page_is_rewritten_on_demand(rule: Rule, request: pytest.FixtureRequest) -> None:
    """`pytest --update-pages -k NAME` puts what the cases give into the page's fences: read the diff as a user would."""
    if not request.config.getoption("--update-pages"):
        return  # nothing is to be written; the cases themselves are tested above
    page = Page.read(rule.page)
    rewrite(rule.page, {case.input.first_line: run(rule, case) for case in page.cases})
