"""JUnit XML, as Jenkins, CodeBuild, GitLab and Azure read it: a suite for each target, a case for each finding.

A clean target has one passing case, for "no tests" reads as a fault; what could not be linted is an error, and so is a
run that checked nothing.
"""

from collections.abc import Iterator, Sequence
from typing import TextIO

from msgspec import Struct

from lambda_image_lint.engine.result import Failure, Report, Result
from lambda_image_lint.report import Style
from lambda_image_lint.report.escape import xml
from lambda_image_lint.report.view import counting, line, message_with_place, where


class _Suite(Struct, frozen=True):
    name: str
    failures: Sequence[Result]
    errors: Sequence[Failure]

    @property
    def tests(self) -> int:
        return len(self.failures) + len(self.errors) or 1

    @property
    def counts(self) -> str:
        return f'tests="{self.tests}" failures="{len(self.failures)}" errors="{len(self.errors)}" skipped="0" time="0"'


def write(report: Report, out: TextIO, style: Style) -> None:
    """The document. Times are 0: the same input gives the same bytes."""
    suites = list(_suites(report))
    tests, failures, errors = (
        sum(suite.tests for suite in suites),
        sum(len(suite.failures) for suite in suites),
        sum(len(suite.errors) for suite in suites),
    )
    out.write('<?xml version="1.0" encoding="UTF-8"?>\n')
    out.write(
        f'<testsuites name="lint-image" tests="{tests}" failures="{failures}" errors="{errors}" skipped="0" time="0">\n'
    )
    for suite in suites:
        name = xml(line(suite.name))
        out.write(f'  <testsuite name="{name}" {suite.counts}>\n')
        out.writelines(_cases(suite, name))
        out.write("  </testsuite>\n")
    out.write("</testsuites>\n")


def _suites(report: Report) -> Iterator[_Suite]:
    names = dict.fromkeys([target.name for target in report.targets] + [failure.target for failure in report.errors])
    for name in names:
        yield _Suite(
            name,
            [result for result in counting(report) if result.target == name],
            [failure for failure in report.errors if failure.target == name],
        )
    if not names:
        yield _Suite("lint-image", [], [Failure("lint-image", "Nothing was checked")])


def _cases(suite: _Suite, name: str) -> Iterator[str]:
    for result in suite.failures:
        rule = xml(f"{result.rule.name} ({result.rule.id}) at {where(result)}")
        kind = result.severity.value
        body = xml(f"{where(result)}: {message_with_place(result)}")
        advice = xml(f"\nhelp: {line(result.help)}") if result.help else ""
        yield f'    <testcase name="{rule}" classname="{name}" time="0">\n'
        yield f'      <failure type="{kind}" message="{xml(message_with_place(result))}">{body}{advice}</failure>\n'
        yield "    </testcase>\n"
    for failure in suite.errors:
        advice = xml(line(failure.help)) if failure.help else ""
        yield f'    <testcase name="lint-image" classname="{name}" time="0">\n'
        yield f'      <error type="error" message="{xml(line(failure.message))}">{advice}</error>\n'
        yield "    </testcase>\n"
    if not suite.failures and not suite.errors:
        yield f'    <testcase name="no problems" classname="{name}" time="0"/>\n'
