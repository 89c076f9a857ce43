"""Formats for CI servers: each is held to a list of what its reader demands."""

import json
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from markdown_it import MarkdownIt

from lambda_image_lint.report.escape import markdown_code
from lambda_image_lint.report.github import SUMMARY_LIMIT, command
from lambda_image_lint.report.markdown import text as markdown_text
from tests.report import samples
from tests.report.rendering import render

COUNTED = samples.RESULT_COUNT


@pytest.fixture(autouse=True)
def no_step_summary(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)


class TestGithub:
    """docs.github.com: workflow commands."""

    COMMAND = re.compile(r"::(error|warning|notice) ((?:[a-zA-Z]+=[^,:]*)(?:,[a-zA-Z]+=[^,:]*)*)::(.+)")

    def test_every_finding_is_one_command_the_worst_of_all_targets_first(self) -> None:
        lines = render(samples.full(), "github").splitlines()
        matches = [self.COMMAND.fullmatch(line) for line in lines[:-1]]
        assert all(matches)
        levels = [match[1] for match in matches if match]
        assert levels == ["error"] * 15 + ["warning"] * 3 + ["notice"] * 3
        assert lines[-1] == "Found 20 problems in 2 Dockerfiles and 1 image: 14 errors, 3 warnings, 3 info."

    def test_a_command_names_file_first_and_always_a_title(self) -> None:
        for line in render(samples.full(), "github").splitlines()[:-1]:
            match = self.COMMAND.fullmatch(line)
            assert match is not None
            keys = [pair.partition("=")[0] for pair in match[2].split(",")]
            assert keys[0] == "file"
            assert keys[-1] == "title"

    def test_columns_are_given_within_one_line_only_and_the_last_is_included(self) -> None:
        lines = render(samples.one_dockerfile(), "github").splitlines()
        assert (
            "::error file=Dockerfile,line=5,endLine=5,col=18,endColumn=23,title=pip-user-install (LIL315)::" in lines[1]
        )
        assert any("file=Dockerfile,line=5,endLine=9,title=" in line for line in lines)

    def test_no_name_can_end_a_command_or_begin_another(self) -> None:
        written = command("error", {"file": "a:b,c\n::warning::x\r%0A"}, "one\n::error::two%\x1b]0;x\x07")
        assert written == (
            "::error file=a%3Ab%2Cc%0A%3A%3Awarning%3A%3Ax%0D%250A::one%0A::error::two%25\\x1b]0;x\\x07\n"
        )

    def test_the_whole_table_goes_into_the_step_summary(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        summary = tmp_path / "summary.md"
        summary.write_text("before\n", encoding="utf-8")
        monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
        render(samples.full(), "github")
        written = summary.read_text(encoding="utf-8")
        assert written.startswith("before\n## lint-image\n")
        assert written.count("\n| ") == COUNTED + 1


class TestMarkdown:
    def test_a_row_for_each_finding_with_four_cells(self) -> None:
        rows = [
            line
            for line in render(samples.full(), "markdown").splitlines()
            if line.startswith(("| 🔴", "| 🟡", "| 🔵"))
        ]
        assert len(rows) == COUNTED
        assert all(len(re.findall(r"(?<!\\)\|", row)) == 5 for row in rows)

    def test_a_markdown_reader_sees_one_table_and_no_name_as_markup(self) -> None:
        tokens = MarkdownIt("commonmark", {"html": True}).enable("table").parse(render(samples.full(), "markdown"))
        assert [token.type for token in tokens].count("table_open") == 1
        assert [token.type for token in tokens].count("tr_open") == COUNTED + 1
        assert [token.type for token in tokens].count("td_open") == 4 * COUNTED
        children = [child for token in tokens for child in token.children or ()]
        assert {child.content for child in children if child.type == "html_inline"} == {"<br>"}
        assert not any(child.type in ("link_open", "image", "em_open") for child in children)
        text = "".join(child.content for child in children)
        assert "mode 0600 hides /var/task/<script>alert(1)</script>.py from Lambda's user" in text
        assert "mode 0600 hides /var/task/pipe|tick_[link](http://x).py from Lambda's user" in text

    def test_a_code_span_outlasts_the_backticks_in_it(self) -> None:
        assert markdown_code("a`b") == "``a`b``"
        assert markdown_code("`a|b`") == "``` `a\\|b` ```"

    def test_a_summary_that_would_be_too_long_says_how_much_it_leaves_out(self) -> None:
        text = markdown_text(samples.full(), limit=2000)
        assert len(text.encode()) <= 2000
        kept = text.count("\n| ") - 1
        assert 0 < kept < COUNTED
        assert f"\n{COUNTED - kept} more do not fit here.\n" in text
        assert len(markdown_text(samples.full(), limit=SUMMARY_LIMIT)) == len(render(samples.full(), "markdown"))


class TestGitlab:
    """docs.gitlab.com: Code Quality report format."""

    def test_each_entry_has_what_the_widget_needs(self) -> None:
        entries = json.loads(render(samples.full(), "gitlab"))
        assert len(entries) == COUNTED + 1
        for entry in entries:
            assert {"description", "check_name", "fingerprint", "severity", "location"} <= set(entry)
            assert entry["severity"] in {"info", "minor", "major", "critical", "blocker"}
            assert entry["location"]["lines"]["begin"] >= 1
            assert not entry["location"]["path"].startswith(("/", "./"))
        assert len({entry["fingerprint"] for entry in entries}) == len(entries)

    def test_a_clean_run_is_an_empty_array(self) -> None:
        assert json.loads(render(samples.clean(), "gitlab")) == []


class TestJUnit:
    """What Jenkins, CodeBuild, GitLab and Azure ask of JUnit XML."""

    @pytest.fixture
    def root(self) -> ElementTree.Element:
        return ElementTree.fromstring(render(samples.full(), "junit").encode())

    def test_counts_are_those_of_the_cases(self, root: ElementTree.Element) -> None:
        assert root.tag == "testsuites"
        for suite in [root, *root.findall("testsuite")]:
            found = {
                "tests": len(suite.findall(".//testcase")),
                "failures": len(suite.findall(".//failure")),
                "errors": len(suite.findall(".//error")),
                "skipped": len(suite.findall(".//skipped")),
            }
            assert {key: int(suite.attrib[key]) for key in found} == found
            assert float(suite.attrib["time"]) == 0

    def test_every_finding_is_one_failure_info_too(self, root: ElementTree.Element) -> None:
        failures = root.findall(".//failure")
        assert len(failures) == COUNTED
        assert {failure.attrib["type"] for failure in failures} == {"error", "warning", "info"}
        for case in root.iter("testcase"):
            assert {"name", "classname", "time"} == set(case.attrib)
            assert len(case) <= 1

    def test_a_clean_target_has_one_passing_case_and_a_failed_one_an_error(self, root: ElementTree.Element) -> None:
        suites = {suite.attrib["name"]: suite for suite in root}
        (clean,) = suites["clean/Dockerfile"]
        assert list(clean) == []
        (failed,) = suites["app:2"]
        assert [child.tag for child in failed] == ["error"]

    def test_characters_that_xml_cannot_hold_are_written_as_escapes(self, root: ElementTree.Element) -> None:
        names = [case.attrib["name"] for case in root.iter("testcase")]
        assert "file-unreadable (LIL401) at app:1 /var/task/null\\x01]]>\\ufffe.py (layer 1)" in names
        assert "file-unreadable (LIL401) at app:1 /var/task/<script>alert(1)</script>.py (layer 1)" in names


class TestCheckstyle:
    def test_each_path_is_a_file_and_each_finding_an_error(self) -> None:
        root = ElementTree.fromstring(render(samples.full(), "checkstyle").encode())
        assert root.tag == "checkstyle"
        assert [file.attrib["name"] for file in root] == ["Dockerfile", "app:1", "clean/Dockerfile", "app:2"]
        errors = root.findall("./file/error")
        assert len(errors) == COUNTED + 1
        for error in errors:
            assert set(error.attrib) == {"line", "column", "severity", "message", "source"}
            assert error.attrib["severity"] in {"error", "warning", "info"}
            assert int(error.attrib["line"]) >= 1


class TestReviewdog:
    """reviewdog's diagnostic.proto: columns count bytes from 1; several suggestions are alternatives."""

    @pytest.fixture
    def diagnostics(self) -> list[dict[str, Any]]:
        written = json.loads(render(samples.full(), "rdjson"))
        assert written["source"] == {"name": "lint-image"}
        diagnostics: list[dict[str, Any]] = written["diagnostics"]
        return diagnostics

    def test_each_finding_is_a_diagnostic(self, diagnostics: list[dict[str, Any]]) -> None:
        assert len(diagnostics) == COUNTED + 1
        for diagnostic in diagnostics:
            assert diagnostic["message"]
            assert diagnostic["location"]["path"]
            assert diagnostic["severity"] in {"ERROR", "WARNING", "INFO"}

    def test_columns_count_bytes(self, diagnostics: list[dict[str, Any]]) -> None:
        (copied,) = (one for one in diagnostics if one.get("code", {}).get("value") == "copy-all-no-dockerignore")
        # COPY 包/ : the character before the slash has three bytes
        assert copied["location"]["range"] == {"start": {"line": 4, "column": 6}, "end": {"line": 4, "column": 10}}

    def test_a_fix_is_one_suggestion_that_gives_the_fixed_line(self, diagnostics: list[dict[str, Any]]) -> None:
        (shell_form,) = (one for one in diagnostics if one["message"].startswith("CMD is in shell form"))
        assert shell_form["suggestions"] == [
            {
                "range": {"start": {"line": 10, "column": 5}, "end": {"line": 10, "column": 16}},
                "text": '["app.handler"]',
            }
        ]

    def test_nothing_is_suggested_that_is_unsafe_elsewhere_or_secret(self, diagnostics: list[dict[str, Any]]) -> None:
        suggesting = [one["message"].partition("\n")[0] for one in diagnostics if one.get("suggestions")]
        assert suggesting == [
            "`pip install --user` puts packages where the function cannot read them",
            "CMD is in shell form",
        ]
