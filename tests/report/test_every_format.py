"""What each format owes its reader, whatever it is."""

import html
import json
from pathlib import Path

import pytest

from lambda_image_lint.report import FORMATS, Style, write
from lambda_image_lint.report.escape import printable
from tests.report import samples
from tests.report.rendering import render

HIDES_SUPPRESSED = {"human", "concise", "github", "gitlab", "junit", "checkstyle", "rdjson", "markdown"}


@pytest.fixture(autouse=True)
def no_step_summary(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("sample", samples.EVERY)
def test_any_report_can_be_written_as_utf_8_twice_the_same(format: str, sample: str) -> None:
    text = render(samples.EVERY[sample](), format)
    assert text.encode("utf-8").endswith(b"\n")
    assert render(samples.EVERY[sample](), format) == text


@pytest.mark.parametrize("format", FORMATS)
def test_no_format_shows_a_secret_also_when_verbose(format: str) -> None:
    text = render(samples.full(), format, Style(verbose=True, statistics=True, color=True, width=500))
    for secret in samples.SECRETS:
        for encoded in (secret, json.dumps(secret), html.escape(secret)):
            assert encoded not in text
        assert secret[:5] not in text, "more than four characters of a secret stay"


@pytest.mark.parametrize("format", FORMATS)
def test_every_finding_that_counts_is_shown_with_rule_and_message(format: str) -> None:
    text = render(samples.one_dockerfile(), format)
    if format in ("html", "checkstyle", "junit"):
        text = html.unescape(text)
    plain = text.replace("<code>", "").replace("</code>", "").replace("`", "").replace("\\", "")
    for result in samples.one_dockerfile().results:
        if result.counts and result.rule is not samples.SECRET_IN_ENV:
            message = printable(result.finding.message).replace("`", "")
            shown = message in plain or json.dumps(message)[1:-1].replace("\\", "") in plain
            assert shown, f"{format} leaves out: {message}"
            assert result.rule.name in text


@pytest.mark.parametrize("format", sorted(HIDES_SUPPRESSED))
def test_a_suppressed_finding_is_no_problem_in_formats_that_have_no_word_for_it(format: str) -> None:
    text = render(samples.full(), format)
    assert "hidden by a comment" not in text
    assert "accepted by the baseline" not in text


@pytest.mark.parametrize("format", sorted(set(FORMATS) - HIDES_SUPPRESSED))
def test_a_suppressed_finding_is_told_as_such_elsewhere(format: str) -> None:
    text = render(samples.full(), format)
    assert "hidden by a comment" in text
    assert "accepted by the baseline" in text


@pytest.mark.parametrize("format", FORMATS)
def test_an_error_is_shown_with_its_target(format: str) -> None:
    text = render(samples.only_errors(), format)
    assert "no such image" in text
    assert "app:2" in text or "app%3A2" in text


@pytest.mark.parametrize("format", sorted(set(FORMATS) - {"json", "jsonl"}))
def test_a_run_that_read_nothing_does_not_look_like_a_pass(format: str) -> None:
    assert "Nothing was checked" in render(samples.nothing_read(), format)


def test_json_tells_that_nothing_was_read_by_its_counts_and_exit_code() -> None:
    report = json.loads(render(samples.nothing_read(), "json"))
    assert (report["summary"]["targets"], report["summary"]["exit_code"]) == (0, 3)


def test_an_unknown_format_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no format 'yaml'"), (tmp_path / "out").open("w") as out:
        write(samples.clean(), "yaml", out, Style())
